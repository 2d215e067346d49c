package dev.writemagic.benches

import dev.writemagic.CrashTest
import dev.writemagic.EditSession
import dev.writemagic.NewDocument
import dev.writemagic.OpenOptions
import dev.writemagic.SearchRequest
import dev.writemagic.WriteMagic
import dev.writemagic.internal.Native
import kotlinx.coroutines.runBlocking
import java.nio.ByteBuffer

/** The Kotlin API of `ffi/android`. */
class WriteMagicSide : Side() {
    private val library = runBlocking { WriteMagic.open(folder, OpenOptions(create = true)) }
    private val probe = CrashTest()
    private lateinit var session: EditSession

    // A number that the layer keeps: nothing but the guard of every call.
    override fun empty(): Long = Native.throws()

    override fun checked() {
        probe.succeed()
    }

    override fun create(
        title: String,
        text: String,
    ) {
        runBlocking { library.createDocument(NewDocument(title, text = text)) }
    }

    override fun begin(text: String) {
        session = runBlocking { library.edit(library.createDocument(NewDocument("Measured", text = text)).id) }
    }

    override fun endSession() {
        session.close()
    }

    override fun pending(): Long = session.pending

    override fun words(): Long = session.stats.words

    override fun splice(
        at: Long,
        delete: Long,
        text: String,
    ): Long = session.splice(at, delete, text).value

    override fun replace(
        units: Long,
        text: ByteArray,
    ): Long = session.splice(0, units, text).value

    override fun replace(
        units: Long,
        text: ByteBuffer,
    ): Long = session.splice(0, units, text).value

    override fun text(): ByteArray = session.textBytes()

    override fun flush() {
        runBlocking { session.flush() }
    }

    override fun search(
        query: String,
        limit: Int,
    ): Int = runBlocking { library.search(SearchRequest(query, limit = limit.toLong())) }.hits.size

    override fun closeLibrary() {
        probe.close()
        library.close()
    }
}
