package dev.writemagic

import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

class LibraryTest : Fixture() {
    private suspend fun await(done: suspend () -> Boolean) = withTimeout(1.minutes) { while (!done()) yield() }

    @Test
    fun `a library that only reads works beside the one that writes`() =
        runBlocking {
            val rain = library.document("Rain", "It rained.")
            WriteMagic.open(library.path, OpenOptions(readOnly = true)).use { reader ->
                assertTrue(reader.isReadOnly)
                assertEquals("It rained.", reader.text(rain.id))
                val refused = assertFailsWith<WriteMagicException.LibraryFailed> { reader.trash(rain.id) }
                assertEquals(ErrorCode.LIBRARY_READ_ONLY, refused.code)
            }
        }

    @Test
    fun `options bound what a library may take`() =
        runBlocking {
            val options = OpenOptions(create = true, maxBytes = 2L shl 20, profile = LibraryProfile.BACKGROUND)
            WriteMagic.open(File(folder, "small").path, options).use { small ->
                assertTrue(small.pipeline.backlogLimitBytes < library.pipeline.backlogLimitBytes)
                val full =
                    assertFailsWith<WriteMagicException.LibraryFailed> {
                        repeat(10) { small.document("$it", "$it ".repeat(500_000)) }
                    }
                assertEquals(ErrorCode.DISK_FULL, full.code)
                assertTrue(small.documents().total > 0)
            }
            val missing = assertFailsWith<WriteMagicException.LibraryFailed> { WriteMagic.open(folder.path) }
            assertEquals(ErrorCode.LIBRARY_NOT_FOUND, missing.code)
        }

    @Test
    fun `an outbox takes what a process beside the writing one has to say`() =
        runBlocking {
            assertNull(library.takeOutbox())
            WriteMagic
                .openOutbox(
                    library.path,
                    OpenOptions(create = true),
                ).use { it.document("Shared", "From elsewhere.") }
            assertEquals(1, assertNotNull(library.takeOutbox()).documents)
            assertEquals("From elsewhere.", library.text(library.findDocument("Shared").id))
            assertNull(library.takeOutbox())
        }

    @Test
    fun `a suspended library keeps what is typed and saves it when it is back`() =
        runBlocking {
            val rain = library.document("Rain", "It rained.")
            library.edit(rain.id).use { session ->
                session.splice(0, 0, "At night. ")
                library.suspend()
                library.suspend()
                // The files are closed: another may open the library now.
                val other = WriteMagic.open(library.path)
                assertEquals("At night. It rained.", other.text(rain.id))
                session.splice(0, 0, "Late. ")
                val refused = assertFailsWith<WriteMagicException.LibraryFailed> { library.text(rain.id) }
                assertEquals(ErrorCode.LIBRARY_SUSPENDED, refused.code)
                val busy = assertFailsWith<WriteMagicException.LibraryFailed> { library.resume() }
                assertEquals(ErrorCode.LIBRARY_BUSY, busy.code)
                other.awaitClose()
                library.resume()
                session.flush(Durability.STRICT)
                assertEquals("Late. At night. It rained.", library.text(rain.id))
            }
        }

    @Test
    fun `turns of the app's life are those calls by one name`() =
        runBlocking {
            val rain = library.document("Rain", "It rained.")
            library.turn(Lifecycle.SUSPEND)
            val refused = assertFailsWith<WriteMagicException.LibraryFailed> { library.trash(rain.id) }
            assertEquals(ErrorCode.LIBRARY_SUSPENDED, refused.code)
            library.turn(Lifecycle.RESUME)
            library.edit(rain.id).use {
                it.splice(0, 0, "x".repeat(100_000))
                it.flush()
                for (release in listOf(
                    suspend { library.turn(Lifecycle.MEMORY_WARNING) },
                    suspend { library.releaseMemory() },
                )) {
                    await { library.pipeline.pool.heldBytes >= 100_000 }
                    release()
                    // What a thread keeps for itself is given back when it next types.
                    await {
                        it.splice(0, 1_000, "y".repeat(1_000))
                        it.flush()
                        library.pipeline.pool.heldBytes < 100_000
                    }
                    it.splice(0, 1_000, "x".repeat(100_000))
                    it.flush()
                }
            }
            assertTrue(library.text(rain.id).endsWith("It rained."))
        }

    @Test
    fun `a check and a copy say how far they are`() =
        runBlocking {
            val ids = List(20) { library.document("$it", "text $it ".repeat(100)).id }
            val checking = library.check(repair = true)
            val seen = checking.progress.toList()
            val report = checking.await()
            assertEquals(
                listOf(20L, true, emptyList<Problem>()),
                listOf(report.documents, report.isOk, report.problems),
            )
            assertEquals(Progress(20, 20, false), seen.last())
            assertTrue(seen.zipWithNext().all { (before, after) -> before.done <= after.done }, "$seen")
            assertEquals(report, checking.await())
            checking.cancel()
            val file = File(folder, "copies/copy")
            val copied = library.backUp(file.path)
            val bytes = copied.await()
            assertEquals(file.length(), bytes)
            assertEquals(copied.progress.toList().single(), copied.progress.toList().last())
            val path = File(folder, "restored").also { it.mkdirs() }
            file.copyTo(File(path, "writemagic.db"))
            WriteMagic.open(path.path).use { copy -> assertEquals("text 7 ".repeat(100), copy.text(ids[7])) }
        }

    @Test
    fun `a library shuts down in order`() =
        runBlocking {
            val path = File(folder, "other").path
            val other = WriteMagic.open(path, OpenOptions(create = true))
            val rain = other.document("Rain", "It rained.")
            val session = other.edit(rain.id)
            session.splice(0, 0, "Late. ")
            val report = other.shutDown(30.seconds)
            assertTrue(report.isComplete && report.steps.all { it.outcome == ShutdownStepOutcome.COMPLETED }, "$report")
            assertTrue(report.steps.isNotEmpty() && report.steps.all { it.name.isNotEmpty() })
            val closed = assertFailsWith<WriteMagicException.LibraryFailed> { other.folders() }
            assertEquals(ErrorCode.LIBRARY_CLOSED, closed.code)
            session.awaitClose()
            other.awaitClose()
            assertFailsWith<WriteMagicException.InvalidObject> { other.folders() }
            WriteMagic.open(path).use { assertEquals("Late. It rained.", it.text(rain.id)) }
        }
}
