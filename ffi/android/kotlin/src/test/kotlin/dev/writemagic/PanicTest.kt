package dev.writemagic

import kotlin.test.Test
import kotlin.test.assertContains
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
            assertEquals("a deliberate panic, number 42", failure.panicMessage)
            test.succeed()
        }
    }

    @Test
    fun `a panic of a destructor is thrown, and the object is gone`() {
        CrashTest().use { test ->
            val before = living("crash test")
            repeat(100) {
                val failure = assertFailsWith<WriteMagicException.Panicked> { test.panicInDrop() }
                assertEquals("a deliberate panic of a destructor", failure.panicMessage)
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
