package dev.writemagic

import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeEach
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.test.assertNotNull

/** A library and its runs, with no way to a network. */
abstract class RunsFixture : Fixture() {
    lateinit var runs: Runs

    @BeforeEach
    fun make() {
        runs = runBlocking { library.assistant.runsWith(TestKeys()) }
    }

    @AfterEach
    fun end() {
        runs.close()
    }
}

/** A model of the app: each request is answered on a thread of its own. */
class TestModel(
    private val locality: Locality = Locality.DEVICE,
    private val availability: ModelAvailability = ModelAvailability.Available,
    private val name: String = "device",
    private val answer: (ModelRequest, HostSink) -> Unit,
) : HostModel {
    /** The calls that the engine has cancelled. */
    val cancelled = LinkedBlockingQueue<Long>()

    /** What it was asked. */
    val asked = LinkedBlockingQueue<ModelRequest>()

    override fun describe() =
        HostDescription(name, locality, contextTokens = 4_096, maxOutputTokens = 1_024, system = true)

    override fun availability() = availability

    override fun count(text: String): Long? = (text.length / 4).toLong()

    override fun generate(
        request: ModelRequest,
        sink: HostSink,
    ): HostBegun {
        asked += request
        thread(isDaemon = true) { sink.use { answer(request, it) } }
        return HostBegun.Call(5)
    }

    override fun cancel(call: Long) {
        cancelled += call
    }
}

/** A model that begins to answer and never ends. */
fun endless(said: String): TestModel =
    TestModel { _, sink ->
        sink.text(said)
        while (!sink.isUnwanted) Thread.sleep(1)
    }

/** One exchange that the engine has begun. */
class Exchange(
    val request: HttpRequest,
    val response: HostExchange,
) {
    val body = request.body.decodeToString()

    fun header(name: String): String? = request.headers.singleOrNull { it.name == name }?.value

    fun head(
        status: Int = 200,
        vararg headers: Pair<String, String> = arrayOf("Content-Type" to "text/event-stream"),
    ) {
        response.head(status, headers.map { (name, value) -> ResponseHeader(name, value) })
    }

    /** A piece of an answer, as OpenAI's wire has it. */
    fun say(text: String) = send("""{"choices":[{"delta":{"content":"$text"}}]}""")

    fun send(json: String) {
        val bytes = "data: $json\n\n".toByteArray()
        runBlocking { response.dataBlocking(bytes) }
    }

    /** The rest of an answer that is whole. */
    fun finish(
        input: Int = 10,
        output: Int = 5,
    ) {
        send("""{"choices":[{"delta":{},"finish_reason":"stop"}]}""")
        send("""{"choices":[],"usage":{"prompt_tokens":$input,"completion_tokens":$output}}""")
        send("[DONE]")
        response.use { it.finish() }
    }

    /** All of a response that is no stream. */
    fun refuse(
        status: Int,
        json: String = "{}",
        vararg headers: Pair<String, String>,
    ) {
        head(status, "Content-Type" to "application/json", *headers)
        check(response.data(json.toByteArray()) == json.length.toLong())
        response.use { it.finish() }
    }
}

/** The app's way to the network: exchanges are the test's to fill. */
class TestTransport : Transport {
    private val started = LinkedBlockingQueue<Exchange>()
    val cancelled = LinkedBlockingQueue<Long>()
    val forgot = LinkedBlockingQueue<Unit>()

    override fun start(
        request: HttpRequest,
        exchange: HostExchange,
    ) {
        started += Exchange(request, exchange)
    }

    override fun cancel(exchange: Long) {
        cancelled += exchange
    }

    override fun forgetConnections() {
        forgot += Unit
    }

    fun next(): Exchange = started.await()

    /** Exchanges that began and were not looked at. */
    val waiting: Int
        get() = started.size
}

/** Keys of providers. */
class TestKeys(
    private val key: (String) -> String? = { "sk-$it" },
) : KeySource {
    override fun key(provider: String): String? = key.invoke(provider)
}

/** The next of what comes within a minute. */
fun <T : Any> LinkedBlockingQueue<T>.await(): T = assertNotNull(poll(60, TimeUnit.SECONDS))

fun ask(text: String): ModelRequest = ModelRequest(messages = listOf(Message(Role.USER, text)), maxOutputTokens = 500)

fun of(vararg models: HostModel): RunTerms = RunTerms(models.map { ModelToAsk.Host(it) })

/** All that a run says. */
suspend fun RunHandle.all(): List<RunNews> = use { events.toList() }

suspend fun RunHandle.outcome(): RunOutcome = (all().last() as RunNews.End).outcome

/** What a run broke off for, or failed with. */
val RunOutcome.cause: RunCause
    get() =
        when (val end = end) {
            is RunEnd.Failed -> end.cause
            is RunEnd.Interrupted -> end.cause
            else -> throw AssertionError(end.toString())
        }

inline fun <reified T : RunEvent> List<RunNews>.events(): List<T> =
    filterIsInstance<RunNews.Event>().map { it.event }.filterIsInstance<T>()
