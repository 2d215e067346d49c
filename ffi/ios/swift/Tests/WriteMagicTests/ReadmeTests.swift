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

        @Test("the example of the package's page works")
        func package() async throws {
            try await withFolder { folder in
                let library = try await WriteMagic.open(at: folder, options: OpenOptions(create: true))
                let lifecycle = LibraryLifecycle(of: library)

                let note = try await library.createDocument(NewDocument(title: "Étude", text: "Un e\u{301}tude 👩‍👩‍👧."))
                let editor = try await library.edit(note.id)

                // Ranges of strings and text views are exact, whatever a character is made of.
                let text = try editor.text
                if let family = text.range(of: "👩‍👩‍👧") {
                    try editor.replace(TextRange(family, in: text), with: "for two")
                }

                // An editor shows what others change: each loop has a stream of its own, and ends with its task or with the session.
                let watching = Task {
                    for try await change in editor.changes { print("\(change.patches.count) patches") }
                }

                do {
                    _ = try await library.findDocument(named: "Nocturne")
                } catch let error as WriteMagicError where error.code == .documentNotFound {
                    print(error.category) // notPossible
                }

                watching.cancel()
                try await editor.close()
                #expect(try await library.text(of: note.id) == "Un e\u{301}tude for two.")
                try await library.close()
                withExtendedLifetime(lifecycle) {}
            }
        }

        @Test("the front page and the package's page have these examples", arguments: ["../../../../../../README.md", "../../../../README.md"])
        func verbatim(page: String) throws {
            let here = URL(fileURLWithPath: #filePath)
            let text = try String(contentsOf: here.appendingPathComponent(page).standardized, encoding: .utf8)
            let behind = try #require(text.components(separatedBy: "```swift\n").dropFirst().first)
            let example = try #require(behind.components(separatedBy: "```").first)
            let source = try String(contentsOf: here, encoding: .utf8)
            let lines = Set(source.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
            let missing = example.components(separatedBy: "\n").filter { !lines.contains($0.trimmingCharacters(in: .whitespaces)) }
            #expect(example.count > 500 && missing.isEmpty, "\(missing)")
        }
    }
}
