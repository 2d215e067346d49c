package dev.writemagic

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

class TextTest {
    private val text = "Ana 😀 wept. Rain!"

    @Test
    fun `counts, segments and places are those of the text`() {
        val stats = Text.stats(text)
        assertEquals(
            listOf(3L, 2L, 18L, 17L, 20L),
            stats.run { listOf(words, sentences, utf16Units, graphemes, bytes) },
        )
        assertEquals(1, stats.readingSeconds)
        assertTrue(Regex("""\d+\.\d+\.\d+""").matches(Text.unicodeVersion), Text.unicodeVersion)
        val words = Text.segments(text, SegmentUnit.WORD)
        assertEquals(listOf("Ana", "wept", "Rain"), words.filter { it.isWord }.map { text.substring(it.range) })
        assertEquals(
            listOf("Ana 😀 wept. ", "Rain!"),
            Text.segments(text, SegmentUnit.SENTENCE).map {
                text.substring(it.range)
            },
        )
        assertEquals(17, Text.segments(text, SegmentUnit.GRAPHEME).size)
        val match = Text.find(text, "RAIN").single()
        assertEquals(TextRange(13, 17) to "Rain", match.utf16 to text.substring(match.utf16))
        assertEquals(TextRange(15, 19), match.bytes)
        assertEquals(listOf(13, 17, 4), match.utf16.run { listOf(start, end, length) })
        assertEquals("13..<17", match.utf16.toString())
        assertEquals(emptyList(), Text.find(text, "RAIN", FindOptions(matchCase = true)))
        assertEquals(ErrorCode.INVALID_ARGUMENT, assertFailsWith<WriteMagicException> { Text.find(text, "") }.code)
    }

    @Test
    fun `a difference is told by words and by lines`() {
        val hunk = Text.diff("It was 😀 night.\n", "It was 😀 a dark night.\n", DiffBy.WORDS).single()
        assertEquals(DiffHunkKind.INSERTED, hunk.kind)
        assertEquals("a dark ", "It was 😀 a dark night.\n".substring(hunk.newUtf16))
        assertEquals(DiffHunkKind.REPLACED, Text.diff("a\n", "b\n", DiffBy.LINES).single().kind)
        assertEquals(emptyList(), Text.diff(text, text, DiffBy.LINES))
        val moved =
            Text.diff(
                "One.\nTwo.\nA line that moves about.\n",
                "A line that moves about.\nOne.\nTwo.\n",
                DiffBy.LINES,
            )
        assertTrue(moved.any { it.moved != null }, "$moved")
    }

    @Test
    fun `a text tells its language`() {
        val english = assertNotNull(Text.detect("It was the best of times, it was the worst of times."))
        assertEquals(DetectedLanguage("Latn", "en"), english)
        assertEquals("Jpan", Text.detect("吾輩は猫である。名前はまだ無い。")?.script)
        assertNull(Text.detect("1234"))
        assertTrue(Text.tokens(text) in 4..10)
    }

    @Test
    fun `proof finds what a writer may want to look at`() {
        assertEquals(ProofLanguage.ENGLISH, Proof.languageOfTag("en-GB"))
        assertEquals(ProofLanguage.OTHER, Proof.languageOfTag("nb"))
        val wrong = "She walked to the the window , and waited  there."
        Proof.new(ProofLanguage.ENGLISH).use { proof ->
            val found = proof.text(wrong)
            val rules = listOf(ProofRule.DOUBLED_WORD, ProofRule.SPACE_BEFORE_PUNCTUATION, ProofRule.DOUBLED_SPACE)
            assertEquals(rules, found.map { it.rule })
            var mended = wrong
            for (finding in found.reversed()) {
                mended = mended.replaceRange(finding.range.start, finding.range.end, assertNotNull(finding.suggestion))
            }
            assertEquals("She walked to the window, and waited there.", mended)
        }
        Proof.new(ProofLanguage.ENGLISH, listOf(ProofRule.DOUBLED_SPACE)).use { assertEquals(1, it.text(wrong).size) }
        Proof.new(ProofLanguage.ENGLISH, listOf(ProofRule.LONG_SENTENCE), longSentence = 5).use { proof ->
            assertEquals(
                listOf(ProofRule.LONG_SENTENCE),
                proof.text("One two three four five six seven.").map { it.rule },
            )
        }
    }

    @Test
    fun `a paragraph is proved by what the whole text does`() {
        val straight = "\"Yes,\" she said. \"No,\" he said. ".repeat(5) + "\n"
        val curly = "“Perhaps,” they said.\n"
        Proof.new(ProofLanguage.ENGLISH, listOf(ProofRule.MIXED_QUOTES)).use { proof ->
            proof.profile(straight + curly).use { whole ->
                assertEquals(2, proof.paragraph(curly, whole).size)
                assertEquals(emptyList(), proof.paragraph(straight, whole))
                proof.profileOfParagraph(straight).use { first ->
                    whole.subtract(first)
                    assertEquals(emptyList(), proof.paragraph(curly, whole))
                    whole.add(first)
                    whole.add(whole)
                    assertEquals(2, proof.paragraph(curly, whole).size)
                }
            }
            val closed = proof.profile("").also { it.close() }
            val failure = assertFailsWith<WriteMagicException.InvalidObject> { proof.paragraph(curly, closed) }
            assertEquals(ErrorCode.HANDLE_CLOSED, failure.code)
        }
    }
}
