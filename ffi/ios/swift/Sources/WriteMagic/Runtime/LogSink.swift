import Foundation

#if canImport(os)
import os
#endif

/// Where lines of the log go: the system's log, or standard error where there is none.
enum LogSink {
    private static let level = Locked(LogLevel.warn)

    /// Lines of this level and graver ones are written.
    static func set(_ level: LogLevel) {
        self.level.withLock { $0 = level }
    }

    /// A line of ours, if its level is shown.
    static func write(_ level: LogLevel, _ line: String) {
        if level <= self.level.withLock({ $0 }) { show(level, line) }
    }

    #if canImport(os)
    private static let system = Logger(subsystem: "dev.writemagic", category: "engine")

    /// A line whose level is shown.
    static func show(_ level: LogLevel, _ line: String) {
        let type: OSLogType
        switch level {
        case .off, .error: type = .error
        case .warn: type = .default
        case .info: type = .info
        case .debug, .trace: type = .debug
        }
        // Events hold no text of the user's.
        system.log(level: type, "\(line, privacy: .public)")
    }
    #else
    /// A line whose level is shown.
    static func show(_ level: LogLevel, _ line: String) {
        // `write(_:)` would end the process where standard error is closed.
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }
    #endif
}
