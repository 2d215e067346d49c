import Foundation

/// Failures on purpose, to see what an app does with them: each is contained by the engine and thrown as a ``WriteMagicError``. Not for
/// the app that ships.
///
/// An object that a call panicked with is of no more use: later calls throw the code ``ErrorCode/objectPoisoned``.
public final class CrashTest: Sendable {
    private let handle: Int64

    /// Something to break.
    public init() throws {
        handle = try Native.crashOpen(panicsAtItsEnd: false)
    }

    deinit {
        // Where it was closed already, that is no error.
        _ = try? Native.crashClose(handle)
    }

    /// A call that succeeds, if the object can be used.
    public func succeed() throws {
        try Native.crashNot(handle)
    }

    /// The engine panics with a fixed message.
    public func panic() throws {
        try Native.crash(handle, 0)
    }

    /// The engine panics with a message that was put together.
    public func panicFormatted() throws {
        try Native.crash(handle, 1)
    }

    /// The engine panics while it reads an argument.
    public func panicInArgument(_ argument: Data) throws {
        try Native.crashArgument(argument)
    }

    /// The engine panics while it makes a result.
    public func panicInResult() throws -> Data {
        try Native.crashResult(handle)
    }

    /// The engine panics when it drops an object. The object is gone nevertheless.
    public func panicInDrop() throws {
        try Native.crashClose(try Native.crashOpen(panicsAtItsEnd: true))
    }

    /// A typed error.
    public func fail() throws {
        try Native.crash(handle, 2)
    }

    /// Keeps a thread of the engine's busy for so long: at most a minute.
    public func slow(milliseconds: Int) async throws {
        let time = UInt64(clamping: milliseconds)
        try await Engine.run { try Native.crashSlowly(self.handle, time) }
    }

    /// Lets go of it. Closing again does nothing; later calls throw.
    public func close() throws {
        try Native.crashClose(handle)
    }
}
