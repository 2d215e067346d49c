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

        @Test("bytes that the engine lent are the app's own: to change, to cut, to pass on, and to keep when all else is closed")
        func lent() async throws {
            var kept: [(Data, Data)] = []
            for count in [0, 1, 14, 15, 4095, 4096, 4097, 100_000] {
                let text = String(repeating: "é", count: count / 2) + String(repeating: "e", count: count % 2)
                let bytes = try await withSession(text) { session, library in
                    let document = try #require(try await library.documents().documents.first)
                    #expect(try await library.textBytes(of: document.id) == Data(text.utf8))
                    return try session.textBytes
                }
                #expect(bytes.count == count && bytes.startIndex == 0)
                kept.append((bytes, Data(text.utf8)))
            }
            for (bytes, expected) in kept {
                var changed = bytes
                changed.append(contentsOf: [1, 2, 3])
                if !bytes.isEmpty { changed[0] = 0 }
                changed.removeLast(2)
                #expect(changed.count == expected.count + 1 && bytes == expected)
                let half = await Task.detached { bytes.dropFirst(bytes.count / 2) }.value
                #expect(Array(half) == Array(expected.dropFirst(expected.count / 2)))
                #expect(String(decoding: bytes, as: UTF8.self).utf8.count == expected.count)
            }
        }

        #if os(Linux)
        @Test("what was lent is given back, once")
        func givenBack() async throws {
            let text = String(repeating: "It rained. ", count: 100_000)
            try await withSession(text) { session, _ in
                let echo = AppObject { _, request, answer in try answer.bytes(try request.bytes()) }.numbered()
                let request = try Writer.writing { try $0.bytes(Data(text.utf8)) }.data
                func lend() throws {
                    #expect(try session.textBytes.count == text.utf8.count)
                    #expect(try Native.crashAsk(echo, 0, request)?.count == request.count)
                }
                for _ in 0..<20 { try lend() }
                let before = try residentKilobytes()
                // More than 200 MiB each way, were they kept.
                for _ in 0..<200 { try lend() }
                let grown = try residentKilobytes() - before
                #expect(grown < 32 * 1024, "\(grown) KiB more")
                try Native.crashRelease(echo)
            }
        }
        #endif

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
