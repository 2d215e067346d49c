import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct ConcurrencyTests {
        @Test("100 tasks work on one library, are cancelled at random, and leave it consistent")
        func randomCancellation() async throws {
            try await withLibrary { library, folder in
                var documents: [Document] = []
                for n in 0..<8 { documents.append(try await library.document("Document \(n)", "text \(n)")) }
                let done = Locked(0)
                let runs = try await library.assistant.runs(keys: TestKeys())
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<100 {
                        group.addTask { [documents] in
                            for _ in 0..<8 {
                                let document = documents[.random(in: 0..<documents.count)]
                                let task = Task { try await work(library, document, runs) }
                                let patience = UInt64.random(in: 0..<4_000_000)
                                let impatience = Task {
                                    try await Task.sleep(nanoseconds: patience)
                                    task.cancel()
                                }
                                do {
                                    try await task.value
                                    done.withLock { $0 += 1 }
                                } catch is CancellationError {
                                } catch let error as WriteMagicError where error.code == .sessionClosed {
                                } catch let error as WriteMagicError where error.category == .invalidObject {
                                    // Closing a session closes it for whoever else has it open.
                                }
                                impatience.cancel()
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await runs.waitIdle(within: 60))
                try runs.close()
                // Whatever was cancelled: nothing is half done, and nothing is left behind.
                #expect(done.withLock { $0 } > 0)
                let before = try await whole(library, documents)
                #expect(try await eventually {
                    try living("edit session") == 0 && living("subscription") == 0 && living("work") == 0 && living("run") == 0 && Wakes.count == 0
                })
                // Nor is any of it only in memory.
                try await library.close()
                let again = try await WriteMagic.open(at: folder.appendingPathComponent("library"))
                #expect(try await whole(again, documents) == before)
                try await again.close()
            }
            #expect(AppObject.count == 0)
        }

        /// The texts of a library that is as it was left, in which nothing is wrong.
        private func whole(_ library: Library, _ documents: [Document]) async throws -> [String] {
            let report = try await library.check().value
            #expect(report.problems.isEmpty && report.documents == documents.count, "\(report)")
            var texts: [String] = []
            for document in documents {
                let text = try await library.text(of: document.id)
                #expect(text.hasSuffix(document.title.replacingOccurrences(of: "Document", with: "text")), "\(text)")
                #expect(text.dropLast(6).allSatisfy { "xy".contains($0) })
                // What is searched is the same text.
                #expect(try await library.find(in: document.id, pattern: "text").count == 1)
                texts.append(text)
            }
            return texts
        }

        private func work(_ library: Library, _ document: Document, _ runs: Runs) async throws {
            switch Int.random(in: 0..<7) {
            case 0: _ = try await library.text(of: document.id)
            case 1: _ = try await library.folders()
            case 2:
                do {
                    _ = try await library.createFolder("Folder \(Int.random(in: 0..<5))/\(Int.random(in: 0..<5))")
                } catch let error as WriteMagicError where error.code == .folderExists {}
            case 3: _ = try await library.check().value
            case 4:
                let run = try await runs.start(ask("Well?"), terms: .asking(TestModel.saying("Yes.")))
                for try await news in run.events where Bool.random() {
                    if case .event(.text) = news { break }
                }
            case 5:
                let session = try await library.edit(document.id)
                try session.splice(at: 0, delete: 0, insert: "x")
                try await session.flush()
                try await session.close()
            default:
                // Let go of, and closed by that.
                let session = try await library.edit(document.id)
                try session.splice(at: 0, delete: 0, insert: "y")
                for try await _ in session.changes { break }
            }
        }
    }
}
