package dev.writemagic

/**
 * A part of a text, in UTF-16 units: indices of a Kotlin string, [end] not in it.
 */
@JvmInline
public value class TextRange private constructor(
    private val packed: Long,
) {
    /** From [start] to [end], the end not in it. */
    public constructor(start: Int, end: Int) : this((start.toLong() shl Int.SIZE_BITS) or (end.toLong() and MASK))

    /** The first unit. */
    public val start: Int
        get() = (packed shr Int.SIZE_BITS).toInt()

    /** The unit behind the last one. */
    public val end: Int
        get() = packed.toInt()

    /** How many units it has. */
    public val length: Int
        get() = end - start

    override fun toString(): String = "$start..<$end"

    private companion object {
        const val MASK = 0xFFFF_FFFFL
    }
}

/** The part of this text that is in [range]. */
public fun CharSequence.substring(range: TextRange): String = substring(range.start, range.end)
