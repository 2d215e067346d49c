/// News of one object of the engine, for one task at a time that waits for them: several that come before it looks are one.
final class News: Sendable {
    let token: UInt64
    private let came: AsyncStream<Void>.Continuation
    private let stream: AsyncStream<Void>

    init() {
        let (stream, came) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        token = Wakes.register { came.yield() }
        (self.stream, self.came) = (stream, came)
    }

    deinit {
        Wakes.forget(token)
    }

    /// Waits until there is something new; false where the task was cancelled.
    func wait() async -> Bool {
        var iterator = stream.makeAsyncIterator()
        return await iterator.next() != nil
    }
}
