package dev.writemagic

import dev.writemagic.internal.AppObjects
import dev.writemagic.internal.Native
import dev.writemagic.internal.Wakes
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import java.io.File
import java.lang.management.ManagementFactory
import javax.management.ObjectName
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertTrue

class CyclesTest : Fixture() {
    private val cycles = System.getProperty("writemagic.cycles").toInt()

    /** What of the process must not grow. */
    private fun held() =
        mapOf(
            "objects" to WriteMagic.census().values.sum(),
            "wakes" to Wakes.count.toLong(),
            "app objects" to AppObjects.count.toLong(),
        )

    /** Threads of the engine that the system knows; those of others come and go. */
    private fun threads() =
        File("/proc/self/task").listFiles().orEmpty().count { task ->
            val name = runCatching { File(task, "comm").readText().trim() }.getOrDefault("")
            name.startsWith("writemagic")
        }

    /** What native code holds of the JVM's objects, by the JVM's own count: that of a dump of its threads. */
    private fun references(): Int {
        val commands = ObjectName("com.sun.management:type=DiagnosticCommand")
        val signature = arrayOf(Array<String>::class.java.name)
        val dump =
            ManagementFactory
                .getPlatformMBeanServer()
                .invoke(commands, "threadPrint", arrayOf(emptyArray<String>()), signature)
        val found = Regex("""JNI global refs: (\d+), weak refs: (\d+)""").find(dump.toString())
        return assertNotNull(found).groupValues.drop(1).sumOf { it.toInt() }
    }

    private fun files() = File("/proc/self/fd").list().orEmpty().size

    @Test
    fun `nothing is left of what is opened and closed`() =
        runBlocking {
            val path = File(folder, "other").path
            val document = library.document("Untitled")

            suspend fun cycle(n: Int) {
                library.edit(document.id).use { session ->
                    if (n % 100 == 0) {
                        session.splice(0, 0, "x")
                        session.changes.first()
                    }
                }
                CrashTest().close()
                if (n % 10 == 0) library.check(false).await()
                WriteMagic.open(path, OpenOptions(create = true)).close()
                if (n % 100 == 0) {
                    val target = AppObjects.add { _, request -> request }
                    Native.crashAsk(target, 0, ByteArray(10))
                    Native.crashRelease(target)
                }
            }
            // Whatever is begun once, is begun.
            repeat(100) { cycle(it) }
            val (held, threads, files) = Triple(held(), threads(), files())
            val references = references()
            repeat(cycles) { cycle(it) }
            assertTrue(awaitCollected { held() == held }, "${held()} and not $held")
            assertTrue(awaitCollected { threads() <= threads }, "${threads()} threads and not $threads")
            assertTrue(awaitCollected { files() <= files + 2 }, "${files()} files and not $files")
            assertTrue(awaitCollected { references() <= references }, "${references()} references and not $references")
            assertEquals(1, living("library"))
        }
}
