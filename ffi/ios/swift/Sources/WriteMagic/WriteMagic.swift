import Foundation

/// The engine: where libraries are opened, and what is one for the whole process.
public enum WriteMagic {
    /// Opens the library in a folder. Touches the disk, on a thread of the engine's; from any thread.
    ///
    /// Throws ``WriteMagicError`` of the category `libraryFailed` for a library that is not there, busy, of a newer version, or damaged.
    public static func open(at folder: URL, options: OpenOptions = OpenOptions()) async throws -> Library {
        try await Engine.run { try Library.rawOpen(folder, options) }
    }

    /// Opens the outbox of the library in a folder, for a process beside the one that writes: a keyboard, a share sheet. Touches the
    /// disk, on a thread of the engine's; from any thread.
    ///
    /// Throws as ``open(at:options:)``.
    public static func openOutbox(at folder: URL, options: OpenOptions = OpenOptions()) async throws -> Library {
        try await Engine.run { try Library.rawOpenOutbox(folder, options) }
    }

    /// Shows events of this level and graver ones: in the system's log, with the subsystem `dev.writemagic`, or on standard error where
    /// there is none. ``LogLevel/warn`` unless something else is said. Events hold no text of the user's.
    public static func setLogLevel(_ level: LogLevel) throws {
        try Native.setLogLevel(level.rawValue)
        LogSink.set(level)
    }

    /// How many objects of each type live in this process: for tests that look for leaks.
    public static func census() throws -> [String: Int] {
        let counts = try Native.census().map { ($0.kind, Int(clamping: $0.count)) }
        return Dictionary(counts, uniquingKeysWith: +)
    }
}

#if canImport(Darwin)
extension WriteMagic {
    /// Opens the outbox of a library in the container of an app group: for an app extension, which the system ends at a few dozen
    /// megabytes. It gets the profile ``LibraryProfile/extension``, whose caches and threads fit in there.
    ///
    /// The app itself opens the library in the same folder with ``open(at:options:)``, and takes in what the outbox has when it comes to
    /// the front.
    ///
    /// Throws as ``open(at:options:)``, and `invalidArgument` where the app has no such group.
    public static func openOutbox(inAppGroup group: String, folder: String = "Library") async throws -> Library {
        guard let container = FileManager.default.containerURL(forSecurityApplicationGroupIdentifier: group) else {
            throw WriteMagicError.invalidArgument("the app has no such group")
        }
        let options = OpenOptions(create: true, profile: .extension)
        return try await openOutbox(at: container.appendingPathComponent(folder), options: options)
    }
}
#endif
