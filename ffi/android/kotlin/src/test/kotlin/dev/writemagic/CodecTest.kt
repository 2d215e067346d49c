package dev.writemagic

import dev.writemagic.internal.Details
import dev.writemagic.internal.Reader
import dev.writemagic.internal.Writer
import dev.writemagic.internal.change
import java.util.UUID
import kotlin.random.Random
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant

class CodecTest {
    @Test
    fun `values have the layout that the engine reads`() {
        fun hex(write: Writer.() -> Unit) = Writer.written(write).joinToString("") { "%02x".format(it) }
        assertEquals("01", hex { bool(true) })
        assertEquals("04030201", hex { u32(0x01020304) })
        assertEquals("0807060504030201", hex { u64(0x0102030405060708) })
        assertEquals("ffffffffffffffff", hex { i64(-1) })
        assertEquals("000000000000f03f", hex { f64(1.0) })
        assertEquals("07000000c3a9f09f988061", hex { text("é😀a") })
        assertEquals("020000000001", hex { bytes(byteArrayOf(0, 1)) })
        assertEquals(
            "00112233445566778899aabbccddeeff",
            hex { uuid(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff")) },
        )
        assertEquals("e803000000000000", hex { timestamp(Instant.fromEpochSeconds(1)) })
        assertEquals("e803000000000000", hex { duration(1.seconds) })
        assertEquals("00", hex { option(null as String?) { text(it) } })
        assertEquals("010100000061", hex { option("a") { text(it) } })
        assertEquals("020000000100", hex { list(listOf(true, false)) { bool(it) } })
    }

    @Test
    fun `what is written is read`() {
        val random = Random(7)
        repeat(2000) {
            val text = String(CharArray(random.nextInt(100)) { random.nextInt(0xD800).toChar() }) + "😀"
            val bytes = random.nextBytes(random.nextInt(100))
            val numbers = List(random.nextInt(20)) { random.nextLong() }
            val id = UUID(random.nextLong(), random.nextLong())
            val at = Instant.fromEpochMilliseconds(random.nextLong(-1_000_000_000_000, 10_000_000_000_000))
            val written =
                Writer.written {
                    text(text)
                    bytes(bytes)
                    list(numbers) { i64(it) }
                    uuid(id)
                    timestamp(at)
                    option(text) { text(it) }
                    f64(numbers.size / 3.0)
                }
            Reader.read(written) {
                assertEquals(text, text())
                assertContentEquals(bytes, bytes())
                assertEquals(numbers, list { i64() })
                assertEquals(id, uuid())
                assertEquals(at, timestamp())
                assertEquals(text, option { text() })
                assertEquals(numbers.size / 3.0, f64())
            }
        }
    }

    @Test
    fun `bytes that are no answer are an error, whatever they are`() {
        val random = Random(8)
        repeat(20_000) {
            val bytes = random.nextBytes(random.nextInt(60))
            val reads =
                listOf<Reader.() -> Any?>(
                    { text() },
                    { list { text() } },
                    { option { uuid() } },
                    { change() },
                    { u64() },
                )
            for (read in reads) {
                val read = runCatching { Reader.read(bytes) { read() } }.exceptionOrNull()
                assertEquals(true, read == null || read is WriteMagicException.EngineFault, "$read")
            }
        }
    }

    @Test
    fun `numbers below zero are refused where there are none`() {
        assertFailsWith<WriteMagicException.InvalidInput> { Writer.written { u32(-1) } }
        assertFailsWith<WriteMagicException.InvalidInput> { Writer.written { u64(-1) } }
    }

    @Test
    fun `details are read, and what is none gives none`() {
        assertEquals(emptyMap(), Details.of("{}"))
        assertEquals(
            mapOf("what" to "a \"b\" \u000A\u00e9", "limit" to 5L, "least" to Long.MIN_VALUE, "most" to Long.MAX_VALUE),
            Details.of(
                """{"what":"a \"b\" \n\u00e9","limit":5,"least":-9223372036854775808,"most":18446744073709551615}""",
            ),
        )
        for (broken in listOf("", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":\"\\u00")) {
            assertEquals(emptyMap(), Details.of(broken))
        }
    }

    @Test
    fun `ids are spelled as they are read`() {
        val text = "01890a5d-ac96-774b-bcce-b302099a8057"
        val ids =
            listOf(
                AnchorId.of(text),
                BibleEntryId.of(text),
                BibleFactId.of(text),
                BibleRenameId.of(text),
                BranchId.of(text),
                DocumentId.of(text),
                FolderId.of(text),
                LibraryId.of(text),
                ProposalId.of(text),
                RunId.of(text),
            )
        assertEquals(setOf(text), ids.map { it.toString() }.toSet())
        assertEquals(ids.size, ids.toSet().size)
        assertFailsWith<IllegalArgumentException> { DocumentId.of("none") }
        assertEquals(ErrorCode.PANIC to null, ErrorCode.of(709) to ErrorCode.of(1))
    }

    @Test
    fun `what is printed for developers has no text of the writer's and no key`() {
        val request = ModelRequest("secret", listOf(Message(Role.USER, "secret")), 500, 0.5, listOf("secret"))
        val printed =
            listOf(
                request,
                HttpRequest("https://secret", "secret".toByteArray(), listOf(HttpHeader("authorization", "secret"))),
                RunNews.Event(RunEvent.Text("secret")),
                RunOutcome(RunEnd.Cancelled, "secret", Usage(7), null, 0),
                ContextPiece(ContextOrigin.Memory("key"), ContextReason.Always, "secret", "secret"),
                ContextRequest(null, TextRange(0, 1), "secret"),
                ProposalHunk(TextRange(0, 1), "secret", "secret", HunkState.PENDING),
                PresentText(VersionId("root"), "secret", false),
                NewBibleEntry(EntryKind.Other("secret"), "secret", aliases = listOf(Alias("secret")), notes = "secret"),
                RenameChange(TextRange(0, 1), "secret", "secret", true),
                QuotedSource.Memory("secret"),
                ProofFinding(ProofRule.DOUBLED_WORD, TextRange(0, 1), "secret"),
            ).map { it.toString() }
        assertEquals(emptyList(), printed.filter { "secret" in it })
        assertEquals("ModelRequest(messages=[Message(role=USER)], maxOutputTokens=500, temperature=0.5)", printed[0])
        assertEquals("ProofFinding(rule=DOUBLED_WORD, range=0..<1)", printed.last())
    }
}
