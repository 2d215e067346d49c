package dev.writemagic.benches

import dev.writemagic.benches.peer.Editor
import dev.writemagic.benches.peer.Notebook
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import java.nio.ByteBuffer

/** What UniFFI generates, as its users call it: what waits for the disk on a thread for that. */
class UniffiSide : Side() {
    private val notebook = Notebook.create(folder)
    private lateinit var editor: Editor

    override fun empty(): Long {
        dev.writemagic.benches.peer.empty()
        return 0
    }

    override fun checked() {
        editor.check()
    }

    override fun create(
        title: String,
        text: String,
    ) {
        notebook.createDocument(title, text)
    }

    override fun begin(text: String) {
        editor = notebook.edit(notebook.createDocument("Measured", text))
    }

    override fun endSession() {
        editor.close()
    }

    override fun pending(): Long = editor.pending().toLong()

    override fun words(): Long = editor.counts().words.toLong()

    override fun splice(
        at: Long,
        delete: Long,
        text: String,
    ): Long = editor.splice(at.toULong(), delete.toULong(), text).toLong()

    override fun replace(
        units: Long,
        text: ByteArray,
    ): Long = editor.spliceBytes(0uL, units.toULong(), text).toLong()

    override fun replace(
        units: Long,
        text: ByteBuffer,
    ): Long = editor.spliceBuffer(0uL, units.toULong(), text).toLong()

    override fun text(): ByteArray = editor.text()

    override fun flush() {
        runBlocking { withContext(Dispatchers.IO) { editor.flush() } }
    }

    override fun search(
        query: String,
        limit: Int,
    ): Int = runBlocking { withContext(Dispatchers.IO) { notebook.search(query, limit.toUInt()) } }.hits.size

    override fun closeLibrary() {
        notebook.close()
    }
}
