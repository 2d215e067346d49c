import Foundation

/// An object of the app that the engine asks: its keys, its network, its models. Each stands behind a number.
struct AppObject: Sendable {
    /// Answers the questions about one object, by their numbers.
    typealias Answering = @Sendable (_ question: UInt32, _ request: inout Reader, _ answer: inout Writer) throws -> Void

    private let answering: Answering

    init(_ answering: @escaping Answering) {
        self.answering = answering
    }

    private struct State {
        var last: UInt64 = 0
        var objects: [UInt64: AppObject] = [:]
    }

    private static let state = Locked(State())

    /// The number of this object, which the engine may ask from now on, until it releases it.
    func numbered() -> UInt64 {
        Self.state.withLock { state in
            state.last += 1
            state.objects[state.last] = self
            return state.last
        }
    }

    /// What the object of this number says.
    static func ask(_ number: UInt64, _ question: UInt32, _ request: Data) throws -> Data {
        guard let object = state.withLock({ $0.objects[number] }) else {
            throw WriteMagicError.fault("the engine asked an object that it had released")
        }
        var reader = Reader(request)
        var answer = Writer()
        do {
            try object.answering(question, &reader, &answer)
        } catch {
            answer.takeBack()
            throw error
        }
        return answer.data
    }

    /// The engine needs the object of this number no more.
    static func release(_ number: UInt64) {
        // The app's object goes outside of the lock: its end may call the engine.
        _ = state.withLock { $0.objects.removeValue(forKey: number) }
    }

    /// How many the engine has not released.
    static var count: Int {
        state.withLock { $0.objects.count }
    }
}
