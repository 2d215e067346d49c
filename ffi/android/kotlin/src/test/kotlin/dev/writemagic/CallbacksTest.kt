package dev.writemagic

import dev.writemagic.internal.AppObjects
import dev.writemagic.internal.Native
import dev.writemagic.internal.Wakes
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds

class CallbacksTest : Fixture() {
    /** Waits until a token that is woken behind all others was. */
    private fun settle() {
        val told = CountDownLatch(1)
        val token = Wakes.register { told.countDown() }
        Native.crashWake(token)
        assertTrue(told.await(60, TimeUnit.SECONDS))
        Wakes.forget(token)
    }

    @Test
    fun `news come on one named daemon thread of the engine's, and to nobody who has forgotten`() {
        val threads =
            java.util.concurrent.ConcurrentHashMap
                .newKeySet<Thread>()
        val told = CountDownLatch(3)
        val tokens =
            List(3) {
                Wakes.register {
                    threads += Thread.currentThread()
                    told.countDown()
                }
            }
        tokens.forEach { Native.crashWake(it) }
        assertTrue(told.await(60, TimeUnit.SECONDS))
        val thread = threads.single()
        assertEquals("writemagic-callbacks" to true, thread.name to thread.isDaemon)
        tokens.forEach { Wakes.forget(it) }
        Native.crashWake(tokens[0])
        settle()
    }

    @Test
    fun `a callback that throws is counted, and others are told`() {
        val before = Native.throws()
        val tokens =
            List(5) { n ->
                Wakes.register {
                    throw if (n ==
                        0
                    ) {
                        StackOverflowError()
                    } else {
                        IllegalStateException("secret")
                    }
                }
            }
        tokens.forEach { Native.crashWake(it) }
        settle()
        assertEquals(before + 5, Native.throws())
        tokens.forEach { Wakes.forget(it) }
    }

    @Test
    fun `a callback that blocks holds up no call, and callbacks may call the engine`() =
        runBlocking {
            val entered = CountDownLatch(1)
            val go = CountDownLatch(1)
            session().use { session ->
                val token =
                    Wakes.register {
                        entered.countDown()
                        go.await()
                        session.splice(0, 0, "from a callback, ")
                    }
                Native.crashWake(token)
                assertTrue(entered.await(60, TimeUnit.SECONDS))
                session.splice(0, 0, "typed")
                session.flush()
                assertEquals("typed", session.text)
                go.countDown()
                settle()
                assertEquals("from a callback, typed", session.text)
                Wakes.forget(token)
            }
        }

    @Test
    fun `a callback may close what it is told of`() =
        runBlocking {
            val session = session()
            val closed = CompletableDeferred<Unit>()
            val token =
                Wakes.register {
                    session.close()
                    closed.complete(Unit)
                }
            val subscription = session.rawSubscribe(token)
            session.splice(0, 0, "typed")
            withTimeout(60.seconds) { closed.await() }
            settle()
            assertFailsWith<WriteMagicException.InvalidObject> { session.splice(0, 0, "a") }
            Wakes.forget(token)
            subscription.close()
            Unit
        }

    @Test
    fun `a collector may close its own session`() =
        runBlocking {
            val session = session()
            val ended =
                async(Dispatchers.Unconfined) {
                    session.changes.onEach { session.close() }.collect()
                }
            session.splice(0, 0, "typed")
            withTimeout(60.seconds) { ended.await() }
            assertEquals(0, living("subscription"))
        }

    @Test
    fun `a collector that throws ends its own collection alone`() =
        runBlocking {
            session().use { session ->
                val thrown =
                    async(Dispatchers.Default) {
                        runCatching { session.changes.collect { error("of the app's") } }.exceptionOrNull()
                    }
                val other =
                    async(Dispatchers.Default) { session.changes.first { it.patches.any { it.insert == "typed" } } }
                while (living("subscription") < 2) yield()
                session.splice(0, 0, "typed")
                withTimeout(60.seconds) {
                    assertEquals(
                        "typed",
                        other
                            .await()
                            .patches
                            .last()
                            .insert,
                    )
                    assertEquals("of the app's", thrown.await()?.message)
                }
            }
            assertEquals(0, living("subscription"))
        }

    @Test
    fun `a slow collector gets changes as one and holds up nobody`() =
        runBlocking {
            session().use { session ->
                val first = CompletableDeferred<Unit>()
                val go = CompletableDeferred<Unit>()
                val seen = mutableListOf<Change>()
                val edits = 2000
                val collecting =
                    launch(Dispatchers.Default) {
                        session.changes.first { change ->
                            seen += change
                            first.complete(Unit)
                            go.await()
                            change.tickets?.last == Ticket(edits + 1L)
                        }
                    }
                while (living("subscription") < 1) yield()
                session.splice(0, 0, "0")
                session.flush()
                first.await()
                repeat(edits) {
                    session.splice(0, 0, "x")
                    session.flush()
                }
                go.complete(Unit)
                withTimeout(60.seconds) { collecting.join() }
                assertTrue(seen.size < edits && seen.any { it.merged }, "${seen.size} changes")
                assertEquals(edits + 1, seen.sumOf { it.patches.size })
            }
        }

    @Test
    fun `an object of the app is asked by a thread of the engine's, and released`() {
        var asking: Thread? = null
        val number =
            AppObjects.add { question, request ->
                asking = Thread.currentThread()
                request + question.toByte()
            }
        assertContentEquals(byteArrayOf(1, 2, 7), Native.crashAsk(number, 7, byteArrayOf(1, 2)))
        assertEquals("writemagic-asking" to true, asking?.name to asking?.isDaemon)
        assertContentEquals(ByteArray(100_000) + 0, Native.crashAsk(number, 0, ByteArray(100_000)))
        Native.crashRelease(number)
        assertEquals(0, AppObjects.count)
        assertNull(Native.crashAsk(number, 7, byteArrayOf()))
    }

    @Test
    fun `an object that throws, and one that asks again, are answers`() {
        val before = Native.throws()
        val throwing = AppObjects.add { _, _ -> throw IllegalStateException("secret") }
        assertNull(Native.crashAsk(throwing, 0, byteArrayOf()))
        val deep = AppObjects.add { _, _ -> Native.crashAsk(throwing, 0, byteArrayOf()) ?: byteArrayOf(9) }
        assertContentEquals(byteArrayOf(9), Native.crashAsk(deep, 0, byteArrayOf()))
        assertEquals(before + 2, Native.throws())
        // A panic inside of a question ends that call alone.
        val panicking =
            AppObjects.add { _, _ ->
                CrashTest().use { it.panic() }
                byteArrayOf()
            }
        assertNull(Native.crashAsk(panicking, 0, byteArrayOf()))
        listOf(throwing, deep, panicking).forEach { Native.crashRelease(it) }
    }

    @Test
    fun `objects of a call that failed, or was cancelled before it began, are not kept`() =
        runBlocking {
            val keys =
                object : KeySource {
                    override fun key(provider: String): String? = null
                }
            library.assistant.runsWith(keys).close()
            library.close()
            // The engine's threads let go of them in their own time.
            assertTrue(awaitCollected { AppObjects.count == 0 })
            assertFailsWith<WriteMagicException.InvalidObject> { library.assistant.runsWith(keys) }
            assertEquals(0, AppObjects.count)
            val cancelled =
                launch(start = CoroutineStart.UNDISPATCHED) {
                    currentCoroutineContext().cancel()
                    assertFailsWith<CancellationException> { library.assistant.runsWith(keys) }
                }
            cancelled.join()
            assertEquals(0, AppObjects.count)
        }
}
