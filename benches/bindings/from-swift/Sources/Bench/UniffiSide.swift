import Foundation
import Peer

/// What UniFFI generates, as its users call it: what waits for the disk on a thread for that.
final class UniffiSide: Side {
    private let notebook: Notebook
    private var session: Editor?

    init(folder: URL) async throws {
        notebook = try Notebook.create(path: folder.path)
    }

    private var editor: Editor {
        get throws {
            guard let session else { throw Failure.noSession }
            return session
        }
    }

    private static func waiting<T: Sendable>(_ call: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { waiter in
            DispatchQueue.global(qos: .userInitiated).async { waiter.resume(with: Result(catching: call)) }
        }
    }

    func checked() throws {
        try editor.check()
    }

    func create(title: String, text: String) async throws {
        _ = try notebook.createDocument(title: title, text: text)
    }

    func begin(_ text: String) async throws {
        session = try notebook.edit(document: notebook.createDocument(title: "Measured", text: text))
    }

    func end() async throws {
        session = nil
    }

    func pending() throws -> Int {
        Int(try editor.pending())
    }

    func words() throws -> Int {
        Int(try editor.counts().words)
    }

    func splice(at: Int, delete: Int, insert: String) throws {
        _ = try editor.splice(at: UInt64(at), delete: UInt64(delete), insert: insert)
    }

    func replace(_ units: Int, with text: Data) throws {
        _ = try editor.spliceBytes(at: 0, delete: UInt64(units), insert: text)
    }

    func bytes() throws -> Data {
        try editor.text()
    }

    func text() throws -> String {
        try editor.string()
    }

    func flush() async throws {
        let editor = try editor
        try await Self.waiting { try editor.flush() }
    }

    func search(_ query: String, limit: Int) async throws -> Int {
        let notebook = notebook
        return try await Self.waiting { try notebook.search(query: query, limit: UInt32(limit)) }.hits.count
    }

    func close() async throws {}
}
