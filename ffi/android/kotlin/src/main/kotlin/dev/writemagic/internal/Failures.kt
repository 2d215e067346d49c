package dev.writemagic.internal

import dev.writemagic.ErrorCode
import dev.writemagic.WriteMagicException

/** Makes exceptions of the engine's failures. */
internal object Failures {
    /**
     * The exception for a failure. Called by name from the native library.
     *
     * @param number of the code.
     * @param message a sentence for developers.
     * @param details names and values, as a JSON object.
     * @param panic what a panic said, if it was one and said something.
     */
    @JvmStatic
    fun of(
        number: Int,
        message: String,
        details: String,
        panic: String?,
    ): Throwable {
        val cause = WriteMagicException.Cause(number, message, details)
        return when {
            number == ErrorCode.LONE_SURROGATE.number -> WriteMagicException.LoneSurrogate(cause)
            number == ErrorCode.PANIC.number -> WriteMagicException.Panicked(cause, panic)
            number == ErrorCode.CANCELLED.number -> WriteMagicException.Cancelled(cause)
            else -> byGroup(cause)
        }
    }

    private fun byGroup(cause: WriteMagicException.Cause): WriteMagicException =
        when (cause.number / GROUP) {
            1 -> WriteMagicException.InvalidInput(cause)
            2 -> WriteMagicException.NotPossible(cause)
            3 -> WriteMagicException.LibraryFailed(cause)
            4 -> WriteMagicException.SessionFailed(cause)
            6 -> WriteMagicException.AssistantFailed(cause)
            7 -> WriteMagicException.InvalidObject(cause)
            else -> WriteMagicException.EngineFault(cause)
        }

    /** A text that is not one: a surrogate without its partner at [index], in UTF-16 units. */
    fun loneSurrogate(index: Int): WriteMagicException =
        WriteMagicException.LoneSurrogate(
            WriteMagicException.Cause(
                ErrorCode.LONE_SURROGATE.number,
                "lone surrogate at UTF-16 unit $index",
                """{"index":$index}""",
            ),
        )

    /** An argument that has a value which is never valid. */
    fun invalidArgument(message: String): WriteMagicException =
        WriteMagicException.InvalidInput(
            WriteMagicException.Cause(ErrorCode.INVALID_ARGUMENT.number, message, "{}"),
        )

    /** An answer of the engine that these classes cannot read. */
    fun malformed(at: Int): WriteMagicException =
        WriteMagicException.EngineFault(
            WriteMagicException.Cause(
                ErrorCode.INTERNAL.number,
                "an answer of the engine is malformed at byte $at",
                """{"offset":$at}""",
            ),
        )

    /** The number of a code, by hundreds, is its group. */
    private const val GROUP = 100
}
