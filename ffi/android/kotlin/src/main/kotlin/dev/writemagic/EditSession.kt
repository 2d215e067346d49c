package dev.writemagic

import dev.writemagic.internal.Calls
import dev.writemagic.internal.Leaks
import dev.writemagic.internal.Native
import dev.writemagic.internal.Wakes
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.withContext
import java.nio.ByteBuffer

/**
 * An open editor on one document: typing that never waits for the disk and is never lost. From any thread.
 *
 * Offsets are UTF-16 units: indices of a Kotlin string.
 */
public class EditSession internal constructor(
    handle: Long,
) : EditSessionOperations(Calls(handle)),
    AutoCloseable {
    private val watch = Leaks.watch(this, "edit session") { Native.closeObject(OBJECT, handle) }

    /**
     * Replaces [delete] UTF-16 units at [at] by [insert]. Never touches the disk and never waits: for the main thread.
     * An offset inside a surrogate pair moves to the pair's start; one past the end moves to the end.
     *
     * @throws WriteMagicException.LoneSurrogate where [insert] is no text; nothing is changed.
     * @throws WriteMagicException.SessionFailed when the session is closed, or too much waits for a disk that does not
     * follow; nothing is changed.
     */
    public fun splice(
        at: Long,
        delete: Long,
        insert: String,
    ): Ticket = Ticket(Native.splice(calls.handle, at, delete, insert))

    /** [splice] with UTF-8: the quick way in for whole documents. */
    public fun splice(
        at: Long,
        delete: Long,
        insert: ByteArray,
    ): Ticket = Ticket(Native.spliceBytes(calls.handle, at, delete, insert))

    /**
     * [splice] with UTF-8, from the position of [insert] to its limit; the position is moved to it. Quickest with a
     * direct buffer, which must not be written to meanwhile.
     */
    public fun splice(
        at: Long,
        delete: Long,
        insert: ByteBuffer,
    ): Ticket {
        if (!insert.isDirect) {
            val bytes = ByteArray(insert.remaining())
            insert.duplicate().get(bytes)
            return splice(at, delete, bytes).also { insert.end() }
        }
        val (start, length) = insert.position().toLong() to insert.remaining().toLong()
        val ticket = Native.spliceBuffer(calls.handle, at, delete, insert, start, length)
        insert.end()
        return Ticket(ticket)
    }

    /** The text with every splice so far, in UTF-8: linear in its length, without the disk. */
    public fun textBytes(): ByteArray = Native.text(calls.handle)

    /**
     * Writes the text in UTF-8 into a direct [buffer] from its position on, moves the position behind it and gives the
     * number of bytes. Where it does not fit nothing is written: the number is then what it takes, and the position is
     * where it was.
     *
     * @throws WriteMagicException.InvalidInput for a buffer that is not direct.
     */
    public fun textInto(buffer: ByteBuffer): Long {
        val written = Native.textInto(calls.handle, buffer, buffer.position().toLong(), buffer.remaining().toLong())
        if (written < 0) return -1 - written
        buffer.at(buffer.position() + written.toInt())
        return written
    }

    /**
     * Changes from the moment of collection on, to the session's end. Each collector has a stream of its own. One that is
     * slow gets several changes as one, [merged][Change.merged], and if more than a mebibyte of text waits the advice to
     * [read again][Change.reread]; it never holds up the editor. Reading touches no disk, so any dispatcher will do.
     */
    public val changes: Flow<Change> =
        flow {
            val news = Channel<Unit>(Channel.CONFLATED)
            val token = Wakes.register { news.trySend(Unit) }
            try {
                rawSubscribe(token).use { subscription ->
                    while (true) {
                        val next = subscription.rawNextChange()
                        when {
                            next != null -> emit(next)
                            subscription.isFinished -> break
                            else -> news.receive()
                        }
                    }
                }
            } finally {
                Wakes.forget(token)
            }
        }

    /**
     * Saves everything and closes the session for every handle of it; later splices throw. Closing again does nothing.
     * Touches the disk and waits for it: not from the main thread, where [awaitClose] is.
     *
     * @throws WriteMagicException.LibraryFailed where it cannot be written; the session is then open still.
     */
    override fun close() {
        try {
            rawClose()
        } catch (_: WriteMagicException.InvalidObject) {
            // It was closed before.
        }
        Native.closeObject(OBJECT, calls.handle)
        watch.forget()
    }

    /** [close], on a thread that may wait. Comes to its end even where the caller is cancelled. */
    public suspend fun awaitClose() {
        withContext(NonCancellable + calls.dispatcher) { close() }
    }
}

private fun ByteBuffer.end() {
    at(limit())
}

// As a `Buffer`: the method of `ByteBuffer` itself came with Java 9, and is not on Android 24.
private fun ByteBuffer.at(position: Int) {
    (this as java.nio.Buffer).position(position)
}
