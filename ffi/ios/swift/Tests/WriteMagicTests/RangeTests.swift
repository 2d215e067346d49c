import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct RangeTests {
        private let texts = [
            "", "plain", "e\u{301}tude", "👩‍👩‍👧‍👦🏳️‍🌈", "a\r\nb", "\u{0}😀\u{0}", "हिन्दी नमस्ते", "한글 각", "🇺🇳🇺🇳🇺", "e\u{301}\u{302}\u{303}x",
        ]

        @Test("a part of a string is the same part in UTF-16 units and back, at every character")
        func characters() {
            for text in texts {
                var indices = Array(text.indices)
                indices.append(text.endIndex)
                for (n, lower) in indices.enumerated() {
                    for upper in indices[n...] {
                        let range = TextRange(lower..<upper, in: text)
                        #expect(range.length == text[lower..<upper].utf16.count)
                        #expect(range.range(in: text) == lower..<upper)
                        #expect(text[range].map(String.init) == String(text[lower..<upper]))
                        #expect(range.nsRange == NSRange(lower..<upper, in: text))
                        #expect(TextRange(range.nsRange) == range)
                        #expect(range.widened(toCharactersIn: text) == range)
                    }
                }
            }
        }

        @Test("every range of units is exact, or nil where it cuts a surrogate pair")
        func units() {
            for text in texts {
                let units = Array(text.utf16)
                for start in 0...units.count {
                    for end in start...units.count {
                        let cuts = [start, end].contains { $0 > 0 && $0 < units.count && UTF16.isTrailSurrogate(units[$0]) }
                        let part = text[TextRange(start: start, end: end)]
                        #expect(part.map { Array($0.utf16) } == (cuts ? nil : Array(units[start..<end])), "\(text) \(start) \(end)")
                    }
                }
            }
        }

        @Test("a range grows to whole characters, and no further")
        func widening() {
            for text in texts {
                let count = text.utf16.count
                let boundaries = [0] + text.indices.map { TextRange(text.startIndex..<text.index(after: $0), in: text).end }
                for start in 0...count {
                    for end in start...count {
                        let lower = boundaries.last { $0 <= start }
                        let upper = boundaries.first { $0 >= end }
                        let wide = TextRange(start: start, end: end).widened(toCharactersIn: text)
                        #expect(wide == TextRange(start: lower ?? -1, end: upper ?? -1), "\(text) \(start) \(end)")
                    }
                }
            }
        }

        @Test("a range outside of the text is nil, whatever its numbers")
        func outside() {
            for (start, end) in [(-1, 0), (0, 4), (4, 4), (2, 1), (Int.min, Int.max), (Int.max, Int.max)] {
                let range = TextRange(start: start, end: end)
                #expect(range.range(in: "abc") == nil && range.widened(toCharactersIn: "abc") == nil, "\(range)")
            }
            #expect(TextRange(NSRange(location: NSNotFound, length: 0)).range(in: "abc") == nil)
            _ = TextRange(NSRange(location: Int.max, length: Int.max))
        }
    }
}
