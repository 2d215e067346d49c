import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct WorkTests {
        @Test("work gives its result each time it is asked for, and its progress ends")
        func result() async throws {
            try await withLibrary { library, _ in
                for n in 0..<20 { _ = try await library.document("Document \(n)", String(repeating: "text ", count: 100)) }
                let work = try library.check()
                var last = WorkProgress.none
                for await progress in work.progress { last = progress }
                #expect(last.done == 20 && last.total == 20 && !last.isCancelled)
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<4 { group.addTask { try await work.value.documents } }
                    for try await documents in group { #expect(documents == 20) }
                }
                work.cancel()
                #expect(try await work.value.documents == 20)
                #expect(try living("work") == 0)
                // A loop over what has ended shows its last numbers.
                var seen: [WorkProgress] = []
                for await progress in work.progress { seen.append(progress) }
                #expect(seen == [last])
            }
        }

        @Test("work that is cancelled has finished or left nothing, and so has that of a cancelled task")
        func cancelled() async throws {
            try await withLibrary { library, folder in
                for n in 0..<50 { _ = try await library.document("Document \(n)", String(repeating: "text ", count: 1000)) }
                let file = folder.appendingPathComponent("copy")
                var ends: Set<String> = []
                // Which of them is quicker is nobody's to say.
                for n in 0..<500 where ends.count < 2 || n < 20 {
                    try? FileManager.default.removeItem(at: file)
                    let ended: Bool
                    do {
                        if n % 2 == 0 {
                            let work = try library.backUp(to: file)
                            work.cancel()
                            _ = try await work.value
                        } else {
                            let waiting = Task { try await library.backUp(to: file).value }
                            if n % 4 == 1 { await Task.yield() }
                            waiting.cancel()
                            _ = try await waiting.value
                        }
                        ended = true
                    } catch let error as WriteMagicError where error.code == .cancelled {
                        #expect(error.category == .cancelled && !error.message.isEmpty)
                        ends.insert("work")
                        ended = false
                    } catch is CancellationError {
                        ends.insert("task")
                        ended = false
                    }
                    // Done or not there, never half.
                    #expect(FileManager.default.fileExists(atPath: file.path) == ended)
                }
                #expect(ends == ["work", "task"], "\(ends)")
                #expect(try await eventually { try living("work") == 0 })
            }
        }

        @Test("work that nobody waits for is cancelled, and its library can be closed")
        func dropped() async throws {
            try await withLibrary { library, _ in
                for _ in 0..<20 { _ = try library.check() }
                #expect(try living("work") == 0 && Wakes.count == 0)
            }
        }

        @Test("a loop over progress that is left, or whose task is cancelled, leaves the work alone")
        func watching() async throws {
            try await withLibrary { library, _ in
                let work = try library.check()
                for await _ in work.progress { break }
                let watching = Task { for await _ in work.progress {} }
                watching.cancel()
                await watching.value
                #expect(try await work.value.problems.isEmpty)
            }
        }

        @Test("a request that cannot be written begins nothing")
        func unwritten() async throws {
            try await withLibrary { library, _ in
                let url = try #require(URL(string: "https://example.org"))
                let failure = try await failure { try library.backUp(to: url) }
                #expect(failure.code == .invalidArgument)
                #expect(try living("work") == 0 && Wakes.count == 0)
            }
        }
    }
}
