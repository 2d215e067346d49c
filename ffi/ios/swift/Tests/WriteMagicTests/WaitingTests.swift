import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct WaitingTests {
        @Test("those who wait go on when it happens, and those who come later at once")
        func latch() async {
            let latch = Latch()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask { await latch.wait() }
                    group.addTask { await latch.waitUnlessCancelled() }
                }
                group.addTask { latch.open() }
            }
            await latch.wait()
            #expect(latch.isOpen)
        }

        @Test("a task that is cancelled waits no longer, whenever that is")
        func cancelledWaiting() async {
            let latch = Latch()
            for n in 0..<500 {
                let task = Task { await latch.waitUnlessCancelled() }
                if n % 2 == 0 { await Task.yield() }
                task.cancel()
                await task.value
            }
            #expect(!latch.isOpen)
        }

        @Test("a call that has begun gives its result to a cancelled task, one that has not does not begin")
        func begun() async throws {
            let began = Latch()
            let task = Task {
                try await Engine.run {
                    began.open()
                    return 7
                }
            }
            await began.wait()
            task.cancel()
            #expect(try await task.value == 7)

            let (runs, takenBack) = (Locked(0), Locked(0))
            let cancelled = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await Engine.run(unbegun: { takenBack.withLock { $0 += 1 } }, { runs.withLock { $0 += 1 } })
            }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            #expect(takenBack.withLock { $0 } == 1 && runs.withLock { $0 } == 0)
            #expect(try await Task { try await Engine.finish { 8 } }.value == 8)
        }

        @Test("slow calls hold up neither other tasks nor the calls behind them")
        func slow() async throws {
            let test = try CrashTest()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 { group.addTask { try await test.slow(milliseconds: 20) } }
                // These threads are not the few of Swift's tasks.
                let other = Task { 1 }
                #expect(await other.value == 1)
                try await group.waitForAll()
            }
        }

        @Test("news that come before anybody looks are one")
        func news() async throws {
            let news = News()
            for _ in 0..<10 { Wakes.wake(news.token) }
            #expect(await news.wait())
            let task = Task { await news.wait() }
            task.cancel()
            #expect(await task.value == false)
        }
    }
}
