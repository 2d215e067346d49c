package dev.writemagic

import dev.writemagic.internal.Calls
import dev.writemagic.internal.Leaks
import dev.writemagic.internal.Native
import kotlinx.coroutines.withContext

/**
 * Failures on purpose, to see what an app does with them: each is contained by the engine and thrown as a
 * [WriteMagicException]. Not for the app that ships.
 *
 * An object that a call panicked with is of no more use: later calls throw [WriteMagicException.InvalidObject].
 */
public class CrashTest : AutoCloseable {
    private val handle = Native.crashOpen(false)
    private val watch = handle.let { handle -> Leaks.watch(this, "crash test") { Native.crashClose(handle) } }

    /** A call that succeeds, if the object can be used. */
    public fun succeed() {
        Native.crashNot(handle)
    }

    /** The engine panics with a fixed message. */
    public fun panic() {
        Native.crash(handle, 0)
    }

    /** The engine panics with a message that was put together. */
    public fun panicFormatted() {
        Native.crash(handle, 1)
    }

    /** The engine panics while it reads an argument. */
    public fun panicInArgument(argument: ByteArray) {
        Native.crashArgument(argument)
    }

    /** The engine panics while it makes a result. */
    public fun panicInResult(): ByteArray = Native.crashResult(handle, 1)

    /** The engine panics when it drops an object. The object is gone nevertheless. */
    public fun panicInDrop() {
        Native.crashDrop(0)
    }

    /** A typed error. */
    public fun fail() {
        Native.crash(handle, 2)
    }

    /** Keeps a thread of the engine's dispatcher busy for so long: at most a minute. */
    public suspend fun slow(milliseconds: Long) {
        withContext(Calls.engine) { Native.crashSlowly(handle, milliseconds) }
    }

    override fun close() {
        watch.forget()
        Native.crashClose(handle)
    }

    public companion object {
        /** Opens an object and loses it: [WriteMagic.onLeak] is told when the garbage is next collected. */
        public fun leak() {
            CrashTest()
        }
    }
}
