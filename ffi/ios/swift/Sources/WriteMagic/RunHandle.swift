/// A run of a model: what was asked, and what is said to it. From any thread.
///
/// What came is kept in the library. Who does not listen slows the model down. A run that is closed or let go of before its end is
/// cancelled, and can be gone on with.
public final class RunHandle: Sendable {
    let calls: Calls

    init(handle: Int64, of parent: Calls = .none) {
        calls = Calls(handle, closing: Self.object, of: parent)
    }

    /// What the run says, from where the last loop over it stopped, up to its end, ``RunNews/end(_:)``, which is the last. For one
    /// loop at a time. If that is left, or its task is cancelled, the run is cancelled, too: its end is kept, and can be gone on with.
    public var events: Events {
        Events(run: self)
    }

    /// Cancels the run unless it has ended, and listens no more. Closing again does nothing; later calls throw.
    public func close() throws {
        try calls.close()
    }

    /// See ``RunHandle/events``.
    public struct Events: AsyncSequence, Sendable {
        public typealias Element = RunNews

        fileprivate let run: RunHandle

        public func makeAsyncIterator() -> Iterator {
            Iterator(run)
        }

        public struct Iterator: AsyncIteratorProtocol {
            private var listening: Listening?

            fileprivate init(_ run: RunHandle) {
                listening = Listening(run)
            }

            /// The next that the run says; nil behind its end, and where the task was cancelled.
            public mutating func next() async throws -> RunNews? {
                guard let listening else { return nil }
                do {
                    if let next = try await listening.next() { return next }
                } catch {
                    self.listening = nil
                    throw error
                }
                self.listening = nil
                return nil
            }
        }
    }

    /// One loop. Where it is let go of before the end, the run is cancelled.
    private final class Listening: Sendable {
        private let run: RunHandle
        private let news = News()
        private let hasEnded = Locked(false)

        init(_ run: RunHandle) {
            self.run = run
        }

        func next() async throws -> RunNews? {
            if hasEnded.withLock({ $0 }) { return nil }
            repeat {
                if let next = try run.rawNextEvent(token: Int(clamping: news.token)) {
                    if case .end = next { hasEnded.withLock { $0 = true } }
                    return next
                }
                if try run.isEnded {
                    hasEnded.withLock { $0 = true }
                    return nil
                }
            } while await news.wait()
            return nil
        }

        deinit {
            // Where it was closed meanwhile there is nothing to cancel.
            if !hasEnded.withLock({ $0 }) { _ = try? run.cancel() }
        }
    }
}
