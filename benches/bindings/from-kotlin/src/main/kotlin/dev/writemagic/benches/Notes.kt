package dev.writemagic.benches

import java.util.Random

/** Texts that are the same on every machine. */
object Notes {
    /** A word that nearly every note has. */
    const val WORD = "lantern"

    /** Bytes of UTF-8 of a document, but for its last sentence. */
    private const val DOCUMENT_BYTES = 100_000

    /** Words of a note. */
    private const val NOTE_WORDS = 150

    private val words =
        (
            "the of and to in that was his with she for her had at on not be this from by they said were which one " +
                "would all there an what when who been up out could into time now then only some other after did any " +
                "down where little came $WORD river window garden letter morning café naïve winter silence evening"
        ).split(' ')

    /** Prose, with the quotes and dashes that an editor sets. */
    @JvmStatic
    fun document(): String {
        val random = Random(1)
        val text = StringBuilder()
        var bytes = 0
        while (bytes < DOCUMENT_BYTES) {
            val start = text.length
            sentence(text, random)
            bytes += text.substring(start).encodeToByteArray().size
        }
        return text.toString()
    }

    @JvmStatic
    fun note(number: Int): String {
        val random = Random(number.toLong())
        return List(NOTE_WORDS) { words[random.nextInt(words.size)] }.joinToString(" ")
    }

    private fun sentence(
        text: StringBuilder,
        random: Random,
    ) {
        val quoted = random.nextInt(4) == 0
        if (quoted) text.append('“')
        repeat(6 + random.nextInt(12)) { place ->
            val word = words[random.nextInt(words.size)]
            text.append(if (place == 0) word.replaceFirstChar { it.uppercase() } else " $word")
        }
        text.append(if (quoted) ".” " else ". ")
    }
}
