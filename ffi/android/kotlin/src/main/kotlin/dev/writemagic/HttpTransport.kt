package dev.writemagic

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.launch
import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.MalformedURLException
import java.net.NoRouteToHostException
import java.net.Proxy
import java.net.SocketException
import java.net.URL
import java.net.UnknownHostException
import java.security.cert.CertPathValidatorException
import java.security.cert.CertificateException
import java.util.concurrent.ConcurrentHashMap
import javax.net.ssl.SSLPeerUnverifiedException
import kotlin.coroutines.coroutineContext
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes

/**
 * The way to the network over the platform's own HTTP client, [HttpURLConnection]: it honours the device's VPN, proxy
 * and trusted certificates, and an Android app's network security configuration. From any thread; nothing here waits,
 * and the network is met on threads of its own, at most [PARALLEL] at a time.
 *
 * It retries nothing, follows no redirect, asks for no compression and keeps no connection open: each exchange has one of
 * its own, closed with it. That costs a handshake, much less than a model takes to begin, and none can be found dead.
 *
 * Who cancels closes the connection: at once on Android. On a desktop JVM, whose client reads a response in chunks under
 * a lock, when the next piece comes; the engine does not wait for that.
 *
 * @param readTimeout how long a server may be silent. The engine's own timers end a run long before; this frees what is
 * left of a connection that died without a word.
 * @param connect opens a connection, without speaking to anybody yet: for an app that pins certificates or binds a
 * network. By default [direct].
 */
public class HttpTransport(
    private val readTimeout: Duration = 3.minutes,
    private val connect: (URL) -> HttpURLConnection = ::direct,
) : Transport {
    private val scope = CoroutineScope(SupervisorJob() + network)
    private val exchanges = ConcurrentHashMap<Long, Exchange>()

    override fun start(
        request: HttpRequest,
        exchange: HostExchange,
    ) {
        val begun = Exchange(request, exchange)
        exchanges[exchange.id] = begun
        begun.start()
    }

    override fun cancel(exchange: Long) {
        exchanges.remove(exchange)?.cancel()
    }

    /** Does nothing: no connection is kept open. */
    override fun forgetConnections() {
        // As above.
    }

    private inner class Exchange(
        private val request: HttpRequest,
        private val exchange: HostExchange,
    ) {
        private val id = exchange.id

        @Volatile
        private var connection: HttpURLConnection? = null
        private val job = scope.launch(start = CoroutineStart.LAZY) { run() }

        fun start() {
            job.invokeOnCompletion {
                exchanges.remove(id)
                // Without an end it counts as a connection that broke.
                exchange.close()
            }
            job.start()
        }

        /** Closes the connection. What waits in it finds that out; what does not, looks. */
        fun cancel() {
            job.cancel()
            connection?.let { scope.launch(Dispatchers.IO) { it.disconnect() } }
        }

        private suspend fun run() {
            try {
                val connection = connect(URL(request.url)).also { connection = it }
                try {
                    coroutineContext.ensureActive()
                    send(connection)
                    coroutineContext.ensureActive()
                    if (receive(connection)) exchange.finish()
                } finally {
                    connection.disconnect()
                }
            } catch (cancelled: CancellationException) {
                throw cancelled
            } catch (
                // Of a client that the app may have made, and of a system that may forbid the network.
                @Suppress("TooGenericExceptionCaught") failed: Exception,
            ) {
                exchange.fail(kindOf(failed))
            }
        }

        private fun send(connection: HttpURLConnection) {
            connection.requestMethod = "POST"
            connection.doOutput = true
            connection.useCaches = false
            connection.instanceFollowRedirects = false
            connection.connectTimeout = CONNECT_MILLISECONDS
            connection.readTimeout = readTimeout.inWholeMilliseconds.coerceIn(1, Int.MAX_VALUE.toLong()).toInt()
            // A body that is streamed is never sent again.
            connection.setFixedLengthStreamingMode(request.body.size)
            connection.setRequestProperty("connection", "close")
            connection.setRequestProperty("accept-encoding", "identity")
            for (header in request.headers) connection.setRequestProperty(header.name, header.value)
            connection.outputStream.use { it.write(request.body) }
        }

        /** Brings the response; whether it came to its end and is wanted. */
        private suspend fun receive(connection: HttpURLConnection): Boolean {
            val status = connection.responseCode
            // The first line of a response has no name.
            val headers = connection.headerFields.filterKeys { it != null }
            exchange.head(status, headers.flatMap { (name, values) -> values.map { ResponseHeader(name, it) } })
            val body = (if (status >= FIRST_ERROR) connection.errorStream else connection.inputStream) ?: return true
            val (wanted, bytes) = bring(body)
            if (wanted && bytes < connection.contentLengthLong) throw IOException("the response was cut off")
            return wanted
        }

        private suspend fun bring(body: InputStream): Pair<Boolean, Long> {
            val buffer = ByteArray(PIECE_BYTES)
            var bytes = 0L
            while (true) {
                val read = body.read(buffer)
                if (read < 0) return true to bytes
                bytes += read
                val piece = buffer.copyOf(read)
                val taken = exchange.data(piece).toInt()
                val wanted = taken == read || exchange.dataBlocking(piece.copyOfRange(taken, read))
                if (!wanted || exchange.isCancelled) return false to bytes
            }
        }
    }

    public companion object {
        /** How many exchanges are under way at a time; others wait. */
        public const val PARALLEL: Int = 32

        private const val CONNECT_MILLISECONDS = 10_000
        private const val PIECE_BYTES = 16 * 1024
        private const val FIRST_ERROR = 400

        private val network = Dispatchers.IO.limitedParallelism(PARALLEL, "writemagic-network")

        /**
         * A connection as the platform has it. Plain http, which goes to near addresses alone, takes no proxy: it would
         * show the texts to it.
         */
        public fun direct(url: URL): HttpURLConnection {
            val connection = if (url.protocol == "http") url.openConnection(Proxy.NO_PROXY) else url.openConnection()
            return connection as? HttpURLConnection ?: throw MalformedURLException("not of the web")
        }

        private fun kindOf(failed: Exception): NetworkError {
            val causes = generateSequence<Throwable>(failed) { it.cause }.take(MOST_CAUSES)
            return causes.firstNotNullOfOrNull(::kindOfCause) ?: NetworkError.CONNECTION
        }

        private fun kindOfCause(cause: Throwable): NetworkError? =
            when (cause) {
                is UnknownHostException, is NoRouteToHostException -> {
                    NetworkError.OFFLINE
                }

                is SSLPeerUnverifiedException, is CertificateException, is CertPathValidatorException -> {
                    NetworkError.CERTIFICATE
                }

                // The system's words, as no type tells it from others.
                is SocketException -> {
                    if ("unreachable" in cause.message.orEmpty()) NetworkError.OFFLINE else null
                }

                else -> {
                    null
                }
            }

        private const val MOST_CAUSES = 16
    }
}
