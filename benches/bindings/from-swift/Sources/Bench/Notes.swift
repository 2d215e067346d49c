/// Texts that are the same on every machine, and the same as those of the benches in Kotlin.
enum Notes {
    /// A word that nearly every note has.
    static let word = "lantern"

    /// Bytes of UTF-8 of a document, but for its last sentence.
    private static let documentBytes = 100_000

    /// Words of a note.
    private static let noteWords = 150

    private static let words = """
    the of and to in that was his with she for her had at on not be this from by they said were which one \
    would all there an what when who been up out could into time now then only some other after did any \
    down where little came \(word) river window garden letter morning café naïve winter silence evening
    """.split(separator: " ").map(String.init)

    /// Prose, with the quotes and dashes that an editor sets.
    static func document() -> String {
        var random = JavaRandom(seed: 1)
        var text = ""
        while text.utf8.count < documentBytes { sentence(&text, &random) }
        return text
    }

    static func note(_ number: Int) -> String {
        var random = JavaRandom(seed: number)
        return (0 ..< noteWords).map { _ in words[random.next(below: words.count)] }.joined(separator: " ")
    }

    private static func sentence(_ text: inout String, _ random: inout JavaRandom) {
        let quoted = random.next(below: 4) == 0
        if quoted { text += "“" }
        for place in 0 ..< 6 + random.next(below: 12) {
            let word = words[random.next(below: words.count)]
            text += place == 0 ? word.prefix(1).uppercased() + word.dropFirst() : " " + word
        }
        text += quoted ? ".” " : ". "
    }
}

/// The numbers that `java.util.Random` gives, as its documentation defines them.
private struct JavaRandom {
    private var state: UInt64

    private static let mask: UInt64 = (1 << 48) - 1

    init(seed: Int) {
        state = (UInt64(bitPattern: Int64(seed)) ^ 0x5_DEEC_E66D) & Self.mask
    }

    private mutating func next(bits: UInt64) -> Int32 {
        state = (state &* 0x5_DEEC_E66D &+ 0xB) & Self.mask
        return Int32(truncatingIfNeeded: state >> (48 - bits))
    }

    mutating func next(below bound: Int) -> Int {
        let bound = Int32(bound)
        if bound & (bound - 1) == 0 { return Int(Int64(bound) * Int64(next(bits: 31)) >> 31) }
        while true {
            let bits = next(bits: 31)
            let value = bits % bound
            if bits &- value &+ (bound - 1) >= 0 { return Int(value) }
        }
    }
}
