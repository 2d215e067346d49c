package dev.writemagic

import dev.writemagic.internal.Native
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.concurrent.TimeUnit
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue

/** What only shows in a process of its own: its standard error, and its end. */
class ProcessTest {
    @TempDir
    lateinit var folder: File

    private fun run(vararg arguments: String): Pair<Int, String> {
        val log = File(folder, "log")
        val java = File(System.getProperty("java.home"), "bin/java").path
        val options =
            listOf("-Xcheck:jni", "-Djava.library.path=" + System.getProperty("writemagic.native"), "-cp")
        val command =
            listOf(java) + options + System.getProperty("java.class.path") + "dev.writemagic.Child" + arguments
        val process =
            ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start()
        assertTrue(process.waitFor(120, TimeUnit.SECONDS), "it ends")
        val said = log.readText()
        assertFalse("WARNING in native method" in said || "FATAL ERROR in native method" in said, said)
        return process.exitValue() to said
    }

    @Test
    fun `a process ends with its main function, whatever is open`() {
        val (code, said) = run("open", File(folder, "library").path)
        assertEquals(0 to "typed", code to said.trim())
        val text =
            runBlocking { WriteMagic.open(File(folder, "library").path).use { it.check(false).await().documents } }
        assertEquals(1, text)
    }

    @Test
    fun `a panic is in the log with its calls and without its message, if the log is to have it`() {
        val (_, said) = run("panic", "ERROR")
        assertContains(said, "panic contained entry=crash")
        assertContains(said, "crash.rs:")
        assertContains(said, "0x")
        assertFalse("deliberate" in said, said)
        val (_, nothing) = run("panic", "OFF")
        assertEquals("", nothing)
    }

    @Test
    fun `what the app throws is in the log by its class alone`() {
        val (_, said) = run("throw", "WARN")
        assertContains(said, "java.lang.IllegalStateException")
        assertFalse("secret" in said, said)
        assertEquals("", run("throw", "OFF").second)
    }
}

/** The main function of such a process. */
internal object Child {
    @JvmStatic
    fun main(arguments: Array<String>) {
        when (arguments[0]) {
            "open" -> {
                open(arguments[1])
            }

            "panic" -> {
                WriteMagic.setLogLevel(LogLevel.valueOf(arguments[1]))
                runCatching { CrashTest().panicFormatted() }
            }

            else -> {
                WriteMagic.setLogLevel(LogLevel.valueOf(arguments[1]))
                val target =
                    dev.writemagic.internal.AppObjects
                        .add { _, _ -> error("secret") }
                Native.crashAsk(target, 0, byteArrayOf())
            }
        }
    }

    private fun open(path: String) {
        runBlocking {
            val library = WriteMagic.open(path, OpenOptions(create = true))
            val session = library.edit(library.document("Untitled").id)
            session.splice(0, 0, "typed")
            session.flush()
            println(session.text)
        }
    }
}
