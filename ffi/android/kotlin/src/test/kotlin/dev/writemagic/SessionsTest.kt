package dev.writemagic

import app.cash.turbine.test
import kotlinx.coroutines.runBlocking
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue

class SessionsTest : Fixture() {
    @Test
    fun `counts keep up with what is typed`() =
        runBlocking {
            session("It rained.").use { session ->
                assertEquals(listOf(2L, 1L, 10L), session.stats.run { listOf(words, sentences, utf16Units) })
                session.splice(10, 0, " Then it snowed 😀.\n")
                val stats = session.stats
                assertEquals(listOf(5L, 2L, 1L, 1L), stats.run { listOf(words, sentences, lines, paragraphs) })
                assertEquals(Text.stats(session.text), stats)
                session.splice(0, 1_000_000, "")
                assertEquals(0 to "", session.stats.bytes.toInt() to session.text)
                assertTrue(session.events > 30)
            }
        }

    @Test
    fun `tickets count up, and what was flushed is durable`() =
        runBlocking {
            val rain = library.document("Rain")
            library.edit(rain.id).use { session ->
                assertEquals(rain.id, session.document)
                assertEquals(Ticket(0), session.durable)
                val tickets = List(10) { session.splice(it.toLong(), 0, "$it") }
                assertEquals(tickets.sorted(), tickets)
                assertEquals(tickets.last(), session.flush())
                assertEquals(tickets.last(), session.durable)
                assertTrue(tickets.first() < session.flush(Durability.STRICT))
                assertEquals("0123456789", session.text)
            }
        }

    @Test
    fun `changes tell of patches, counts and what was moved into the text`() =
        runBlocking {
            session("😀").use { session ->
                session.changes.test {
                    val first = session.splice(1, 0, "a")
                    session.splice(100, 5, "b")
                    session.flush()
                    val seen = mutableListOf<Change>()
                    while (seen.none { it.durable >= session.durable && it.durable > first }) seen += awaitItem()
                    assertEquals(listOf(Patch(0, 0, "a"), Patch(3, 0, "b")), seen.flatMap { it.patches })
                    assertEquals(listOf(Clamp(first, 0, 0), Clamp(Ticket(2), 3, 0)), seen.flatMap { it.clamped })
                    assertEquals(first, seen.firstNotNullOf { it.tickets }.first)
                    assertEquals(4, seen.last().counts.utf16Units)
                    assertFalse(seen.any { it.reread || it.merged })
                    session.close()
                    var last = awaitEvent()
                    while (last is app.cash.turbine.Event.Item) last = awaitEvent()
                    assertEquals(app.cash.turbine.Event.Complete, last)
                }
            }
        }

    @Test
    fun `a subscription ends with its session`() =
        runBlocking {
            val session = session()
            session.rawSubscribe(0).use { subscription ->
                assertFalse(subscription.isFinished)
                session.close()
                while (!subscription.isFinished) subscription.rawNextChange()
                assertTrue(subscription.isFinished)
            }
        }

    @Test
    fun `undo and redo give the patches for the view`() =
        runBlocking {
            session("It rained.").use { session ->
                session.splice(9, 0, " hard")
                session.flush()
                assertEquals(listOf(Patch(9, 5, "")), session.undo())
                assertEquals("It rained.", session.text)
                assertEquals(listOf(Patch(9, 0, " hard")), session.redo())
                assertEquals("It rained hard.", session.text)
                // The newest group that touched this place.
                val patches = session.undoAt(10)
                assertEquals(listOf(Patch(9, 5, "")), patches)
                assertEquals("It rained.", session.text)
                val none = assertFailsWith<WriteMagicException.NotPossible> { while (true) session.undo() }
                assertEquals(ErrorCode.NOTHING_TO_UNDO, none.code)
            }
        }

    @Test
    fun `every place that is found can be replaced`() =
        runBlocking {
            val rain = library.document("Rain", "Café, cafe, CAFÉ and caféteria 😀 café")
            library.edit(rain.id).use { session ->
                val found = session.find("cafe")
                assertEquals(5, found.size)
                assertTrue(found.all { session.text.substring(it.utf16).startsWith("caf", ignoreCase = true) })
                val exact = FindOptions(matchCase = true, matchDiacritics = true, wholeWord = true)
                val place = session.find("café", exact).single()
                assertEquals(TextRange(34, 38), place.utf16)
                assertEquals(TextRange(39, 44), place.bytes)
                // From the last to the first, so that no offset moves before its turn.
                for (match in session.find("cafe", FindOptions(wholeWord = true)).reversed()) {
                    session.splice(match.utf16.start.toLong(), match.utf16.length.toLong(), "tea")
                }
                assertEquals("tea, tea, tea and caféteria 😀 tea", session.text)
                session.flush()
                assertEquals(1, library.find(rain.id, "CAFETERIA").size)
                assertEquals(0, library.find(rain.id, "CAFETERIA", FindOptions(matchCase = true)).size)
                val empty = assertFailsWith<WriteMagicException.InvalidInput> { session.find("") }
                assertEquals(ErrorCode.INVALID_ARGUMENT, empty.code)
            }
        }

    @Test
    fun `two editors of one document are one session`() =
        runBlocking {
            val rain = library.document("Rain", "It rained.")
            val (one, other) = library.edit(rain.id) to library.edit(rain.id)
            one.splice(0, 0, "Late. ")
            assertEquals("Late. It rained.", other.text)
            one.close()
            val closed = assertFailsWith<WriteMagicException.SessionFailed> { other.splice(0, 0, "x") }
            assertEquals(ErrorCode.SESSION_CLOSED, closed.code)
            other.close()
            other.close()
            assertFailsWith<WriteMagicException.InvalidObject> { other.stats }
            assertEquals("Late. It rained.", library.text(rain.id))
        }
}
