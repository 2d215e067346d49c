package dev.writemagic

import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.assertTrue

class ReadmeTest {
    @TempDir
    lateinit var filesDir: File

    @Test
    fun `the example of the front page works`() =
        runBlocking {
            val library = WriteMagic.open(File(filesDir, "library").path, OpenOptions(create = true))
            library.use {
                val draft = NewDocument("Chapter 1", folder = "Novel/Draft", text = "It was a dark night.")
                val chapter = library.createDocument(draft)

                // An editor reports each change in UTF-16 units. `splice` never waits for the disk: it is for the main thread.
                library.edit(chapter.id).use { editor ->
                    editor.splice(at = 9, delete = 0, insert = "very ")
                    check(editor.stats.words == 6L)
                    editor.flush() // from here on a kill loses nothing
                }

                val found = library.search(SearchRequest("\"very dark\" -day", limit = 10))
                check(found.hits.first().document == chapter.id)

                // A search field: a newer question cancels the search of the older one.
                val typed = flowOf("ver", "very da", "very dark").map { SearchRequest("$it*") }
                library.searches(typed).collect { page -> println("${page.total} found") }

                // Long work says how far it is, and ends when the coroutine that waits for it is cancelled.
                val copy = library.backUp(File(filesDir, "library.copy").path)
                copy.progress.collect { println("${it.done} of ${it.total} bytes") }
                check(copy.await() > 0)
            }
        }

    @Test
    fun `the front page has this example`() {
        val front = File("../../../README.md").readText()
        val example = front.substringAfter("```kotlin\n").substringBefore("```").lines()
        val here = File("src/test/kotlin/dev/writemagic/ReadmeTest.kt").readText().lines().map { it.trim() }
        val missing = example.map { it.trim() }.filter { it !in here }
        assertTrue(example.size > 10 && missing.isEmpty(), "$missing")
    }
}
