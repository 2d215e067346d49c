package dev.writemagic

import dev.writemagic.internal.Leaks
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import java.io.File
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class LeaksTest : Fixture() {
    private val lost = ConcurrentLinkedQueue<String>()

    @AfterEach
    fun silence() {
        WriteMagic.onLeak = null
    }

    @Test
    fun `what is lost is closed and reported`() {
        assertEquals(null, WriteMagic.onLeak)
        WriteMagic.onLeak = { lost += it }
        repeat(10) { CrashTest.leak() }
        assertTrue(awaitCollected { lost.size == 10 }, "$lost")
        assertEquals(setOf("crash test"), lost.toSet())
        assertEquals(0, living("crash test"))
    }

    @Test
    fun `a listener that throws ends nothing`() {
        WriteMagic.onLeak = { kind ->
            lost += kind
            error("of the app's")
        }
        repeat(2) {
            CrashTest.leak()
            assertTrue(awaitCollected { lost.size == it + 1 })
        }
    }

    @Test
    fun `a library, a session and an operation that are lost are closed`() {
        WriteMagic.onLeak = { lost += it }
        lose()
        assertTrue(awaitCollected { lost.size >= 2 }, "$lost")
        // Nobody has to close an operation.
        assertEquals(listOf("edit session", "library"), lost.sorted())
        assertTrue(awaitCollected { living("library") == 1L && living("work") == 0L })
    }

    private fun lose() =
        runBlocking {
            val other = WriteMagic.open(File(folder, "lost").path, OpenOptions(create = true))
            other.edit(other.document("Untitled").id).splice(0, 0, "typed")
            other.check(false)
            Unit
        }

    @Test
    fun `what is closed is no leak, and its closing is remembered`() {
        WriteMagic.onLeak = { lost += it }
        val watch = Leaks.watch(Any(), "never") { lost += "closed" }
        assertTrue(watch.forget())
        assertEquals(false, watch.forget())
        CrashTest().close()
        CrashTest.leak()
        assertTrue(awaitCollected { lost.isNotEmpty() })
        assertEquals(listOf("crash test"), lost.toList())
    }
}
