package dev.writemagic

import dev.writemagic.internal.Calls
import dev.writemagic.internal.Leaks
import dev.writemagic.internal.Native
import dev.writemagic.internal.Wakes
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/**
 * A run of a model: what was asked, and what is said to it. From any thread.
 *
 * What came is kept in the library. Who does not listen slows the model down; who [closes][close] it cancels the run.
 */
public class RunHandle internal constructor(
    handle: Long,
) : RunHandleOperations(Calls(handle)),
    AutoCloseable {
    private val watch = Leaks.watch(this, "run handle") { Native.closeObject(OBJECT, handle) }

    /**
     * What the run says, from where the last collector stopped, up to its [end][RunNews.End], which is the last. For one
     * collector at a time. If that is cancelled the run is, too: its end is kept, and can be gone on with.
     */
    public val events: Flow<RunNews> =
        flow {
            val news = Channel<Unit>(Channel.CONFLATED)
            val token = Wakes.register { news.trySend(Unit) }
            var ended = false
            try {
                while (!ended) {
                    val next = rawNextEvent(token)
                    if (next == null) {
                        if (isEnded) break
                        news.receive()
                    } else {
                        ended = next is RunNews.End
                        emit(next)
                    }
                }
            } finally {
                Wakes.forget(token)
                if (!ended) stop()
            }
        }

    private fun stop() {
        try {
            cancel()
        } catch (_: WriteMagicException.InvalidObject) {
            // It was closed meanwhile.
        }
    }

    /**
     * Gives the run up: it is cancelled, if it has not ended; what came is kept. Closing again does nothing; later calls
     * throw.
     */
    override fun close() {
        watch.forget()
        Native.closeObject(OBJECT, calls.handle)
    }
}

/**
 * Asks models: the first of [terms] that can be asked now, and those behind it where it fails.
 *
 * @throws WriteMagicException.AssistantFailed where a run cannot begin.
 */
public suspend fun Runs.start(
    request: ModelRequest,
    terms: RunTerms,
): RunHandle = calls.opened { rawStart(request, terms) }

/**
 * Goes on with a run that broke off, from what it had said.
 *
 * @throws WriteMagicException.AssistantFailed where it cannot be gone on with.
 */
public suspend fun Runs.goOn(
    run: RunId,
    terms: RunTerms,
): RunHandle = calls.opened { rawGoOn(run, terms) }
