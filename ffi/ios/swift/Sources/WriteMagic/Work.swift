/// How far ``Work`` is.
public struct WorkProgress: Hashable, Sendable {
    /// Units that are done; the work's documentation names the unit.
    public let done: Int
    /// Units expected in all; 0 while unknown, and it may grow.
    public let total: Int
    /// Whether somebody asked the work to stop.
    public let isCancelled: Bool

    init(_ progress: NativeProgress) {
        done = Int(clamping: progress.done)
        total = Int(clamping: progress.total)
        isCancelled = progress.cancelled
    }

    static let none = WorkProgress(NativeProgress(done: 0, total: 0, cancelled: false))
}

/// Long work that goes on by itself, on a thread of the engine's. Wait for it, watch it, or ``cancel()`` it; from any thread.
///
/// Nothing needs to be closed. Work that is let go of, with nobody to wait for it, is cancelled.
public final class Work<Value: Sendable>: Sendable {
    private let handle: Int64
    private let token: UInt64
    private let ended = Latch()
    private let last = Locked(WorkProgress.none)
    private let outcome = Locked<Result<Value, any Error>?>(nil)
    private let result: @Sendable (inout Reader) throws -> Value
    /// The object that works, which stays open until the result is taken.
    private let calls: Locked<Calls?>

    init(
        of calls: Calls,
        _ result: @escaping @Sendable (inout Reader) throws -> Value,
        start: (_ token: UInt64) throws -> Int64
    ) throws {
        // Held by the registry: it must not reach this object, or nobody would notice that it was let go of.
        let ended = ended
        let token = Wakes.register { ended.open() }
        do {
            handle = try start(token)
        } catch {
            Wakes.forget(token)
            throw error
        }
        self.token = token
        self.result = result
        self.calls = Locked(calls)
    }

    deinit {
        Wakes.forget(token)
        // Where it was closed already, that is no error.
        _ = try? Native.closeWork(handle)
    }

    /// Waits for the end and gives the result, each time it is asked for.
    ///
    /// If the task that waits is cancelled, the work is, too, and its end is waited for: nothing of it goes on behind the task's
    /// back. It has then either finished, and its result is given, or left nothing half done.
    ///
    /// Throws `CancellationError` where the task was cancelled before the end, ``WriteMagicError`` with the code
    /// ``ErrorCode/cancelled`` where the work was, and what its documentation says.
    public var value: Value {
        get async throws {
            await withTaskCancellationHandler { await ended.wait() } onCancel: { cancel() }
            do {
                return try await Engine.finish { self.taken() }.get()
            } catch let error as WriteMagicError where error.code == .cancelled && Task.isCancelled {
                throw CancellationError()
            }
        }
    }

    /// What came of it, which is taken once. On a thread that may wait: it is read here.
    private func taken() -> Result<Value, any Error> {
        defer { calls.withLock { $0 = nil } }
        return outcome.withLock { outcome in
            if let outcome { return outcome }
            let taken = Result {
                let progress = WorkProgress(try Native.progress(handle))
                last.withLock { $0 = progress }
                guard let bytes = try Native.takeResult(handle) else {
                    throw WriteMagicError.fault("work has ended without a result")
                }
                return try Reader.read(bytes, result)
            }
            // Its last numbers are kept; nothing else is left to ask it.
            _ = try? Native.closeWork(handle)
            outcome = taken
            return taken
        }
    }

    /// How far the work is, now and whenever that has changed, at most ten times a second; ends with the work. A loop over it that is
    /// left, or whose task is cancelled, leaves the work alone.
    public var progress: Progresses {
        Progresses(work: self)
    }

    /// Asks the work to stop at its next safe point. Returns at once; what it has finished stays.
    public func cancel() {
        // Where it has ended there is nothing to stop.
        _ = try? Native.cancel(handle)
    }

    /// Once the result is taken the work is closed, and its last numbers are those that were kept.
    private func current() -> WorkProgress {
        (try? Native.progress(handle)).map(WorkProgress.init) ?? last.withLock { $0 }
    }

    /// See ``Work/progress``.
    public struct Progresses: AsyncSequence, Sendable {
        public typealias Element = WorkProgress

        fileprivate let work: Work<Value>

        public func makeAsyncIterator() -> Iterator {
            Iterator(work: work)
        }

        public struct Iterator: AsyncIteratorProtocol {
            fileprivate let work: Work<Value>
            private var shown: WorkProgress?
            private var isOver = false

            fileprivate init(work: Work<Value>) {
                self.work = work
            }

            public mutating func next() async -> WorkProgress? {
                while !isOver, !Task.isCancelled {
                    isOver = work.ended.isOpen
                    let current = work.current()
                    if current != shown {
                        shown = current
                        return current
                    }
                    if !isOver { await work.ended.wait(upTo: 100) }
                }
                return nil
            }
        }
    }
}

extension Latch {
    /// Waits until it has happened, the time is over, or the task is cancelled.
    fileprivate func wait(upTo milliseconds: UInt64) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.waitUnlessCancelled() }
            // Cancelled, it has slept long enough.
            group.addTask { try? await Task.sleep(nanoseconds: milliseconds * 1_000_000) }
            await group.next()
            group.cancelAll()
        }
    }
}
