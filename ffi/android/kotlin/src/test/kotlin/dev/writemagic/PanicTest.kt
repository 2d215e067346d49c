package dev.writemagic

import dev.writemagic.internal.AppObjects
import dev.writemagic.internal.Native
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNull

class PanicTest : Fixture() {
    private fun poisoned(
        entry: String,
        message: String,
        call: CrashTest.() -> Unit,
    ) {
        CrashTest().use { test ->
            test.succeed()
            val failure = assertFailsWith<WriteMagicException.Panicked> { test.call() }
            assertEquals(ErrorCode.PANIC, failure.code)
            assertEquals(message, failure.panicMessage)
            assertEquals(entry, failure.details["entry"])
            assertContains(failure.message.orEmpty(), "crash.rs:")
            val after = assertFailsWith<WriteMagicException.InvalidObject> { test.succeed() }
            assertEquals(ErrorCode.OBJECT_POISONED, after.code)
            assertContains(after.message.orEmpty(), "crash.rs:")
        }
    }

    @Test
    fun `a panic in the body is thrown with its message, and the object is of no more use`() {
        poisoned("crash", "a deliberate panic") { panic() }
        poisoned("crash", "a deliberate panic, number 42") { panicFormatted() }
    }

    @Test
    fun `a panic while an argument is read is thrown`() {
        CrashTest().use { test ->
            val plain = assertFailsWith<WriteMagicException.Panicked> { test.panicInArgument(byteArrayOf(1)) }
            assertEquals("a deliberate panic" to "crash_argument", plain.panicMessage to plain.details["entry"])
            val formatted = assertFailsWith<WriteMagicException.Panicked> { test.panicInArgument(byteArrayOf()) }
            assertEquals("a deliberate panic, number 42", formatted.panicMessage)
            test.succeed()
        }
    }

    @Test
    fun `a panic while a result is made is thrown`() {
        CrashTest().use { test ->
            val failure = assertFailsWith<WriteMagicException.Panicked> { test.panicInResult() }
            assertEquals(
                "a deliberate panic, number 42" to "crash_result",
                failure.panicMessage to failure.details["entry"],
            )
            test.succeed()
        }
        val handle = Native.crashOpen(false)
        val plain = assertFailsWith<WriteMagicException.Panicked> { Native.crashResult(handle, 0) }
        assertEquals("a deliberate panic", plain.panicMessage)
        Native.crashClose(handle)
    }

    @Test
    fun `a panic of a thread that asks the app is thrown, and the next question is answered`() {
        val asked = AtomicInteger()
        val number =
            AppObjects.add { _, request ->
                asked.incrementAndGet()
                request
            }
        for ((way, message) in listOf(0 to "a deliberate panic", 1 to "a deliberate panic, number 42")) {
            repeat(100) {
                val failure = assertFailsWith<WriteMagicException.Panicked> { Native.crashCallback(number, way) }
                assertEquals(message to "crash_callback", failure.panicMessage to failure.details["entry"])
            }
        }
        assertContentEquals(byteArrayOf(1), Native.crashAsk(number, 0, byteArrayOf(1)))
        assertEquals(201, asked.get())
        Native.crashRelease(number)
    }

    @Test
    fun `a panic in a call of the app's, inside of a question, ends that call and the question alone`() {
        val seen = mutableListOf<String?>()
        val number =
            AppObjects.add { way, request ->
                CrashTest().use { test ->
                    val call: CrashTest.() -> Unit = { if (way == 0) panic() else panicFormatted() }
                    seen += assertFailsWith<WriteMagicException.Panicked> { test.call() }.panicMessage
                    if (request.isEmpty()) test.panic()
                }
                request
            }
        for (way in 0..1) assertContentEquals(byteArrayOf(7), Native.crashAsk(number, way, byteArrayOf(7)))
        assertNull(Native.crashAsk(number, 0, byteArrayOf()))
        val plain = "a deliberate panic"
        assertEquals(listOf<String?>(plain, "$plain, number 42", plain), seen)
        Native.crashRelease(number)
    }

    @Test
    fun `a panic of a destructor is thrown, and the object is gone`() {
        CrashTest().use { test ->
            val before = living("crash test")
            repeat(100) {
                val failure = assertFailsWith<WriteMagicException.Panicked> { test.panicInDrop() }
                assertEquals("a deliberate panic of a destructor", failure.panicMessage)
                val formatted = assertFailsWith<WriteMagicException.Panicked> { Native.crashDrop(1) }
                assertEquals("a deliberate panic of a destructor, number 42", formatted.panicMessage)
            }
            assertEquals(before, living("crash test"))
        }
    }

    @Test
    fun `a typed error is no panic`() {
        CrashTest().use { test ->
            val failure = assertFailsWith<WriteMagicException.InvalidInput> { test.fail() }
            assertEquals(ErrorCode.INVALID_ARGUMENT, failure.code)
            assertEquals(mapOf("what" to "way", "value" to 2L), failure.details)
            test.succeed()
        }
    }

    @Test
    fun `a panic carries the stack of the thread that had called`() {
        CrashTest().use { test ->
            val failure = assertFailsWith<WriteMagicException.Panicked> { test.panic() }
            assertContains(failure.stackTrace.map { it.methodName }, "panic")
            assertNull(failure.cause)
        }
    }
}
