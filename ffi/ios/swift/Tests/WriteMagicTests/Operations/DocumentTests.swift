import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct DocumentTests {
        @Test("a document is what it was made as")
        func made() async throws {
            try await withLibrary { library, _ in
                let then = Date(timeIntervalSince1970: 1)
                let rain = try await library.createDocument(NewDocument(
                    title: "Rain",
                    kind: .text,
                    folder: "Book/One",
                    language: "en",
                    text: "It rained 😀.",
                    byteOrderMark: true,
                    created: then,
                    origin: Origin(kind: .device, name: "desk")
                ))
                #expect((rain.title, rain.folder, rain.language) == ("Rain", "Book/One", "en"))
                #expect((rain.kind, rain.byteOrderMark, rain.trashed) == (.text, true, false))
                #expect((rain.created, rain.modified) == (then, then))
                #expect(rain.stats.utf16Units == 13 && rain.stats.words == 2)
                #expect(try await library.document(rain.id) == rain)
                #expect(try await library.findDocument(named: "Rain") == rain)
                #expect(try await library.findDocument(named: "\(rain.id)") == rain)
                #expect(DocumentID("\(rain.id)") == rain.id && DocumentID("none") == nil)
                #expect(try await library.text(of: rain.id) == "It rained 😀.")
                #expect(try await library.textBytes(of: rain.id) == Data("It rained 😀.".utf8))
                #expect(try await library.blame(rain.id).map(\.author) == ["desk"])
                _ = try await library.document("Rain")
                #expect(try await failure { try await library.findDocument(named: "Rain") }.code == .ambiguousDocument)
            }
        }

        @Test("an id outlives the app as text and as JSON")
        func ids() async throws {
            try await withLibrary { library, _ in
                let id = try await library.document("Rain").id
                #expect(try JSONDecoder().decode(DocumentID.self, from: JSONEncoder().encode(id)) == id)
                #expect(id.description == id.rawValue.uuidString.lowercased())
                #expect(DocumentID(id.description.uppercased()) == id)
            }
        }

        @Test("documents are listed page by page")
        func pages() async throws {
            try await withLibrary { library, _ in
                var ids: [DocumentID] = []
                for number in 0..<5 {
                    let folder = number < 2 ? "Book" : ""
                    ids.append(try await library.createDocument(NewDocument(title: "\(number)", folder: folder)).id)
                }
                var (seen, after): ([DocumentID], DocumentCursor?) = ([], nil)
                repeat {
                    let page = try await library.documents(matching: DocumentFilter(), after: after, limit: 2)
                    #expect(page.total == 5 && page.documents.count <= 2)
                    seen += page.documents.map(\.id)
                    after = page.next.map { DocumentCursor(rawValue: "\($0)") }
                } while after != nil
                #expect(Set(seen) == Set(ids) && seen.count == 5)
                #expect(try await library.documents(matching: DocumentFilter(folder: "Book")).total == 2)
                #expect(try await library.documents(matching: DocumentFilter(folder: "None")).total == 0)
                let session = try await library.edit(ids[1])
                try session.splice(at: 0, delete: 0, insert: "typed")
                try await session.flush()
                try await session.close()
                #expect(try await library.documents().documents.first?.id == ids[1])
                let cursor = DocumentCursor(rawValue: "made up")
                #expect(try await failure { try await library.documents(after: cursor) }.code == .invalidArgument)
                #expect(try await failure { try await library.documents(limit: -1) }.code == .invalidArgument)
            }
        }

        @Test("a document gets another title, folder, target and language")
        func changed() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "It rained.").id
                #expect(try await library.rename(rain, to: "Storm 😀").title == "Storm 😀")
                #expect(try await library.moveDocument(rain, to: "Book/Two").folder == "Book/Two")
                #expect(try await library.moveDocument(rain, to: "").folder == "")
                let targets = Targets(words: 300)
                #expect(try await library.setTargets(of: rain, to: targets).targets == targets)
                #expect(try await library.setTargets(of: rain).targets == Targets())
                #expect(try await library.setLanguage(of: rain, to: "de-AT").language == "de-AT")
                #expect(try await library.setLanguage(of: rain).language == nil)
                #expect(try await library.document(rain).title == "Storm 😀")
            }
        }

        @Test("the trash gives back what it holds, and purging does not")
        func trash() async throws {
            try await withLibrary { library, _ in
                let new = NewDocument(title: "Rain", folder: "Book", text: "It rained.")
                let rain = try await library.createDocument(new).id
                #expect(try await library.trash(rain).trashed)
                #expect(try await library.documents().total == 0)
                #expect(try await library.documents(matching: DocumentFilter(trashed: true)).total == 1)
                let back = try await library.untrash(rain)
                #expect(!back.trashed && back.folder == "Book")
                #expect(try await failure { try await library.purge(rain) }.code == .confirmationRequired)
                #expect(try await library.text(of: rain) == "It rained.")
                #expect(try await library.purge(rain, confirmed: true).title == "Rain")
                let gone = try await failure { try await library.text(of: rain) }
                #expect(gone.code == .documentNotFound && gone.category == .notPossible)
            }
        }

        @Test("folders nest, are ordered by hand, and go when they are empty")
        func folders() async throws {
            try await withLibrary { library, _ in
                func paths() async throws -> [String] { try await library.folders().map(\.path) }
                let notes = try await library.createFolder("Book/Notes")
                #expect((notes.name, notes.depth, notes.documents) == ("Notes", 2, 0))
                try await library.createFolder("Book/One")
                try await library.createFolder("Book/Two")
                #expect(try await library.renameFolder("Book/Notes", to: "Ideas").id == notes.id)
                try await library.orderFolder("Book/Two", .first)
                #expect(try await paths() == ["Book", "Book/Two", "Book/Ideas", "Book/One"])
                try await library.orderFolder("Book/Two", .after("One"))
                try await library.orderFolder("Book/Ideas", .before("Two"))
                #expect(try await paths() == ["Book", "Book/One", "Book/Ideas", "Book/Two"])
                try await library.orderFolder("Book/One", .last)
                #expect(try await paths() == ["Book", "Book/Ideas", "Book/Two", "Book/One"])
                #expect(try await library.moveFolder("Book/Ideas", into: "").path == "Ideas")
                #expect(try await library.moveFolder("Ideas", into: "Book/Two").path == "Book/Two/Ideas")
                #expect(try await failure { try await library.moveFolder("Book", into: "Book/Two") }.code == .folderCycle)
                #expect(try await failure { try await library.createFolder("Book/One") }.code == .folderExists)
                #expect(try await failure { try await library.deleteFolder("Book/Two") }.code == .folderNotEmpty)
                try await library.deleteFolder("Book/Two/Ideas")
                try await library.deleteFolder("Book/Two")
                #expect(try await paths() == ["Book", "Book/One"])
                #expect(try await failure { try await library.deleteFolder("Book/Two") }.code == .folderNotFound)
            }
        }

        @Test("an editor elsewhere is told of patches, and a document without one has them at once")
        func patches() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "It rained.").id
                let patches = [Patch(at: 0, delete: 2, insert: "All night it"), Patch(at: 9, delete: 0, insert: " hard")]
                let origin = Origin(kind: .ai, name: "model-1")
                #expect(try await library.applyPatches(to: rain, patches, origin: origin) == .durable)
                #expect(try await library.text(of: rain) == "All night it rained hard.")
                let authors = try await library.blame(rain)
                #expect(authors.map(\.kind) == [.ai, .person, .ai, .person])
                #expect(authors.map(\.author) == ["model-1", "person", "model-1", "person"])
                let wrong = try await failure { try await library.applyPatches(to: rain, patches.reversed(), origin: origin) }
                #expect(wrong.code == .invalidArgument)
                let session = try await library.edit(rain)
                let late = [Patch(at: 0, delete: 10, insert: "")]
                #expect(try await library.applyPatches(to: rain, late, origin: origin) == .pending)
                #expect(try session.pending == 1)
                #expect(try session.text == "All night it rained hard.")
                #expect(try session.rebase() == late)
                #expect(try session.text == "it rained hard." && session.pending == 0)
                try await session.close()
                #expect(try await library.text(of: rain) == "it rained hard.")
            }
        }
    }
}
