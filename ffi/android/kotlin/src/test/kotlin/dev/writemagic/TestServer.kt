package dev.writemagic

import org.junit.jupiter.api.AfterEach
import java.io.ByteArrayOutputStream
import java.io.Closeable
import java.io.IOException
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread
import kotlin.test.assertEquals

/** A server on this machine: each connection gets a thread, one request, and what [serve] says to it. */
class TestServer(
    private val socket: ServerSocket = ServerSocket(0, 50, InetAddress.getLoopbackAddress()),
    private val serve: Connection.() -> Unit,
) : Closeable {
    val port = socket.localPort

    /** How many came. */
    val connections = AtomicInteger()

    /** A word for each connection whose other end was closed while [Connection.awaitClosed] looked. */
    val closed = LinkedBlockingQueue<Unit>()

    init {
        thread(isDaemon = true) {
            while (true) {
                val next = runCatching { socket.accept() }.getOrNull() ?: break
                connections.incrementAndGet()
                thread(isDaemon = true) { runCatching { Connection(next).use { it.serve() } } }
            }
        }
    }

    override fun close() = socket.close()

    inner class Connection(
        private val socket: Socket,
    ) : Closeable by socket {
        /** The request, whole. */
        val request: String = read()

        private fun read(): String {
            val bytes = ByteArrayOutputStream()
            val input = socket.getInputStream()
            while (true) {
                val text = bytes.toString("UTF-8")
                val (head, body) = text.split("\r\n\r\n", limit = 2).let { it[0] to it.getOrNull(1) }
                val length =
                    Regex("(?i)\ncontent-length: (\\d+)")
                        .find(head)
                        ?.groupValues
                        ?.get(1)
                        ?.toInt() ?: 0
                if (body != null && body.toByteArray().size >= length) return text
                val next = input.read()
                if (next < 0) throw IOException("closed")
                bytes.write(next)
            }
        }

        fun send(text: String) {
            socket.getOutputStream().apply { write(text.toByteArray()) }.flush()
        }

        /** One byte in a chunk of its own. */
        fun chunk(byte: Byte) {
            socket.getOutputStream().apply { write("1\r\n".toByteArray() + byte + "\r\n".toByteArray()) }.flush()
        }

        /** A piece of a body in chunks. */
        fun chunk(text: String) = send("${text.toByteArray().size.toString(16)}\r\n$text\r\n")

        /** Waits until the other side is gone. */
        fun awaitClosed() {
            val last = runCatching { socket.getInputStream().read() }.getOrDefault(-1)
            if (last < 0) closed += Unit
        }
    }

    companion object {
        const val STREAM = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        const val CHUNKED = STREAM + "transfer-encoding: chunked\r\n\r\n"

        /** An event of an answer, as OpenAI's wire has it. */
        fun event(text: String) = """data: {"choices":[{"delta":{"content":"$text"}}]}""" + "\n\n"

        const val FINISH = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
    }
}

/** Runs of a provider that is a [TestServer]; each asks once. */
abstract class NetworkFixture : Fixture() {
    private var runs: Runs? = null

    @AfterEach
    fun end() {
        runs?.close()
        assertEquals(true, awaitCollected { living("exchange") == 0L }, "${living("exchange")} exchanges are open")
    }

    suspend fun begin(
        url: String,
        transport: Transport = HttpTransport(),
    ): RunHandle {
        library.assistant.setProvider(Provider("near", Wire.OPEN_AI, url, "model-1"))
        val runs = runs ?: library.assistant.runsWith(TestKeys(), transport).also { runs = it }
        runs.providerChanged("near")
        val once = Runs.defaultPolicy.copy(attempts = 1)
        return runs.start(ask("Well? 😀"), RunTerms(listOf(ModelToAsk.Provider("near")), policy = once))
    }

    suspend fun TestServer.asked(transport: Transport = HttpTransport()): RunOutcome =
        begin("http://127.0.0.1:$port/v1", transport).outcome()

    /** An outcome of a server that says this. */
    suspend fun answered(
        transport: Transport = HttpTransport(),
        serve: TestServer.Connection.() -> Unit,
    ): RunOutcome = TestServer(serve = serve).use { it.asked(transport) }
}
