package dev.writemagic

import kotlinx.coroutines.runBlocking
import java.util.concurrent.LinkedBlockingQueue
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** What models of the app cannot do, and whom else a run asks then. */
class HostModelsTest : RunsFixture() {
    @Test
    fun `each way in which a model fails has a code`() =
        runBlocking {
            val failures =
                mapOf(
                    HostModelError.Unavailable(UnavailableReason.NOT_READY) to ErrorCode.MODEL_UNAVAILABLE,
                    HostModelError.ContextTooLong(4_096) to ErrorCode.CONTEXT_TOO_LONG,
                    HostModelError.RequestTooSmall to ErrorCode.REQUEST_REJECTED,
                    HostModelError.Refused to ErrorCode.ANSWER_REFUSED,
                    HostModelError.BatteryQuota to ErrorCode.QUOTA_EXHAUSTED,
                    HostModelError.Background to ErrorCode.MODEL_UNAVAILABLE,
                )
            for ((error, code) in failures) {
                val told = TestModel(name = "told $code") { _, sink -> sink.failed(error) }
                val outcome = runs.start(ask("Tell."), of(told)).outcome()
                assertEquals(code to "", outcome.cause.code to outcome.text, "$error")
                val refusing =
                    object : HostModel by TestModel(name = "refusing $code", answer = { _, _ -> }) {
                        override fun generate(
                            request: ModelRequest,
                            sink: HostSink,
                        ) = HostBegun.Failed(error)
                    }
                assertEquals(
                    code,
                    runs
                        .start(ask("Tell."), of(refusing))
                        .outcome()
                        .cause.code,
                    "$error",
                )
            }
            val changing =
                TestModel { _, sink ->
                    sink.snapshot("It rained.")
                    sink.snapshot("It snowed.")
                }
            assertEquals(
                ErrorCode.STREAM_INTERRUPTED,
                runs
                    .start(ask("Tell."), of(changing))
                    .outcome()
                    .cause.code,
            )
            val missing = TestModel(availability = ModelAvailability.Downloading(1, 2)) { _, _ -> }
            assertEquals(
                ErrorCode.MODEL_UNAVAILABLE,
                runs
                    .start(ask("Tell."), of(missing))
                    .outcome()
                    .cause.code,
            )
            val throwing =
                object : HostModel by missing {
                    override fun describe(): HostDescription = error("secret")
                }
            val thrown = runs.start(ask("Tell."), of(throwing)).outcome().cause
            assertEquals(ErrorCode.MODEL_UNAVAILABLE, thrown.code)
            assertFalse("secret" in thrown.message + thrown.details)
        }

    @Test
    fun `another model is asked where one cannot be`() =
        runBlocking {
            val missing =
                TestModel(
                    name = "one",
                    availability = ModelAvailability.Unavailable(UnavailableReason.NOT_ENABLED),
                ) { _, _ -> }
            val busy =
                TestModel(name = "two") { _, sink -> sink.failed(HostModelError.Unavailable(UnavailableReason.OTHER)) }
            val well =
                TestModel(name = "three") { _, sink ->
                    sink.text("Yes.")
                    sink.finished()
                }
            val said = runs.start(ask("Well?"), of(missing, busy, well)).all()
            assertEquals(
                listOf(ErrorCode.MODEL_UNAVAILABLE),
                said.events<RunEvent.Fallback>().map { it.cause.code }.distinct(),
            )
            assertEquals(2L, said.events<RunEvent.Started>().single().candidate)
            val outcome = (said.last() as RunNews.End).outcome
            assertEquals("Yes." to 2L, outcome.text to outcome.candidate)
            // The writer's consent is needed where one has declined.
            val declining = TestModel(name = "four") { _, sink -> sink.failed(HostModelError.Refused) }
            assertEquals(
                ErrorCode.ANSWER_REFUSED,
                runs
                    .start(ask("Well?"), of(declining, well))
                    .outcome()
                    .cause.code,
            )
            val consents = of(declining, well).copy(consents = FallbackConsents(refusal = true))
            assertEquals("Yes.", runs.start(ask("Well?"), consents).outcome().text)
        }

    @Test
    fun `a model that is asked too often is asked again`() =
        runBlocking {
            val calls = LinkedBlockingQueue<Unit>()
            val busy =
                TestModel { _, sink ->
                    calls += Unit
                    if (calls.size == 1) {
                        sink.failed(HostModelError.Busy(1.milliseconds))
                    } else {
                        sink.text("Yes.")
                        sink.finished()
                    }
                }
            val said = runs.start(ask("Well?"), of(busy)).all()
            assertEquals(
                ErrorCode.RATE_LIMITED,
                said
                    .events<RunEvent.Retry>()
                    .single()
                    .cause.code,
            )
            assertEquals("Yes.", (said.last() as RunNews.End).outcome.text)
            val once = of(busy).copy(policy = Runs.defaultPolicy.copy(attempts = 1), timers = Runs.defaultTimers)
            calls.clear()
            assertEquals(
                ErrorCode.RATE_LIMITED,
                runs
                    .start(ask("Well?"), once)
                    .outcome()
                    .cause.code,
            )
            assertEquals(3, Runs.defaultPolicy.attempts)
            assertTrue(Runs.defaultTimers.run { whole > gap && connect == 10.seconds })
        }

    @Test
    fun `a text that stays near reaches no model that is far, and one that leaves is masked`() =
        runBlocking {
            val cloud =
                TestModel(Locality.CLOUD, name = "cloud") { _, sink ->
                    sink.text("Dear [NAME1], I wrote to [EMAIL1].")
                    sink.finished()
                }
            val near = of(cloud).copy(ceiling = Locality.DEVICE)
            assertEquals(
                ErrorCode.LOCALITY_CEILING,
                runs
                    .start(ask("Secret."), near)
                    .outcome()
                    .cause.code,
            )
            assertNull(cloud.asked.poll())
            assertEquals(emptyList(), library.assistant.sends())
            val letter = ask("Write to Ana Kovač (ana@example.org).")
            val outcome = runs.start(letter, of(cloud).copy(mask = listOf("Ana Kovač"))).outcome()
            assertEquals("Dear Ana Kovač, I wrote to ana@example.org.", outcome.text)
            assertEquals(
                "Write to [NAME1] ([EMAIL1]).",
                cloud.asked
                    .await()
                    .messages
                    .single()
                    .text,
            )
            val sent =
                library.assistant
                    .sends()
                    .single()
                    .record
            assertEquals(
                listOf<Any>(Locality.CLOUD, 1L, 1L),
                sent.run { listOf(locality, masked.phrases, masked.emails) },
            )
        }

    @Test
    fun `a request that no model can hold is refused`() =
        runBlocking {
            val model = TestModel { _, sink -> sink.finished() }
            val long = runs.start(ask("word ".repeat(100_000)), of(model)).outcome()
            assertEquals(ErrorCode.CONTEXT_TOO_LONG, long.cause.code)
            assertNull(model.asked.poll())
            assertEquals(
                ErrorCode.MODEL_UNAVAILABLE,
                runs
                    .start(ask("Well?"), RunTerms())
                    .outcome()
                    .cause.code,
            )
            assertEquals(emptyList(), runs.open)
        }
}
