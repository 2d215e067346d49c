package dev.writemagic

import dev.writemagic.internal.Native
import kotlinx.coroutines.runBlocking
import java.lang.reflect.InvocationTargetException
import java.nio.ByteBuffer
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

class StringsTest : Fixture() {
    private val texts =
        listOf(
            "",
            "a",
            "\u0000",
            "a\u0000b",
            "😀",
            "👩‍👩‍👧‍👦🏳️‍🌈",
            "é ß 漢字 हिन्दी \uFFFF\uFFFE",
            "😀".repeat(300),
            "x".repeat(511),
            "x".repeat(512),
            "x".repeat(513),
            "x".repeat(511) + "😀",
        )

    @Test
    fun `a text goes in and out as it is`() =
        runBlocking {
            for (text in texts) {
                session().use { session ->
                    session.splice(0, 0, text)
                    assertEquals(text, session.text)
                    assertContentEquals(text.toByteArray(), session.textBytes())
                    session.flush()
                    session.splice(0, text.length.toLong(), text.toByteArray())
                    assertEquals(text, session.text)
                }
                val document = library.document(text.ifEmpty { "none" }.take(100), text)
                assertEquals(text, library.text(document.id))
                assertContentEquals(text.toByteArray(), library.textBytes(document.id))
                assertEquals(text.ifEmpty { "none" }.take(100), library.document(document.id).title)
            }
        }

    @Test
    fun `ten megabytes go in and out as they are`() =
        runBlocking {
            val text = "It was a dark and stormy night 😀; ".repeat(10 * 1024 * 1024 / 38)
            session().use { session ->
                session.splice(0, 0, text)
                assertEquals(text, session.text)
                session.flush()
                val buffer = ByteBuffer.allocateDirect(20 shl 20)
                val length = session.textInto(buffer)
                assertEquals(buffer.position().toLong(), length)
                assertEquals(text.toByteArray().size.toLong(), length)
                buffer.flip()
                session.splice(0, text.length.toLong(), buffer)
                assertEquals(0, buffer.remaining())
                assertEquals(text, session.text)
            }
            val document = library.document("Long", text)
            assertEquals(text, library.text(document.id))
        }

    @Test
    fun `a lone surrogate is refused with its index, wherever it is`() =
        runBlocking {
            session("unchanged").use { session ->
                for (lone in listOf("\uD83D", "\uDE00")) {
                    for (length in listOf(1, 2, 3, 64, 511, 512, 513, 5000)) {
                        for (index in setOf(0, length / 2, length - 1)) {
                            val text = "é".repeat(index) + lone + "é".repeat(length - 1 - index)
                            val spliced =
                                assertFailsWith<WriteMagicException.LoneSurrogate> { session.splice(0, 0, text) }
                            assertEquals(index.toLong(), spliced.index)
                            val created =
                                assertFailsWith<WriteMagicException.LoneSurrogate> { library.document("a", text) }
                            assertEquals(index.toLong(), created.index)
                        }
                    }
                }
                // Two halves in the wrong order, and a pair behind a half.
                assertEquals(
                    0,
                    assertFailsWith<WriteMagicException.LoneSurrogate> { session.splice(0, 0, "\uDE00\uD83D") }.index,
                )
                assertEquals(
                    1,
                    assertFailsWith<WriteMagicException.LoneSurrogate> { session.splice(0, 0, "a\uD83D😀") }.index,
                )
                val path = assertFailsWith<WriteMagicException.LoneSurrogate> { WriteMagic.open("a\uD83D") }
                assertEquals(1, path.index)
                assertEquals("unchanged", session.text)
            }
        }

    @Test
    fun `bytes that are not UTF-8 are refused with their offset`() =
        runBlocking {
            session("unchanged").use { session ->
                val bytes = byteArrayOf(0x61, 0x62, 0xFF.toByte())
                val direct = ByteBuffer.allocateDirect(3).put(bytes).flip() as ByteBuffer
                for (splice in listOf({ session.splice(0, 0, bytes) }, { session.splice(0, 0, direct) })) {
                    val failure = assertFailsWith<WriteMagicException.InvalidInput> { splice() }
                    assertEquals(ErrorCode.NOT_UTF8 to 2L, failure.code to failure.details["offset"])
                }
                assertEquals("unchanged", session.text)
            }
        }

    @Test
    fun `null is a typed error`() {
        val none: Any? = null
        val arguments =
            mapOf<String, Array<Any?>>(
                "splice" to arrayOf(0L, 0L, 0L, none),
                "spliceBytes" to arrayOf(0L, 0L, 0L, none),
                "spliceBuffer" to arrayOf(0L, 0L, 0L, none, 0L, 0L),
                "textInto" to arrayOf(0L, none, 0L, 0L),
                "invoke" to arrayOf(0, 0L, none),
                "start" to arrayOf(16, 0L, none, 0L),
                "threw" to arrayOf(none),
                "crashArgument" to arrayOf(none),
            )
        for ((name, values) in arguments) {
            val method = Native::class.java.declaredMethods.single { it.name == name }
            val thrown = assertFailsWith<InvocationTargetException>(name) { method.invoke(null, *values) }
            val failure = thrown.targetException as WriteMagicException
            if (name == "textInto") {
                // Its handle is looked at first.
                assertEquals(ErrorCode.HANDLE_NULL, failure.code)
            } else {
                assertEquals(ErrorCode.INVALID_ARGUMENT to "null", failure.code to failure.details["reason"], name)
            }
        }
    }

    @Test
    fun `a buffer that is too small says what it takes and is left alone`() =
        runBlocking {
            session("Dear 😀").use { session ->
                val small = ByteBuffer.allocateDirect(8)
                assertEquals(9, session.textInto(small))
                assertEquals(0, small.position())
                assertEquals(0, small.get(0))
                val failure =
                    assertFailsWith<WriteMagicException.InvalidInput> { session.textInto(ByteBuffer.allocate(100)) }
                assertEquals("not_direct", failure.details["reason"])
                val part = ByteBuffer.allocateDirect(20).also { it.position(3) }
                assertEquals(9, session.textInto(part))
                assertEquals(12, part.position())
                val readable = ByteBuffer.wrap("more ".toByteArray())
                session.splice(0, 0, readable)
                assertEquals("more Dear 😀", session.text)
            }
        }

    @Test
    fun `a part outside of a buffer is refused`() =
        runBlocking {
            val document = library.document("Untitled")
            val session = library.edit(document.id)
            val handle = session.calls.handle
            val buffer = ByteBuffer.allocateDirect(10)
            val outside =
                listOf(-1L to 1L, 0L to -1L, 0L to 11L, 11L to 0L, 5L to 6L, Long.MAX_VALUE to Long.MAX_VALUE)
            for ((start, length) in outside) {
                assertFailsWith<WriteMagicException.InvalidInput> {
                    Native.spliceBuffer(handle, 0, 0, buffer, start, length)
                }
            }
            assertFailsWith<WriteMagicException.InvalidInput> { Native.spliceBuffer(handle, -1, 0, buffer, 0, 0) }
            assertFailsWith<WriteMagicException.InvalidInput> { Native.splice(handle, 0, -1, "") }
            Native.spliceBuffer(handle, 0, 0, buffer, 10, 0)
            session.close()
        }
}
