package dev.writemagic

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.BeforeEach
import java.util.UUID
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

/** What a writer asks for, and what becomes of the answer. */
class TasksTest : Fixture() {
    private val text = "It was a dark and stormy night. The rain fell in torrents. 😀 It stopped."
    private val run = RunId(UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057"))
    private lateinit var document: Document

    @BeforeEach
    fun write() {
        document = runBlocking { library.document("Night", text) }
    }

    private suspend fun proposed(answer: String): Proposal =
        library.assistant.prepare(document.id, task = WritingTask(TaskKind.REWRITE, "brighter")).use {
            assertNotNull(library.assistant.propose(it, run, "model-1", answer))
        }

    @Test
    fun `a task is asked of a model and its answer becomes a proposal`() =
        runBlocking {
            val range = TextRange(32, 58)
            val writing =
                library.assistant.prepare(
                    document.id,
                    range = range,
                    task = WritingTask(TaskKind.REWRITE, "brighter"),
                )
            val prompt = writing.prompt
            assertEquals(writing.request, prompt.request)
            assertEquals(AnswerUse.REPLACE to true, prompt.answer to writing.changesText)
            assertTrue(writing.request.messages.any { "The rain fell in torrents." in it.text } && prompt.tokens > 10)
            val source = prompt.sources.first().source as QuotedSource.Document
            assertEquals(document.id, source.document)
            val model =
                TestModel { _, sink ->
                    sink.text("The rain fell in sheets.")
                    sink.finished()
                }
            val outcome =
                library.assistant.runsWith(TestKeys()).use { runs ->
                    runs.start(writing.request, of(model)).use { asked -> asked.run to asked.outcome().text }
                }
            val proposal = assertNotNull(library.assistant.propose(writing, outcome.first, "device", outcome.second))
            assertEquals(range to "rewrite", proposal.passage to proposal.task)
            assertEquals(ProposalAuthor(outcome.first, "device"), proposal.author)
            assertEquals(listOf("torrents" to "sheets"), proposal.hunks.map { it.old to it.new })
            // What changes nothing is no proposal.
            assertNull(library.assistant.propose(writing, run, "device", "The rain fell in torrents."))
            writing.close()
            assertFailsWith<WriteMagicException.InvalidObject> { writing.request }
            library.assistant.prepare(document.id, task = WritingTask(TaskKind.CRITIQUE)).use {
                assertEquals(false to AnswerUse.TEXT, it.changesText to it.prompt.answer)
                assertNull(library.assistant.propose(it, run, "device", "Good."))
            }
        }

    @Test
    fun `hunks are accepted and rejected one by one`() =
        runBlocking {
            val proposals = library.proposals
            val proposal = proposed(text.replace("dark", "bright").replace("torrents", "sheets"))
            assertEquals(2 to true, proposal.hunks.size to proposal.isOpen)
            assertEquals(document.id, proposal.place.document)
            assertEquals(proposal, proposals.get(proposal.id))
            assertEquals(
                listOf(proposal),
                proposals.list(ProposalFilter(document = document.id, open = true)).proposals,
            )
            assertEquals(emptyList(), proposals.list(ProposalFilter(before = proposal.id)).proposals)
            val placed = proposals.placed(proposal.id)
            assertEquals(listOf("dark", "torrents"), placed.ranges.map { text.substring(assertNotNull(it)) })
            val accepted = proposals.accept(proposal.id, WhichHunks.These(listOf(1)))
            assertEquals(listOf(1L) to false, accepted.decided to accepted.waiting)
            assertEquals(text.replace("torrents", "sheets"), library.text(document.id))
            val rejected = proposals.reject(proposal.id)
            assertEquals(listOf(HunkState.REJECTED, HunkState.ACCEPTED), rejected.proposal.hunks.map { it.state })
            assertEquals(emptyList(), proposals.list(ProposalFilter(open = true)).proposals)
            val blamed = library.blame(document.id).single { it.kind == OriginKind.AI }
            assertEquals("sheets" to run, library.text(document.id).substring(blamed.range) to blamed.run)
            // Undone as one step.
            library.edit(document.id).use { session ->
                session.undo()
                assertEquals(text, session.text)
            }
        }

    @Test
    fun `a proposal follows the text, waits for an open editor, and knows what it lost`() =
        runBlocking {
            val proposal = proposed(text.replace("dark", "bright").replace("torrents", "sheets"))
            library.edit(document.id).use { session ->
                session.splice(0, 0, "Listen! 😀 ")
                session.flush()
                val placed = library.proposals.placed(proposal.id)
                assertEquals(
                    listOf("dark", "torrents"),
                    placed.ranges.map { session.text.substring(assertNotNull(it)) },
                )
                val at = session.text.indexOf("torrents")
                session.splice(at.toLong(), "torrents".length.toLong(), "buckets")
                session.flush()
                val outcome = library.proposals.accept(proposal.id)
                assertEquals(listOf(listOf(0L), listOf(1L)), listOf(outcome.decided, outcome.unplaceable))
                assertTrue(outcome.waiting)
                assertEquals(HunkState.UNPLACEABLE, outcome.proposal.hunks[1].state)
                assertTrue("dark" in session.text)
                assertEquals("bright", session.rebase().joinToString("") { it.insert })
                session.flush()
                assertEquals(
                    "Listen! 😀 " + text.replace("dark", "bright").replace("torrents", "buckets"),
                    session.text,
                )
            }
            assertEquals(
                HunkState.ACCEPTED,
                library.proposals
                    .placed(proposal.id)
                    .proposal.hunks[0]
                    .state,
            )
            val wrong =
                assertFailsWith<WriteMagicException> {
                    library.proposals.accept(
                        proposal.id,
                        WhichHunks.These(listOf(7)),
                    )
                }
            assertEquals(ErrorCode.HUNK_NOT_FOUND, wrong.code)
            val none = assertFailsWith<WriteMagicException> { library.proposals.get(ProposalId(run.value)) }
            assertEquals(ErrorCode.PROPOSAL_NOT_FOUND, none.code)
        }

    @Test
    fun `a question is answered with the places that it rests on`() =
        runBlocking {
            library.document("The well", "Ada dropped her ring into the well.")
            library.assistant.prepareQuestion("Where is the ring?").use { question ->
                assertEquals(question.prompt.request, question.request)
                assertTrue(question.request.messages.any { "Ada dropped her ring" in it.text })
                val cited = library.assistant.citations(question, "In the well [1].").single()
                val source = cited.quoted.source as QuotedSource.Document
                assertEquals("The well", cited.quoted.title)
                // What was typed since has moved it.
                library.applyPatches(source.document, listOf(Patch(0, 0, "Once ")), Origin(OriginKind.PERSON))
                val moved = library.assistant.citations(question, "In the well [1], [9].").single()
                assertEquals(
                    "Ada dropped her ring into the well.",
                    library.text(source.document).substring(assertNotNull(moved.place)),
                )
            }
            val only = library.assistant.prepareQuestion("Where is the ring?", document.id, PromptRoom(passages = 500))
            assertTrue(
                only.use { it.prompt.sources }.all { (it.source as QuotedSource.Document).document == document.id },
            )
            val empty = assertFailsWith<WriteMagicException> { library.assistant.prepareQuestion(" ") }
            assertEquals(ErrorCode.INVALID_ARGUMENT, empty.code)
        }

    @Test
    fun `a session of memories is summed up by a model`() =
        runBlocking {
            library
                .rememberAll(
                    listOf("It rained.", "Ada laughed.").mapIndexed {
                        n,
                        said,
                        ->
                        NewMemory("m$n", said, session = "monday")
                    },
                ).await()
            val group = MemoryGroup("monday", listOf("m0", "m1"), 22)
            library.assistant.prepareSummary(group).use { summary ->
                assertEquals("monday" to summary.prompt.request, summary.session to summary.request)
                assertTrue(summary.request.messages.any { "Ada laughed." in it.text })
                val kept = library.assistant.keepSummary(summary, "Ada laughed in the rain.")
                assertEquals("summary" to listOf("m0", "m1"), kept.kind to kept.parts)
                assertEquals("Ada laughed in the rain.", library.memory("m0").text)
            }
            val none =
                assertFailsWith<WriteMagicException> {
                    library.assistant.prepareSummary(
                        group.copy(keys = listOf("gone")),
                    )
                }
            assertEquals(ErrorCode.MEMORY_NOT_FOUND, none.code)
            val small = PromptRoom(context = 300, output = 200)
            library.remember(NewMemory("long", "It rained. ".repeat(1_000), session = "monday"))
            val long =
                assertFailsWith<WriteMagicException> {
                    library.assistant.prepareSummary(
                        group.copy(keys = listOf("long")),
                        small,
                    )
                }
            assertEquals(ErrorCode.PROMPT_TOO_LONG, long.code)
        }
}
