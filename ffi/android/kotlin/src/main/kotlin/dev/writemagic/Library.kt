package dev.writemagic

import dev.writemagic.internal.Calls
import dev.writemagic.internal.Leaks
import dev.writemagic.internal.Native
import dev.writemagic.internal.Writer
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
    private val watch = Leaks.watch(this, "library") { Native.closeLibrary(handle) }

    /**
     * Opens an edit session on a document, or another handle of the one that is open on it. Touches the disk.
     *
     * @throws WriteMagicException.NotPossible where there is no such document.
     */
    public suspend fun edit(document: DocumentId): EditSession {
        val id = Writer.written { uuid(document.value) }
        return Calls.opened(calls.dispatcher) {
            EditSession(Calls(Native.edit(calls.handle, id), calls.dispatcher))
        }
    }

    /**
     * Closes the library: what was typed is saved, work that goes on is cancelled. Closing again does nothing; calls
     * that run come to their end, later ones throw. Touches the disk and waits for it: not from the main thread, where
     * [awaitClose] is.
     */
    override fun close() {
        watch.forget()
        Native.closeLibrary(calls.handle)
    }

    /** [close], on a thread that may wait. Comes to its end even where the caller is cancelled. */
    public suspend fun awaitClose() {
        withContext(NonCancellable + calls.dispatcher) { close() }
    }
}
