import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct FileTests {
        private func file(_ folder: URL, _ name: String, _ bytes: [UInt8]) throws -> URL {
            let url = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
            return url
        }

        private func file(_ folder: URL, _ name: String, _ text: String) throws -> URL {
            try file(folder, name, Array(text.utf8))
        }

        private func withTwo(_ body: (Library, Library, URL) async throws -> Void) async throws {
            try await withLibrary { library, folder in
                let path = folder.appendingPathComponent("other")
                let other = try await WriteMagic.open(at: path, options: OpenOptions(create: true))
                try await body(library, other, folder)
                try await other.close()
            }
        }

        @Test("files become documents, and what is left out is said")
        func imported() async throws {
            try await withLibrary { library, folder in
                _ = try file(folder, "in/One/rain.md", "It rained 😀.")
                _ = try file(folder, "in/windows.txt", [0x41, 0xE9, 0x2E])
                _ = try file(folder, "in/noise.md", [0x61, 0, 0x62])
                _ = try file(folder, "in/picture.png", [1])
                let source = folder.appendingPathComponent("in")
                let work = try library.import([source], options: ImportOptions(folder: "New"))
                let report = try await work.value
                var last: WorkProgress?
                for await progress in work.progress { last = progress }
                #expect(last.map { $0.total == $0.done && !$0.isCancelled && $0.done > 0 } == true)
                #expect(Set(report.imported.map { "\($0.title) \($0.encoding)" }) == ["rain utf-8", "windows windows-1252"])
                #expect(Set(report.skipped.map(\.reason)) == ["binary", "not_text"])
                #expect(Set(report.skipped.map(\.url.lastPathComponent)) == ["noise.md", "picture.png"])
                let rain = try #require(report.imported.first { $0.title == "rain" })
                #expect(rain.url.lastPathComponent == "rain.md" && !rain.lossy && !rain.changedSource)
                #expect(try await library.document(rain.document).folder == "New/in/One")
                let windows = try #require(report.imported.first { $0.title == "windows" })
                #expect(try await library.text(of: windows.document) == "Aé.")
                _ = try file(folder, "in/One/rain.md", "It snowed.")
                let again = try await library.import([source], options: ImportOptions(folder: "New")).value
                #expect(again.imported.map(\.changedSource) == [true])
                #expect(again.skipped.contains { $0.reason == "duplicate" })
                let none = folder.appendingPathComponent("none")
                #expect(try await failure { try await library.import([none]).value }.code == .pathNotFound)
                let web = try #require(URL(string: "https://example.org/rain.md"))
                #expect(try await failure { try await library.import([web]).value }.code == .invalidArgument)
            }
        }

        @Test("an import or export whose task is cancelled on its way leaves whole documents and whole files, and goes on from there")
        func cancelled() async throws {
            /// Starts work in a task, and cancels that when the work says that it is on its way; whether it was in time.
            func cancel<Value>(_ start: @escaping @Sendable () throws -> Work<Value>) async throws -> Bool {
                let begun = Latch()
                let task = Task {
                    let work = try start()
                    let watching = Task {
                        for await progress in work.progress where progress.done > 0 { break }
                        begun.open()
                    }
                    defer { watching.cancel() }
                    return try await work.value
                }
                await begun.wait()
                task.cancel()
                do {
                    _ = try await task.value
                    return false
                } catch is CancellationError {
                    return true
                }
            }
            try await withLibrary { library, folder in
                let (count, body) = (400, String(repeating: "It rained. ", count: 2000))
                for n in 0..<count { _ = try file(folder, "in/\(n).md", "\(n) \(body)") }
                let source = folder.appendingPathComponent("in")
                let wasCancelled = try await cancel { try library.import([source]) }
                let some = try await library.documents(limit: 1000).documents
                #expect(wasCancelled ? some.count <= count : some.count == count)
                for document in some { #expect(try await library.text(of: document.id) == "\(document.title) \(body)") }
                #expect(try await library.check().value.problems.isEmpty)
                // The rest, and nothing twice.
                _ = try await library.import([source]).value
                #expect(try await library.documents(limit: 1000).total == count)

                let out = folder.appendingPathComponent("out")
                let files = out.appendingPathComponent("in")
                _ = try await cancel { try library.export(nil, to: out) }
                for name in (try? FileManager.default.contentsOfDirectory(atPath: files.path)) ?? [] {
                    let text = try String(contentsOf: files.appendingPathComponent(name), encoding: .utf8)
                    #expect(text == "\(name.dropLast(3)) \(body)", "\(name)")
                }
                _ = try await library.export(nil, to: out).value
                #expect(try FileManager.default.contentsOfDirectory(atPath: files.path).count == count)
                #expect(try living("work") == 0)
            }
        }

        @Test("documents become files, byte for byte what they came from")
        func exported() async throws {
            try await withLibrary { library, folder in
                let bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array("Line\r\nline 😀".utf8)
                let dos = try file(folder, "dos.txt", bytes)
                let taken = try #require(try await library.import([dos]).value.imported.first)
                let rain = try await library.createDocument(NewDocument(title: "Rain?", folder: "Book", text: "It rained.")).id
                _ = try await library.document("Snow", "It snowed.")
                let out = folder.appendingPathComponent("out")
                let report = try await library.export([taken.document, rain], to: out).value
                #expect(report.exported.map(\.document) == [taken.document, rain])
                #expect(try Data(contentsOf: report.exported[0].url) == Data(bytes))
                let place = report.exported[1].url
                #expect(place.deletingLastPathComponent().path == out.appendingPathComponent("Book").path)
                try Data("changed".utf8).write(to: place)
                let kept = try await library.export([rain], to: out).value.skipped
                #expect(kept.map(\.document) == [rain] && kept.map(\.reason) == ["exists"] && kept.map(\.url) == [place])
                _ = try await library.export([rain], to: out, options: ExportOptions(force: true)).value
                #expect(try String(contentsOf: place, encoding: .utf8) == "It rained.")
                let all = folder.appendingPathComponent("all")
                #expect(try await library.export(to: all).value.exported.count == 3)
                let first = try await library.version(of: rain)
                let patch = Patch(at: 0, delete: 2, insert: "All day it")
                try await library.applyPatches(to: rain, [patch], origin: Origin(kind: .person))
                let old = folder.appendingPathComponent("old")
                let then = try await library.export([rain], to: old, options: ExportOptions(at: first)).value
                #expect(try String(contentsOf: #require(then.exported.first).url, encoding: .utf8) == "It rained.")
            }
        }

        @Test("two libraries take from each other what they lack")
        func exchange() async throws {
            try await withTwo { library, other, folder in
                let rain = try await library.document("Rain", "It rained.").id
                let bundle = folder.appendingPathComponent("bundle")
                func send() async throws -> BundleReport {
                    let options = BundleOptions(summary: try await other.summary())
                    return try await library.bundle(to: bundle, options: options).value
                }
                #expect(try await send() == BundleReport(documents: 1, events: 10))
                let pulled = try await other.pullBundle(at: bundle).value
                #expect(pulled == PullReport(documents: 1, events: 10, pending: 0, conflicts: []))
                #expect(try await other.text(of: rain) == "It rained.")
                // Nothing is lacking now.
                #expect(try await send() == BundleReport(documents: 0, events: 0))

                // Both sides write, in one text and in one title.
                let person = Origin(kind: .person)
                try await other.applyPatches(to: rain, [Patch(at: 9, delete: 0, insert: " hard")], origin: person)
                try await library.applyPatches(to: rain, [Patch(at: 0, delete: 0, insert: "Late. ")], origin: person)
                try await library.rename(rain, to: "Here")
                try await other.rename(rain, to: "There")
                try await library.suspend()
                let merged = try await other.pullLibrary(at: library.url).value
                try await library.resume()
                #expect(try await other.text(of: rain) == "Late. It rained hard.")
                #expect(merged.conflicts.map(\.kind) == ["title"])
                let lost = try await other.superseded(in: rain)
                #expect(lost.map(\.field) == ["title"])
                #expect(Set([lost.first?.value, try await other.document(rain).title]) == ["Here", "There"])
                let snow = try await library.document("Snow").id
                let only = try await library.bundle(to: bundle, options: BundleOptions(documents: [snow])).value
                #expect(only.documents == 1)
                let odd = try file(folder, "odd", [1])
                #expect(try await failure { try await other.pullBundle(at: odd).value }.code == .bundleInvalid)
            }
        }
    }
}
