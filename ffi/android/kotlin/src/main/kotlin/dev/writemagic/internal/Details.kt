package dev.writemagic.internal

/**
 * The details of a failure: one JSON object, whose values are whole numbers and texts. The platform's own reader is
 * Android's alone.
 */
internal class Details private constructor(
    private val json: String,
) {
    private var at = 0

    private fun read(): Map<String, Any> {
        val details = LinkedHashMap<String, Any>()
        expect('{')
        if (peek() == '}') return details
        do {
            val name = text()
            expect(':')
            details[name] = if (peek() == '"') text() else number()
        } while (next() == ',')
        return details
    }

    private fun peek(): Char = json[at]

    private fun next(): Char = json[at++]

    private fun expect(char: Char) {
        require(next() == char)
    }

    private fun number(): Long {
        val start = at
        while (peek() == '-' || peek().isDigit()) at++
        // What is beyond a signed number is as much as there is.
        return json.substring(start, at).toLongOrNull() ?: Long.MAX_VALUE
    }

    private fun text(): String {
        expect('"')
        val text = StringBuilder()
        while (true) {
            when (val char = next()) {
                '"' -> return text.toString()
                '\\' -> text.append(escaped())
                else -> text.append(char)
            }
        }
    }

    private fun escaped(): Char =
        when (val char = next()) {
            'n' -> {
                '\n'
            }

            't' -> {
                '\t'
            }

            'r' -> {
                '\r'
            }

            'b' -> {
                '\b'
            }

            'f' -> {
                '\u000C'
            }

            'u' -> {
                json
                    .substring(at, at + HEX)
                    .toInt(HEX * HEX)
                    .toChar()
                    .also { at += HEX }
            }

            else -> {
                char
            }
        }

    companion object {
        /** Digits of an escaped unit. */
        private const val HEX = 4

        /** Names and values, a `Long` or a `String`, in the engine's order; none where they cannot be read. */
        fun of(json: String): Map<String, Any> = runCatching { Details(json).read() }.getOrDefault(emptyMap())
    }
}
