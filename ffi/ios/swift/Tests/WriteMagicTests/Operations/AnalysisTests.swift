import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    /// Texts without a library.
    @Suite struct AnalysisTests {
        private let text = "Ana 😀 wept. Rain!"

        @Test("counts, segments and places are those of the text")
        func counts() async throws {
            let stats = try TextAnalysis.stats(of: text)
            #expect((stats.words, stats.sentences, stats.utf16Units, stats.graphemes, stats.bytes) == (3, 2, 18, 17, 20))
            #expect(stats.graphemes == text.count && stats.utf16Units == text.utf16.count && stats.readingSeconds == 1)
            let version = try TextAnalysis.unicodeVersion
            #expect(version.range(of: #"^\d+\.\d+\.\d+$"#, options: .regularExpression) != nil, "\(version)")
            let words = try TextAnalysis.segments(of: text, by: .word)
            #expect(words.filter(\.isWord).map { text[$0.range] } == ["Ana", "wept", "Rain"])
            let sentences = try TextAnalysis.segments(of: text, by: .sentence)
            #expect(sentences.map { text[$0.range] } == ["Ana 😀 wept. ", "Rain!"])
            #expect(try TextAnalysis.segments(of: text, by: .grapheme).count == 17)
            let places = try TextAnalysis.find(in: text, pattern: "RAIN")
            #expect(places == [Match(bytes: TextRange(start: 15, end: 19), utf16: TextRange(start: 13, end: 17))])
            #expect(text[places[0].utf16] == "Rain")
            #expect(try TextAnalysis.find(in: text, pattern: "RAIN", options: FindOptions(matchCase: true)).isEmpty)
            #expect(try await failure { try TextAnalysis.find(in: text, pattern: "") }.code == .invalidArgument)
        }

        @Test("a difference is told by words and by lines")
        func difference() throws {
            let (old, new) = ("It was 😀 night.\n", "It was 😀 a dark night.\n")
            let hunks = try TextAnalysis.diff(from: old, to: new, by: .words)
            #expect(hunks.map(\.kind) == [.inserted] && hunks.map { new[$0.newUTF16] } == ["a dark "])
            #expect(try TextAnalysis.diff(from: "a\n", to: "b\n", by: .lines).map(\.kind) == [.replaced])
            #expect(try TextAnalysis.diff(from: text, to: text, by: .lines).isEmpty)
            let (before, after) = ("One.\nTwo.\nA line that moves about.\n", "A line that moves about.\nOne.\nTwo.\n")
            #expect(try TextAnalysis.diff(from: before, to: after, by: .lines).contains { $0.moved != nil })
        }

        @Test("a text tells its language")
        func language() throws {
            let english = try TextAnalysis.detectLanguage(of: "It was the best of times, it was the worst of times.")
            #expect(english == DetectedLanguage(script: "Latn", language: "en"))
            #expect(try TextAnalysis.detectLanguage(of: "吾輩は猫である。名前はまだ無い。")?.script == "Jpan")
            #expect(try TextAnalysis.detectLanguage(of: "1234") == nil)
            #expect(try (4...10).contains(TextAnalysis.tokens(in: text)))
        }

        @Test("proof finds what a writer may want to look at")
        func proof() throws {
            #expect(try Proof.language(ofTag: "en-GB") == .english)
            #expect(try Proof.language(ofTag: "nb") == .other)
            let wrong = "She walked to the the window , and waited  there."
            let proof = try Proof(language: .english)
            let found = try proof.findings(in: wrong)
            #expect(found.map(\.rule) == [.doubledWord, .spaceBeforePunctuation, .doubledSpace])
            var mended = wrong
            for finding in found.reversed() {
                let place = try #require(finding.range.range(in: mended))
                mended.replaceSubrange(place, with: try #require(finding.suggestion))
            }
            #expect(mended == "She walked to the window, and waited there.")
            #expect(try Proof(language: .english, rules: [.doubledSpace]).findings(in: wrong).count == 1)
            let long = try Proof(language: .english, rules: [.longSentence], longSentence: 5)
            #expect(try long.findings(in: "One two three four five six seven.").map(\.rule) == [.longSentence])
        }

        @Test("a paragraph is proved by what the whole text does")
        func paragraph() async throws {
            let straight = String(repeating: "\"Yes,\" she said. \"No,\" he said. ", count: 5) + "\n"
            let curly = "“Perhaps,” they said.\n"
            let proof = try Proof(language: .english, rules: [.mixedQuotes])
            let profile = try proof.profile(of: straight + curly)
            #expect(try proof.findings(inParagraph: curly, profile: profile).count == 2)
            #expect(try proof.findings(inParagraph: straight, profile: profile).isEmpty)
            let first = try proof.profile(ofParagraph: straight)
            try profile.subtract(first)
            #expect(try proof.findings(inParagraph: curly, profile: profile).isEmpty)
            try profile.add(first)
            try profile.add(profile)
            #expect(try proof.findings(inParagraph: curly, profile: profile).count == 2)
            try first.close()
            let closed = try await failure { try proof.findings(inParagraph: curly, profile: first) }
            #expect(closed.code == .handleClosed && closed.category == .invalidObject)
            try proof.close()
            #expect(try await failure { try proof.findings(in: text) }.code == .handleClosed)
        }
    }
}
