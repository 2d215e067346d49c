package dev.writemagic.benches

import java.io.File
import java.nio.ByteBuffer
import java.nio.file.Files

/**
 * What is measured, for both sides: each is a library in a folder of its own, with at most one open edit session.
 *
 * A process has one side only, so that the JVM compiles these calls as if they were made directly.
 */
abstract class Side : AutoCloseable {
    private val temporary: File = Files.createTempDirectory("writemagic-bench-").toFile()

    /** Where the library is. */
    protected val folder: String = File(temporary, "library").path

    /** Calls a function without arguments. */
    abstract fun empty(): Long

    /** Calls an object that does nothing. */
    abstract fun checked()

    /** Makes a document. */
    abstract fun create(
        title: String,
        text: String,
    )

    /** Opens a session on a new document with this text. */
    abstract fun begin(text: String)

    /** Closes the session, whose text must have as many UTF-16 units. */
    fun end(units: Long) {
        val found = text().decodeToString().length.toLong()
        check(found == units) { "the text has $found UTF-16 units, not $units" }
        endSession()
    }

    protected abstract fun endSession()

    /** A number that the session knows. */
    abstract fun pending(): Long

    /** How many words the session's text has, of all that is counted. */
    abstract fun words(): Long

    /** Puts a text in place of [delete] UTF-16 units at [at]. */
    abstract fun splice(
        at: Long,
        delete: Long,
        text: String,
    ): Long

    /** Puts UTF-8 in place of the first [units]. */
    abstract fun replace(
        units: Long,
        text: ByteArray,
    ): Long

    /** Puts UTF-8 in place of the first [units]. */
    abstract fun replace(
        units: Long,
        text: ByteBuffer,
    ): Long

    /** The text in UTF-8. */
    abstract fun text(): ByteArray

    /** Waits until all is durable, on a thread that may wait. */
    abstract fun flush()

    /** How many hits there are, at most [limit], found on a thread that may wait. */
    abstract fun search(
        query: String,
        limit: Int,
    ): Int

    protected abstract fun closeLibrary()

    override fun close() {
        closeLibrary()
        temporary.deleteRecursively()
    }

    companion object {
        /** The side of this name, with an empty library. */
        @JvmStatic
        fun of(name: String): Side =
            when (name) {
                "writemagic" -> WriteMagicSide()
                "uniffi" -> UniffiSide()
                else -> error("no side is called $name")
            }
    }
}
