package dev.writemagic

import dev.writemagic.internal.Native
import kotlinx.coroutines.runBlocking
import java.nio.ByteBuffer
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicLong
import java.util.concurrent.atomic.AtomicLongArray
import kotlin.concurrent.thread
import kotlin.random.Random
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

class MisuseTest : Fixture() {
    private val calls = System.getProperty("writemagic.misuse").toLong()

    /** Natives that take a handle, with arguments that change nothing if the handle is a live one of theirs. */
    private val natives: List<(Long, Random) -> Unit> =
        listOf(
            { handle, _ -> Native.crashNot(handle) },
            { handle, _ -> Native.progress(handle) },
            { handle, _ -> Native.cancel(handle) },
            { handle, _ -> Native.takeResult(handle) },
            { handle, _ -> Native.closeWork(handle) },
            { handle, random -> Native.closeObject(random.nextInt(-2, 20), handle) },
            { handle, random -> Native.splice(handle, random.nextLong(), random.nextLong(), "") },
            { handle, _ -> Native.text(handle) },
            { handle, random -> Native.invoke(random.nextInt(-5, 400), handle, random.nextBytes(random.nextInt(40))) },
            { handle, random -> Native.start(random.nextInt(-5, 400), handle, random.nextBytes(random.nextInt(9)), 0) },
            { handle, _ -> Native.crashClose(handle) },
            { handle, _ -> Native.spliceBuffer(handle, 0, 0, buffer, 0, 1) },
        )

    private val buffer = ByteBuffer.allocateDirect(1)

    @Test
    fun `no number that is passed for a handle does any harm`() {
        val stale = List(64) { Native.crashOpen(false).also { Native.crashClose(it) } }
        // Both threads call these, and close them under each other's hands.
        val living = AtomicLongArray(LongArray(16) { Native.crashOpen(false) })
        val refused = AtomicLong()
        val failures = AtomicLong()
        val codes = ConcurrentHashMap.newKeySet<ErrorCode>()
        val threads =
            List(2) { seed ->
                thread {
                    val random = Random(seed)
                    var left = calls / 2
                    while (left-- > 0) {
                        if (random.nextInt(3) == 0) {
                            // Closed again and again.
                            check(!Native.crashClose(stale.random(random)))
                            continue
                        }
                        val place = random.nextInt(living.length())
                        if (random.nextInt(64) == 0) {
                            val closed = living.get(place)
                            Native.crashClose(closed)
                            val fresh = Native.crashOpen(false)
                            if (!living.compareAndSet(place, closed, fresh)) Native.crashClose(fresh)
                            continue
                        }
                        val handle =
                            when (random.nextInt(10)) {
                                0 -> 0

                                1 -> random.nextLong(Long.MIN_VALUE, 0)

                                2 -> stale.random(random)

                                // A bit of one that was, and a neighbour of it.
                                3 -> stale.random(random) xor (1L shl random.nextInt(64))

                                4 -> stale.random(random) + random.nextLong(-1000, 1000)

                                // Of another copy of the library.
                                5 -> living.get(place) xor (1L shl 55)

                                6 -> living.get(place)

                                else -> random.nextLong()
                            }
                        // Most calls are of the cheapest kind, where nothing but the handle is looked at.
                        val native = if (random.nextInt(8) > 0) random.nextInt(6) else random.nextInt(natives.size)
                        try {
                            natives[native](handle, random)
                        } catch (failure: WriteMagicException.InvalidObject) {
                            refused.incrementAndGet()
                            failure.code?.let { codes += it }
                        } catch (failure: WriteMagicException) {
                            if (failure !is WriteMagicException.InvalidInput) failures.incrementAndGet()
                        }
                    }
                }
            }
        threads.forEach { it.join() }
        assertEquals(0, failures.get())
        assertEquals(true, refused.get() > calls / 2, "$refused were refused")
        val wrong = listOf("NULL", "FORGED", "FOREIGN", "WRONG_TYPE", "CLOSED").map { ErrorCode.valueOf("HANDLE_$it") }
        assertEquals(emptySet(), wrong.toSet() - codes)
        for (place in 0 until living.length()) Native.crashClose(living.get(place))
        assertEquals(0, living("crash test"))
        // The library never noticed.
        assertEquals(emptyList(), runBlocking { library.folders() })
    }

    @Test
    fun `each kind of wrong handle has an error of its own`() {
        fun code(handle: Long) = assertFailsWith<WriteMagicException.InvalidObject> { Native.crashNot(handle) }.code
        val closed = Native.crashOpen(false)
        Native.crashClose(closed)
        assertEquals(ErrorCode.HANDLE_NULL, code(0))
        assertEquals(ErrorCode.HANDLE_FORGED, code(-1))
        assertEquals(ErrorCode.HANDLE_FORGED, code(Long.MIN_VALUE))
        assertEquals(ErrorCode.HANDLE_WRONG_TYPE, code(library.calls.handle))
        assertEquals(ErrorCode.HANDLE_CLOSED, code(closed))
        // Of another copy of the library: another image.
        assertEquals(ErrorCode.HANDLE_FOREIGN, code(closed xor (1L shl 55)))
        assertEquals(false, Native.crashClose(closed))
    }

    @Test
    fun `closing while others call is fine`() {
        repeat(200) { round ->
            val handle = Native.crashOpen(false)
            val go = AtomicBoolean()
            val closed = AtomicLong()
            val codes = ConcurrentHashMap.newKeySet<ErrorCode>()
            val threads =
                List(4) { n ->
                    thread {
                        while (!go.get()) Thread.onSpinWait()
                        repeat(200) {
                            try {
                                if (n == 0 && it == round % 100) {
                                    if (Native.crashClose(handle)) closed.incrementAndGet()
                                } else if (n == 1 && it == 50) {
                                    if (Native.crashClose(handle)) closed.incrementAndGet()
                                } else {
                                    Native.crashNot(handle)
                                }
                            } catch (failure: WriteMagicException) {
                                codes += checkNotNull(failure.code)
                            }
                        }
                    }
                }
            go.set(true)
            threads.forEach { it.join() }
            assertEquals(1, closed.get())
            assertEquals(emptySet(), codes - setOf(ErrorCode.HANDLE_CLOSED, ErrorCode.HANDLE_CLOSING))
        }
        assertEquals(0, living("crash test"))
    }

    @Test
    fun `a closed library refuses calls, and closing it again is fine`() =
        runBlocking {
            val document = library.document("Untitled")
            library.close()
            library.close()
            val failure = assertFailsWith<WriteMagicException.InvalidObject> { library.text(document.id) }
            assertEquals(ErrorCode.HANDLE_CLOSED, failure.code)
            assertFailsWith<WriteMagicException.InvalidObject> { library.isReadOnly }
            assertFailsWith<WriteMagicException.InvalidObject> { library.check(false) }
            assertFailsWith<WriteMagicException.InvalidObject> { library.edit(document.id) }
            Unit
        }

    @Test
    fun `a closed session refuses calls, and closing it again is fine`() =
        runBlocking {
            val session = session("text")
            session.close()
            session.awaitClose()
            assertFailsWith<WriteMagicException.InvalidObject> { session.splice(0, 0, "a") }
            assertFailsWith<WriteMagicException.InvalidObject> { session.flush() }
            assertFailsWith<WriteMagicException.InvalidObject> { session.textBytes() }
            Unit
        }

    @Test
    fun `requests that no generated code writes are typed errors`() {
        val random = Random(11)
        for (number in -3..400) {
            repeat(20) {
                // Too long for nothing and a truth, too short for all else, and no variant has such a number.
                val request = random.nextBytes(3).also { it[0] = random.nextInt(-50, -1).toByte() }
                val start = it % 2 == 0
                val failure =
                    assertFailsWith<WriteMagicException> {
                        if (start) {
                            Native.start(number, library.calls.handle, request, 0)
                        } else {
                            Native.invoke(number, library.calls.handle, request)
                        }
                    }
                val refused =
                    failure is WriteMagicException.InvalidInput || failure is WriteMagicException.InvalidObject
                assertEquals(true, refused && failure !is WriteMagicException.Panicked, "$number: $failure")
            }
        }
        val unknown = assertFailsWith<WriteMagicException.InvalidInput> { Native.invoke(9999, 0, byteArrayOf()) }
        assertContains(unknown.message.orEmpty(), "9999")
        assertFailsWith<WriteMagicException.InvalidInput> { Native.setLogLevel(6) }
        assertFailsWith<WriteMagicException.InvalidInput> { Native.closeObject(99, library.calls.handle) }
    }
}
