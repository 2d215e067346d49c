package dev.writemagic

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.io.TempDir
import java.io.File

/** A library in a folder of its own, and a quiet log: many of these tests panic on purpose. */
abstract class Fixture {
    @TempDir
    lateinit var folder: File
    lateinit var library: Library

    @BeforeEach
    fun open() {
        WriteMagic.setLogLevel(LogLevel.OFF)
        library = runBlocking { WriteMagic.open(File(folder, "library").path, OpenOptions(create = true)) }
    }

    @AfterEach
    fun close() {
        library.close()
        WriteMagic.setLogLevel(LogLevel.WARN)
    }

    /** A session on a new document. */
    suspend fun session(text: String = ""): EditSession = library.edit(library.document("Untitled", text).id)
}

/** A new document with this text. */
suspend fun Library.document(
    title: String,
    text: String = "",
): Document = createDocument(NewDocument(title, text = text))

/** Waits until the garbage collector and what follows on it have done what [done] looks for, or a minute has passed. */
fun awaitCollected(done: () -> Boolean): Boolean {
    val end = System.nanoTime() + 60_000_000_000
    while (!done() && System.nanoTime() < end) {
        System.gc()
        Thread.yield()
    }
    return done()
}

/** Objects of a type that live in the engine. */
fun living(kind: String): Long = WriteMagic.census()[kind] ?: 0
