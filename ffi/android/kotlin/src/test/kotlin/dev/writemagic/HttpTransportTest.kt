package dev.writemagic

import dev.writemagic.TestServer.Companion.CHUNKED
import dev.writemagic.TestServer.Companion.FINISH
import dev.writemagic.TestServer.Companion.STREAM
import dev.writemagic.TestServer.Companion.event
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import java.io.File
import java.net.HttpURLConnection
import java.net.MalformedURLException
import java.net.ServerSocket
import java.net.URL
import java.security.KeyStore
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import javax.net.ssl.HttpsURLConnection
import javax.net.ssl.KeyManagerFactory
import javax.net.ssl.SSLContext
import javax.net.ssl.TrustManagerFactory
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds

/** The ready transport, under runs of the engine, against servers on this machine. */
class HttpTransportTest : NetworkFixture() {
    @Test
    fun `a request goes out as it is, and what comes is heard piece by piece`() =
        runBlocking {
            val heard = CountDownLatch(1)
            val requests = LinkedBlockingQueue<String>()
            val server =
                TestServer {
                    requests += request
                    send(CHUNKED)
                    chunk(event("It "))
                    heard.await()
                    chunk(event("rained 😀."))
                    chunk(FINISH)
                    send("0\r\n\r\n")
                }
            server.use {
                val run = begin("http://127.0.0.1:${it.port}/v1")
                var text = ""
                run.events.first { news ->
                    if (news is RunNews.Event) {
                        (news.event as? RunEvent.Text)?.let { text += it.text }
                        if (text == "It ") heard.countDown()
                    }
                    news is RunNews.End
                }
                run.close()
                assertEquals("It rained 😀.", text)
            }
            val request = requests.await()
            assertTrue(request.startsWith("POST /v1/chat/completions HTTP/1.1\r\n"), request)
            val headers = request.substringBefore("\r\n\r\n").lowercase().lines()
            assertTrue(
                "authorization: bearer sk-near" in headers && "content-type: application/json" in headers,
                request,
            )
            assertTrue("connection: close" in headers && "accept-encoding: identity" in headers, request)
            assertTrue("Well? 😀" in request.substringAfter("\r\n\r\n"))
            assertFalse(headers.any { it.startsWith("cookie") }, request)
        }

    @Test
    fun `bytes that come one by one, and all at once, mean the same`() =
        runBlocking {
            val body = event("Ein größeres ") + event("東京 👩‍👩‍👧.") + FINISH
            val slowly =
                answered {
                    send(CHUNKED)
                    for (byte in body.toByteArray()) chunk(byte)
                    send("0\r\n\r\n")
                }
            val whole = answered { send(STREAM + "content-length: ${body.toByteArray().size}\r\n\r\n$body") }
            assertEquals("Ein größeres 東京 👩‍👩‍👧.", slowly.text)
            assertEquals(slowly.end to slowly.text, whole.end to whole.text)
            // More than may wait between the server and the engine.
            val large = answered { send(STREAM + "\r\n" + ":\n".repeat(1 shl 20) + body) }
            assertEquals(slowly.text, large.text)
        }

    @Test
    fun `a response that is cut off is told from one that ends`() =
        runBlocking {
            val cut =
                listOf<TestServer.Connection.() -> Unit>(
                    {
                        send(CHUNKED)
                        chunk(event("Half"))
                    },
                    { send(STREAM + "content-length: 1000\r\n\r\n" + event("Half")) },
                )
            for (serve in cut) {
                val outcome = answered(serve = serve)
                assertEquals(ErrorCode.STREAM_INTERRUPTED to "Half", outcome.cause.code to outcome.text)
            }
            assertEquals(ErrorCode.CONNECTION_FAILED, answered { }.cause.code)
        }

    @Test
    fun `statuses are the engine's to judge, and a redirect is not followed`() =
        runBlocking {
            val codes =
                mapOf(
                    400 to ErrorCode.REQUEST_REJECTED,
                    401 to ErrorCode.CREDENTIAL_REJECTED,
                    429 to ErrorCode.RATE_LIMITED,
                    503 to ErrorCode.PROVIDER_UNAVAILABLE,
                )
            for ((status, code) in codes) {
                val outcome = answered { send("HTTP/1.1 $status X\r\nretry-after: 600\r\ncontent-length: 2\r\n\r\n{}") }
                assertEquals(code, outcome.cause.code, "$status")
            }
            val quota = """{"error":{"code":"insufficient_quota"}}"""
            val poor =
                answered {
                    send(
                        "HTTP/1.1 429 X\r\ncontent-type: application/json\r\ncontent-length: ${quota.length}\r\n\r\n$quota",
                    )
                }
            assertEquals(ErrorCode.QUOTA_EXHAUSTED, poor.cause.code)
            TestServer { send(STREAM + "\r\n" + FINISH) }.use { other ->
                val moved =
                    answered {
                        send(
                            "HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:${other.port}/\r\ncontent-length: 0\r\n\r\n",
                        )
                    }
                assertTrue(moved.end is RunEnd.Failed)
                assertEquals(0, other.connections.get())
            }
        }

    @Test
    fun `who cannot be reached is offline or refused`() =
        runBlocking {
            val port = ServerSocket(0).use { it.localPort }
            assertEquals(ErrorCode.CONNECTION_FAILED, begin("http://127.0.0.1:$port/v1").outcome().cause.code)
            assertEquals(ErrorCode.OFFLINE, begin("https://no-such-host.invalid/v1").outcome().cause.code)
        }

    @Test
    fun `a run that is cancelled closes its connection`() =
        runBlocking {
            val go = CountDownLatch(1)
            val requested = LinkedBlockingQueue<Unit>()
            val silent: TestServer.Connection.() -> Unit = {
                requested += Unit
                awaitClosed()
            }
            val speaking: TestServer.Connection.() -> Unit = {
                send(STREAM + "\r\n" + event("Half"))
                awaitClosed()
            }
            val chunked: TestServer.Connection.() -> Unit = {
                send(CHUNKED)
                chunk(event("Half"))
                go.await()
                chunk(":\n")
                awaitClosed()
            }
            for (serve in listOf(silent, speaking, chunked)) {
                TestServer(serve = serve).use { server ->
                    val run = begin("http://127.0.0.1:${server.port}/v1")
                    if (serve === silent) {
                        requested.await()
                        run.cancel()
                    } else {
                        run.events.first { it is RunNews.Event && it.event is RunEvent.Text }
                    }
                    assertEquals(RunEnd.Cancelled, run.outcome().end)
                    // The client of this JVM finds out with the next piece alone.
                    if (serve === chunked) go.countDown()
                    server.closed.await()
                }
            }
        }

    @Test
    fun `nothing waits for a client that takes its time, and what the app throws is contained`() =
        runBlocking {
            val uncaught = LinkedBlockingQueue<Throwable>()
            val before = Thread.getDefaultUncaughtExceptionHandler()
            Thread.setDefaultUncaughtExceptionHandler { _, thrown -> uncaught += thrown }
            try {
                val entered = CountDownLatch(1)
                val go = CountDownLatch(1)
                val threads = LinkedBlockingQueue<Thread>()
                val slow =
                    HttpTransport { url ->
                        threads += Thread.currentThread()
                        entered.countDown()
                        go.await()
                        if (threads.size > 1) error("secret")
                        HttpTransport.direct(url)
                    }
                TestServer { send(STREAM + "\r\n" + event("Never") + FINISH) }.use { server ->
                    val run = begin("http://127.0.0.1:${server.port}/v1", slow)
                    entered.await()
                    run.cancel()
                    assertEquals(RunEnd.Cancelled to "", run.outcome().run { end to text })
                    go.countDown()
                    assertEquals(ErrorCode.CONNECTION_FAILED, server.asked(slow).cause.code)
                    assertTrue(threads.none { it === Thread.currentThread() })
                    assertEquals(0, server.connections.get())
                }
                slow.forgetConnections()
                assertFailsWith<MalformedURLException> { HttpTransport.direct(File("/").toURI().toURL()) }
            } finally {
                Thread.setDefaultUncaughtExceptionHandler(before)
            }
            assertEquals(emptyList(), uncaught.toList())
        }

    @Test
    fun `a server that falls silent is given up in the end`() =
        runBlocking {
            val outcome =
                answered(HttpTransport(readTimeout = 50.milliseconds)) {
                    send(CHUNKED)
                    chunk(event("Half"))
                    awaitClosed()
                }
            assertEquals(ErrorCode.STREAM_INTERRUPTED to "Half", outcome.cause.code to outcome.text)
        }

    @Test
    fun `a certificate that nobody trusts is not accepted`() =
        runBlocking {
            val store = File(folder, "keys.p12")
            val tool = File(System.getProperty("java.home"), "bin/keytool").path
            val options =
                "-genkeypair -alias a -keyalg EC -validity 3650 -storetype PKCS12 -storepass changeit " +
                    "-dname CN=localhost -ext SAN=dns:localhost"
            val made = ProcessBuilder(listOf(tool, "-keystore", store.path) + options.split(" ")).start()
            assertEquals(0, made.waitFor())
            val keys = KeyStore.getInstance(store, "changeit".toCharArray())
            val own =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm()).apply {
                    init(keys, "changeit".toCharArray())
                }
            val trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm()).apply { init(keys) }
            val context = SSLContext.getInstance("TLS").apply { init(own.keyManagers, trust.trustManagers, null) }
            val pinned =
                HttpTransport(connect = { url: URL ->
                    (HttpTransport.direct(url) as HttpsURLConnection).apply {
                        sslSocketFactory = context.socketFactory
                    } as HttpURLConnection
                })
            var transport: Transport = HttpTransport()
            val chosen =
                object : Transport {
                    override fun start(
                        request: HttpRequest,
                        exchange: HostExchange,
                    ) = transport.start(request, exchange)

                    override fun cancel(exchange: Long) = transport.cancel(exchange)

                    override fun forgetConnections() = transport.forgetConnections()
                }
            TestServer(context.serverSocketFactory.createServerSocket(0)) {
                send(STREAM + "\r\n" + event("Yes.") + FINISH)
            }.use { server ->
                val url = "https://localhost:${server.port}/v1"
                assertEquals(ErrorCode.CERTIFICATE_REJECTED, begin(url, chosen).outcome().cause.code)
                transport = pinned
                assertEquals("Yes.", begin(url, chosen).outcome().text)
            }
        }
}
