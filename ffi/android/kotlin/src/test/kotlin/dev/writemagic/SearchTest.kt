package dev.writemagic

import kotlinx.coroutines.runBlocking
import java.io.File
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue

class SearchTest : Fixture() {
    private suspend fun opened(embedding: Embedding): Library =
        WriteMagic.open(File(folder, "meaning").path, OpenOptions(create = true, embedding = embedding))

    private suspend fun Library.novel(): DocumentId {
        document("Budget", "The annual budget was agreed without debate.")
        val new =
            NewDocument("Night", folder = "Book", text = "It was a dark and stormy night; the rain fell in torrents.")
        return createDocument(new).id
    }

    @Test
    fun `words, phrases, starts of words and what must not be there`() =
        runBlocking {
            val night = library.novel()
            for (query in listOf(
                "rain",
                "STORMY night",
                "\"dark and stormy\"",
                "torr*",
                "night -budget",
                "in:Book rain",
            )) {
                val page = library.search(SearchRequest(query))
                assertEquals(1L to listOf(night), page.total to page.hits.map { it.document }, query)
            }
            val hit = library.search(SearchRequest("torrents")).hits.single()
            assertEquals("Night" to listOf("torrents"), hit.title to hit.ranges.map { hit.snippet.substring(it) })
            for (query in listOf("\"stormy and dark\"", "night -rain", "in:Other rain", "\"\"\"*-", "")) {
                assertEquals(0, library.search(SearchRequest(query)).total, query)
            }
            assertEquals(1, library.search(SearchRequest("rain", folder = "Book")).total)
            assertEquals(0, library.search(SearchRequest("budget", folder = "Book")).total)
            repeat(30) { library.document("$it", "rain") }
            val page = library.search(SearchRequest("rain", limit = 3))
            assertEquals(3 to 31L, page.hits.size to page.total)
            assertEquals(page, library.cancellableSearch(SearchRequest("rain", limit = 3)).await())
            assertTrue(page.hits.zipWithNext().all { (one, next) -> one.score >= next.score })
        }

    @Test
    fun `meaning finds what shares no word with the question`() =
        runBlocking {
            opened(Embedding.Table).use { library ->
                val night = library.novel()
                library.indexMeaning().await()
                for (mode in PassageMode.entries) {
                    val page = library.searchPassages(PassageRequest("thunder and bad weather", mode))
                    assertTrue(page.byMeaning && page.isComplete)
                    assertEquals(2, page.passages)
                    val hit = page.hits.first()
                    assertEquals(night to "Night", hit.document to hit.title)
                    assertTrue(hit.similarity > 0 && hit.words.isEmpty())
                    assertEquals(library.text(night).substring(hit.range), hit.text)
                    assertEquals(library.version(night), hit.version)
                }
                val hybrid = library.searchPassages(PassageRequest("the rain", document = night)).hits.single()
                assertEquals(listOf("rain"), hybrid.ranges.map { hybrid.text.substring(it) }.filter { it != "the" })
                assertEquals(emptyList(), library.searchPassages(PassageRequest("rain", folder = "None")).hits)
            }
            // Without a model words decide.
            library.novel()
            val page = library.searchPassages(PassageRequest("Where did the rain fall?"))
            assertFalse(page.byMeaning)
            assertEquals("Night", page.hits.first().title)
        }

    /** Letters, counted: texts of the same letters are alike. */
    private open class Letters : Embedder {
        val asked = AtomicInteger()

        override fun describe() = EmbedderDescription("letters", "1", 32, isQuick = true)

        override fun embed(texts: List<String>): List<FloatArray> {
            asked.addAndGet(texts.size)
            return texts.map { text -> FloatArray(32) { n -> text.count { it == 'a' + n }.toFloat() } }
        }
    }

    @Test
    fun `a model of the app is asked for vectors`() =
        runBlocking {
            val letters = Letters()
            opened(Embedding.App(letters)).use { library ->
                val cab = library.document("One", "cab cab abc").id
                library.document("Two", "zzz xyz zyx")
                library.indexMeaning().await()
                assertTrue(letters.asked.get() >= 2)
                val page = library.searchPassages(PassageRequest("bac", PassageMode.MEANING))
                assertTrue(page.byMeaning)
                assertEquals(cab, page.hits.first().document)
                assertEquals(1.0, page.hits.first().similarity, 0.1)
            }
        }

    @Test
    fun `a model of the app that throws is an error of the search alone`() =
        runBlocking {
            val failing =
                object : Letters() {
                    override fun embed(texts: List<String>): List<FloatArray> = error("secret")
                }
            opened(Embedding.App(failing)).use { library ->
                library.document("One", "abc")
                val failed = assertFailsWith<WriteMagicException.NotPossible> { library.indexMeaning().await() }
                assertEquals(ErrorCode.EMBEDDING_FAILED, failed.code)
                assertFalse("secret" in failed.toString() + failed.details)
                assertEquals(1, library.search(SearchRequest("abc")).total)
            }
            val silent =
                object : Letters() {
                    override fun describe() = throw UnsupportedOperationException()
                }
            val refused = assertFailsWith<WriteMagicException> { opened(Embedding.App(silent)) }
            assertEquals(ErrorCode.EMBEDDING_FAILED, refused.code)
            val none = assertFailsWith<WriteMagicException> { opened(Embedding.File(File(folder, "none").path)) }
            assertTrue(
                none.code in listOf(ErrorCode.EMBEDDING_TABLE_INVALID, ErrorCode.IO, ErrorCode.PATH_NOT_FOUND),
                "${none.code}",
            )
        }

    @Test
    fun `context is what a model should know besides what it is shown`() =
        runBlocking {
            library.novel()
            val night = library.document("Storm", "Ana watched it from the window.").id
            val ana = library.addBibleEntry(NewBibleEntry(EntryKind.Person, "Ana", notes = "Afraid of storms."))
            library.addBibleEntry(
                NewBibleEntry(EntryKind.Term, "Torrent", notes = "A river.", visibility = BibleVisibility.ALWAYS),
            )
            library.remember(NewMemory("debate", text = "Nobody spoke in the budget debate."))
            val request = ContextRequest(night, TextRange(0, 10), "What did Ana say in the budget debate?")
            val pieces = library.context(request)
            val entry = pieces.single { it.origin == ContextOrigin.BibleEntry(ana.id) }
            assertTrue(entry.reason is ContextReason.Mentioned && "Afraid of storms." in entry.text, "$entry")
            assertEquals(ContextReason.Always, pieces.single { it.title == "Torrent" }.reason)
            assertTrue(pieces.any { it.origin == ContextOrigin.Memory("debate") })
            val budget = pieces.single { it.title == "Budget" }
            val passage = budget.origin as ContextOrigin.Passage
            assertEquals(library.text(passage.document).substring(passage.range), budget.text)
            assertTrue((budget.reason as ContextReason.Found).score > 0)
            assertFalse(library.context(request.copy(only = night)).any { it.title == "Budget" })
        }
}
