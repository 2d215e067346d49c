package dev.writemagic.internal

import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicLong

/** Objects of the app that the engine asks: its keys, its network, its models. Each stands behind a number. */
internal object AppObjects {
    /** Answers the questions about one object, by their numbers. */
    fun interface Answering {
        fun answer(
            question: Int,
            request: ByteArray,
        ): ByteArray
    }

    private val last = AtomicLong()
    private val objects = ConcurrentHashMap<Long, Answering>()

    /** The number of an object that the engine may ask from now on, until it [releases][release] it. */
    fun add(answering: Answering): Long {
        val number = last.incrementAndGet()
        objects[number] = answering
        return number
    }

    fun ask(
        number: Long,
        question: Int,
        request: ByteArray,
    ): ByteArray {
        val answering = checkNotNull(objects[number]) { "the engine asked an object that it had released" }
        return answering.answer(question, request)
    }

    fun release(number: Long) {
        objects.remove(number)
    }

    /** How many the engine has not released. */
    val count: Int
        get() = objects.size
}
