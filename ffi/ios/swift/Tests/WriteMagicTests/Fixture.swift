import Foundation
import Testing

@testable import WriteMagic

/// All tests, one behind the other: some count what lives in the process.
@Suite(.serialized) enum Everything {}

/// A folder of its own for as long as `body` runs.
func withFolder<R>(_ body: (URL) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("writemagic-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

/// A library in a folder of its own, and a quiet log: many of these tests panic on purpose.
func withLibrary<R>(_ body: (Library, URL) async throws -> R) async throws -> R {
    try await withFolder { folder in
        try WriteMagic.setLogLevel(.off)
        let path = folder.appendingPathComponent("library")
        let library = try await WriteMagic.open(at: path, options: OpenOptions(create: true))
        do {
            let result = try await body(library, folder)
            try await library.close()
            return result
        } catch {
            try? await library.close()
            throw error
        }
    }
}

/// A session on a new document, closed at the end.
func withSession<R>(_ text: String = "", _ body: (EditSession, Library) async throws -> R) async throws -> R {
    try await withLibrary { library, _ in
        let session = try await library.session(text)
        do {
            let result = try await body(session, library)
            try await session.close()
            return result
        } catch {
            try? await session.close()
            throw error
        }
    }
}

extension Library {
    /// A session on a new document.
    func session(_ text: String = "") async throws -> EditSession {
        try await edit(document("Untitled", text).id)
    }

    /// A new document with this text.
    func document(_ title: String, _ text: String = "") async throws -> Document {
        try await createDocument(NewDocument(title: title, text: text))
    }
}

/// Objects of a type that live in the engine.
func living(_ kind: String) throws -> Int {
    try WriteMagic.census()[kind] ?? 0
}

#if os(Linux)
/// The memory that this process has, in KiB.
func residentKilobytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
}
#endif

/// Waits until `done`, looking again and again, or a minute has passed.
func eventually(_ done: () throws -> Bool) async throws -> Bool {
    let end = Date().addingTimeInterval(60)
    while try !done(), Date() < end {
        await Engine.settle()
        await Task.yield()
    }
    return try done()
}

/// Waits until a token that is woken behind all others was.
func settleNews() async throws {
    let told = Latch()
    let token = Wakes.register { told.open() }
    try Native.crashWake(token)
    await told.wait()
    Wakes.forget(token)
}

/// The error of the engine's that `body` throws.
func failure<R>(of body: () async throws -> R, at location: SourceLocation = #_sourceLocation) async throws -> WriteMagicError {
    do {
        _ = try await body()
    } catch let error as WriteMagicError {
        return error
    }
    Issue.record("it threw nothing", sourceLocation: location)
    return WriteMagicError.fault("nothing was thrown")
}
