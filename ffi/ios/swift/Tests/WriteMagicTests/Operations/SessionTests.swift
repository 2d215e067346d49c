import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct SessionTests {
        @Test("counts keep up with what is typed")
        func counts() async throws {
            try await withSession("It rained.") { session, _ in
                let before = try session.stats
                #expect((before.words, before.sentences, before.utf16Units) == (2, 1, 10))
                try session.splice(at: 10, delete: 0, insert: " Then it snowed 😀.\n")
                let stats = try session.stats
                #expect((stats.words, stats.sentences, stats.lines, stats.paragraphs) == (5, 2, 1, 1))
                #expect(try TextAnalysis.stats(of: session.text) == stats)
                try session.splice(at: 0, delete: 1_000_000, insert: "")
                #expect(try session.stats.bytes == 0 && session.text == "")
                #expect(try session.events > 30)
            }
        }

        @Test("tickets count up, and what was flushed is durable")
        func tickets() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain").id
                let session = try await library.edit(rain)
                #expect(try session.document == rain)
                #expect(try session.durable == Ticket(rawValue: 0))
                let tickets = try (0..<10).map { try session.splice(at: $0, delete: 0, insert: "\($0)") }
                #expect(tickets.sorted() == tickets)
                #expect(try await session.flush() == tickets.last)
                #expect(try session.durable == tickets.last)
                #expect(try await session.flush(.strict) > tickets[0])
                #expect(try session.text == "0123456789")
                try await session.close()
            }
        }

        @Test("changes tell of patches, counts and what was moved into the text")
        func changes() async throws {
            try await withSession("😀") { session, _ in
                var changes = session.changes.makeAsyncIterator()
                let first = try session.splice(at: 1, delete: 0, insert: "a")
                let second = try session.splice(at: 100, delete: 5, insert: "b")
                try await session.flush()
                var seen: [Change] = []
                while seen.last?.durable != second { seen.append(try #require(try await changes.next())) }
                #expect(seen.flatMap(\.patches) == [Patch(at: 0, delete: 0, insert: "a"), Patch(at: 3, delete: 0, insert: "b")])
                #expect(seen.flatMap(\.clamped) == [Clamp(ticket: first, at: 0, delete: 0), Clamp(ticket: second, at: 3, delete: 0)])
                #expect(seen.compactMap(\.tickets).first?.first == first)
                #expect(seen.last?.counts.utf16Units == 4)
                #expect(!seen.contains { $0.reread || $0.merged })
                try await session.close()
                while try await changes.next() != nil {}
            }
        }

        @Test("a subscription ends with its session")
        func subscription() async throws {
            try await withLibrary { library, _ in
                let session = try await library.session()
                let subscription = try session.rawSubscribe(token: 0)
                #expect(try !subscription.isFinished)
                try await session.close()
                while try !subscription.isFinished { _ = try subscription.rawNextChange() }
                #expect(try subscription.isFinished)
                try subscription.close()
            }
        }

        @Test("undo and redo give the patches for the view")
        func undo() async throws {
            try await withSession("It rained.") { session, _ in
                try session.splice(at: 9, delete: 0, insert: " hard")
                try await session.flush()
                let back = [Patch(at: 9, delete: 5, insert: "")]
                #expect(try await session.undo() == back)
                #expect(try session.text == "It rained.")
                #expect(try await session.redo() == [Patch(at: 9, delete: 0, insert: " hard")])
                #expect(try session.text == "It rained hard.")
                // The newest group that touched this place.
                #expect(try await session.undo(at: 10) == back)
                #expect(try session.text == "It rained.")
                let none = try await failure { while true { _ = try await session.undo() } }
                #expect(none.code == .nothingToUndo)
            }
        }

        @Test("every place that is found can be replaced")
        func find() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "Café, cafe, CAFÉ and caféteria 😀 café").id
                let session = try await library.edit(rain)
                let text = try session.text
                let found = try session.find("cafe")
                #expect(found.count == 5)
                #expect(found.allSatisfy { text[$0.utf16]?.lowercased().hasPrefix("caf") == true })
                let exact = FindOptions(matchCase: true, matchDiacritics: true, wholeWord: true)
                let places = try session.find("café", options: exact)
                #expect(places == [Match(bytes: TextRange(start: 39, end: 44), utf16: TextRange(start: 34, end: 38))])
                // From the last to the first, so that no offset moves before its turn.
                for match in try session.find("cafe", options: FindOptions(wholeWord: true)).reversed() {
                    try session.replace(match.utf16, with: "tea")
                }
                #expect(try session.text == "tea, tea, tea and caféteria 😀 tea")
                try await session.flush()
                #expect(try await library.find(in: rain, pattern: "CAFETERIA").count == 1)
                let options = FindOptions(matchCase: true)
                #expect(try await library.find(in: rain, pattern: "CAFETERIA", options: options).isEmpty)
                let empty = try await failure { try session.find("") }
                #expect(empty.code == .invalidArgument && empty.category == .invalidInput)
                try await session.close()
            }
        }

        @Test("two editors of one document are one session")
        func two() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "It rained.").id
                let (one, other) = (try await library.edit(rain), try await library.edit(rain))
                try one.splice(at: 0, delete: 0, insert: "Late. ")
                #expect(try other.text == "Late. It rained.")
                try await one.close()
                let closed = try await failure { try other.splice(at: 0, delete: 0, insert: "x") }
                #expect(closed.code == .sessionClosed)
                try await other.close()
                try await other.close()
                #expect(try await failure { try other.stats }.category == .invalidObject)
                #expect(try await library.text(of: rain) == "Late. It rained.")
            }
        }
    }
}
