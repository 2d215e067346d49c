import Foundation

/// What is measured, for both sides: each is a library in a folder of its own, with at most one open edit session.
protocol Side: AnyObject {
    /// Makes an empty library in the folder.
    init(folder: URL) async throws

    /// Calls an object that does nothing.
    func checked() throws

    /// Makes a document.
    func create(title: String, text: String) async throws

    /// Opens a session on a new document with this text.
    func begin(_ text: String) async throws

    /// Closes the session.
    func end() async throws

    /// A number that the session knows.
    func pending() throws -> Int

    /// How many words the session's text has, of all that is counted.
    func words() throws -> Int

    /// Puts a text in place of `delete` UTF-16 units at `at`.
    func splice(at: Int, delete: Int, insert: String) throws

    /// Puts UTF-8 in place of the first `units`.
    func replace(_ units: Int, with text: Data) throws

    /// The text in UTF-8.
    func bytes() throws -> Data

    /// The text.
    func text() throws -> String

    /// Waits until all is durable, on a thread that may wait.
    func flush() async throws

    /// How many hits there are, at most `limit`, found on a thread that may wait.
    func search(_ query: String, limit: Int) async throws -> Int

    /// Closes the library.
    func close() async throws
}
