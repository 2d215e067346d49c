package dev.writemagic.internal

import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicLong

/** Who waits for news of the engine, by the number that was passed to it. */
internal object Wakes {
    private val last = AtomicLong()
    private val waiting = ConcurrentHashMap<Long, () -> Unit>()

    /**
     * A token for which [wake] is called, on the engine's thread for news, which it must not hold up. It is held until
     * [forget]: it must not reach an object whose loss is to be noticed.
     */
    fun register(wake: () -> Unit): Long {
        val token = last.incrementAndGet()
        waiting[token] = wake
        return token
    }

    /** Nobody waits for this token any more. */
    fun forget(token: Long) {
        waiting.remove(token)
    }

    /** Tells who waits. News for nobody comes late, and is none. */
    fun wake(token: Long) {
        waiting[token]?.invoke()
    }

    /** How many wait. */
    val count: Int
        get() = waiting.size
}
