import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct HistoryTests {
        /// Types in a session of its own.
        private func type(_ library: Library, _ document: DocumentID, _ patch: Patch, branch: String? = nil) async throws {
            let session: EditSession
            if let branch {
                session = try await library.edit(document, branch: branch)
            } else {
                session = try await library.edit(document)
            }
            try session.splice(at: patch.at, delete: patch.delete, insert: patch.insert)
            try await session.flush()
            try await session.close()
        }

        @Test("every version can be named, read and restored, and nothing newer is lost")
        func versions() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "It rained.").id
                let first = try await library.version(of: rain)
                let label = try await library.label(rain, name: "first draft", version: first)
                #expect(label.name == "first draft" && label.version == first)
                try await type(library, rain, Patch(at: 9, delete: 0, insert: " hard 😀"))
                let second = try await library.version(of: rain)
                #expect(try await library.findVersion(of: rain, branch: "main", named: "first draft") == first)
                #expect(try await library.findVersion(of: rain, branch: "main", named: "head") == second)
                #expect(try await library.findVersion(of: rain, branch: "main", named: second.rawValue) == second)
                #expect(try await library.labels(of: rain) == [label])
                #expect(try await library.text(of: rain, at: first) == "It rained.")
                #expect(try await library.restore(rain, branch: "main", to: first) == .durable)
                #expect(try await library.text(of: rain) == "It rained.")
                #expect(try await library.text(of: rain, at: second) == "It rained hard 😀.")
                #expect(try await library.hasVersion(of: rain, branch: "main", version: second))
                let history = try library.history(of: rain, all: true)
                let timeline = try await history.value
                #expect(timeline.first?.label == "first draft" && timeline.last?.kind == .restore)
                #expect(timeline.contains { $0.version == second && $0.wordsAdded > 0 })
                for await progress in history.progress { #expect(progress.done == timeline.count) }
                try await library.unlabel(rain, name: "first draft")
                let gone = try await failure {
                    try await library.findVersion(of: rain, branch: "main", named: "first draft")
                }
                #expect(gone.code == .versionNotFound)
                let none = try await failure { try await library.text(of: rain, at: VersionID(rawValue: "none")) }
                #expect(none.code == .invalidArgument)
            }
        }

        @Test("a difference turns the old text into the new one")
        func difference() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "One é.\nTwo.\nThree.\n").id
                let old = try await library.version(of: rain)
                try await type(library, rain, Patch(at: 7, delete: 4, insert: "Two and 😀 a half."))
                let new = try await library.version(of: rain)
                for by in DiffBy.allCases {
                    let difference = try await library.diff(of: rain, from: old, to: new, by: by)
                    var rebuilt = difference.old
                    for hunk in difference.hunks.reversed() {
                        let place = try #require(hunk.oldUTF16.range(in: rebuilt))
                        rebuilt.replaceSubrange(place, with: try #require(difference.new[hunk.newUTF16]))
                    }
                    #expect(rebuilt == difference.new && rebuilt == "One é.\nTwo and 😀 a half.\nThree.\n")
                    // The same in bytes.
                    let hunk = try #require(difference.hunks.first)
                    #expect(hunk.new.start == hunk.newUTF16.start + 1)
                }
                #expect(try await library.diff(of: rain, from: old, to: new).hunks.map(\.kind) == [.inserted])
            }
        }

        @Test("alternatives come together and both sides are kept")
        func branches() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "It rained.").id
                let first = try await library.version(of: rain)
                let storm = try await library.createBranch(of: rain, named: "storm", at: first)
                #expect(storm.name == "storm" && storm.stats.words == 2 && storm.version == first)
                try await type(library, rain, Patch(at: 9, delete: 0, insert: " hard"), branch: "storm")
                try await type(library, rain, Patch(at: 0, delete: 0, insert: "Then "))
                #expect(try await library.text(of: rain, branch: "storm") == "It rained hard.")
                let report = try await library.merge(rain, from: "storm")
                #expect(report.applied == .durable)
                #expect(try await library.text(of: rain) == "Then It rained hard.")
                #expect(try await library.version(of: rain) == report.version)
                #expect(try await library.renameBranch(of: rain, named: "storm", to: "wind").name == "wind")
                #expect(try await library.branches(of: rain).map(\.id) == [nil, storm.id])
                #expect(try await failure { try await library.createBranch(of: rain, named: "wind") }.code == .branchExists)
                try await library.deleteBranch(of: rain, named: "wind")
                let gone = try await failure { try await library.text(of: rain, branch: "wind") }
                #expect(gone.code == .branchNotFound)
            }
        }

        @Test("a merge says where both sides wrote")
        func overlaps() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "It rained.").id
                try await library.createBranch(of: rain, named: "other")
                try await type(library, rain, Patch(at: 3, delete: 6, insert: "snowed"), branch: "other")
                try await type(library, rain, Patch(at: 3, delete: 6, insert: "hailed"))
                let overlaps = try await library.merge(rain, from: "other", into: "main").overlaps
                #expect(overlaps.count == 1)
                let overlap = try #require(overlaps.first)
                let text = try await library.text(of: rain)
                #expect(Set([text[overlap.ours], text[overlap.theirs]]) == ["snowed", "hailed"])
                #expect(overlap.range.length == "snowedhailed".count)
            }
        }

        @Test("everything has an author")
        func blame() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "It rained.").id
                let run = try #require(RunID("01890a5d-ac96-774b-bcce-b302099a8057"))
                let patches = [Patch(at: 9, delete: 0, insert: " hard")]
                try await library.applyPatches(to: rain, patches, origin: Origin(kind: .ai, name: "model-1", run: run))
                let authors = try await library.blame(rain, branch: "main")
                #expect(authors.map(\.kind) == [.person, .ai, .person])
                #expect(authors[1].range == TextRange(start: 9, end: 14))
                #expect(authors[1].author == "model-1" && authors[1].run == run)
                #expect(authors.allSatisfy { $0.time <= Date() })
            }
        }

        @Test("anchors and places follow the text")
        func anchors() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "It rained.").id
                let first = try await library.version(of: rain)
                let anchor = try await library.addAnchor(to: rain, branch: "main", at: 3, side: .before, kind: "note")
                try await type(library, rain, Patch(at: 0, delete: 0, insert: "Late: "))
                let placed = PlacedAnchor(id: anchor, kind: "note", side: .before, at: 9, dead: false)
                #expect(try await library.anchors(of: rain) == [placed])
                let places = [TextPlace(at: 3, side: .before), TextPlace(at: 0, side: .after), TextPlace(at: 10, side: .before)]
                let now = try await library.version(of: rain)
                let followed = try await library.followPlaces(in: rain, from: first, to: now, places: places)
                #expect(followed?.map(\.at) == [9, 0, 16])
                try await type(library, rain, Patch(at: 9, delete: 6, insert: ""))
                let dead = try await library.anchors(of: rain).first
                #expect(dead?.dead == true && dead?.at == 9)
                try await library.removeAnchor(from: rain, anchor)
                #expect(try await library.anchors(of: rain).isEmpty)
            }
        }

        @Test("a proposal is applied to the text that it was made for, or not at all")
        func proposals() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "Then it rained.").id
                let present = try await library.presentText(of: rain)
                #expect(present.text == "Then it rained." && !present.waiting)
                #expect(try await library.version(of: rain) == present.version)
                let (patches, origin) = ([Patch(at: 0, delete: 6, insert: "I")], Origin(kind: .ai, name: "model-1"))
                func apply() async throws -> Applied? {
                    try await library.applyProposal(to: rain, on: present.version, patches: patches, origin: origin)
                }
                #expect(try await apply() == .durable)
                #expect(try await library.text(of: rain) == "It rained.")
                #expect(try await apply() == nil)
                let side = try await library.createBranch(of: rain, named: "side")
                let there = try await library.presentText(of: rain, branch: side.id)
                let more = [Patch(at: 9, delete: 0, insert: " there")]
                try await library.applyProposal(to: rain, branch: side.id, on: there.version, patches: more, origin: origin)
                #expect(try await library.text(of: rain) == "It rained.")
                #expect(try await library.text(of: rain, branch: "side") == "It rained there.")
            }
        }

        @Test("what was deleted can be forgotten for good")
        func compact() async throws {
            try await withLibrary { library, _ in
                let rain = try await library.document("Rain", "Secret. It rained.").id
                let first = try await library.version(of: rain)
                try await type(library, rain, Patch(at: 0, delete: 8, insert: ""))
                let later = Date().addingTimeInterval(60)
                let options = CompactOptions(before: later, documents: [rain], rehearsal: true)
                let rehearsed = try await library.compact(options).value
                #expect(rehearsed.documents.map(\.document) == [rain] && rehearsed.documents.map(\.characters) == [8])
                #expect(try await library.text(of: rain, at: first) == "Secret. It rained.")
                let report = try await library.compact(CompactOptions(before: later, documents: [rain])).value
                #expect(report.documents == rehearsed.documents)
                let forgotten = try await failure { try await library.text(of: rain, at: first) }
                #expect(forgotten.code == .versionForgotten)
                #expect(try await library.text(of: rain) == "It rained.")
            }
        }

        @Test("a history from elsewhere becomes a document")
        func recorded() async throws {
            try await withLibrary { library, _ in
                let recorded = try RecordedHistory()
                func add(_ writer: Int, _ parents: [Int], _ at: Int, _ delete: Int, _ insert: String) async throws -> Int {
                    let patches = [RecordedPatch(at: at, delete: delete, insert: insert)]
                    return try await recorded.add(writer: writer, parents: parents, patches: patches)
                }
                let first = try await add(0, [], 0, 0, "Hello")
                _ = try await add(0, [first], 5, 0, " world 😀")
                _ = try await add(1, [first], 0, 1, "J")
                #expect(try await recorded.text() == "Jello world 😀")
                #expect(try recorded.events == 15)
                #expect(try await recorded.merge() > 0)
                let document = try await library.createDocument(NewDocument(title: "Greeting"), recorded: recorded)
                #expect(try await library.text(of: document.id) == "Jello world 😀")
                #expect(try recorded.events == 0)
                #expect(try await failure { try await recorded.add(writer: 0, parents: [99]) }.code == .invalidArgument)
                try recorded.close()
                try recorded.close()
                #expect(try await failure { try recorded.events }.code == .handleClosed)
            }
        }
    }
}
