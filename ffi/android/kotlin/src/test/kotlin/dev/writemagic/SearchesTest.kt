package dev.writemagic

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.DelicateCoroutinesApi
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.consumeAsFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.newSingleThreadContext
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import java.io.File
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds

class SearchesTest : Fixture() {
    private suspend fun rain(documents: Int = 1) = repeat(documents) { library.document("$it", "It rained.") }

    /** Letters, counted; a text that says so holds the model up until it is let go on. */
    private class Slow : Embedder {
        val asked = Channel<Unit>(Channel.UNLIMITED)
        val go = CountDownLatch(1)

        override fun describe() = EmbedderDescription("letters", "1", 32, isQuick = true)

        override fun embed(texts: List<String>): List<FloatArray> {
            if ("slow" in texts) {
                asked.trySend(Unit)
                check(go.await(60, TimeUnit.SECONDS))
            }
            return texts.map { text -> FloatArray(32) { n -> text.count { it == 'a' + n }.toFloat() } }
        }
    }

    private suspend fun Embedder.library(work: suspend (Library) -> Unit) {
        val options = OpenOptions(create = true, embedding = Embedding.App(this))
        WriteMagic.open(File(folder, "meaning").path, options).use { library ->
            library.document("One", "cab cab abc")
            library.indexMeaning().await()
            work(library)
        }
    }

    @Test
    fun `each question has its answer, in their order, and an empty one none of the engine's`() =
        runBlocking {
            rain(3)
            val answered = Channel<Unit>(Channel.RENDEZVOUS)
            val queries = listOf("rained", "snowed", "", "it rained", " \n", "rain*")
            val questions =
                flow {
                    for (query in queries) {
                        emit(SearchRequest(query))
                        answered.receive()
                    }
                }
            val searches = library.searches(questions)
            // Cold, and asked anew by each collector.
            repeat(2) {
                val totals = mutableListOf<Long>()
                searches.collect {
                    totals += it.total
                    answered.send(Unit)
                }
                assertEquals(listOf(3L, 0, 0, 3, 0, 3), totals)
            }
            assertEquals(emptyList(), library.searches(flowOf()).toList())
            library.close()
            assertEquals(0, library.searches(flowOf(SearchRequest(" "))).first().total)
        }

    @Test
    fun `a newer question cancels the search of the older one`() =
        runBlocking {
            val model = Slow()
            model.library { library ->
                val questions = Channel<PassageRequest>()
                val begun = Channel<Operation<PassagePage>>(Channel.UNLIMITED)
                val pages =
                    async(Dispatchers.Default) {
                        answers(questions.consumeAsFlow()) { question ->
                            library.cancellablePassageSearch(question).also { begun.send(it) }.await()
                        }.toList()
                    }
                questions.send(PassageRequest("slow"))
                model.asked.receive()
                val slow = begun.receive()
                questions.send(PassageRequest("in hand"))
                withTimeout(60.seconds) { slow.progress.first { it.cancelled } }
                // While the model keeps the engine from stopping nobody who types is held up, and the newest question waits.
                for (query in listOf("dropped", "bac")) questions.send(PassageRequest(query))
                model.go.countDown()
                questions.close()
                val page = withTimeout(60.seconds) { pages.await() }.last()
                assertEquals(1.0, page.hits.single().similarity, 0.1)
                assertFailsWith<WriteMagicException.Cancelled> { slow.await() }
                begun.receive()
                assertEquals(page, begun.receive().await())
                assertTrue(begun.tryReceive().isFailure)
            }
        }

    @Test
    fun `of many questions at once the last is answered, and the engine is done with all`() =
        runBlocking {
            rain(50)
            repeat(20) {
                val questions = List(50) { SearchRequest("rained", limit = it + 1L) }
                val pages = library.searches(questions.asFlow()).toList()
                assertTrue(pages.size <= 50 && pages.last().hits.size == 50, "${pages.map { it.hits.size }}")
                assertEquals(pages.map { it.hits.size }.sorted(), pages.map { it.hits.size })
            }
            assertEquals(0, living("work"))
        }

    @Test
    fun `a slow collector takes the newest answer next, and at last the last one`() =
        runBlocking {
            rain(30)
            val typed = Channel<SearchRequest>()
            val first = CompletableDeferred<Unit>()
            val go = CompletableDeferred<Unit>()
            val sizes = mutableListOf<Int>()
            val collecting =
                launch(Dispatchers.Default) {
                    library.searches(typed.consumeAsFlow()).collect { page ->
                        sizes += page.hits.size
                        first.complete(Unit)
                        go.await()
                    }
                }
            typed.send(SearchRequest("rained", limit = 1))
            first.await()
            for (limit in 2L..30) typed.send(SearchRequest("rained", limit = limit))
            typed.close()
            go.complete(Unit)
            withTimeout(60.seconds) { collecting.join() }
            assertEquals(1 to 30, sizes.first() to sizes.last())
            // Of all that came while the collector was busy: one is being answered, one is in hand, one waits.
            assertTrue(sizes.size <= 4, "$sizes")
        }

    @Test
    fun `the end of the collection ends the search, and is waited for`() =
        runBlocking {
            val model = Slow()
            model.library { library ->
                val asked = flowOf(PassageRequest("slow"))
                val collecting = launch(Dispatchers.Default) { library.passageSearches(asked).collect() }
                model.asked.receive()
                collecting.cancel()
                assertEquals(1, living("work"))
                assertTrue(!collecting.isCompleted)
                model.go.countDown()
                withTimeout(60.seconds) { collecting.cancelAndJoin() }
                assertEquals(0, living("work"))
                // Who has seen enough leaves, and nothing is left.
                val one = library.passageSearches(MutableStateFlow(PassageRequest("bac"))).first()
                assertEquals(1, one.hits.size)
                assertEquals(0, living("work"))
            }
        }

    @Test
    fun `an error ends the flow as what it is, and the flow can be collected again`() =
        runBlocking {
            rain()
            val long = SearchRequest("rained ".repeat(10_000))
            val searches = library.searches(flowOf(SearchRequest("rained"), long).onEach { yieldUntilDone() })
            repeat(2) {
                val failed = assertFailsWith<WriteMagicException.InvalidInput> { searches.collect() }
                assertEquals(ErrorCode.LIMIT_EXCEEDED, failed.code)
            }
            val passages = library.passageSearches(flowOf(PassageRequest("rained ".repeat(10_000))))
            assertFailsWith<WriteMagicException.InvalidInput> { passages.collect() }
            val own = library.searches(flow { error("of the app's") })
            assertEquals("of the app's", assertFailsWith<IllegalStateException> { own.collect() }.message)
            library.close()
            assertFailsWith<WriteMagicException.InvalidObject> { searches.collect() }
            assertEquals(0, living("work"))
        }

    private suspend fun yieldUntilDone() {
        while (living("work") > 0) yield()
    }

    @OptIn(ExperimentalCoroutinesApi::class, DelicateCoroutinesApi::class)
    @Test
    fun `the collector and the questions keep their threads`() =
        runBlocking {
            rain()
            newSingleThreadContext("main").use { main ->
                newSingleThreadContext("typing").use { typing ->
                    val threads = mutableSetOf<String>()
                    val name = { Thread.currentThread().name.substringBefore(" @") }
                    val asked = flowOf("rained", "it").map { SearchRequest(it).also { threads += name() } }
                    withContext(main) {
                        library.searches(asked).collect { threads += name() }
                        assertEquals(setOf("main"), threads)
                        threads.clear()
                        library.searches(asked).flowOn(typing).collect { threads += "collected on ${name()}" }
                    }
                    assertEquals(setOf("typing", "collected on main"), threads)
                }
            }
        }

    @Test
    fun `searches run under the virtual time of a test`() =
        runTest {
            rain()
            assertEquals(1, library.searches(flowOf(SearchRequest("rained"))).first().total)
        }
}
