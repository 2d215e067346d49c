package dev.writemagic

import kotlinx.coroutines.flow.last
import kotlinx.coroutines.runBlocking
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Clock
import kotlin.time.Duration.Companion.minutes

class HistoryTest : Fixture() {
    private suspend fun type(
        document: DocumentId,
        at: Long,
        delete: Long,
        insert: String,
        branch: String? = null,
    ) {
        val session = if (branch == null) library.edit(document) else library.editBranch(document, branch)
        session.use {
            it.splice(at, delete, insert)
            it.flush()
        }
    }

    @Test
    fun `every version can be named, read and restored, and nothing newer is lost`() =
        runBlocking {
            val rain = library.document("Rain", "It rained.").id
            val first = library.version(rain)
            val label = library.label(rain, "first draft", first)
            assertEquals("first draft" to first, label.name to label.version)
            type(rain, 9, 0, " hard 😀")
            val second = library.version(rain)
            assertEquals(first, library.findVersion(rain, "main", "first draft"))
            assertEquals(second, library.findVersion(rain, "main", "head"))
            assertEquals(second, library.findVersion(rain, "main", second.value))
            assertEquals(listOf(label), library.labels(rain))
            assertEquals("It rained.", library.textAt(rain, first))
            assertEquals(Applied.DURABLE, library.restore(rain, "main", first))
            assertEquals("It rained.", library.text(rain))
            assertEquals("It rained hard 😀.", library.textAt(rain, second))
            assertTrue(library.hasVersion(rain, "main", second))
            val history = library.history(rain, all = true)
            val timeline = history.await()
            assertEquals("first draft", timeline.first().label)
            assertEquals(VersionKind.RESTORE, timeline.last().kind)
            assertTrue(timeline.any { it.version == second && it.wordsAdded > 0 })
            assertEquals(timeline.size.toLong(), history.progress.last().done)
            library.unlabel(rain, "first draft")
            val gone =
                assertFailsWith<WriteMagicException.NotPossible> { library.findVersion(rain, "main", "first draft") }
            assertEquals(ErrorCode.VERSION_NOT_FOUND, gone.code)
            val none = assertFailsWith<WriteMagicException.InvalidInput> { library.textAt(rain, VersionId("none")) }
            assertEquals(ErrorCode.INVALID_ARGUMENT, none.code)
        }

    @Test
    fun `a difference turns the old text into the new one`() =
        runBlocking {
            val rain = library.document("Rain", "One é.\nTwo.\nThree.\n").id
            val old = library.version(rain)
            type(rain, 7, 4, "Two and 😀 a half.")
            val new = library.version(rain)
            for (by in DiffBy.entries) {
                val difference = library.diff(rain, old, new, by)
                val rebuilt = StringBuilder(difference.old)
                for (hunk in difference.hunks.reversed()) {
                    rebuilt.replace(hunk.oldUtf16.start, hunk.oldUtf16.end, difference.new.substring(hunk.newUtf16))
                }
                assertEquals(difference.new, rebuilt.toString())
                assertEquals("One é.\nTwo and 😀 a half.\nThree.\n", difference.new)
                // The same in bytes.
                val hunk = difference.hunks.first()
                assertEquals(hunk.new.start, hunk.newUtf16.start + 1)
            }
            assertEquals(listOf(DiffHunkKind.INSERTED), library.diff(rain, old, new).hunks.map { it.kind })
        }

    @Test
    fun `alternatives come together and both sides are kept`() =
        runBlocking {
            val rain = library.document("Rain", "It rained.").id
            val first = library.version(rain)
            val storm = library.createBranch(rain, "storm", first)
            assertEquals("storm" to 2L, storm.name to storm.stats.words)
            assertEquals(first, storm.version)
            type(rain, 9, 0, " hard", branch = "storm")
            type(rain, 0, 0, "Then ")
            assertEquals("It rained hard.", library.branchText(rain, "storm"))
            val report = library.merge(rain, "storm")
            assertEquals(Applied.DURABLE, report.applied)
            assertEquals("Then It rained hard.", library.text(rain))
            assertEquals(report.version, library.version(rain))
            assertEquals("wind", library.renameBranch(rain, "storm", "wind").name)
            assertEquals(listOf(null, storm.id), library.branches(rain).map { it.id })
            val exists = assertFailsWith<WriteMagicException.NotPossible> { library.createBranch(rain, "wind") }
            assertEquals(ErrorCode.BRANCH_EXISTS, exists.code)
            library.deleteBranch(rain, "wind")
            val gone = assertFailsWith<WriteMagicException.NotPossible> { library.branchText(rain, "wind") }
            assertEquals(ErrorCode.BRANCH_NOT_FOUND, gone.code)
        }

    @Test
    fun `a merge says where both sides wrote`() =
        runBlocking {
            val rain = library.document("Rain", "It rained.").id
            library.createBranch(rain, "other")
            type(rain, 3, 6, "snowed", branch = "other")
            type(rain, 3, 6, "hailed")
            val overlap = library.merge(rain, "other").overlaps.single()
            val text = library.text(rain)
            assertEquals(setOf("snowed", "hailed"), setOf(text.substring(overlap.ours), text.substring(overlap.theirs)))
            assertEquals("snowedhailed".length, overlap.range.length)
        }

    @Test
    fun `everything has an author`() =
        runBlocking {
            val rain = library.document("Rain", "It rained.").id
            val run = RunId.of("01890a5d-ac96-774b-bcce-b302099a8057")
            library.applyPatches(rain, listOf(Patch(9, 0, " hard")), Origin(OriginKind.AI, "model-1", run))
            val authors = library.blame(rain)
            assertEquals(listOf(OriginKind.PERSON, OriginKind.AI, OriginKind.PERSON), authors.map { it.kind })
            assertEquals(TextRange(9, 14) to "model-1", authors[1].range to authors[1].author)
            assertEquals(run, authors[1].run)
            assertTrue(authors.all { it.time <= Clock.System.now() })
        }

    @Test
    fun `anchors and places follow the text`() =
        runBlocking {
            val rain = library.document("Rain", "It rained.").id
            val first = library.version(rain)
            val anchor = library.addAnchor(rain, "main", 3, AnchorSide.BEFORE, "note")
            type(rain, 0, 0, "Late: ")
            val placed = library.anchors(rain).single()
            assertEquals(PlacedAnchor(anchor, "note", AnchorSide.BEFORE, 9, false), placed)
            val places =
                listOf(
                    TextPlace(3, AnchorSide.BEFORE),
                    TextPlace(0, AnchorSide.AFTER),
                    TextPlace(10, AnchorSide.BEFORE),
                )
            val followed = assertNotNull(library.followPlaces(rain, first, library.version(rain), places))
            assertEquals(listOf(9L, 0L, 16L), followed.map { it.at })
            type(rain, 9, 6, "")
            assertEquals(true to 9L, library.anchors(rain).single().run { dead to at })
            library.removeAnchor(rain, anchor)
            assertEquals(emptyList(), library.anchors(rain))
        }

    @Test
    fun `a proposal is applied to the text that it was made for, or not at all`() =
        runBlocking {
            val rain = library.document("Rain", "Then it rained.").id
            val present = library.presentText(rain)
            assertEquals("Then it rained." to false, present.text to present.waiting)
            assertEquals(library.version(rain), present.version)
            val patches = listOf(Patch(0, 6, "I"))
            val origin = Origin(OriginKind.AI, "model-1")
            assertEquals(
                Applied.DURABLE,
                library.applyProposal(rain, on = present.version, patches = patches, origin = origin),
            )
            assertEquals("It rained.", library.text(rain))
            assertNull(library.applyProposal(rain, on = present.version, patches = patches, origin = origin))
            val side = library.createBranch(rain, "side")
            val there = library.presentText(rain, side.id)
            library.applyProposal(rain, side.id, there.version, listOf(Patch(9, 0, " there")), origin)
            assertEquals("It rained." to "It rained there.", library.text(rain) to library.branchText(rain, "side"))
        }

    @Test
    fun `what was deleted can be forgotten for good`() =
        runBlocking {
            val rain = library.document("Rain", "Secret. It rained.").id
            val first = library.version(rain)
            type(rain, 0, 8, "")
            val later = Clock.System.now() + 1.minutes
            val rehearsed = library.compact(CompactOptions(later, listOf(rain), rehearsal = true)).await()
            assertEquals(rain to 8L, rehearsed.documents.single().run { document to characters })
            assertEquals("Secret. It rained.", library.textAt(rain, first))
            val report = library.compact(CompactOptions(later, listOf(rain))).await()
            assertEquals(rehearsed.documents, report.documents)
            val forgotten = assertFailsWith<WriteMagicException.NotPossible> { library.textAt(rain, first) }
            assertEquals(ErrorCode.VERSION_FORGOTTEN, forgotten.code)
            assertEquals("It rained.", library.text(rain))
        }

    @Test
    fun `a history from elsewhere becomes a document`() =
        runBlocking {
            RecordedHistory.new().use { recorded ->
                val first = recorded.add(0, patches = listOf(RecordedPatch(0, 0, "Hello")))
                recorded.add(0, listOf(first), listOf(RecordedPatch(5, 0, " world 😀")))
                recorded.add(1, listOf(first), listOf(RecordedPatch(0, 1, "J")))
                assertEquals("Jello world 😀", recorded.text())
                assertEquals(15, recorded.events)
                recorded.merge()
                val document = library.createRecorded(NewDocument("Greeting"), recorded)
                assertEquals("Jello world 😀", library.text(document.id))
                assertEquals(0, recorded.events)
                val odd = assertFailsWith<WriteMagicException> { recorded.add(0, listOf(99)) }
                assertEquals(ErrorCode.INVALID_ARGUMENT, odd.code)
            }
        }
}
