package dev.writemagic.internal

import dev.writemagic.Operation
import dev.writemagic.WriteMagicException
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext

/** How one object of the engine is called: operations of its own, by their numbers. */
internal class Calls(
    val handle: Long,
    val dispatcher: CoroutineDispatcher = engine,
) {
    /**
     * Runs an operation that may touch the disk, on a thread of [dispatcher]. The request is written on the caller's
     * thread, before anything is begun. An operation that was begun comes to its end; if the caller is cancelled
     * meanwhile nobody sees its result.
     */
    suspend fun <T> call(
        number: Int,
        request: Writer.() -> Unit,
        result: Reader.() -> T,
    ): T {
        val writer = Writer.writer(request)
        var begun = false
        try {
            return withContext(dispatcher) {
                begun = true
                Reader.read(invoke(number, writer), result)
            }
        } catch (cancelled: CancellationException) {
            if (!begun) writer.takeBack()
            throw cancelled
        }
    }

    /** Runs an operation that touches no disk and waits for nothing, here. */
    fun <T> now(
        number: Int,
        request: Writer.() -> Unit,
        result: Reader.() -> T,
    ): T = Reader.read(invoke(number, Writer.writer(request)), result)

    private fun invoke(
        number: Int,
        writer: Writer,
    ): ByteArray =
        try {
            Native.invoke(number, handle, writer.toByteArray())
        } catch (failed: WriteMagicException) {
            writer.takeBack()
            throw failed
        }

    /** [call] of an operation that opens something, which is closed again where the caller is cancelled before it has it. */
    suspend fun <T : AutoCloseable> open(
        number: Int,
        request: Writer.() -> Unit,
        result: Reader.() -> T,
    ): T {
        val writer = Writer.writer(request)
        var begun = false
        try {
            return opened {
                begun = true
                Reader.read(invoke(number, writer), result)
            }
        } catch (cancelled: CancellationException) {
            if (!begun) writer.takeBack()
            throw cancelled
        }
    }

    /** What [open] opens, on a thread that may wait; closed again where the caller is cancelled before it has it. */
    suspend fun <T : AutoCloseable> opened(open: () -> T): T = opened(dispatcher, open)

    /** Begins an operation that goes on by itself. */
    fun <T> work(
        number: Int,
        request: Writer.() -> Unit,
        result: Reader.() -> T,
    ): Operation<T> {
        val writer = Writer.writer(request)
        return Operation(dispatcher, result) { token ->
            try {
                Native.start(number, handle, writer.toByteArray(), token)
            } catch (failed: WriteMagicException) {
                writer.takeBack()
                throw failed
            }
        }
    }

    internal companion object {
        /** Calls that may wait for the disk at a time. */
        private const val PARALLEL = 16

        /** The threads on which calls wait for the disk. */
        val engine: CoroutineDispatcher = Dispatchers.IO.limitedParallelism(PARALLEL, "writemagic")

        /** What [open] opens, on a thread that may wait; closed again where the caller is cancelled before it has it. */
        suspend fun <T : AutoCloseable> opened(
            dispatcher: CoroutineDispatcher,
            open: () -> T,
        ): T {
            var opened: T? = null
            try {
                return withContext(dispatcher) { open().also { opened = it } }
            } catch (cancelled: CancellationException) {
                withContext(NonCancellable + dispatcher) {
                    // Nobody is left to be told; what does not close now is closed when it is collected.
                    runCatching { opened?.close() }.onFailure(cancelled::addSuppressed)
                }
                throw cancelled
            }
        }
    }
}
