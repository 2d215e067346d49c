import Foundation
import Testing

import WriteMagic

extension Everything {
    @Suite struct ReadmeTests {
        @Test("the example of the front page works")
        func example() async throws {
            try await withFolder { folder in
                let library = try await WriteMagic.open(at: folder.appendingPathComponent("library"), options: OpenOptions(create: true))
                let draft = NewDocument(title: "Chapter 1", folder: "Novel/Draft", text: "It was a dark night.")
                let chapter = try await library.createDocument(draft)

                // An editor reports each change in UTF-16 units. `splice` never waits for the disk: it is for the main thread.
                let editor = try await library.edit(chapter.id)
                try editor.splice(at: 9, delete: 0, insert: "very ")
                let words = try editor.stats.words
                precondition(words == 6)
                try await editor.flush() // from here on a kill loses nothing
                try await editor.close() // search has the text from here on

                let found = try await library.search(SearchRequest(query: "\"very dark\" -day", limit: 10))
                precondition(found.hits.first?.document == chapter.id)

                // Long work says how far it is, and ends when the task that waits for it is cancelled.
                let copy = try library.backUp(to: folder.appendingPathComponent("library.copy"))
                for await progress in copy.progress { print("\(progress.done) of \(progress.total) pages") }
                let bytes = try await copy.value
                precondition(bytes > 0)
                try await library.close()
            }
        }

        @Test("the sample app's journey ends where it should")
        func sample() async throws {
            // A link to the app's own source is among these.
            let text = try await withFolder { folder in try await journey(in: folder) }
            #expect(text == "It was a very 😀 dark night.")
        }

        @Test("the front page has this example")
        func verbatim() throws {
            let here = URL(fileURLWithPath: #filePath)
            let front = try String(contentsOf: here.appendingPathComponent("../../../../../../README.md").standardized, encoding: .utf8)
            let behind = try #require(front.components(separatedBy: "```swift\n").dropFirst().first)
            let example = try #require(behind.components(separatedBy: "```").first)
            let source = try String(contentsOf: here, encoding: .utf8)
            let lines = Set(source.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
            let missing = example.components(separatedBy: "\n").filter { !lines.contains($0.trimmingCharacters(in: .whitespaces)) }
            #expect(example.count > 500 && missing.isEmpty, "\(missing)")
        }
    }
}
