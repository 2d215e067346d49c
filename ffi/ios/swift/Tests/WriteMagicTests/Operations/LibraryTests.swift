import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct LibraryTests {
        @Test("a library that only reads works beside the one that writes")
        func readsBeside() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "It rained.")
                let reader = try await WriteMagic.open(at: library.url, options: OpenOptions(readOnly: true))
                #expect(try reader.isReadOnly && !library.isReadOnly)
                #expect(try await reader.text(of: rain.id) == "It rained.")
                #expect(try reader.id == library.id)
                let refused = try await failure { try await reader.trash(rain.id) }
                #expect(refused.code == .libraryReadOnly)
                try await reader.close()
            }
        }

        @Test("options bound what a library may take")
        func bounds() async throws {
            try await withLibrary { library, folder in
                let options = OpenOptions(create: true, maxBytes: 2 << 20, profile: .background)
                let small = try await WriteMagic.open(at: folder.appendingPathComponent("small"), options: options)
                #expect(try small.pipeline.backlogLimitBytes < library.pipeline.backlogLimitBytes)
                let full = try await failure {
                    for number in 0..<10 {
                        _ = try await small.document("\(number)", String(repeating: "\(number) ", count: 500_000))
                    }
                }
                #expect(full.code == .diskFull)
                #expect(try await small.documents().total > 0)
                try await small.close()
                let missing = try await failure { try await WriteMagic.open(at: folder) }
                #expect(missing.code == .libraryNotFound && missing.category == .libraryFailed)
            }
        }

        @Test("an outbox takes what a process beside the writing one has to say")
        func outbox() async throws {
            try await withLibrary { library, _ in
                #expect(try await library.takeOutbox() == nil)
                let outbox = try await WriteMagic.openOutbox(at: library.url, options: OpenOptions(create: true))
                _ = try await outbox.document("Shared", "From elsewhere.")
                try await outbox.close()
                #expect(try await library.takeOutbox()?.documents == 1)
                let shared = try await library.findDocument(named: "Shared")
                #expect(try await library.text(of: shared.id) == "From elsewhere.")
                #expect(try await library.takeOutbox() == nil)
            }
        }

        @Test("a suspended library keeps what is typed and saves it when it is back")
        func suspended() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "It rained.").id
                let session = try await library.edit(rain)
                try session.splice(at: 0, delete: 0, insert: "At night. ")
                try await library.suspend()
                try await library.suspend()
                // The files are closed: another may open the library now.
                let other = try await WriteMagic.open(at: library.url)
                #expect(try await other.text(of: rain) == "At night. It rained.")
                try session.splice(at: 0, delete: 0, insert: "Late. ")
                #expect(try await failure { try await library.text(of: rain) }.code == .librarySuspended)
                #expect(try await failure { try await library.resume() }.code == .libraryBusy)
                try await other.close()
                try await library.resume()
                try await session.flush(.strict)
                #expect(try await library.text(of: rain) == "Late. At night. It rained.")
                try await session.close()
            }
        }

        @Test("turns of the app's life are those calls by one name")
        func turns() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "It rained.").id
                try await library.turn(.suspend)
                #expect(try await failure { try await library.trash(rain) }.code == .librarySuspended)
                try await library.turn(.resume)
                let session = try await library.edit(rain)
                for turns in [true, false] {
                    try session.splice(at: 0, delete: .max, insert: String(repeating: "x", count: 100_010))
                    try await session.flush()
                    // Who writes gives back what was typed when it is done with it.
                    #expect(try await eventually { try library.pipeline.pool.heldBytes >= 100_000 })
                    try await turns ? library.turn(.memoryWarning) : library.releaseMemory()
                    // What a thread keeps for itself it gives back when it next types.
                    let end = Date().addingTimeInterval(60)
                    repeat {
                        try session.splice(at: 0, delete: 1000, insert: String(repeating: "y", count: 1000))
                        try await session.flush()
                    } while try library.pipeline.pool.heldBytes >= 100_000 && Date() < end
                    #expect(try library.pipeline.pool.heldBytes < 100_000)
                }
                try await session.close()
                #expect(try await library.text(of: rain).utf16.count == 100_010)
            }
        }

        @Test("a check and a copy say how far they are")
        func checkAndCopy() async throws {
            try await withLibrary { library, folder in
                var ids: [DocumentID] = []
                for number in 0..<20 {
                    ids.append(try await library.document("\(number)", String(repeating: "text \(number) ", count: 100)).id)
                }
                let checking = try library.check(repair: true)
                var seen: [WorkProgress] = []
                for await progress in checking.progress { seen.append(progress) }
                let report = try await checking.value
                #expect(report == CheckReport(documents: 20, problems: [], isOk: true))
                let last = try #require(seen.last)
                #expect(last.done == 20 && last.total == 20 && !last.isCancelled)
                #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.done <= $1.done }, "\(seen)")
                #expect(try await checking.value == report)

                let file = folder.appendingPathComponent("copies/copy")
                let bytes = try await library.backUp(to: file).value
                #expect(try Data(contentsOf: file).count == bytes)
                let restored = folder.appendingPathComponent("restored")
                try FileManager.default.createDirectory(at: restored, withIntermediateDirectories: true)
                try FileManager.default.copyItem(at: file, to: restored.appendingPathComponent("writemagic.db"))
                let copy = try await WriteMagic.open(at: restored)
                #expect(try await copy.text(of: ids[7]) == String(repeating: "text 7 ", count: 100))
                try await copy.close()
            }
        }

        @Test("a library shuts down in order")
        func shutsDown() async throws {
            try await withFolder { folder in
                let path = folder.appendingPathComponent("library")
                let library = try await WriteMagic.open(at: path, options: OpenOptions(create: true))
                let rain = try await library.document("Rain", "It rained.").id
                let session = try await library.edit(rain)
                try session.splice(at: 0, delete: 0, insert: "Late. ")
                let report = try await library.shutDown(within: 30)
                #expect(report.isComplete && !report.steps.isEmpty)
                #expect(report.steps.allSatisfy { $0.outcome == .completed && !$0.name.isEmpty && $0.took < 30 }, "\(report)")
                #expect(try await failure { try await library.folders() }.code == .libraryClosed)
                try await session.close()
                try await library.close()
                #expect(try await failure { try await library.folders() }.category == .invalidObject)
                let again = try await WriteMagic.open(at: path)
                #expect(try await again.text(of: rain) == "Late. It rained.")
                try await again.close()
            }
        }

        @Test("what a library says of itself")
        func says() async throws {
            try await withLibrary { library, folder in
                _ = try await library.document("Rain", "It rained.")
                try await library.trash(library.document("Snow").id)
                try await library.createFolder("Book")
                let statistics = try await library.statistics()
                #expect((statistics.documents, statistics.trashed, statistics.folders) == (1, 1, 1))
                #expect(statistics.textBytes == 10 && statistics.diskBytes > 0 && statistics.events >= 10)
                #expect(try library.url.path == folder.appendingPathComponent("library").path)
                #expect(try library.formatVersion > 0)
                let pipeline = try library.pipeline
                #expect(pipeline.sessions == 0 && pipeline.backlogRefused == 0)
                #expect(pipeline.backlogLimitBytes > 0 && pipeline.pool.limitBytes > 0)
                #expect(try Library.sqliteVersion.hasPrefix("3."))
            }
        }
    }
}
