package dev.writemagic

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Clock
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/** Runs of providers behind a network, over a transport of the app's. */
class NetworkRunsTest : Fixture() {
    private val transport = TestTransport()
    private val far =
        Provider(
            "far",
            Wire.OPEN_AI,
            "https://models.example.org/v1",
            "model-1",
            prices = ModelPrices(1_000_000, 10_000_000),
        )
    private var runs: Runs? = null

    private suspend fun runs(keys: KeySource = TestKeys()): Runs {
        library.assistant.setProvider(far)
        return library.assistant.runsWith(keys, transport).also { runs = it }
    }

    private fun terms() = RunTerms(listOf(ModelToAsk.Provider("far")), policy = Runs.defaultPolicy.copy(attempts = 1))

    @AfterEach
    fun end() {
        runs?.close()
    }

    @Test
    fun `a request leaves with its key and masks, and its answer comes back in pieces`() =
        runBlocking {
            val runs = runs()
            val run = runs.start(ask("Write to ana@example.org."), terms().copy(mask = emptyList()))
            val exchange = transport.next()
            assertEquals("https://models.example.org/v1/chat/completions", exchange.request.url)
            assertEquals(
                "Bearer sk-far" to "application/json",
                exchange.header("authorization") to exchange.header("content-type"),
            )
            assertTrue("[EMAIL1]" in exchange.body && "ana@example.org" !in exchange.body, exchange.body)
            assertTrue(exchange.response.id > 0 && exchange.response.hasRoom && !exchange.response.isCancelled)
            exchange.head()
            exchange.say("Dear [EMAIL")
            exchange.say("1], 😀 it rained.")
            exchange.finish(input = 1_000, output = 100)
            val said = run.all()
            assertEquals(
                "Dear ana@example.org, 😀 it rained.",
                said.events<RunEvent.Text>().joinToString("") { it.text },
            )
            val outcome = (said.last() as RunNews.End).outcome
            assertEquals(RunEnd.Completed(StopReason.ANSWERED), outcome.end)
            // A dollar for a million tokens of the prompt, ten for those of the answer.
            assertEquals(1_000L + 1_000L, outcome.cost)
            val call = library.assistant.calls().single()
            assertEquals(
                listOf<Any?>("far", "model-1", LedgerEntryState.SETTLED, 2_000L),
                call.entry.run {
                    listOf(provider, model, state, cost)
                },
            )
            assertEquals(emptyList(), library.assistant.calls(before = call.id))
            assertEquals(
                2_000,
                library.ledger
                    .spent()
                    .thisMonth.money,
            )
            val sent = library.assistant.sends().single()
            assertEquals(listOf<Any>("models.example.org", 1L), sent.record.run { listOf(host, masked.emails) })
            assertEquals(
                exchange.request.body.size
                    .toLong(),
                sent.record.bytes,
            )
            assertEquals(emptyList(), library.assistant.sends(before = sent.number))
        }

    @Test
    fun `keys are asked for by name, and what the app has not is an error`() =
        runBlocking {
            var next: () -> String? = { null }
            val asked = mutableListOf<String>()
            val keys =
                TestKeys {
                    asked += it
                    next()
                }
            val runs = runs(keys)
            assertEquals(
                ErrorCode.KEY_MISSING,
                runs
                    .start(ask("Well?"), terms())
                    .outcome()
                    .cause.code,
            )
            next = { error("secret") }
            val thrown = runs.start(ask("Well?"), terms()).outcome().cause
            assertEquals(ErrorCode.KEY_INVALID, thrown.code)
            assertFalse("secret" in thrown.message + thrown.details)
            next = { "with\na line" }
            assertEquals(
                ErrorCode.KEY_INVALID,
                runs
                    .start(ask("Well?"), terms())
                    .outcome()
                    .cause.code,
            )
            assertEquals(setOf("far"), asked.toSet())
            assertEquals(0, transport.waiting)
        }

    @Test
    fun `a run that could pass a cap is refused before the network`() =
        runBlocking {
            library.assistant.setCaps(Caps(request = Cap(money = 100)))
            assertEquals(Caps(request = Cap(money = 100)), library.assistant.caps())
            val runs = runs()
            val refused = runs.start(ask("Well?"), terms()).outcome()
            assertEquals(ErrorCode.BUDGET_EXCEEDED, refused.cause.code)
            assertEquals(0, transport.waiting)
            library.assistant.setCaps()
            val run = runs.start(ask("Well?"), terms())
            transport.next().run {
                head()
                say("Yes.")
                finish()
            }
            assertEquals("Yes.", run.outcome().text)
        }

    @Test
    fun `a run that is cancelled cancels its exchange`() =
        runBlocking {
            val runs = runs()
            val run = runs.start(ask("Well?"), terms())
            val exchange = transport.next()
            exchange.head()
            exchange.say("Half an answer")
            // The collector has what it wants.
            run.events.first { it is RunNews.Event && it.event is RunEvent.Text }
            assertEquals(exchange.response.id, transport.cancelled.await())
            assertTrue(exchange.response.isCancelled)
            assertFalse(exchange.response.dataBlocking(ByteArray(1_000_000)), "nobody wants it")
            exchange.response.close()
            val outcome = run.outcome()
            assertEquals(RunEnd.Cancelled to "Half an answer", outcome.end to outcome.text)
            runs.resumed()
            transport.forgot.await()
        }

    @Test
    fun `a response waits in bounds for the engine`() =
        runBlocking {
            val runs = runs()
            val run = runs.start(ask("Well?"), terms())
            val exchange = transport.next()
            exchange.head()
            // Comments, which mean nothing: more of them than may wait.
            val comments = ":\n".repeat(1 shl 20).toByteArray()
            assertTrue(exchange.response.data(comments) < comments.size)
            assertTrue(exchange.response.dataBlocking(comments))
            exchange.say("Yes.")
            exchange.finish()
            assertEquals("Yes.", run.outcome().text)
        }

    @Test
    fun `each way in which a network fails has a code`() =
        runBlocking {
            val runs = runs()

            suspend fun failed(end: Exchange.() -> Unit): RunOutcome {
                val run = runs.start(ask("Well?"), terms())
                transport.next().end()
                return run.outcome()
            }
            assertEquals(ErrorCode.OFFLINE, failed { response.use { it.fail(NetworkError.OFFLINE) } }.cause.code)
            assertEquals(
                ErrorCode.CONNECTION_FAILED,
                failed { response.use { it.fail(NetworkError.CONNECTION) } }.cause.code,
            )
            assertEquals(ErrorCode.CONNECTION_FAILED, failed { response.close() }.cause.code)
            val broken =
                failed {
                    head()
                    say("Half")
                    response.use { it.fail(NetworkError.CONNECTION) }
                }
            assertEquals(ErrorCode.STREAM_INTERRUPTED to "Half", broken.cause.code to broken.text)
            assertTrue((broken.end as RunEnd.Interrupted).resumable)
            assertEquals(ErrorCode.REQUEST_REJECTED, failed { refuse(400) }.cause.code)
            assertEquals(ErrorCode.NOT_AN_EVENT_STREAM, failed { refuse(200) }.cause.code)
            runs.providerChanged("far")

            assertEquals(
                ErrorCode.CERTIFICATE_REJECTED,
                failed { response.use { it.fail(NetworkError.CERTIFICATE) } }.cause.code,
            )
            assertEquals(ProviderMark.Disabled, runs.mark("far"))
            runs.providerChanged("far")
            assertNull(runs.mark("far"))
            assertEquals(ErrorCode.CREDENTIAL_REJECTED, failed { refuse(401) }.cause.code)
            assertEquals(ProviderMark.Disabled, runs.mark("far"))
            assertEquals(0, transport.waiting)
        }

    @Test
    fun `a provider that asks for time, or has an empty account, is left alone`() =
        runBlocking {
            val runs = runs()
            val busy = runs.start(ask("Well?"), terms())
            transport.next().refuse(429, "{}", "Retry-After" to "600")
            val failed = busy.outcome()
            assertEquals(ErrorCode.RATE_LIMITED, failed.cause.code)
            val retryAt = assertNotNull((failed.end as RunEnd.Failed).retryAt)
            assertTrue(retryAt - Clock.System.now() in 9.minutes..10.minutes)
            assertIs<ProviderMark.CoolingDown>(runs.mark("far"))
            runs.providerChanged("far")
            val poor = runs.start(ask("Well?"), terms())
            transport.next().refuse(429, """{"error":{"code":"insufficient_quota"}}""")
            assertEquals(ErrorCode.QUOTA_EXHAUSTED, poor.outcome().cause.code)
            assertEquals(ProviderMark.OutOfQuota, runs.mark("far"))
        }

    @Test
    fun `a transport that throws is a connection that broke`() =
        runBlocking {
            val throwing =
                object : Transport by transport {
                    override fun start(
                        request: HttpRequest,
                        exchange: HostExchange,
                    ): Unit = error("secret")
                }
            library.assistant.setProvider(far)
            runs = library.assistant.runsWith(TestKeys(), throwing)
            val outcome = assertNotNull(runs).start(ask("Well?"), terms()).outcome()
            assertEquals(ErrorCode.CONNECTION_FAILED, outcome.cause.code)
        }

    @Test
    fun `a run without a network says so`() =
        runBlocking {
            library.assistant.setProvider(far)
            val none = library.assistant.runsWith(TestKeys()).also { runs = it }
            assertEquals(
                ErrorCode.TRANSPORT_UNAVAILABLE,
                none
                    .start(ask("Well?"), terms())
                    .outcome()
                    .cause.code,
            )
            assertTrue(none.waitIdle(10.seconds))
        }
}
