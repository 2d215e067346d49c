import Foundation

/// What the engine calls. Nothing that the app throws leaves it: its type is logged, what it says of itself may hold text of
/// the user's.
final class AppHost: NativeHost {
    func wake(token: UInt64) throws {
        Wakes.wake(token)
    }

    func ask(object: UInt64, question: UInt32, request: Data) throws -> Data {
        do {
            let answer = try AppObject.ask(object, question, request)
            if answer.count > Writer.most { throw WriteMagicError.invalidArgument("an answer has more than \(Writer.most) bytes") }
            return answer
        } catch {
            LogSink.write(.warn, "the app threw \(type(of: error)) where it was asked")
            throw HostError.Threw
        }
    }

    func release(object: UInt64) throws {
        AppObject.release(object)
    }

    func log(level: UInt32, line: String) throws {
        LogSink.show(LogLevel(rawValue: level) ?? .error, line)
    }
}
