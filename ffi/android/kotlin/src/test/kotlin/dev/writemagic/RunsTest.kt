package dev.writemagic

import dev.writemagic.internal.AppObjects
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.util.concurrent.LinkedBlockingQueue
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** Runs of models that the app runs itself. */
class RunsTest : RunsFixture() {
    @Test
    fun `an answer comes in pieces, with what it used, and is kept`() =
        runBlocking {
            val model =
                TestModel { _, sink ->
                    sink.reasoning("Hm.")
                    sink.text("It ")
                    sink.text("rained 😀.")
                    sink.usage(Usage(inputTokens = 7, outputTokens = 3, reasoningTokens = 1))
                    sink.finished(StopReason.STOP_SEQUENCE)
                }
            val request = ask("Go on.").copy(system = "Be brief.", temperature = 0.5, stop = listOf("."))
            val run = runs.start(request, of(model))
            val id = run.run
            val said = run.all()
            assertEquals("Hm.", said.events<RunEvent.Reasoning>().joinToString("") { it.text })
            assertEquals("It rained 😀.", said.events<RunEvent.Text>().joinToString("") { it.text })
            assertEquals(0L, said.events<RunEvent.Started>().single().candidate)
            assertEquals(
                3L,
                said
                    .events<RunEvent.Usage>()
                    .last()
                    .usage.outputTokens,
            )
            val outcome = (said.last() as RunNews.End).outcome
            assertEquals(RunEnd.Completed(StopReason.STOP_SEQUENCE), outcome.end)
            assertEquals("It rained 😀." to 7L, outcome.text to assertNotNull(outcome.usage).inputTokens)
            assertEquals(request, model.asked.await())

            val kept = library.assistant.run(id)
            assertEquals("It rained 😀." to RunState.COMPLETED, kept.wholeText to kept.state)
            assertEquals(
                listOf<Any?>("device", request, null, false),
                kept.head.run {
                    listOf(provider, this.request, continues, masked)
                },
            )
            assertEquals(StopReason.STOP_SEQUENCE, assertNotNull(kept.tail).reason)
            assertFalse(kept.isResumable)
            assertEquals(listOf(id), library.assistant.runs())
            library.assistant.forgetRun(id)
            val gone = assertFailsWith<WriteMagicException.AssistantFailed> { library.assistant.run(id) }
            assertEquals(ErrorCode.RUN_NOT_FOUND, gone.code)
            assertTrue(awaitCollected { AppObjects.count == 1 }, "the model is let go of, the keys are not")
        }

    @Test
    fun `a run that reached its longest answer goes on from there`() =
        runBlocking {
            val first =
                TestModel { _, sink ->
                    sink.snapshot("It ")
                    sink.snapshot("It rained")
                    sink.finished(StopReason.OUTPUT_LIMIT)
                }
            val run = runs.start(ask("Go on."), of(first))
            val begun = run.run
            assertEquals("It rained", run.outcome().text)
            assertTrue(library.assistant.run(begun).isResumable)
            val second =
                TestModel { _, sink ->
                    sink.text(" all day.")
                    sink.finished()
                }
            val more = runs.goOn(begun, of(second))
            val last = more.run
            assertEquals(RunEnd.Completed(StopReason.ANSWERED), more.outcome().end)
            val record = library.assistant.run(last)
            assertEquals("It rained all day." to begun, record.wholeText to record.head.continues)
            assertTrue(
                "It rained" in
                    second.asked
                        .await()
                        .messages
                        .joinToString { it.text },
            )
            val none = assertFailsWith<WriteMagicException.AssistantFailed> { runs.goOn(last, of(second)) }
            assertEquals(ErrorCode.RUN_NOT_RESUMABLE, none.code)
        }

    @Test
    fun `a collector that is cancelled stops the model, and what it said is kept`() =
        runBlocking {
            val model = endless("Once upon a time")
            val run = runs.start(ask("Tell."), of(model))
            val heard = LinkedBlockingQueue<RunNews>()
            val listening = launch(Dispatchers.Default) { run.events.onEach { heard += it }.collect() }
            do {
                val news = heard.await()
            } while (news !is RunNews.Event || news.event !is RunEvent.Text)
            assertTrue(runs.isOpen(run.run))
            assertEquals(listOf(run.run), runs.open)
            listening.cancel()
            assertEquals(5L, model.cancelled.await())
            assertTrue(runs.waitIdle(60.seconds))
            assertFalse(runs.isOpen(run.run))
            val kept = library.assistant.run(run.run)
            assertEquals("Once upon a time" to RunState.CANCELLED, kept.text to kept.state)
            // The end is still there for who listens next.
            assertEquals(RunEnd.Cancelled, run.outcome().end)
            assertFailsWith<WriteMagicException.InvalidObject> { run.isEnded }
            Unit
        }

    @Test
    fun `runs are cancelled by their id, all at once, or paused`() =
        runBlocking {
            suspend fun begun(): RunHandle = runs.start(ask("Tell."), of(endless("Once.")))
            val one = begun()
            val id = one.run
            assertTrue(runs.cancel(id))
            assertEquals(RunEnd.Cancelled, one.outcome().end)
            assertFalse(runs.cancel(id))
            val (two, three) = begun() to begun()
            assertFalse(runs.waitIdle(1.milliseconds))
            runs.cancelAll()
            assertEquals(
                listOf<RunEnd>(RunEnd.Cancelled, RunEnd.Cancelled),
                listOf(two.outcome().end, three.outcome().end),
            )
            val model = endless("Once.")
            val four = runs.start(ask("Tell."), of(model))
            val last = four.run
            model.asked.await()
            while (library.assistant
                    .run(last)
                    .text
                    .isEmpty()
            ) {
                assertTrue(runs.keepAll(60.seconds))
            }
            runs.pauseAll()
            val end = four.outcome()
            assertTrue((end.end as RunEnd.Interrupted).resumable, "$end")
            assertTrue(library.assistant.run(last).isResumable)
        }

    @Test
    fun `closing a handle gives its run up`() =
        runBlocking {
            val model = endless("Half")
            val run = runs.start(ask("Tell."), of(model))
            val id = run.run
            model.asked.await()
            assertFalse(run.isEnded)
            run.close()
            model.cancelled.await()
            assertTrue(runs.waitIdle(60.seconds))
            assertEquals(RunState.CANCELLED, library.assistant.run(id).state)
        }
}
