/// Something that happens once, and that tasks wait for.
final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var last = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        /// Those that were cancelled before they waited.
        var gone: Set<Int> = []
    }

    private let state = Locked(State())

    /// Whether it has happened.
    var isOpen: Bool {
        state.withLock { $0.isOpen }
    }

    /// It has happened; all who wait go on.
    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until it has happened, whether the task is cancelled or not.
    func wait() async {
        let number = draw()
        await withCheckedContinuation { enter($0, as: number) }
    }

    /// Waits until it has happened, or the task is cancelled.
    func waitUnlessCancelled() async {
        let number = draw()
        await withTaskCancellationHandler {
            await withCheckedContinuation { enter($0, as: number) }
        } onCancel: {
            leave(number)
        }
        state.withLock { _ = $0.gone.remove(number) }
    }

    private func draw() -> Int {
        state.withLock { state in
            state.last += 1
            return state.last
        }
    }

    private func enter(_ continuation: CheckedContinuation<Void, Never>, as number: Int) {
        let waits = state.withLock { state in
            if state.isOpen || state.gone.contains(number) { return false }
            state.waiting[number] = continuation
            return true
        }
        if !waits { continuation.resume() }
    }

    private func leave(_ number: Int) {
        let continuation = state.withLock { state in
            let continuation = state.waiting.removeValue(forKey: number)
            if continuation == nil { state.gone.insert(number) }
            return continuation
        }
        continuation?.resume()
    }
}
