import Foundation

/// The threads on which calls wait for the disk: never those of Swift's tasks, of which there are few, nor the main thread.
enum Engine {
    /// Calls that may wait at a time.
    private static let parallel = 16

    private static let threads: OperationQueue = {
        let queue = OperationQueue()
        queue.name = "dev.writemagic.engine"
        queue.maxConcurrentOperationCount = parallel
        queue.qualityOfService = .userInitiated
        return queue
    }()

    /// Where objects that were let go of are closed, one behind the other.
    private static let closing = DispatchQueue(label: "dev.writemagic.closing", qos: .utility)

    private enum Turn {
        case waits
        case begun
        case cancelled
    }

    /// Runs `body` on a thread that may wait. What was begun comes to its end and gives its result, whether the task is
    /// cancelled or not; where the task is cancelled before that, `unbegun` is run in its place and the error is a
    /// `CancellationError`.
    static func run<T: Sendable>(
        unbegun: @escaping @Sendable () -> Void = {},
        _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        let turn = Locked(Turn.waits)
        let outcome = Outcome<T>()
        let take: @Sendable (Turn) -> Bool = { next in
            turn.withLock { turn in
                guard case .waits = turn else { return false }
                turn = next
                return true
            }
        }
        return try await withTaskCancellationHandler {
            threads.addOperation {
                if take(.begun) { outcome.end(Result(catching: body)) }
            }
            return try await outcome.value
        } onCancel: {
            if take(.cancelled) {
                unbegun()
                outcome.end(.failure(CancellationError()))
            }
        }
    }

    /// `run` of what must come to its end even where the task is cancelled before it began.
    static func finish<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        let outcome = Outcome<T>()
        threads.addOperation { outcome.end(Result(catching: body)) }
        return try await outcome.value
    }

    /// What comes of a call, for the task that waits for it.
    private final class Outcome<T: Sendable>: Sendable {
        private let result = Locked<Result<T, any Error>?>(nil)
        private let ended = Latch()

        func end(_ result: Result<T, any Error>) {
            self.result.withLock { $0 = result }
            ended.open()
        }

        var value: T {
            get async throws {
                await ended.wait()
                guard let result = result.withLock({ $0 }) else { throw WriteMagicError.fault("a call has ended without a result") }
                return try result.get()
            }
        }
    }

    /// Runs `body` soon, when those before it are done.
    static func later(_ body: @escaping @Sendable () -> Void) {
        closing.async(execute: body)
    }

    /// Waits until everything that was let go of so far is closed.
    static func settle() async {
        await withCheckedContinuation { continuation in
            closing.async { continuation.resume() }
        }
    }
}
