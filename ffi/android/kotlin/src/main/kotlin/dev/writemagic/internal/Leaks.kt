package dev.writemagic.internal

import java.lang.ref.PhantomReference
import java.lang.ref.ReferenceQueue
import java.util.concurrent.ConcurrentHashMap
import kotlin.concurrent.thread

/**
 * What the app has lost without closing it is closed here, and reported.
 *
 * One daemon thread waits for lost objects. `java.lang.ref.Cleaner`, which does the same, came with API 33.
 */
internal object Leaks {
    /** Told of each lost object: the type of the object. */
    @Volatile
    var listener: ((String) -> Unit)? = null

    private val queue = ReferenceQueue<Any>()
    private val watched: MutableSet<Watch> = ConcurrentHashMap.newKeySet()

    init {
        thread(isDaemon = true, name = "writemagic-leaks") {
            while (true) (queue.remove() as Watch).lost()
        }
    }

    /**
     * Closes what is behind a handle as soon as its [owner] is lost. [close] must not reach the owner. Without a [kind]
     * it is no fault to lose it, and nobody is told.
     */
    fun watch(
        owner: Any,
        kind: String?,
        close: () -> Unit,
    ): Watch = Watch(owner, kind, close).also { watched += it }

    /** One object that is looked after. */
    class Watch(
        owner: Any,
        private val kind: String?,
        private val close: () -> Unit,
    ) : PhantomReference<Any>(owner, queue) {
        /** The object was closed. False where that, or its loss, was known. */
        fun forget(): Boolean {
            clear()
            return watched.remove(this)
        }

        internal fun lost() {
            if (!forget()) return
            // Neither a handle that does not close nor a listener that throws may end this thread.
            runCatching(close)
            runCatching { kind?.let { listener?.invoke(it) } }.onFailure { Native.threw(it.javaClass.name) }
        }
    }
}
