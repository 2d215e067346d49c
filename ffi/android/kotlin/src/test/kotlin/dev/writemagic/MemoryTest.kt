package dev.writemagic

import kotlinx.coroutines.flow.last
import kotlinx.coroutines.runBlocking
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Instant

class MemoryTest : Fixture() {
    private fun memory(
        key: String,
        text: String,
    ) = NewMemory(key, text, session = "monday", tags = listOf("plot"), importance = 0.5)

    private suspend inline fun isNotThere(crossinline call: suspend () -> Unit) {
        val failure = assertFailsWith<WriteMagicException.NotPossible> { call() }
        assertEquals(ErrorCode.MEMORY_NOT_FOUND, failure.code)
    }

    @Test
    fun `what is remembered comes back whole, with where it was taken from`() =
        runBlocking {
            val well = library.document("The well", "😀 Ada dropped her ring into the well.").id
            val new =
                NewMemory(
                    "ring",
                    "Ada's ring lies in the well.",
                    kind = "thing",
                    speaker = "Ada",
                    time = "1:56 pm on 8 May, 2023",
                    session = "monday",
                    tags = listOf("plot", "plot", "ring"),
                    importance = 0.25,
                    confidence = 1.0,
                    validity = MemoryValidity(fromDocument = well),
                    source = SourceRange(well, TextRange(3, 17)),
                )
            val kept = library.remember(new)
            assertEquals(listOf("ring", "thing", "Ada", "monday"), kept.run { listOf(key, kind, speaker, session) })
            assertEquals(listOf("plot", "ring") to "1:56 pm on 8 May, 2023", kept.tags to kept.time)
            assertEquals(listOf(0.25, 1.0), listOf(kept.importance, kept.confidence))
            assertEquals(listOf(well) to well, kept.sources to kept.validity.fromDocument)
            assertEquals(kept, library.memory("ring"))
            assertEquals(SourcePlace.At(TextRange(3, 17)), library.memorySources("ring").single().place)
            library.applyPatches(well, listOf(Patch(0, 3, "")), Origin(OriginKind.PERSON))
            assertEquals(SourcePlace.At(TextRange(0, 14)), library.memorySources("ring").single().place)
            library.purge(well, confirmed = true)
            assertEquals(listOf<SourcePlace>(SourcePlace.Gone), library.memorySources("ring").map { it.place })
            assertNotNull(library.remember(NewMemory(text = "A key of its own.")).key)
            val wrong = assertFailsWith<WriteMagicException> { library.remember(new.copy(importance = 2.0)) }
            assertEquals(ErrorCode.INVALID_ARGUMENT, wrong.code)
        }

    @Test
    fun `many at a time, page by page, by what they are`() =
        runBlocking {
            val work = library.rememberAll(List(25) { memory("m$it", "Number $it came.") })
            assertEquals(Remembered(List(25) { "m$it" }, 0), work.await())
            assertEquals(25, work.progress.last().done)
            val again = library.rememberAll(listOf(memory("m3", "Three."), NewMemory("other", "Else."))).await()
            assertEquals(1, again.replaced)
            val keys = mutableListOf<String>()
            var after: MemoryCursor? = null
            do {
                val page = library.memories(MemoryFilter(session = "monday"), after, 10)
                assertEquals(25, page.total)
                keys += page.memories.map { it.key }
                after = page.next
            } while (after != null)
            assertEquals(25, keys.toSet().size)
            assertEquals(26, library.memories().total)
            assertEquals(0, library.memories(MemoryFilter(leastImportance = 0.6)).total)
            assertEquals(25, library.memories(MemoryFilter(tag = "plot", leastImportance = 0.5)).total)
        }

    @Test
    fun `a question is answered by what holds then and there`() =
        runBlocking {
            val (one, two) = List(2) { library.document("Chapter $it", "text").id }
            library.remember(memory("ring", "Ada's ring lies in the well behind the mill."))
            library.remember(
                NewMemory("late", "Ada wears the ring again.", validity = MemoryValidity(fromDocument = two)),
            )
            val until = Instant.fromEpochSeconds(1_000)
            library.remember(NewMemory("old", "The ring was her mother's.", validity = MemoryValidity(until = until)))

            suspend fun keys(request: RecallRequest) =
                library
                    .recall(request)
                    .hits
                    .map { it.memory.key }
                    .toSet()
            val question = RecallRequest("Where is the ring?")
            assertEquals(setOf("ring", "late"), keys(question))
            assertEquals(setOf("ring"), keys(question.copy(place = one)))
            assertEquals(setOf("ring", "late", "old"), keys(question.copy(at = Instant.fromEpochSeconds(1))))
            assertEquals(setOf("ring"), keys(question.copy(filter = MemoryFilter(tag = "plot"))))
            val page = library.recall(question.copy(limit = 1))
            val hit = page.hits.single()
            assertTrue("ring" in hit.words && hit.score > 0 && !page.byMeaning && page.isComplete)
            assertTrue(hit.ranges.map { hit.memory.text.substring(it) }.contains("ring"))
            assertEquals(1, library.expireMemories(Instant.fromEpochSeconds(2_000)))
            isNotThere { library.memory("old") }
        }

    @Test
    fun `what says the same becomes one, what contradicts is shown, and both can be undone`() =
        runBlocking {
            library
                .rememberAll(
                    listOf(
                        memory("one", "Ada's ring lies in the well behind the mill."),
                        memory("same", "Ada's ring lies in the well behind the mill."),
                        memory("blue", "Mary's eyes are blue."),
                        memory("green", "Mary's eyes are green."),
                    ),
                ).await()
            val rehearsed = library.consolidateMemories(ConsolidateOptions(rehearsal = true)).await()
            assertEquals(4, library.memories().total)
            val options = ConsolidateOptions(olderThan = Instant.DISTANT_FUTURE_OF_TEST, leastBytes = 1)
            val report = library.consolidateMemories(options).await()
            assertEquals(listOf(MergedMemories("one", listOf("same"))), report.merged)
            assertEquals(rehearsed.merged, report.merged)
            assertEquals(listOf(Contradictory(listOf("blue", "green"), Disagreement.VALUE)), report.contradictions)
            assertEquals(listOf("monday"), report.groups.map { it.session })
            assertEquals(
                setOf("blue", "green"),
                library
                    .memories(MemoryFilter(contradictory = true))
                    .memories
                    .map {
                        it.key
                    }.toSet(),
            )
            assertEquals(listOf(Contradiction("green", Disagreement.VALUE)), library.memory("blue").contradictions)
            assertEquals(listOf("same"), library.memory("one").parts)
            library.undoMemoryChange()
            assertEquals(emptyList(), library.memory("one").parts)
            assertEquals("same", library.memory("same").key)

            val summary = library.replaceWithSummary("monday", "A ring, and eyes.", listOf("one", "blue"))
            assertEquals("summary" to listOf("one", "blue"), summary.kind to summary.parts)
            library.undoMemoryChange()
            assertEquals("Mary's eyes are blue.", library.memory("blue").text)
        }

    @Test
    fun `deleting can be undone and forgetting cannot`() =
        runBlocking {
            library.remember(memory("rain", "It rained on the day of the wedding."))
            assertEquals(listOf("rain"), library.deleteMemory("rain"))
            isNotThere { library.memory("rain") }
            library.undoMemoryChange()
            assertEquals("rain", library.memory("rain").key)
            assertEquals(listOf("rain"), library.forgetMemory("rain"))
            isNotThere { library.memory("rain") }
            isNotThere { library.forgetMemory("rain") }
            assertNull(library.memories().next)
            assertEquals(0, library.memories().total)
        }
}

private val Instant.Companion.DISTANT_FUTURE_OF_TEST: Instant
    get() = fromEpochSeconds(10_000_000_000)
