/// An open library. From any thread, and from many tasks at a time.
///
/// Asynchronous methods may touch the disk, on threads of the engine's. One that has begun comes to its end and gives its result even
/// where its task is cancelled meanwhile; one that has not throws `CancellationError`. The few others neither touch the disk nor wait.
///
/// A library that is let go of is closed soon after, when no session, work or call of it is left. Closing it yourself tells when that
/// is done, and what went wrong.
public final class Library: Sendable {
    let calls: Calls

    init(handle: Int64, of parent: Calls = .none) {
        calls = Calls(handle, closing: Self.object, of: parent, later: true)
    }

    /// Closes the library: what was typed is saved, work that goes on is cancelled. Closing again does nothing; calls that run come to
    /// their end, later ones throw. Touches the disk; comes to its end even where the task is cancelled.
    ///
    /// Throws ``WriteMagicError`` where something cannot be saved; the library is then open still, with nothing lost.
    public func close() async throws {
        let calls = calls
        try await Engine.finish { try calls.close() }
    }
}
