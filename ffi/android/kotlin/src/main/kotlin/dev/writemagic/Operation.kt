package dev.writemagic

import dev.writemagic.internal.Leaks
import dev.writemagic.internal.Native
import dev.writemagic.internal.Reader
import dev.writemagic.internal.Wakes
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import kotlin.time.Duration.Companion.milliseconds

/**
 * How far an [Operation] is.
 *
 * @property done units that are done; the operation's documentation names the unit.
 * @property total units expected in all; 0 while unknown, and it may grow.
 * @property cancelled whether somebody asked the operation to stop.
 */
public data class Progress(
    public val done: Long,
    public val total: Long,
    public val cancelled: Boolean,
)

/**
 * Long work that goes on by itself, on a thread of the engine's. Wait for it, watch it, or [cancel] it; from any thread.
 *
 * Nothing needs to be closed. Work that is lost, with nobody to wait for it, is cancelled.
 */
public class Operation<T> internal constructor(
    private val dispatcher: CoroutineDispatcher,
    private val result: Reader.() -> T,
    start: (token: Long) -> Long,
) {
    private val ended = CompletableDeferred<Unit>()
    private val work: Long
    private val watch: Leaks.Watch

    init {
        // Nothing here may reach this object, or it would never be lost.
        val ended = ended
        val token = Wakes.register { ended.complete(Unit) }
        val work =
            try {
                start(token)
            } catch (failed: WriteMagicException) {
                Wakes.forget(token)
                throw failed
            }
        ended.invokeOnCompletion { Wakes.forget(token) }
        watch = Leaks.watch(this, null) { Native.closeWork(work) }
        this.work = work
    }

    @Volatile
    private var last = Progress(0, 0, false)

    /** What came of it, once it has ended; taken once. */
    private val outcome: Result<T> by lazy {
        runCatching {
            last = now()
            val bytes = checkNotNull(Native.takeResult(work)) { "work has ended without a result" }
            Reader.read(bytes, result)
        }.also { if (watch.forget()) Native.closeWork(work) }
    }

    private fun now(): Progress {
        val (done, total, cancelled) = Native.progress(work)
        return Progress(done, total, cancelled != 0L)
    }

    /**
     * Waits for the end and gives the result, each time it is called.
     *
     * If the caller is cancelled meanwhile, the work is, too, and its end is waited for: nothing of it goes on behind
     * the caller's back. It has then either finished or left nothing half done.
     *
     * @throws WriteMagicException.Cancelled where the work was [cancelled][cancel] before its end.
     * @throws WriteMagicException for what the operation's documentation says.
     */
    public suspend fun await(): T {
        val came =
            try {
                ended.await()
                withContext(dispatcher) { outcome }
            } catch (cancelled: CancellationException) {
                // Where it had just ended, too: the work is closed here, and not when it is collected.
                cancel()
                withContext(NonCancellable) { ended.await() }
                withContext(NonCancellable + dispatcher) { outcome }
                throw cancelled
            }
        return came.getOrThrow()
    }

    /** How far the work is, now and whenever that has changed, at most ten times a second; ends with the work. */
    public val progress: Flow<Progress> =
        flow {
            while (!ended.isCompleted) {
                emit(current())
                withTimeoutOrNull(LOOK) { ended.await() }
            }
            withContext(dispatcher) { outcome }
            emit(last)
        }.distinctUntilChanged()

    /** Once the result is taken the work is closed, and its last numbers are those that were kept. */
    private fun current(): Progress =
        try {
            now()
        } catch (_: WriteMagicException.InvalidObject) {
            last
        }

    /** Asks the work to stop at its next safe point. Returns at once; what it has finished stays. */
    public fun cancel() {
        try {
            Native.cancel(work)
        } catch (_: WriteMagicException.InvalidObject) {
            // It has ended.
        }
    }

    private companion object {
        val LOOK = 100.milliseconds
    }
}
