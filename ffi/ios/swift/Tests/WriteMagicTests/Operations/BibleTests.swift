import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct BibleTests {
        /// Two chapters, and who is in them.
        private struct Book {
            let library: Library
            let one: DocumentID
            let two: DocumentID
            let ana: BibleEntry
        }

        private func withBook(_ body: (Book) async throws -> Void) async throws {
            try await withLibrary { library, _ in
                let one = try await library.document("Chapter", "😀 Ana went to the mill. Anna saw her.").id
                let two = try await library.document("Chapter", "It was late. Ana slept.").id
                let new = NewBibleEntry(kind: .person, name: "Ana", notes: "A miller's daughter.")
                try await body(Book(library: library, one: one, two: two, ana: library.addBibleEntry(new)))
            }
        }

        @Test("an entry is found by its names and changed in part")
        func entry() async throws {
            try await withBook { book in
                let (library, ana) = (book.library, book.ana)
                #expect((ana.name, ana.kind, ana.visibility) == ("Ana", .person, .whenMentioned))
                #expect(try await library.bibleEntry(ana.id) == ana)
                let alias = Alias(name: "Anna", inflected: true)
                let aliased = try await library.addBibleAlias(to: ana.id, alias)
                #expect(aliased.aliases == [alias])
                #expect(try await library.findBibleEntry(named: "anna") == aliased)
                let change = BibleEntryChange(kind: .other("ghost"), visibility: .never)
                let changed = try await library.setBibleEntry(ana.id, to: change)
                #expect(changed.kind == .other("ghost") && changed.notes == "A miller's daughter.")
                #expect(try await library.bibleEntries(of: .other("ghost")) == [changed])
                #expect(try await library.bibleEntries(of: .person).isEmpty)
                #expect(try await library.bibleEntries() == [changed])
                #expect(try await library.removeBibleAlias(from: ana.id, named: "Anna").aliases.isEmpty)
                try await library.addBibleEntry(NewBibleEntry(kind: .place, name: "Ana"))
                #expect(try await failure { try await library.findBibleEntry(named: "Ana") }.code == .ambiguousBibleEntry)
                let last = try await library.bibleEntry(ana.id)
                #expect(try await library.removeBibleEntry(ana.id) == last)
                #expect(try await failure { try await library.bibleEntry(ana.id) }.code == .bibleEntryNotFound)
            }
        }

        @Test("a fact holds from its place on, and the place follows the text")
        func facts() async throws {
            try await withBook { book in
                let (library, ana) = (book.library, book.ana.id)
                let ill = NewBibleFact(text: "She is ill.", from: FactPlace(document: book.two, at: 13))
                let fact = try await library.addBibleFact(to: ana, ill)
                #expect(fact.from == .place(document: book.two, at: 13) && fact.until == nil && !fact.lostItsPlace)
                #expect(try await library.bibleFacts(of: ana) == [fact])
                let tall = NewBibleFact(text: "She is tall.", until: FactPlace(document: book.two))
                let everywhere = try await library.addBibleFact(to: ana, tall)
                #expect(everywhere.until == .document(book.two))
                func facts(_ document: DocumentID, _ at: Int) async throws -> [String] {
                    try await library.facts(of: ana, in: document, at: at).map(\.text)
                }
                #expect(try await facts(book.one, 0) == ["She is tall."])
                #expect(try await facts(book.two, 12).isEmpty)
                #expect(try await facts(book.two, 13) == ["She is ill."])
                let patch = Patch(at: 0, delete: 0, insert: "Much later. ")
                try await library.applyPatches(to: book.two, [patch], origin: Origin(kind: .person))
                #expect(try await facts(book.two, 13).isEmpty)
                #expect(try await facts(book.two, 25) == ["She is ill."])
                #expect(try await library.removeBibleFact(everywhere.id) == ana)
                try await library.purge(book.two, confirmed: true)
                let lost = try await library.bibleFacts(of: ana)
                #expect(lost.map(\.lostItsPlace) == [true] && lost.map(\.from) == [.gone])
            }
        }

        @Test("mentions are found in every document and beside a place")
        func mentions() async throws {
            try await withBook { book in
                let (library, ana) = (book.library, book.ana.id)
                try await library.addBibleAlias(to: ana, Alias(name: "Anna"))
                let page = try await library.mentions(of: ana)
                #expect(page.total == 3 && page.documents == 2)
                #expect(page.mentions.map(\.name) == ["Ana", "Anna", "Ana"])
                for mention in page.mentions {
                    #expect(try await library.text(of: mention.document)[mention.range].map(String.init) == mention.name)
                    #expect(mention.entries == [ana])
                }
                #expect(try await library.mentions(of: ana, limit: 1).mentions.count == 1)
                #expect(try await library.mentions(in: book.one) == Array(page.mentions.prefix(2)))
                let start = TextRange(start: 0, end: 10)
                let near = try await library.entries(in: book.one, near: start)
                #expect(near.map(\.entry.id) == [ana] && near.map(\.ranges) == [[TextRange(start: 3, end: 6)]])
                #expect(try await library.entries(in: book.two, near: start).isEmpty)
                let named = try await library.entries(namedIn: "Who is ANA?", language: "en")
                #expect(named.map(\.ranges) == [[TextRange(start: 7, end: 10)]])
            }
        }

        @Test("a renaming is shown first, is one step, and is taken back as one")
        func rename() async throws {
            try await withBook { book in
                let (library, ana) = (book.library, book.ana.id)
                let preview = try await library.previewBibleRename(of: ana, to: "Ida").value
                #expect((preview.replaced, preview.left, preview.shared) == (2, 0, 0))
                let change = RenameChange(range: TextRange(start: 3, end: 6), before: "Ana", after: "Ida", shared: false)
                #expect(preview.documents.first?.changes == [change])
                #expect(try await library.text(of: book.two) == "It was late. Ana slept.")
                let renamed = try await library.renameBibleEntry(ana, to: "Ida", leaving: [book.two]).value
                #expect(renamed.isComplete && !renamed.undone && (renamed.old, renamed.new) == ("Ana", "Ida"))
                #expect(renamed.documents == [RenameOfDocument(document: book.one, state: .done)])
                #expect(try await library.text(of: book.one) == "😀 Ida went to the mill. Anna saw her.")
                #expect(try await library.text(of: book.two) == "It was late. Ana slept.")
                #expect(try await library.bibleRename(renamed.id) == renamed)
                #expect(try await library.finishBibleRename(renamed.id).value == renamed)
                let back = try await library.undoBibleRename(renamed.id).value
                #expect(back.undone && back.documents.allSatisfy { $0.state == .takenBack })
                #expect(try await library.text(of: book.one) == "😀 Ana went to the mill. Anna saw her.")
                #expect(try await library.bibleEntry(ana).name == "Ana")
                #expect(try await library.bibleRenames(of: ana) == [back])
                #expect(try await library.bibleRenames().count == 1)
            }
        }

        @Test("a renaming waits for an open editor, which takes it in")
        func waits() async throws {
            try await withBook { book in
                let (library, ana) = (book.library, book.ana.id)
                let session = try await library.edit(book.two)
                let renamed = try await library.renameBibleEntry(ana, to: "Ida").value
                #expect(renamed.documents.first { $0.document == book.two }?.state == .waiting)
                #expect(try session.text == "It was late. Ana slept.")
                #expect(try session.rebase() == [Patch(at: 13, delete: 3, insert: "Ida")])
                try await session.flush()
                #expect(try await library.bibleRename(renamed.id).isComplete)
                _ = try await library.renameBibleEntry(ana, to: "Eva").value
                let late = try await failure { try await library.undoBibleRename(renamed.id).value }
                #expect(late.code == .bibleRenameSuperseded)
                try await session.close()
            }
        }
    }
}
