import Foundation

/// An open editor on one document: typing that never waits for the disk and is never lost. From any thread.
///
/// Offsets are UTF-16 units, as those of `NSRange`; ``TextRange`` converts.
///
/// A session that is let go of is closed soon after, with everything saved that was typed.
public final class EditSession: Sendable {
    let calls: Calls

    init(handle: Int64, of parent: Calls = .none) {
        calls = Calls(handle, closing: Self.object, of: parent, later: true)
    }

    /// Up to so many bytes stand in a `Data` itself, which allocates nothing then; to refer to bytes it does.
    private static let inside = 14

    /// Replaces `delete` UTF-16 units at `at` by `insert`. Never touches the disk and never waits: for the main thread. An offset
    /// inside a surrogate pair moves to the pair's start; one past the end moves to the end.
    ///
    /// Throws ``WriteMagicError`` of the category `sessionFailed` when the session is closed, or too much waits for a disk that does
    /// not follow; nothing is changed then.
    @discardableResult
    public func splice(at: Int, delete: Int, insert: String) throws -> Ticket {
        var insert = insert
        // Without a copy, unless the string is one of Objective-C's.
        return try insert.withUTF8 { bytes in
            guard let start = bytes.baseAddress, bytes.count > Self.inside else {
                return try splice(at: at, delete: delete, insert: Data(bytes))
            }
            let data = Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.count, deallocator: .none)
            return try splice(at: at, delete: delete, insert: data)
        }
    }

    /// As `splice` with a string, with UTF-8: the quick way in for whole documents.
    ///
    /// Throws, besides, `notUTF8` with the offset of the first byte that is none; nothing is changed then.
    @discardableResult
    public func splice(at: Int, delete: Int, insert: Data) throws -> Ticket {
        Ticket(rawValue: Int(clamping: try Native.splice(calls.handle, at, delete, insert)))
    }

    /// As `splice`, in the place of a range.
    @discardableResult
    public func replace(_ range: TextRange, with insert: String) throws -> Ticket {
        try splice(at: range.start, delete: range.length, insert: insert)
    }

    /// The text with every splice so far: linear in its length, without the disk.
    public var text: String {
        get throws { try Native.text(calls.handle) }
    }

    /// ``text`` in UTF-8, for whoever needs no string of it: a file, a network.
    public var textBytes: Data {
        get throws { try Native.textBytes(calls.handle) }
    }

    /// Changes from the start of a loop over them to the session's end. Each loop has a stream of its own. One that is slow gets several
    /// changes as one, ``Change/merged``, and if more than a mebibyte of text waits the advice to read again, ``Change/reread``; it
    /// never holds up the editor.
    public var changes: Changes {
        Changes(session: self)
    }

    /// Saves everything and closes the session for everybody who has it; later splices throw. Closing again does nothing. Touches the
    /// disk; comes to its end even where the task is cancelled.
    ///
    /// Throws ``WriteMagicError`` where it cannot be written; the session is then open still.
    public func close() async throws {
        try await Engine.finish { [self] in
            do {
                try rawClose()
            } catch let error as WriteMagicError where error.category == .invalidObject {
                // It was closed before.
            }
            try calls.close()
        }
    }

    /// See ``EditSession/changes``.
    public struct Changes: AsyncSequence, Sendable {
        public typealias Element = Change

        fileprivate let session: EditSession

        public func makeAsyncIterator() -> Iterator {
            Iterator(session)
        }

        public struct Iterator: AsyncIteratorProtocol {
            private enum State {
                case failed(any Error)
                case listens(News, Subscription)
                case over
            }

            private var state: State

            fileprivate init(_ session: EditSession) {
                let news = News()
                do {
                    state = .listens(news, try session.rawSubscribe(token: Int(clamping: news.token)))
                } catch {
                    state = .failed(error)
                }
            }

            /// The next change; nil at the session's end, and where the task was cancelled.
            public mutating func next() async throws -> Change? {
                switch state {
                case .over: return nil
                case let .failed(error):
                    state = .over
                    throw error
                case let .listens(news, subscription):
                    do {
                        while true {
                            if let change = try subscription.rawNextChange() { return change }
                            if try subscription.isFinished { break }
                            if await !news.wait() { break }
                        }
                    } catch {
                        state = .over
                        throw error
                    }
                    state = .over
                    return nil
                }
            }
        }
    }
}
