package dev.writemagic

import app.cash.turbine.test
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

class SmokeTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `what is typed is there when the library is opened again`() =
        runBlocking {
            val path = File(folder, "library").path
            val id =
                WriteMagic.open(path, OpenOptions(create = true)).use { library ->
                    val folder = library.createFolder("Drafts/One")
                    assertEquals("Drafts/One", folder.path)
                    val document = library.document("Diary", "Dear 😀")
                    library.edit(document.id).use { session ->
                        session.changes.test {
                            val ticket = session.splice(7, 0, ", it rained.")
                            assertEquals(ticket, session.flush())
                            var change = awaitItem()
                            while (change.durable < ticket) change = awaitItem()
                            cancelAndIgnoreRemainingEvents()
                        }
                        assertEquals("Dear 😀, it rained.", session.text)
                    }
                    assertEquals(
                        0,
                        library
                            .check(false)
                            .await()
                            .problems.size,
                    )
                    document.id
                }
            WriteMagic.open(path).use { library ->
                assertEquals("Dear 😀, it rained.", library.text(id))
                assertEquals(listOf("Drafts", "Drafts/One"), library.folders().map { it.path })
            }
            val failure =
                assertFailsWith<WriteMagicException.LibraryFailed> { WriteMagic.open(File(folder, "none").path) }
            assertEquals(ErrorCode.LIBRARY_NOT_FOUND, failure.code)
        }
}
