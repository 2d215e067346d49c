import Foundation
import WriteMagic

/// The Swift API of `ffi/ios`.
final class WriteMagicSide: Side {
    private let library: Library
    private let probe: CrashTest
    private var session: EditSession?

    init(folder: URL) async throws {
        library = try await WriteMagic.open(at: folder, options: OpenOptions(create: true))
        probe = try CrashTest()
    }

    private var editor: EditSession {
        get throws {
            guard let session else { throw Failure.noSession }
            return session
        }
    }

    func checked() throws {
        try probe.succeed()
    }

    func create(title: String, text: String) async throws {
        _ = try await library.createDocument(NewDocument(title: title, text: text))
    }

    func begin(_ text: String) async throws {
        let document = try await library.createDocument(NewDocument(title: "Measured", text: text))
        session = try await library.edit(document.id)
    }

    func end() async throws {
        try await editor.close()
        session = nil
    }

    func pending() throws -> Int {
        try editor.pending
    }

    func words() throws -> Int {
        try editor.stats.words
    }

    func splice(at: Int, delete: Int, insert: String) throws {
        try editor.splice(at: at, delete: delete, insert: insert)
    }

    func replace(_ units: Int, with text: Data) throws {
        try editor.splice(at: 0, delete: units, insert: text)
    }

    func bytes() throws -> Data {
        try editor.textBytes
    }

    func text() throws -> String {
        try editor.text
    }

    func flush() async throws {
        _ = try await editor.flush()
    }

    func search(_ query: String, limit: Int) async throws -> Int {
        try await library.search(SearchRequest(query: query, limit: limit)).hits.count
    }

    func close() async throws {
        try probe.close()
        try await library.close()
    }
}
