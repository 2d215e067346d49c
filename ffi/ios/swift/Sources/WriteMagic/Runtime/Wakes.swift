/// Who waits for news of the engine, by the number that was passed to it.
enum Wakes {
    private struct State {
        var last: UInt64 = 0
        var waiting: [UInt64: @Sendable () -> Void] = [:]
    }

    private static let state = Locked(State())

    /// A token for which `wake` is called, on the engine's thread for news, which it must not hold up. It is held until it is
    /// forgotten: it must not reach an object whose end is to be noticed.
    static func register(_ wake: @escaping @Sendable () -> Void) -> UInt64 {
        state.withLock { state in
            state.last += 1
            state.waiting[state.last] = wake
            return state.last
        }
    }

    /// Nobody waits for this token any more.
    static func forget(_ token: UInt64) {
        // What was held is let go of outside of the lock: it may be the last of something that has tokens of its own.
        _ = state.withLock { $0.waiting.removeValue(forKey: token) }
    }

    /// Tells who waits. News for nobody comes late, and is none.
    static func wake(_ token: UInt64) {
        let waiting = state.withLock { $0.waiting[token] }
        waiting?()
    }

    /// How many wait.
    static var count: Int {
        state.withLock { $0.waiting.count }
    }
}
