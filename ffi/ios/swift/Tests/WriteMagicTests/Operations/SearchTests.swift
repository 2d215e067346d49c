import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct SearchTests {
        private func withMeaning(_ embedding: Embedding, _ body: (Library) async throws -> Void) async throws {
            try await withFolder { folder in
                try WriteMagic.setLogLevel(.off)
                let options = OpenOptions(create: true, embedding: embedding)
                let library = try await WriteMagic.open(at: folder.appendingPathComponent("library"), options: options)
                try await body(library)
                try await library.close()
            }
        }

        /// Two documents, of which the one about a night is told.
        private func novel(_ library: Library) async throws -> DocumentID {
            _ = try await library.document("Budget", "The annual budget was agreed without debate.")
            let text = "It was a dark and stormy night; the rain fell in torrents."
            return try await library.createDocument(NewDocument(title: "Night", folder: "Book", text: text)).id
        }

        @Test("words, phrases, starts of words and what must not be there")
        func words() async throws {
            try await withLibrary { library, _ in
                let night = try await novel(library)
                let found = ["rain", "STORMY night", "\"dark and stormy\"", "torr*", "night -budget", "in:Book rain"]
                for query in found {
                    let page = try await library.search(SearchRequest(query: query))
                    #expect(page.total == 1 && page.hits.map(\.document) == [night], "\(query)")
                }
                let hit = try #require(try await library.search(SearchRequest(query: "torrents")).hits.first)
                #expect(hit.title == "Night" && hit.ranges.map { hit.snippet[$0] } == ["torrents"])
                for query in ["\"stormy and dark\"", "night -rain", "in:Other rain", "\"\"\"*-", ""] {
                    #expect(try await library.search(SearchRequest(query: query)).total == 0, "\(query)")
                }
                #expect(try await library.search(SearchRequest(query: "rain", folder: "Book")).total == 1)
                #expect(try await library.search(SearchRequest(query: "budget", folder: "Book")).total == 0)
                for number in 0..<30 { _ = try await library.document("\(number)", "rain") }
                let page = try await library.search(SearchRequest(query: "rain", limit: 3))
                #expect(page.hits.count == 3 && page.total == 31)
                #expect(try await library.cancellableSearch(SearchRequest(query: "rain", limit: 3)).value == page)
                #expect(zip(page.hits, page.hits.dropFirst()).allSatisfy { $0.score >= $1.score })
            }
        }

        @Test("meaning finds what shares no word with the question")
        func meaning() async throws {
            try await withMeaning(.table) { library in
                let night = try await novel(library)
                try await library.indexMeaning().value
                for mode in PassageMode.allCases {
                    let page = try await library.searchPassages(PassageRequest(query: "thunder and bad weather", mode: mode))
                    #expect(page.byMeaning && page.isComplete && page.passages == 2)
                    let hit = try #require(page.hits.first)
                    #expect(hit.document == night && hit.title == "Night" && hit.similarity > 0 && hit.words.isEmpty)
                    #expect(try await library.text(of: night)[hit.range].map(String.init) == hit.text)
                    #expect(try await library.version(of: night) == hit.version)
                }
                let page = try await library.searchPassages(PassageRequest(query: "the rain", document: night))
                let hybrid = try #require(page.hits.first)
                #expect(hybrid.ranges.compactMap { hybrid.text[$0] }.filter { $0 != "the" } == ["rain"])
                let asked = PassageRequest(query: "the rain", document: night)
                #expect(try await library.cancellablePassageSearch(asked).value == page)
                #expect(try await library.searchPassages(PassageRequest(query: "rain", folder: "None")).hits.isEmpty)
            }
        }

        @Test("without a model words decide")
        func noModel() async throws {
            try await withLibrary { library, _ in
                _ = try await novel(library)
                let page = try await library.searchPassages(PassageRequest(query: "Where did the rain fall?"))
                #expect(!page.byMeaning && page.hits.first?.title == "Night")
            }
        }

        /// Letters, counted: texts of the same letters are alike.
        private struct Letters: Embedder {
            var describes = true
            var embeds = true
            let asked = Locked(0)

            func describe() throws -> EmbedderDescription {
                guard describes else { throw Secret() }
                return EmbedderDescription(name: "letters", version: "1", dimensions: 32, isQuick: true)
            }

            func embed(_ texts: [String]) throws -> [[Float]] {
                guard embeds else { throw Secret() }
                asked.withLock { $0 += texts.count }
                return texts.map { text in
                    var counts = [Float](repeating: 0, count: 32)
                    for letter in text.utf8 where letter >= 97 { counts[Int(letter - 97) % 32] += 1 }
                    return counts
                }
            }
        }

        @Test("a model of the app is asked for vectors")
        func embedder() async throws {
            let letters = Letters()
            try await withMeaning(.app(letters)) { library in
                let cab = try await library.document("One", "cab cab abc").id
                _ = try await library.document("Two", "zzz xyz zyx")
                try await library.indexMeaning().value
                #expect(letters.asked.withLock { $0 } >= 2)
                let page = try await library.searchPassages(PassageRequest(query: "bac", mode: .meaning))
                let hit = try #require(page.hits.first)
                #expect(page.byMeaning && hit.document == cab && hit.similarity > 0.9)
            }
        }

        @Test("a model of the app that throws is an error of the search alone")
        func throwing() async throws {
            try await withMeaning(.app(Letters(embeds: false))) { library in
                _ = try await library.document("One", "abc")
                let failed = try await failure { try await library.indexMeaning().value }
                #expect(failed.code == .embeddingFailed && failed.category == .notPossible)
                #expect(!"\(failed) \(failed.details)".contains("secret"))
                #expect(try await library.search(SearchRequest(query: "abc")).total == 1)
            }
            let refused = try await failure { try await withMeaning(.app(Letters(describes: false))) { _ in } }
            #expect(refused.code == .embeddingFailed)
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("no such table")
            let none = try await failure { try await withMeaning(.file(file)) { _ in } }
            #expect([.embeddingTableInvalid, .io, .pathNotFound].contains(none.code), "\(none)")
        }

        @Test("context is what a model should know besides what it is shown")
        func context() async throws {
            try await withLibrary { library, _ in
                _ = try await novel(library)
                let night = try await library.document("Storm", "Ana watched it from the window.").id
                let new = NewBibleEntry(kind: .person, name: "Ana", notes: "Afraid of storms.")
                let ana = try await library.addBibleEntry(new)
                let river = NewBibleEntry(kind: .term, name: "Torrent", notes: "A river.", visibility: .always)
                try await library.addBibleEntry(river)
                try await library.remember(NewMemory(key: "debate", text: "Nobody spoke in the budget debate."))
                let shown = TextRange(start: 0, end: 10)
                let about = "What did Ana say in the budget debate?"
                let pieces = try await library.context(for: ContextRequest(document: night, shown: shown, about: about))
                let entry = try #require(pieces.first { $0.origin == .bibleEntry(ana.id) })
                #expect({ if case .mentioned = entry.reason { true } else { false } }(), "\(entry)")
                #expect(entry.text.contains("Afraid of storms."))
                #expect(pieces.first { $0.title == "Torrent" }?.reason == .always)
                #expect(pieces.contains { $0.origin == .memory("debate") })
                let budget = try #require(pieces.first { $0.title == "Budget" })
                guard case let .passage(document, _, range) = budget.origin, case let .found(score) = budget.reason else {
                    Issue.record("\(budget)")
                    return
                }
                #expect(try await library.text(of: document)[range].map(String.init) == budget.text && score > 0)
                let only = ContextRequest(document: night, shown: shown, about: about, only: night)
                #expect(try await !library.context(for: only).contains { $0.title == "Budget" })
            }
        }
    }
}
