package dev.writemagic

import kotlinx.coroutines.flow.last
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.BeforeEach
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNull
import kotlin.test.assertTrue

class BibleTest : Fixture() {
    private lateinit var documents: List<DocumentId>
    private lateinit var ana: BibleEntry
    private val one get() = documents[0]
    private val two get() = documents[1]

    @BeforeEach
    fun write() {
        runBlocking {
            val texts = listOf("😀 Ana went to the mill. Anna saw her.", "It was late. Ana slept.")
            documents = texts.map { library.document("Chapter", it).id }
            ana = library.addBibleEntry(NewBibleEntry(EntryKind.Person, "Ana", notes = "A miller's daughter."))
        }
    }

    @Test
    fun `an entry is found by its names and changed in part`() =
        runBlocking {
            assertEquals(
                listOf<Any>("Ana", EntryKind.Person, BibleVisibility.WHEN_MENTIONED),
                ana.run {
                    listOf(name, kind, visibility)
                },
            )
            assertEquals(ana, library.bibleEntry(ana.id))
            val aliased = library.addBibleAlias(ana.id, Alias("Anna", inflected = true))
            assertEquals(listOf(Alias("Anna", true)), aliased.aliases)
            assertEquals(aliased, library.findBibleEntry("anna"))
            val change = BibleEntryChange(kind = EntryKind.Other("ghost"), visibility = BibleVisibility.NEVER)
            val changed = library.setBibleEntry(ana.id, change)
            assertEquals(EntryKind.Other("ghost") to "A miller's daughter.", changed.kind to changed.notes)
            assertEquals(listOf(changed), library.bibleEntries(EntryKind.Other("ghost")))
            assertEquals(emptyList(), library.bibleEntries(EntryKind.Person))
            assertEquals(listOf(changed), library.bibleEntries())
            assertEquals(emptyList(), library.removeBibleAlias(ana.id, "Anna").aliases)
            library.addBibleEntry(NewBibleEntry(EntryKind.Place, "Ana"))
            val two = assertFailsWith<WriteMagicException.NotPossible> { library.findBibleEntry("Ana") }
            assertEquals(ErrorCode.AMBIGUOUS_BIBLE_ENTRY, two.code)
            val last = library.bibleEntry(ana.id)
            assertEquals(last, library.removeBibleEntry(ana.id))
            val gone = assertFailsWith<WriteMagicException.NotPossible> { library.bibleEntry(ana.id) }
            assertEquals(ErrorCode.BIBLE_ENTRY_NOT_FOUND, gone.code)
        }

    @Test
    fun `a fact holds from its place on, and the place follows the text`() =
        runBlocking {
            val new = NewBibleFact("She is ill.", from = FactPlace(two, 13))
            val fact = library.addBibleFact(ana.id, new)
            assertEquals(FactBound.Place(two, 13) to false, fact.from to fact.lostItsPlace)
            assertNull(fact.until)
            assertEquals(listOf(fact), library.bibleFacts(ana.id))
            val everywhere = library.addBibleFact(ana.id, NewBibleFact("She is tall.", until = FactPlace(two)))
            assertEquals(FactBound.Document(two), everywhere.until)

            suspend fun at(
                document: DocumentId,
                at: Long,
            ) = library.factsAt(ana.id, document, at).map { it.text }.toSet()
            assertEquals(setOf("She is tall."), at(one, 0))
            assertEquals(setOf(), at(two, 12))
            assertEquals(setOf("She is ill."), at(two, 13))
            library.applyPatches(two, listOf(Patch(0, 0, "Much later. ")), Origin(OriginKind.PERSON))
            assertEquals(setOf<String>() to setOf("She is ill."), at(two, 13) to at(two, 25))
            assertEquals(ana.id, library.removeBibleFact(everywhere.id))
            library.purge(two, confirmed = true)
            assertEquals(true to FactBound.Gone, library.bibleFacts(ana.id).single().run { lostItsPlace to from })
        }

    @Test
    fun `mentions are found in every document and beside a place`() =
        runBlocking {
            library.addBibleAlias(ana.id, Alias("Anna"))
            val page = library.mentions(ana.id)
            assertEquals(3L to 2L, page.total to page.documents)
            assertEquals(listOf("Ana", "Anna", "Ana"), page.mentions.map { it.name })
            for (mention in page.mentions) {
                assertEquals(mention.name, library.text(mention.document).substring(mention.range))
                assertEquals(listOf(ana.id), mention.entries)
            }
            assertEquals(1, library.mentions(ana.id, limit = 1).mentions.size)
            assertEquals(page.mentions.take(2), library.mentionsIn(one))
            val near = library.entriesNear(one, TextRange(0, 10)).single()
            assertEquals(ana.id to listOf(TextRange(3, 6)), near.entry.id to near.ranges)
            assertEquals(emptyList(), library.entriesNear(two, TextRange(0, 10)))
            assertEquals(listOf(TextRange(7, 10)), library.entriesNamed("Who is ANA?", "en").single().ranges)
        }

    @Test
    fun `a renaming is shown first, is one step, and is taken back as one`() =
        runBlocking {
            val previewed = library.previewBibleRename(ana.id, "Ida")
            val preview = previewed.await()
            assertEquals(listOf(2L, 0L, 0L), preview.run { listOf(replaced, left, shared) })
            assertEquals(
                RenameChange(TextRange(3, 6), "Ana", "Ida", false),
                preview.documents
                    .first()
                    .changes
                    .single(),
            )
            assertEquals(previewed.progress.last().total, previewed.progress.last().done)
            assertEquals("It was late. Ana slept.", library.text(two))
            val renamed = library.renameBibleEntry(ana.id, "Ida", leave = listOf(two)).await()
            assertTrue(renamed.isComplete && !renamed.undone)
            assertEquals(listOf("Ana", "Ida"), listOf(renamed.old, renamed.new))
            assertEquals(RenameOfDocument(one, RenameState.DONE), renamed.documents.single())
            assertEquals("😀 Ida went to the mill. Anna saw her.", library.text(one))
            assertEquals("It was late. Ana slept.", library.text(two))
            assertEquals(renamed, library.bibleRename(renamed.id))
            assertEquals(renamed, library.finishBibleRename(renamed.id).await())
            val back = library.undoBibleRename(renamed.id).await()
            assertTrue(back.undone && back.documents.all { it.state == RenameState.TAKEN_BACK })
            assertEquals("😀 Ana went to the mill. Anna saw her.", library.text(one))
            assertEquals("Ana", library.bibleEntry(ana.id).name)
            assertEquals(listOf(back), library.bibleRenames(ana.id))
            assertEquals(1, library.bibleRenames().size)
        }

    @Test
    fun `a renaming waits for an open editor, which takes it in`() =
        runBlocking {
            library.edit(two).use { session ->
                val renamed = library.renameBibleEntry(ana.id, "Ida").await()
                assertEquals(RenameState.WAITING, renamed.documents.single { it.document == two }.state)
                assertEquals("It was late. Ana slept.", session.text)
                assertEquals(listOf(Patch(13, 3, "Ida")), session.rebase())
                session.flush()
                assertTrue(library.bibleRename(renamed.id).isComplete)
                library.renameBibleEntry(ana.id, "Eva").await()
                val late =
                    assertFailsWith<WriteMagicException.NotPossible> { library.undoBibleRename(renamed.id).await() }
                assertEquals(ErrorCode.BIBLE_RENAME_SUPERSEDED, late.code)
            }
        }
}
