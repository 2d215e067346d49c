import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct TextTests {
        private let texts = [
            "", "a", "\u{0}", "a\u{0}b", "😀", "👩‍👩‍👧‍👦🏳️‍🌈", "e\u{301}", "é", "é ß 漢字 हिन्दी \u{FFFF}\u{FFFE}", "\u{FEFF}begins with a mark",
            "one\r\ntwo\rthree\n", String(repeating: "😀", count: 300), String(repeating: "x", count: 513),
        ]

        /// Equal as they are written: Swift takes texts for equal that look alike.
        private func same(_ one: String, _ other: String) -> Bool {
            Array(one.utf8) == Array(other.utf8)
        }

        @Test("a text goes in and out as it is")
        func roundTrip() async throws {
            try await withLibrary { library, _ in
                for text in texts {
                    let session = try await library.session()
                    try session.splice(at: 0, delete: 0, insert: text)
                    #expect(try same(session.text, text))
                    #expect(try session.textBytes == Data(text.utf8))
                    try await session.flush()
                    try session.splice(at: 0, delete: text.utf16.count, insert: Data(text.utf8))
                    #expect(try same(session.text, text))
                    try await session.close()
                    let title = text.isEmpty ? "none" : String(text.prefix(100))
                    let document = try await library.document(title, text)
                    #expect(try same(await library.text(of: document.id), text))
                    #expect(try same(await library.document(document.id).title, title))
                }
            }
        }

        @Test("ten megabytes go in and out as they are")
        func long() async throws {
            let text = String(repeating: "It was a dark and stormy night 😀; ", count: 10 * 1024 * 1024 / 38)
            try await withSession { session, library in
                try session.splice(at: 0, delete: 0, insert: text)
                #expect(try same(session.text, text))
                try await session.flush()
                try session.splice(at: 0, delete: text.utf16.count, insert: Data(text.utf8))
                #expect(try session.textBytes == Data(text.utf8))
                let document = try await library.document("Long", text)
                #expect(try same(await library.text(of: document.id), text))
            }
        }

        @Test("bytes that are not UTF-8 are refused with their offset")
        func notUTF8() async throws {
            try await withSession("unchanged") { session, _ in
                let failure = try await failure { try session.splice(at: 0, delete: 0, insert: Data([0x61, 0x62, 0xFF])) }
                #expect(failure.code == .notUtf8 && failure.details["offset"] == .number(2))
                #expect(try session.text == "unchanged")
            }
        }

        @Test("a half of a surrogate pair that Objective-C lets through is no half any more")
        func bridged() async throws {
            try await withSession { session, _ in
                let units: [unichar] = [0x61, 0xD83D, 0x62]
                let half = NSString(characters: units, length: units.count) as String
                try session.splice(at: 0, delete: 0, insert: half)
                #expect(try session.text == "a\u{FFFD}b")
            }
        }

        @Test("offsets are UTF-16 units, a pair is not cut, and what is past the end moves there")
        func offsets() async throws {
            try await withSession("a😀b") { session, _ in
                try session.splice(at: 2, delete: 0, insert: "|")
                #expect(try session.text == "a|😀b")
                try session.splice(at: 1000, delete: .max, insert: "!")
                #expect(try session.text == "a|😀b!")
                let text = try session.text
                guard let face = text.range(of: "😀") else { throw WriteMagicError.fault("it is gone") }
                try session.replace(TextRange(face, in: text), with: "e\u{301}")
                #expect(try same(session.text, "a|e\u{301}b!"))
                for (at, delete) in [(-1, 0), (0, -1), (.min, .min)] {
                    let failure = try await failure { try session.splice(at: at, delete: delete, insert: "") }
                    #expect(failure.code == .invalidArgument)
                }
            }
        }
    }
}
