package dev.writemagic.internal

import dev.writemagic.ErrorCode
import dev.writemagic.TextRange
import java.util.UUID
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant

/**
 * Values out of bytes, in the layout of `ffi/operations/src/shape.rs`.
 *
 * @throws dev.writemagic.WriteMagicException.EngineFault from every function where the bytes are not what was asked for.
 */
internal class Reader(
    private val bytes: ByteArray,
) {
    private var at = 0

    /** Nothing must be left. */
    fun end() {
        if (at != bytes.size) throw malformed()
    }

    /** For a variant that these classes do not know. */
    fun malformed(): Throwable = Failures.malformed(at)

    private fun take(count: Int): Int {
        if (count < 0 || count > bytes.size - at) throw malformed()
        val start = at
        at += count
        return start
    }

    fun u8(): Int = bytes[take(1)].toInt() and 0xFF

    fun bool(): Boolean =
        when (u8()) {
            0 -> false
            1 -> true
            else -> throw malformed()
        }

    /** At most 2^31-1: what is more is as much as there is. */
    fun u32(): Int = i32().let { if (it < 0) Int.MAX_VALUE else it }

    private fun i32(): Int {
        val start = take(Int.SIZE_BYTES)
        var value = 0
        for (n in Int.SIZE_BYTES - 1 downTo 0) value = value shl Byte.SIZE_BITS or (bytes[start + n].toInt() and 0xFF)
        return value
    }

    fun u64(): Long = i64().also { if (it < 0) throw malformed() }

    fun i64(): Long {
        val start = take(Long.SIZE_BYTES)
        var value = 0L
        for (n in Long.SIZE_BYTES - 1 downTo 0) value = value shl Byte.SIZE_BITS or (bytes[start + n].toLong() and 0xFF)
        return value
    }

    fun f64(): Double = Double.fromBits(i64())

    fun text(): String {
        val length = i32()
        return String(bytes, take(length), length, Charsets.UTF_8)
    }

    fun bytes(): ByteArray {
        val length = i32()
        val start = take(length)
        return bytes.copyOfRange(start, start + length)
    }

    fun uuid(): UUID = UUID(bigEndian(), bigEndian())

    private fun bigEndian(): Long = java.lang.Long.reverseBytes(i64())

    fun timestamp(): Instant = Instant.fromEpochMilliseconds(i64())

    fun range(): TextRange = TextRange(offset(), offset())

    /** A place in a text: less than 2^31, as all texts are shorter. */
    private fun offset(): Int = u64().coerceAtMost(Int.MAX_VALUE.toLong()).toInt()

    fun floats(): FloatArray {
        val count = u32()
        if (count > left / Float.SIZE_BYTES) throw malformed()
        return FloatArray(count) { Float.fromBits(i32()) }
    }

    fun code(): ErrorCode = ErrorCode.of(i32()) ?: throw malformed()

    fun duration(): Duration = u64().milliseconds

    inline fun <T : Any> option(read: Reader.() -> T): T? = if (bool()) read() else null

    inline fun <T> list(read: Reader.() -> T): List<T> {
        val count = u32()
        // Whatever there are so many of takes a byte each, so that no count makes room for more than there is.
        if (count > left) throw malformed()
        return List(count) { read() }
    }

    /** How many bytes are left. */
    val left: Int
        get() = bytes.size - at

    internal companion object {
        /** What [read] makes of the whole of these bytes. */
        inline fun <T> read(
            bytes: ByteArray,
            read: Reader.() -> T,
        ): T {
            val reader = Reader(bytes)
            return reader.read().also { reader.end() }
        }
    }
}
