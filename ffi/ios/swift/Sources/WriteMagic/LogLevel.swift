/// How much an event of the engine matters.
public enum LogLevel: UInt32, Sendable, CaseIterable, Comparable {
    /// Nothing is shown.
    case off
    /// Something failed and somebody should know; a panic's backtrace is among these.
    case error
    /// Something went wrong and the engine went on.
    case warn
    /// A step of the library's life: opened, suspended, migrated.
    case info
    /// What a developer of an app wants to see.
    case debug
    /// What a developer of the engine wants to see.
    case trace

    /// Less is shown.
    public static func < (one: LogLevel, other: LogLevel) -> Bool {
        one.rawValue < other.rawValue
    }
}
