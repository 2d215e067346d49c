package dev.writemagic

import dev.writemagic.internal.Calls
import dev.writemagic.internal.Leaks
import dev.writemagic.internal.Native
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext

/**
 * An open library. From any thread, and from many at a time.
 *
 * Suspending functions leave the caller's thread alone: what touches the disk happens on threads of the engine's
 * dispatcher. The few others neither touch the disk nor wait, but for [close].
 */
public class Library internal constructor(
    handle: Long,
) : LibraryOperations(Calls(handle)),
    AutoCloseable {
    private val watch = Leaks.watch(this, "library") { Native.closeObject(OBJECT, handle) }

    /**
     * Closes the library: what was typed is saved, work that goes on is cancelled. Closing again does nothing; calls
     * that run come to their end, later ones throw. Touches the disk and waits for it: not from the main thread, where
     * [awaitClose] is.
     *
     * @throws WriteMagicException.LibraryFailed where something cannot be saved; the library is then open still, with
     * nothing lost.
     */
    override fun close() {
        Native.closeObject(OBJECT, calls.handle)
        watch.forget()
    }

    /** [close], on a thread that may wait. Comes to its end even where the caller is cancelled. */
    public suspend fun awaitClose() {
        withContext(NonCancellable + calls.dispatcher) { close() }
    }
}
