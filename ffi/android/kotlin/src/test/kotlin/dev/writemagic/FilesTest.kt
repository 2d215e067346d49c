package dev.writemagic

import app.cash.turbine.test
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import java.io.File
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue

class FilesTest : Fixture() {
    private fun file(
        name: String,
        bytes: ByteArray,
    ): File =
        File(folder, name).also {
            it.parentFile.mkdirs()
            it.writeBytes(bytes)
        }

    private suspend fun other(): Library = WriteMagic.open(File(folder, "other").path, OpenOptions(create = true))

    @Test
    fun `files become documents, and what is left out is said`() =
        runBlocking {
            file("in/One/rain.md", "It rained 😀.".toByteArray())
            file("in/windows.txt", byteArrayOf(0x41, 0xE9.toByte(), 0x2E))
            file("in/noise.md", byteArrayOf(0x61, 0, 0x62))
            file("in/picture.png", byteArrayOf(1))
            val work = library.import(listOf(File(folder, "in").path), ImportOptions("New"))
            val seen = work.progress.toList()
            val report = work.await()
            assertEquals(
                setOf("rain" to "utf-8", "windows" to "windows-1252"),
                report.imported
                    .map {
                        it.title to
                            it.encoding
                    }.toSet(),
            )
            assertEquals(setOf("binary", "not_text"), report.skipped.map { it.reason }.toSet())
            assertEquals(seen.last().total, seen.last().done)
            assertFalse(seen.last().cancelled)
            val rain = report.imported.single { it.title == "rain" }
            assertTrue(rain.path.endsWith("rain.md") && !rain.lossy && !rain.changedSource)
            assertEquals("New/in/One", library.document(rain.document).folder)
            assertEquals("Aé.", library.text(report.imported.single { it.title == "windows" }.document))
            file("in/One/rain.md", "It snowed.".toByteArray())
            val again = library.import(listOf(File(folder, "in/").path), ImportOptions("New")).await()
            assertTrue(again.imported.single().changedSource)
            assertTrue("duplicate" in again.skipped.map { it.reason })
            val missing =
                assertFailsWith<WriteMagicException> { library.import(listOf(File(folder, "none").path)).await() }
            assertEquals(ErrorCode.PATH_NOT_FOUND, missing.code)
        }

    @Test
    fun `progress of an import grows up to the bytes of its files`() =
        runBlocking {
            val bytes = List(50) { file("many/$it.md", "text $it".toByteArray()).length() }.sum()
            library.import(listOf(File(folder, "many").path)).progress.test {
                var last = awaitItem()
                while (true) {
                    when (val event = awaitEvent()) {
                        is app.cash.turbine.Event.Item -> {
                            assertTrue(event.value.done >= last.done)
                            last = event.value
                        }

                        else -> {
                            assertEquals(app.cash.turbine.Event.Complete, event)
                            break
                        }
                    }
                }
                assertEquals(Progress(bytes, bytes, false), last)
            }
            assertEquals(50, library.documents().total)
        }

    @Test
    fun `documents become files, byte for byte what they came from`() =
        runBlocking {
            val bytes = byteArrayOf(0xEF.toByte(), 0xBB.toByte(), 0xBF.toByte()) + "Line\r\nline 😀".toByteArray()
            val imported =
                library
                    .import(listOf(file("dos.txt", bytes).path))
                    .await()
                    .imported
                    .single()
            val rain = library.createDocument(NewDocument("Rain?", folder = "Book", text = "It rained."))
            library.document("Snow", "It snowed.")
            val out = File(folder, "out")
            val report = library.export(listOf(imported.document, rain.id), out.path).await()
            assertEquals(listOf(imported.document, rain.id), report.exported.map { it.document })
            assertContentEquals(bytes, File(report.exported[0].path).readBytes())
            assertTrue(File(report.exported[1].path).canonicalPath.startsWith(File(out, "Book").canonicalPath))
            File(report.exported[1].path).writeText("changed")
            val kept =
                library
                    .export(listOf(rain.id), out.path)
                    .await()
                    .skipped
                    .single()
            assertEquals(rain.id to "exists", kept.document to kept.reason)
            val forced = library.export(listOf(rain.id), out.path, ExportOptions(force = true)).await()
            assertEquals("It rained.", File(forced.exported.single().path).readText())
            assertEquals(
                3,
                library
                    .export(target = File(folder, "all").path)
                    .await()
                    .exported.size,
            )
            val first = library.version(rain.id)
            library.applyPatches(rain.id, listOf(Patch(0, 2, "All day it")), Origin(OriginKind.PERSON))
            val old = library.export(listOf(rain.id), File(folder, "old").path, ExportOptions(at = first)).await()
            assertEquals("It rained.", File(old.exported.single().path).readText())
        }

    @Test
    fun `two libraries take from each other what they lack`() =
        runBlocking {
            val rain = library.document("Rain", "It rained.").id
            val bundle = File(folder, "bundle").path
            other().use { other ->
                val sent = library.bundle(bundle, BundleOptions(summary = other.summary())).await()
                assertEquals(BundleReport(1, 10), sent)
                val pulled = other.pullBundle(bundle).await()
                assertEquals(
                    listOf<Any>(1L, 10L, 0L, emptyList<PullConflict>()),
                    pulled.run {
                        listOf(documents, events, pending, conflicts)
                    },
                )
                assertEquals("It rained.", other.text(rain))
                // Nothing is lacking now.
                assertEquals(
                    BundleReport(0, 0),
                    library.bundle(bundle, BundleOptions(summary = other.summary())).await(),
                )

                // Both sides write, in one text and in one title.
                other.applyPatches(rain, listOf(Patch(9, 0, " hard")), Origin(OriginKind.PERSON))
                library.applyPatches(rain, listOf(Patch(0, 0, "Late. ")), Origin(OriginKind.PERSON))
                library.rename(rain, "Here")
                other.rename(rain, "There")
                library.suspend()
                val merged = other.pullLibrary(library.path).await()
                library.resume()
                assertEquals("Late. It rained hard.", other.text(rain))
                assertEquals(listOf("title"), merged.conflicts.map { it.kind })
                val lost = other.superseded(rain).single()
                assertEquals(
                    "title" to setOf("Here", "There"),
                    lost.field to setOf(lost.value, other.document(rain).title),
                )
                val only =
                    library
                        .bundle(
                            bundle,
                            BundleOptions(documents = listOf(library.document("Snow").id)),
                        ).await()
                assertEquals(1, only.documents)
                val invalid =
                    assertFailsWith<WriteMagicException> { other.pullBundle(file("none", byteArrayOf(1)).path).await() }
                assertEquals(ErrorCode.BUNDLE_INVALID, invalid.code)
            }
        }
}
