package dev.writemagic.internal

import dev.writemagic.ErrorCode
import dev.writemagic.TextRange
import dev.writemagic.WriteMagicException
import java.util.UUID
import kotlin.time.Duration
import kotlin.time.Instant

/** Values as bytes, in the layout of `ffi/operations/src/shape.rs`. Numbers are little endian. */
internal class Writer {
    private var bytes = ByteArray(FIRST)
    private var size = 0

    private val appObjects = mutableListOf<Long>()

    /** The number of an object that the engine may ask once it has the request. */
    fun appObject(answering: AppObjects.Answering) {
        val number = AppObjects.add(answering)
        appObjects += number
        u64(number)
    }

    /** The engine never got the request, or has refused it: it will release none of the objects. */
    fun takeBack() {
        appObjects.forEach(AppObjects::release)
    }

    /** What was written. */
    fun toByteArray(): ByteArray = bytes.copyOf(size)

    private fun reserve(more: Long): Int {
        val needed = size + more
        if (needed > MOST) throw Failures.invalidArgument("a request has more than $MOST bytes")
        if (needed > bytes.size) bytes = bytes.copyOf(maxOf(needed, minOf(bytes.size * 2L, MOST)).toInt())
        val start = size
        size = needed.toInt()
        return start
    }

    fun u8(value: Int) {
        // The place first: making room may make another array.
        val at = reserve(1)
        bytes[at] = value.toByte()
    }

    fun bool(value: Boolean) {
        u8(if (value) 1 else 0)
    }

    fun u32(value: Int) {
        if (value < 0) throw Failures.invalidArgument("a number is $value, which is below zero")
        i32(value)
    }

    private fun i32(value: Int) {
        val at = reserve(Int.SIZE_BYTES.toLong())
        for (n in 0 until Int.SIZE_BYTES) bytes[at + n] = (value ushr (n * Byte.SIZE_BITS)).toByte()
    }

    fun u64(value: Long) {
        if (value < 0) throw Failures.invalidArgument("a number is $value, which is below zero")
        i64(value)
    }

    fun i64(value: Long) {
        val at = reserve(Long.SIZE_BYTES.toLong())
        for (n in 0 until Long.SIZE_BYTES) bytes[at + n] = (value ushr (n * Byte.SIZE_BITS)).toByte()
    }

    fun f64(value: Double) {
        i64(value.toRawBits())
    }

    /**
     * A text in UTF-8, its length before it.
     *
     * @throws dev.writemagic.WriteMagicException.LoneSurrogate for what is no text.
     */
    fun text(value: String) {
        val length = utf8Length(value)
        if (length > MOST) throw Failures.invalidArgument("a text has more than $MOST bytes")
        i32(length.toInt())
        var at = reserve(length)
        var n = 0
        while (n < value.length) {
            val unit = value[n++].code
            at =
                when {
                    unit < TWO_BYTES -> {
                        put(at, unit)
                    }

                    unit < THREE_BYTES -> {
                        put(at, 0xC0 or (unit shr 6), tail(unit))
                    }

                    !value[n - 1].isSurrogate() -> {
                        put(at, 0xE0 or (unit shr 12), tail(unit shr 6), tail(unit))
                    }

                    else -> {
                        val scalar = Character.toCodePoint(value[n - 1], value[n++])
                        val high = put(at, 0xF0 or (scalar shr 18), tail(scalar shr 12))
                        put(high, tail(scalar shr 6), tail(scalar))
                    }
                }
        }
    }

    private fun tail(bits: Int): Int = 0x80 or (bits and 0x3F)

    private fun put(
        at: Int,
        byte: Int,
    ): Int {
        bytes[at] = byte.toByte()
        return at + 1
    }

    private fun put(
        at: Int,
        first: Int,
        second: Int,
    ): Int = put(put(at, first), second)

    private fun put(
        at: Int,
        first: Int,
        second: Int,
        third: Int,
    ): Int = put(put(at, first, second), third)

    private fun utf8Length(value: String): Long {
        var length = 0L
        var n = 0
        while (n < value.length) {
            val unit = value[n]
            length +=
                when {
                    unit.code < TWO_BYTES -> {
                        1
                    }

                    unit.code < THREE_BYTES -> {
                        2
                    }

                    !unit.isSurrogate() -> {
                        3
                    }

                    else -> {
                        val paired = unit.isHighSurrogate() && n + 1 < value.length && value[n + 1].isLowSurrogate()
                        if (!paired) throw Failures.loneSurrogate(n)
                        n++
                        4
                    }
                }
            n++
        }
        return length
    }

    /** Bytes, their length before them. */
    fun bytes(value: ByteArray) {
        i32(value.size)
        val at = reserve(value.size.toLong())
        value.copyInto(bytes, at)
    }

    fun uuid(value: UUID) {
        val at = reserve(2L * Long.SIZE_BYTES)
        for (n in 0 until Long.SIZE_BYTES) {
            // A UUID has its most significant byte first.
            val shift = (Long.SIZE_BYTES - 1 - n) * Byte.SIZE_BITS
            bytes[at + n] = (value.mostSignificantBits ushr shift).toByte()
            bytes[at + Long.SIZE_BYTES + n] = (value.leastSignificantBits ushr shift).toByte()
        }
    }

    /** Milliseconds since 1970. */
    fun timestamp(value: Instant) {
        i64(value.toEpochMilliseconds())
    }

    fun range(value: TextRange) {
        u64(value.start.toLong())
        u64(value.end.toLong())
    }

    fun floats(value: FloatArray) {
        u32(value.size)
        for (number in value) i32(number.toRawBits())
    }

    fun code(value: ErrorCode) {
        u32(value.number)
    }

    /** Milliseconds; a negative duration is none. */
    fun duration(value: Duration) {
        u64(value.inWholeMilliseconds.coerceAtLeast(0))
    }

    inline fun <T : Any> option(
        value: T?,
        write: Writer.(T) -> Unit,
    ) {
        bool(value != null)
        if (value != null) write(value)
    }

    inline fun <T> list(
        values: List<T>,
        write: Writer.(T) -> Unit,
    ) {
        u32(values.size)
        for (value in values) write(value)
    }

    internal companion object {
        private const val FIRST = 64

        /** The most bytes of one request: what an array holds on every JVM. */
        private const val MOST = Int.MAX_VALUE - 8L

        /** The first scalars that UTF-8 takes two and three bytes for. */
        private const val TWO_BYTES = 0x80
        private const val THREE_BYTES = 0x800

        /** The bytes that [write] writes. */
        inline fun written(write: Writer.() -> Unit): ByteArray = writer(write).toByteArray()

        /** The writer that [write] has written with. */
        inline fun writer(write: Writer.() -> Unit): Writer {
            val writer = Writer()
            try {
                writer.write()
            } catch (failed: WriteMagicException) {
                writer.takeBack()
                throw failed
            }
            return writer
        }
    }
}
