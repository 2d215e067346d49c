package dev.writemagic

import kotlinx.coroutines.runBlocking
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Instant

class DocumentsTest : Fixture() {
    private suspend inline fun failsAs(
        code: ErrorCode,
        crossinline call: suspend () -> Unit,
    ) = assertEquals(code, assertFailsWith<WriteMagicException> { call() }.code)

    @Test
    fun `a document is what it was made as`() =
        runBlocking {
            val made = Instant.fromEpochMilliseconds(1_000)
            val new =
                NewDocument(
                    "Rain",
                    kind = DocumentKind.TEXT,
                    folder = "Book/One",
                    language = "en",
                    text = "It rained 😀.",
                    byteOrderMark = true,
                    created = made,
                    origin = Origin(OriginKind.DEVICE, "desk"),
                )
            val rain = library.createDocument(new)
            assertEquals(listOf("Rain", "Book/One", "en"), listOf(rain.title, rain.folder, rain.language))
            assertEquals(
                listOf<Any>(DocumentKind.TEXT, true, false),
                listOf(rain.kind, rain.byteOrderMark, rain.trashed),
            )
            assertEquals(made to made, rain.created to rain.modified)
            assertEquals(13 to 2L, rain.stats.utf16Units.toInt() to rain.stats.words)
            assertEquals(rain, library.document(rain.id))
            assertEquals(rain, library.findDocument("Rain"))
            assertEquals(rain, library.findDocument(rain.id.toString()))
            assertEquals(rain.id, DocumentId.of(rain.id.toString()))
            assertEquals("It rained 😀.", library.text(rain.id))
            assertContentEquals("It rained 😀.".toByteArray(), library.textBytes(rain.id))
            assertEquals("desk", library.blame(rain.id).single().author)
            library.document("Rain")
            failsAs(ErrorCode.AMBIGUOUS_DOCUMENT) { library.findDocument("Rain") }
            failsAs(ErrorCode.INVALID_LANGUAGE_TAG) { library.createDocument(NewDocument("x", language = "no tag")) }
            failsAs(ErrorCode.INVALID_FOLDER_NAME) { library.createDocument(NewDocument("x", folder = "a//b")) }
            val long = assertFailsWith<WriteMagicException.InvalidInput> { library.document("x".repeat(1025)) }
            assertEquals(listOf<Any?>(ErrorCode.LIMIT_EXCEEDED, 1024L), listOf(long.code, long.details["limit"]))
        }

    @Test
    fun `a listing comes page by page, the newest change first`() =
        runBlocking {
            val ids = List(5) { library.createDocument(NewDocument("$it", folder = if (it < 2) "Book/One" else "")).id }
            val seen = mutableListOf<DocumentId>()
            var after: DocumentCursor? = null
            do {
                val page = library.documents(after = after, limit = 2)
                assertEquals(5, page.total)
                assertTrue(page.documents.size <= 2)
                seen += page.documents.map { it.id }
                after = page.next?.let { DocumentCursor(it.toString()) }
            } while (after != null)
            assertEquals(ids.toSet(), seen.toSet())
            assertEquals(5, seen.size)
            assertEquals(2, library.documents(DocumentFilter(folder = "Book")).total)
            assertEquals(0, library.documents(DocumentFilter(folder = "None")).total)
            library.edit(ids[1]).use {
                it.splice(0, 0, "typed")
                it.flush()
            }
            assertEquals(
                ids[1],
                library
                    .documents()
                    .documents
                    .first()
                    .id,
            )
            failsAs(ErrorCode.INVALID_ARGUMENT) { library.documents(after = DocumentCursor("made up")) }
        }

    @Test
    fun `a document gets another title, folder, target and language`() =
        runBlocking {
            val rain = library.document("Rain", "It rained.")
            assertEquals("Storm 😀", library.rename(rain.id, "Storm 😀").title)
            assertEquals("Book/Two", library.moveDocument(rain.id, "Book/Two").folder)
            assertEquals("", library.moveDocument(rain.id, "").folder)
            assertEquals(Targets(words = 300), library.setTargets(rain.id, Targets(words = 300)).targets)
            assertEquals(Targets(), library.setTargets(rain.id).targets)
            assertEquals("de-AT", library.setLanguage(rain.id, "de-AT").language)
            assertNull(library.setLanguage(rain.id).language)
            assertEquals("Storm 😀", library.document(rain.id).title)
        }

    @Test
    fun `the trash gives back what it holds, and purging does not`() =
        runBlocking {
            val rain = library.createDocument(NewDocument("Rain", folder = "Book", text = "It rained."))
            assertTrue(library.trash(rain.id).trashed)
            assertEquals(0, library.documents().total)
            assertEquals(1, library.documents(DocumentFilter(trashed = true)).total)
            val back = library.untrash(rain.id)
            assertEquals(false to "Book", back.trashed to back.folder)
            failsAs(ErrorCode.CONFIRMATION_REQUIRED) { library.purge(rain.id) }
            assertEquals("It rained.", library.text(rain.id))
            assertEquals("Rain", library.purge(rain.id, confirmed = true).title)
            val gone = assertFailsWith<WriteMagicException.NotPossible> { library.text(rain.id) }
            assertEquals(ErrorCode.DOCUMENT_NOT_FOUND, gone.code)
        }

    @Test
    fun `folders nest, are ordered by hand, and go when they are empty`() =
        runBlocking {
            suspend fun paths() = library.folders().map { it.path }
            val notes = library.createFolder("Book/Notes")
            assertEquals(listOf<Any>("Notes", 2, 0L), listOf(notes.name, notes.depth, notes.documents))
            library.createFolder("Book/One")
            library.createFolder("Book/Two")
            assertEquals(notes.id, library.renameFolder("Book/Notes", "Ideas").id)
            library.orderFolder("Book/Two", FolderPosition.First)
            assertEquals(listOf("Book", "Book/Two", "Book/Ideas", "Book/One"), paths())
            library.orderFolder("Book/Two", FolderPosition.After("One"))
            library.orderFolder("Book/Ideas", FolderPosition.Before("Two"))
            assertEquals(listOf("Book", "Book/One", "Book/Ideas", "Book/Two"), paths())
            library.orderFolder("Book/One", FolderPosition.Last)
            assertEquals(listOf("Book", "Book/Ideas", "Book/Two", "Book/One"), paths())
            assertEquals("Ideas", library.moveFolder("Book/Ideas", "").path)
            assertEquals("Book/Two/Ideas", library.moveFolder("Ideas", "Book/Two").path)
            failsAs(ErrorCode.FOLDER_CYCLE) { library.moveFolder("Book", "Book/Two") }
            failsAs(ErrorCode.FOLDER_EXISTS) { library.createFolder("Book/One") }
            failsAs(ErrorCode.FOLDER_NOT_EMPTY) { library.deleteFolder("Book/Two") }
            library.deleteFolder("Book/Two/Ideas")
            library.deleteFolder("Book/Two")
            assertEquals(listOf("Book", "Book/One"), paths())
            failsAs(ErrorCode.FOLDER_NOT_FOUND) { library.deleteFolder("Book/Two") }
        }

    @Test
    fun `an editor elsewhere is told of patches, and a document without one has them at once`() =
        runBlocking {
            val rain = library.document("Rain", "It rained.")
            val patches = listOf(Patch(0, 2, "All night it"), Patch(9, 0, " hard"))
            val origin = Origin(OriginKind.AI, "model-1")
            assertEquals(Applied.DURABLE, library.applyPatches(rain.id, patches, origin))
            assertEquals("All night it rained hard.", library.text(rain.id))
            val authors = library.blame(rain.id).map { it.kind to it.author }
            val (model, person) = (OriginKind.AI to "model-1") to (OriginKind.PERSON to "person")
            assertEquals(listOf(model, person, model, person), authors)
            failsAs(ErrorCode.INVALID_ARGUMENT) { library.applyPatches(rain.id, patches.reversed(), origin) }
            library.edit(rain.id).use { session ->
                assertEquals(Applied.PENDING, library.applyPatches(rain.id, listOf(Patch(0, 10, "")), origin))
                assertEquals(1, session.pending)
                assertEquals("All night it rained hard.", session.text)
                assertEquals(listOf(Patch(0, 10, "")), session.rebase())
                assertEquals("it rained hard." to 0L, session.text to session.pending)
            }
            assertEquals("it rained hard.", library.text(rain.id))
        }

    @Test
    fun `what a library says of itself`() =
        runBlocking {
            library.document("Rain", "It rained.")
            library.trash(library.document("Snow").id)
            library.createFolder("Book")
            val statistics = library.statistics()
            assertEquals(listOf(1L, 1L, 1L), listOf(statistics.documents, statistics.trashed, statistics.folders))
            assertEquals(10, statistics.textBytes)
            assertTrue(statistics.diskBytes > 0 && statistics.events >= 10)
            assertTrue(library.path.endsWith("library") && library.formatVersion > 0)
            assertFalse(library.isReadOnly)
            val pipeline = library.pipeline
            assertEquals(0 to 0L, pipeline.sessions.toInt() to pipeline.backlogRefused)
            assertTrue(pipeline.backlogLimitBytes > 0 && pipeline.pool.limitBytes > 0)
            assertTrue(WriteMagic.sqliteVersion.startsWith("3."), WriteMagic.sqliteVersion)
            assertNotNull(WriteMagic.census()["library"])
            assertEquals(library.id, WriteMagic.open(library.path, OpenOptions(readOnly = true)).use { it.id })
        }
}
