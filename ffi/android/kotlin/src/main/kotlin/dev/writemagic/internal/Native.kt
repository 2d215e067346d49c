package dev.writemagic.internal

import java.nio.ByteBuffer

/**
 * The engine's native methods, and what the engine calls. The first use loads the library, which reads it from disk.
 *
 * Every method may throw a [dev.writemagic.WriteMagicException] and nothing else but errors of the JVM itself. Handles
 * and tokens are numbers; whatever number is passed for a handle, it is checked.
 */
internal object Native {
    init {
        load()
    }

    private fun load() {
        // A path of its own for a second copy of the library, which another class loader needs.
        val path = System.getProperty("writemagic.library")
        if (path == null) System.loadLibrary("writemagic_jni") else System.load(path)
        val (library, classes) = fingerprint() to FINGERPRINT
        check(library == classes) {
            "libwritemagic_jni ($library) and the classes of dev.writemagic ($classes) are not of the same build"
        }
    }

    @JvmStatic
    external fun invoke(
        number: Int,
        handle: Long,
        request: ByteArray,
    ): ByteArray

    @JvmStatic
    external fun start(
        number: Int,
        handle: Long,
        request: ByteArray,
        token: Long,
    ): Long

    @JvmStatic
    external fun takeResult(work: Long): ByteArray?

    @JvmStatic
    external fun progress(work: Long): LongArray

    @JvmStatic
    external fun cancel(work: Long)

    @JvmStatic
    external fun closeWork(work: Long): Boolean

    /** False where it was closed before. [type] is the number of the type of objects. */
    @JvmStatic
    external fun closeObject(
        type: Int,
        handle: Long,
    ): Boolean

    @JvmStatic
    external fun splice(
        session: Long,
        at: Long,
        delete: Long,
        insert: String,
    ): Long

    @JvmStatic
    external fun spliceBytes(
        session: Long,
        at: Long,
        delete: Long,
        insert: ByteArray,
    ): Long

    @JvmStatic
    external fun spliceBuffer(
        session: Long,
        at: Long,
        delete: Long,
        insert: ByteBuffer,
        start: Long,
        length: Long,
    ): Long

    @JvmStatic
    external fun text(session: Long): ByteArray

    /** The length in bytes, or below zero less one where [room] is too small for it. */
    @JvmStatic
    external fun textInto(
        session: Long,
        buffer: ByteBuffer,
        start: Long,
        room: Long,
    ): Long

    @JvmStatic
    external fun fingerprint(): Long

    @JvmStatic
    external fun census(): ByteArray

    @JvmStatic
    external fun throws(): Long

    @JvmStatic
    external fun threw(name: String)

    @JvmStatic
    external fun setLogLevel(level: Int)

    @JvmStatic
    external fun crashOpen(panicsAtItsEnd: Boolean): Long

    @JvmStatic
    external fun crashNot(handle: Long)

    @JvmStatic
    external fun crash(
        handle: Long,
        way: Int,
    )

    @JvmStatic
    external fun crashSlowly(
        handle: Long,
        milliseconds: Long,
    )

    @JvmStatic
    external fun crashArgument(argument: ByteArray)

    @JvmStatic
    external fun crashResult(
        handle: Long,
        way: Int,
    ): ByteArray

    @JvmStatic
    external fun crashDrop(way: Int)

    @JvmStatic
    external fun crashCallback(
        target: Long,
        way: Int,
    )

    @JvmStatic
    external fun crashAsk(
        target: Long,
        question: Int,
        request: ByteArray,
    ): ByteArray?

    @JvmStatic
    external fun crashWake(token: Long)

    @JvmStatic
    external fun crashNotRun(): ByteArray

    @JvmStatic
    external fun crashRelease(target: Long)

    @JvmStatic
    external fun crashClose(handle: Long): Boolean

    /** The object or the work of this token has something new. By one thread of the engine. */
    @JvmStatic
    @Suppress("unused") // by name
    fun onWake(token: Long) {
        contained { Wakes.wake(token) }
    }

    /** What an object of the app says to a question of the engine; null where it threw. By any thread. */
    @JvmStatic
    @Suppress("unused") // by name
    fun onAsk(
        target: Long,
        question: Int,
        request: ByteArray,
    ): ByteArray? = contained { AppObjects.ask(target, question, request) }

    /** The engine needs an object of the app no more. */
    @JvmStatic
    @Suppress("unused") // by name
    fun onRelease(target: Long) {
        contained { AppObjects.release(target) }
    }

    /** What the app throws stays here: its class is logged, its message may hold text of the user's. */
    private inline fun <T> contained(call: () -> T): T? =
        try {
            call()
        } catch (
            @Suppress("TooGenericExceptionCaught") thrown: Throwable,
        ) {
            threw(thrown.javaClass.name)
            null
        }
}
