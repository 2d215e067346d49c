import Foundation

/// Why the engine could not do what it was asked.
///
/// Neither the message nor the details hold text of the user's. ``panicMessage`` may.
///
/// ```swift
/// do {
///     library = try await WriteMagic.open(at: folder)
/// } catch let error as WriteMagicError where error.code == .libraryBusy {
///     // another process writes
/// }
/// ```
public struct WriteMagicError: Error, Hashable, Sendable, CustomStringConvertible, CustomReflectable, LocalizedError {
    /// What kind of failure it is: the hundreds of its number, with three numbers for themselves.
    public enum Category: Hashable, Sendable {
        /// Bad input: it can never succeed as it is. Codes 1xx.
        case invalidInput
        /// Not there, or not possible in the present state. Codes 2xx.
        case notPossible
        /// The library as a whole: not found, busy, full, damaged. Codes 3xx.
        case libraryFailed
        /// An edit session. Codes 4xx.
        case sessionFailed
        /// The work was asked to stop, and did. What it had done and acknowledged is kept.
        case cancelled
        /// An AI run, a provider or a proposal. Codes 6xx.
        case assistantFailed
        /// An object that is closed, or that cannot be used since a panic. Codes 7xx but that of ``panicked``.
        case invalidObject
        /// The engine panicked: a fault of its own, contained. The object that it worked with can only be closed.
        case panicked
        /// Any other fault of the engine. Codes 9xx.
        case engineFault
    }

    /// A size, a limit, an offset or an id.
    public enum Detail: Hashable, Sendable {
        /// A whole number; what is beyond `Int` is as much as there is.
        case number(Int)
        /// A word or an id.
        case text(String)
    }

    /// The stable number of what went wrong. A newer library may have numbers that ``ErrorCode`` does not know.
    public let number: Int
    /// A sentence for developers, in English.
    public let message: String
    /// What a panic said, if it was one and said something: for a developer's eyes. It may quote text that was worked on, and does
    /// not belong in logs.
    public let panicMessage: String?

    private let json: String

    init(number: Int, message: String, json: String = "{}", panicMessage: String? = nil) {
        self.number = number
        self.message = message
        self.json = json
        self.panicMessage = panicMessage
    }

    /// What went wrong; nil for a number that these sources do not know.
    public var code: ErrorCode? {
        UInt16(exactly: number).flatMap(ErrorCode.init(rawValue:))
    }

    /// What kind of failure it is.
    public var category: Category {
        switch code {
        case .cancelled: return .cancelled
        case .panic: return .panicked
        default: break
        }
        switch number / 100 {
        case 1: return .invalidInput
        case 2: return .notPossible
        case 3: return .libraryFailed
        case 4: return .sessionFailed
        case 6: return .assistantFailed
        case 7: return .invalidObject
        default: return .engineFault
        }
    }

    /// Sizes, limits, offsets and ids by their names.
    public var details: [String: Detail] {
        let object = try? JSONSerialization.jsonObject(with: Data(json.utf8))
        guard let values = object as? [String: Any] else { return [:] }
        return values.compactMapValues { value in
            switch value {
            case let text as String: return .text(text)
            case let number as NSNumber: return .number(Int(exactly: number) ?? Int.max)
            default: return nil
            }
        }
    }

    /// The code's word and the message.
    public var description: String {
        "\(code?.name ?? String(number)): \(message)"
    }

    /// All but ``panicMessage``, which nothing shows that nobody asks for it.
    public var customMirror: Mirror {
        Mirror(self, children: ["number": number, "message": message, "details": details])
    }

    public var errorDescription: String? {
        description
    }

    /// An argument that has a value which is never valid.
    static func invalidArgument(_ message: String) -> WriteMagicError {
        WriteMagicError(number: Int(ErrorCode.invalidArgument.rawValue), message: message)
    }

    /// Something that cannot be, short of a mistake in the engine or in these sources.
    static func fault(_ message: String, offset: Int? = nil) -> WriteMagicError {
        let json = offset.map { "{\"offset\":\($0)}" } ?? "{}"
        return WriteMagicError(number: Int(ErrorCode.internal.rawValue), message: message, json: json)
    }
}
