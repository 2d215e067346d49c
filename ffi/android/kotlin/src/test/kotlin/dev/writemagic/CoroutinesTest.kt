package dev.writemagic

import app.cash.turbine.test
import dev.writemagic.internal.AppObjects
import dev.writemagic.internal.Calls
import dev.writemagic.internal.Native
import dev.writemagic.internal.Wakes
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.coroutines.yield
import java.io.File
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.microseconds

class CoroutinesTest : Fixture() {
    @Test
    fun `32 coroutines work on one library and are cancelled at random`() {
        runBlocking(Dispatchers.Default) {
            val documents = List(8) { library.document("Document $it", "text $it") }
            val done = AtomicInteger()
            coroutineScope {
                repeat(32) { n ->
                    launch {
                        val random = Random(n)
                        repeat(40) {
                            val patience = random.nextLong(1, 4000).microseconds
                            withTimeoutOrNull(patience) { work(random, documents.random(random)) }
                                ?.let { done.incrementAndGet() }
                        }
                    }
                }
            }
            // Whatever was cancelled: nothing is half done, and nothing is left behind.
            val report = library.check(false).await()
            assertEquals(emptyList(), report.problems)
            for (document in documents) {
                val text = library.text(document.id)
                assertTrue(text.endsWith(document.title.replace("Document", "text")), text)
            }
            assertTrue(done.get() > 0)
        }
        assertEquals(0, living("edit session"))
        assertEquals(0, living("subscription"))
        assertTrue(awaitCollected { living("work") == 0L }, "${living("work")} operations are left")
        assertTrue(awaitCollected { Wakes.count == 0 }, "${Wakes.count} wait")
        assertEquals(0, AppObjects.count)
    }

    /** Closing a session closes it for whoever else has it open. */
    private suspend fun work(
        random: Random,
        document: Document,
    ) {
        try {
            callOf(random, document)
        } catch (failure: WriteMagicException.SessionFailed) {
            assertEquals(ErrorCode.SESSION_CLOSED, failure.code)
        }
    }

    private suspend fun callOf(
        random: Random,
        document: Document,
    ) {
        when (random.nextInt(8)) {
            0 -> {
                library.text(document.id)
            }

            1 -> {
                library.folders()
            }

            2 -> {
                folder("Folder ${random.nextInt(5)}/${random.nextInt(5)}")
            }

            3 -> {
                library.check(false).await()
            }

            4 -> {
                library.search(SearchRequest("text"))
            }

            5 -> {
                library.searches(flowOf("t", "te", "text").map { SearchRequest(it) }).collect()
            }

            6 -> {
                library.edit(document.id).use { session ->
                    session.splice(0, 0, "x")
                    session.flush()
                }
            }

            else -> {
                library.edit(document.id).use { session ->
                    coroutineScope {
                        val changes = async { session.changes.take(1).toList() }
                        yield()
                        session.splice(0, 0, "y")
                        delay(1)
                        session.splice(0, 0, "y")
                        changes.await()
                    }
                }
            }
        }
    }

    /** One of the others may have created it. */
    private suspend fun folder(path: String) {
        try {
            library.createFolder(path)
        } catch (failure: WriteMagicException.NotPossible) {
            assertEquals(ErrorCode.FOLDER_EXISTS, failure.code)
        }
    }

    @Test
    fun `what is opened for a caller who has gone is closed`() =
        runBlocking {
            val document = library.document("Untitled")
            repeat(300) { n ->
                val opening = launch(Dispatchers.Default) { library.edit(document.id).close() }
                if (n % 3 > 0) delay((n * 7L % 500).microseconds)
                opening.cancelAndJoin()
            }
            repeat(30) { n ->
                val path = File(folder, "other").path
                val opening =
                    launch(Dispatchers.Default) { WriteMagic.open(path, OpenOptions(create = true)).close() }
                delay((n * 131L % 3000).microseconds)
                opening.cancelAndJoin()
            }
            assertEquals(0 to 1, living("edit session").toInt() to living("library").toInt())
        }

    @Test
    fun `an operation gives its result each time it is awaited, and its progress ends`() =
        runBlocking {
            repeat(20) { library.document("Document $it", "text ".repeat(100)) }
            val operation = library.check(false)
            operation.progress.test {
                var last = awaitItem()
                while (last.done < 20) last = awaitItem()
                assertEquals(Progress(20, 20, false), last)
                awaitComplete()
            }
            val reports = List(4) { async(Dispatchers.Default) { operation.await() } }.awaitAll()
            assertEquals(setOf(20L), reports.map { it.documents }.toSet())
            operation.cancel()
            assertEquals(20, operation.await().documents)
            assertEquals(0, living("work"))
        }

    @Test
    fun `an operation that is cancelled ends with an error, one whose caller is cancelled with its caller`() =
        runBlocking {
            repeat(50) { library.document("Document $it", "text ".repeat(1000)) }
            val file = File(folder, "copy").path
            val ends = mutableSetOf<String>()
            repeat(20) {
                File(file).delete()
                val operation = library.backUp(file)
                operation.cancel()
                val end = runCatching { operation.await() }.exceptionOrNull()
                assertTrue(end == null || end is WriteMagicException.Cancelled, "$end")
                ends += end?.javaClass?.simpleName ?: "done"
                // Done or not there, never half.
                assertEquals(end == null, File(file).exists())
            }
            assertTrue("Cancelled" in ends, "$ends")
            File(file).delete()
            val waiting = async(Dispatchers.Default) { library.backUp(file).await() }
            delay(1)
            waiting.cancelAndJoin()
            assertFailsWith<CancellationException> { waiting.await() }
            assertEquals(0, living("work"))
        }

    @Test
    fun `a request that cannot be written begins nothing`() =
        runBlocking {
            assertFailsWith<WriteMagicException.LoneSurrogate> { library.backUp("\uD800") }
            assertEquals(0 to 0, Wakes.count to living("work").toInt())
        }

    @Test
    fun `a slow call holds up neither its caller's thread nor other calls`() =
        runBlocking {
            val thread = Thread.currentThread()
            CrashTest().use { test ->
                val slow = async { test.slow(500) }
                var turns = 0
                while (slow.isActive) {
                    // Not once is the caller's thread away for as long.
                    assertEquals(thread, Thread.currentThread())
                    library.folders()
                    turns++
                    yield()
                }
                slow.await()
                assertTrue(turns > 1, "$turns turns")
            }
        }

    @Test
    fun `nothing that may touch the disk runs on the main thread`() {
        val main = Thread { runBlocking { workOnMain() } }
        main.start()
        val caught = mutableSetOf<String>()
        while (main.isAlive) {
            val stack = main.stackTrace
            val native = stack.indexOfFirst { it.className == Native::class.java.name }
            if (native >= 0) {
                val caller = stack.drop(native + 1).firstOrNull { it.methodName != "invoke" }
                if (caller != null && !mayBeOnMain(caller)) caught += "$caller"
            }
            Thread.onSpinWait()
        }
        main.join()
        assertEquals(emptySet(), caught)
    }

    /** Who calls natives that never wait. */
    private fun mayBeOnMain(caller: StackTraceElement): Boolean =
        when (caller.className) {
            Calls::class.java.name -> listOf("now", "work").any { caller.methodName.startsWith(it) }
            EditSession::class.java.name -> caller.methodName.startsWith("splice")
            Operation::class.java.name -> caller.methodName in setOf("now", "cancel")
            Subscription::class.java.name -> true
            else -> false
        }

    private suspend fun workOnMain() {
        repeat(5) { n ->
            val other = WriteMagic.open(File(folder, "other $n").path, OpenOptions(create = true))
            val document = other.document("Document", "text ".repeat(10_000))
            other.createFolder("a/b/c")
            other.text(document.id)
            other.check(false).await()
            val session = other.edit(document.id)
            val changes =
                coroutineScope {
                    val changes = async { session.changes.take(2).toList() }
                    yield()
                    repeat(5) {
                        session.splice(0, 0, "x")
                        session.flush()
                    }
                    changes.await()
                }
            assertEquals(2, changes.size)
            session.text
            session.awaitClose()
            other.awaitClose()
        }
    }
}
