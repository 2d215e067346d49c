package dev.writemagic

import dev.writemagic.internal.Calls
import dev.writemagic.internal.Leaks
import dev.writemagic.internal.Native
import dev.writemagic.internal.Reader

/** The engine: where libraries are opened, and what is one for the whole process. */
public object WriteMagic {
    /**
     * Opens the library in the folder [path]. Touches the disk, on a thread of its own; from any thread.
     *
     * @throws WriteMagicException.LibraryFailed for a library that is not there, busy, of a newer version, or damaged.
     */
    public suspend fun open(
        path: String,
        options: OpenOptions = OpenOptions(),
    ): Library = Calls.opened(Calls.engine) { LibraryOperations.rawOpen(path, options) }

    /**
     * Opens the outbox of the library in the folder [path], for a process beside the one that writes: a keyboard, a share
     * sheet. Touches the disk, on a thread of its own; from any thread.
     *
     * @throws WriteMagicException.LibraryFailed as [open].
     */
    public suspend fun openOutbox(
        path: String,
        options: OpenOptions = OpenOptions(),
    ): Library = Calls.opened(Calls.engine) { LibraryOperations.rawOpenOutbox(path, options) }

    /** The version of SQLite that the engine was built with. */
    public val sqliteVersion: String
        get() = LibraryOperations.sqliteVersion

    /**
     * Is told of each object that the app has lost without closing it, by the name of its type, on a thread of its own.
     * The object is closed by then.
     */
    public var onLeak: ((kind: String) -> Unit)?
        get() = Leaks.listener
        set(listener) {
            Leaks.listener = listener
        }

    /**
     * Shows events of this level and graver ones: in logcat, with the tag `writemagic`, or on standard error where there
     * is none. [LogLevel.WARN] unless something else is said. Events hold no text of the user's.
     */
    public fun setLogLevel(level: LogLevel) {
        Native.setLogLevel(level.ordinal)
    }

    /** How many objects of each type live in this process: for tests that look for leaks. */
    public fun census(): Map<String, Long> = Reader.read(Native.census()) { list { text() to u64() } }.toMap()
}

/** How much an event of the engine matters. */
public enum class LogLevel {
    /** Nothing is shown. */
    OFF,

    /** Something failed and somebody should know; a panic's backtrace is among these. */
    ERROR,

    /** Something went wrong and the engine went on. */
    WARN,

    /** A step of the library's life: opened, suspended, migrated. */
    INFO,

    /** What a developer of an app wants to see. */
    DEBUG,

    /** What a developer of the engine wants to see. */
    TRACE,
}
