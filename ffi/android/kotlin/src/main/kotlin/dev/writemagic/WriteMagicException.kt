package dev.writemagic

import dev.writemagic.internal.Details

/**
 * Why the engine could not do what it was asked. One class for each group of [codes][ErrorCode].
 *
 * No message and no value holds text of the user's, with one exception: [Panicked.panicMessage].
 */
public sealed class WriteMagicException(
    cause: Cause,
) : RuntimeException(cause.message) {
    /** The stable number of what went wrong. A newer library may have numbers that [ErrorCode] does not know. */
    public val number: Int = cause.number

    /** What went wrong; null for a number that these classes do not know. */
    public val code: ErrorCode?
        get() = ErrorCode.of(number)

    private val json = cause.details

    /** Sizes, limits, offsets and ids by their names: each a `Long` or a `String`. */
    public val details: Map<String, Any>
        get() = Details.of(json)

    /** What an exception is made of. */
    internal class Cause(
        val number: Int,
        val message: String,
        val details: String,
    )

    /** Bad input: it can never succeed as it is. Codes 1xx. */
    public class InvalidInput internal constructor(
        cause: Cause,
    ) : WriteMagicException(cause)

    /** A text has a surrogate without its partner, and so is not one. */
    public class LoneSurrogate internal constructor(
        cause: Cause,
    ) : WriteMagicException(cause) {
        /** Where, in UTF-16 units of the text that was passed: an index into the Kotlin string. */
        public val index: Long
            get() = details["index"] as? Long ?: 0
    }

    /** Not there, or not possible in the present state. Codes 2xx. */
    public class NotPossible internal constructor(
        cause: Cause,
    ) : WriteMagicException(cause)

    /** The library as a whole: not found, busy, full, damaged. Codes 3xx. */
    public class LibraryFailed internal constructor(
        cause: Cause,
    ) : WriteMagicException(cause)

    /** An edit session. Codes 4xx. */
    public class SessionFailed internal constructor(
        cause: Cause,
    ) : WriteMagicException(cause)

    /** The work was asked to stop, and did. What it had done and acknowledged is kept. */
    public class Cancelled internal constructor(
        cause: Cause,
    ) : WriteMagicException(cause)

    /** An AI run, a provider or a proposal. Codes 6xx. */
    public class AssistantFailed internal constructor(
        cause: Cause,
    ) : WriteMagicException(cause)

    /** An object that is closed, or that cannot be used since a panic. Codes 7xx but that of [Panicked]. */
    public class InvalidObject internal constructor(
        cause: Cause,
    ) : WriteMagicException(cause)

    /** The engine panicked: a fault of its own, contained. The object that it worked with can only be closed. */
    public class Panicked internal constructor(
        cause: Cause,
        /**
         * What the panic said, if it said something: for a developer's eyes. It may quote text that was worked on, and
         * does not belong in logs.
         */
        public val panicMessage: String?,
    ) : WriteMagicException(cause)

    /** Any other fault of the engine. Codes 9xx. */
    public class EngineFault internal constructor(
        cause: Cause,
    ) : WriteMagicException(cause)
}
