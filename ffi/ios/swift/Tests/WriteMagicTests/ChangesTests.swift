import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct ChangesTests {
        @Test("a slow loop gets several changes as one and holds up nobody")
        func slow() async throws {
            try await withSession { session, _ in
                let edits = 500
                let (first, go) = (Latch(), Latch())
                let changes = session.changes
                let reading = Task {
                    var (seen, patches, merged) = (0, 0, false)
                    for try await change in changes {
                        (seen, patches, merged) = (seen + 1, patches + change.patches.count, merged || change.merged)
                        first.open()
                        await go.wait()
                        if try session.durable == session.durable, patches == edits + 1 { break }
                    }
                    return (seen, patches, merged)
                }
                #expect(try await eventually { try living("subscription") == 1 })
                try session.splice(at: 0, delete: 0, insert: "0")
                try await session.flush()
                await first.wait()
                for _ in 0..<edits {
                    try session.splice(at: 0, delete: 0, insert: "x")
                    try await session.flush()
                }
                go.open()
                let (seen, patches, merged) = try await reading.value
                #expect(seen < edits && merged, "\(seen) changes")
                #expect(patches == edits + 1)
            }
            #expect(try living("subscription") == 0)
        }

        @Test("a loop whose task is cancelled ends, and listens no more")
        func cancelled() async throws {
            try await withSession { session, _ in
                for n in 0..<50 {
                    let reading = Task {
                        var seen = 0
                        for try await _ in session.changes { seen += 1 }
                        return seen
                    }
                    if n % 2 == 0 { #expect(try await eventually { try living("subscription") == 1 }) }
                    if n % 3 == 0 { try session.splice(at: 0, delete: 0, insert: "x") }
                    reading.cancel()
                    _ = try await reading.value
                    #expect(try living("subscription") == 0)
                }
                #expect(Wakes.count == 0)
            }
        }

        @Test("an iterator that is dropped listens no more")
        func dropped() async throws {
            try await withSession { session, _ in
                for _ in 0..<20 {
                    var iterator: EditSession.Changes.Iterator? = session.changes.makeAsyncIterator()
                    #expect(try living("subscription") == 1)
                    try session.splice(at: 0, delete: 0, insert: "x")
                    #expect(try await iterator?.next() != nil)
                    iterator = nil
                    #expect(try living("subscription") == 0 && Wakes.count == 0)
                }
            }
        }

        @Test("each loop has a stream of its own, and one that throws ends itself alone")
        func several() async throws {
            struct OfTheApp: Error {}
            try await withSession { session, _ in
                let throwing = Task { for try await _ in session.changes { throw OfTheApp() } }
                let other = Task {
                    for try await change in session.changes {
                        if let patch = change.patches.first { return patch.insert }
                    }
                    return ""
                }
                #expect(try await eventually { try living("subscription") == 2 })
                try session.splice(at: 0, delete: 0, insert: "typed")
                #expect(try await other.value == "typed")
                await #expect(throws: OfTheApp.self) { try await throwing.value }
            }
        }

        @Test("a loop ends when its session is closed, by the loop itself, too")
        func closedByLoop() async throws {
            try await withSession { session, _ in
                let reading = Task {
                    var seen = 0
                    for try await _ in session.changes {
                        seen += 1
                        try await session.close()
                    }
                    return seen
                }
                #expect(try await eventually { try living("subscription") == 1 })
                try session.splice(at: 0, delete: 0, insert: "typed")
                #expect(try await reading.value > 0)
                #expect(try living("subscription") == 0)
            }
        }

        @Test("a loop over a closed session throws once, and is over")
        func afterClose() async throws {
            try await withSession { session, _ in
                try await session.close()
                var iterator = session.changes.makeAsyncIterator()
                let failure = try await failure { try await iterator.next() }
                #expect(failure.code == .handleClosed)
                #expect(try await iterator.next() == nil)
            }
        }
    }
}
