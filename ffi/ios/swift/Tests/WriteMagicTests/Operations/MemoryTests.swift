import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct MemoryTests {
        private func memory(_ key: String, _ text: String) -> NewMemory {
            NewMemory(key: key, text: text, session: "monday", tags: ["plot"], importance: 0.5)
        }

        @Test("what is remembered comes back whole, with where it was taken from")
        func whole() async throws {
            try await withLibrary { library, _ in
                let well = try await library.document("The well", "😀 Ada dropped her ring into the well.").id
                var new = NewMemory(
                    key: "ring",
                    text: "Ada's ring lies in the well.",
                    kind: "thing",
                    speaker: "Ada",
                    time: "1:56 pm on 8 May, 2023",
                    session: "monday",
                    tags: ["plot", "plot", "ring"],
                    importance: 0.25,
                    confidence: 1,
                    validity: MemoryValidity(fromDocument: well),
                    source: SourceRange(document: well, range: TextRange(start: 3, end: 17))
                )
                let kept = try await library.remember(new)
                #expect((kept.key, kept.kind, kept.speaker, kept.session) == ("ring", "thing", "Ada", "monday"))
                #expect(kept.tags == ["plot", "ring"] && kept.time == "1:56 pm on 8 May, 2023")
                #expect(kept.importance == 0.25 && kept.confidence == 1)
                #expect(kept.sources == [well] && kept.validity.fromDocument == well)
                #expect(try await library.memory("ring") == kept)
                func places() async throws -> [SourcePlace] { try await library.memorySources(of: "ring").map(\.place) }
                #expect(try await places() == [.at(TextRange(start: 3, end: 17))])
                let patch = Patch(at: 0, delete: 3, insert: "")
                try await library.applyPatches(to: well, [patch], origin: Origin(kind: .person))
                #expect(try await places() == [.at(TextRange(start: 0, end: 14))])
                try await library.purge(well, confirmed: true)
                #expect(try await places() == [.gone])
                #expect(try await !library.remember(NewMemory(text: "A key of its own.")).key.isEmpty)
                new.importance = 2
                #expect(try await failure { try await library.remember(new) }.code == .invalidArgument)
            }
        }

        @Test("many are remembered at once and listed page by page")
        func many() async throws {
            try await withLibrary { library, _ in
                let work = try library.rememberAll((0..<25).map { memory("m\($0)", "Number \($0) came.") })
                #expect(try await work.value == Remembered(keys: (0..<25).map { "m\($0)" }, replaced: 0))
                for await progress in work.progress { #expect(progress.done == 25) }
                let more = [memory("m3", "Three."), NewMemory(key: "other", text: "Else.")]
                #expect(try await library.rememberAll(more).value.replaced == 1)
                var (keys, after): ([String], MemoryCursor?) = ([], nil)
                repeat {
                    let filter = MemoryFilter(session: "monday")
                    let page = try await library.memories(matching: filter, after: after, limit: 10)
                    #expect(page.total == 25)
                    keys += page.memories.map(\.key)
                    after = page.next
                } while after != nil
                #expect(Set(keys).count == 25)
                #expect(try await library.memories().total == 26)
                #expect(try await library.memories(matching: MemoryFilter(leastImportance: 0.6)).total == 0)
                #expect(try await library.memories(matching: MemoryFilter(tag: "plot", leastImportance: 0.5)).total == 25)
            }
        }

        @Test("a question is answered by what holds then and there")
        func recall() async throws {
            try await withLibrary { library, _ in
                let one = try await library.document("Chapter 1", "text").id
                let two = try await library.document("Chapter 2", "text").id
                try await library.remember(memory("ring", "Ada's ring lies in the well behind the mill."))
                let late = MemoryValidity(fromDocument: two)
                try await library.remember(NewMemory(key: "late", text: "Ada wears the ring again.", validity: late))
                let old = MemoryValidity(until: Date(timeIntervalSince1970: 1_000))
                try await library.remember(NewMemory(key: "old", text: "The ring was her mother's.", validity: old))
                func keys(_ change: (inout RecallRequest) -> Void = { _ in }) async throws -> Set<String> {
                    var request = RecallRequest(query: "Where is the ring?")
                    change(&request)
                    return Set(try await library.recall(request).hits.map(\.memory.key))
                }
                #expect(try await keys() == ["ring", "late"])
                #expect(try await keys { $0.place = one } == ["ring"])
                #expect(try await keys { $0.at = Date(timeIntervalSince1970: 1) } == ["ring", "late", "old"])
                #expect(try await keys { $0.filter = MemoryFilter(tag: "plot") } == ["ring"])
                let page = try await library.recall(RecallRequest(query: "Where is the ring?", limit: 1))
                let hit = try #require(page.hits.first)
                #expect(page.hits.count == 1 && hit.words.contains("ring") && hit.score > 0 && !page.byMeaning && page.isComplete)
                #expect(hit.ranges.contains { hit.memory.text[$0] == "ring" })
                #expect(try await library.expireMemories(at: Date(timeIntervalSince1970: 2_000)) == 1)
                #expect(try await failure { try await library.memory("old") }.code == .memoryNotFound)
            }
        }

        @Test("what says the same becomes one, what contradicts is shown, and both can be undone")
        func consolidate() async throws {
            try await withLibrary { library, _ in
                _ = try await library.rememberAll([
                    memory("one", "Ada's ring lies in the well behind the mill."),
                    memory("same", "Ada's ring lies in the well behind the mill."),
                    memory("blue", "Mary's eyes are blue."),
                    memory("green", "Mary's eyes are green."),
                ]).value
                let rehearsed = try await library.consolidateMemories(ConsolidateOptions(rehearsal: true)).value
                #expect(try await library.memories().total == 4)
                let future = Date(timeIntervalSince1970: 10_000_000_000)
                let report = try await library.consolidateMemories(ConsolidateOptions(olderThan: future, leastBytes: 1)).value
                #expect(report.merged == [MergedMemories(kept: "one", absorbed: ["same"])])
                #expect(rehearsed.merged == report.merged)
                #expect(report.contradictions == [Contradictory(keys: ["blue", "green"], why: .value)])
                #expect(report.groups.map(\.session) == ["monday"])
                let contradictory = try await library.memories(matching: MemoryFilter(contradictory: true))
                #expect(Set(contradictory.memories.map(\.key)) == ["blue", "green"])
                #expect(try await library.memory("blue").contradictions == [Contradiction(key: "green", why: .value)])
                #expect(try await library.memory("one").parts == ["same"])
                try await library.undoMemoryChange()
                #expect(try await library.memory("one").parts.isEmpty)
                #expect(try await library.memory("same").key == "same")

                let summary = try await library.replaceWithSummary(of: "monday", text: "A ring, and eyes.", keys: ["one", "blue"])
                #expect(summary.kind == "summary" && summary.parts == ["one", "blue"])
                try await library.undoMemoryChange()
                #expect(try await library.memory("blue").text == "Mary's eyes are blue.")
            }
        }

        @Test("deleting can be undone and forgetting cannot")
        func forget() async throws {
            try await withLibrary { library, _ in
                try await library.remember(memory("rain", "It rained on the day of the wedding."))
                #expect(try await library.deleteMemory("rain") == ["rain"])
                #expect(try await failure { try await library.memory("rain") }.code == .memoryNotFound)
                try await library.undoMemoryChange()
                #expect(try await library.memory("rain").key == "rain")
                #expect(try await library.forgetMemory("rain") == ["rain"])
                #expect(try await failure { try await library.memory("rain") }.code == .memoryNotFound)
                #expect(try await failure { try await library.forgetMemory("rain") }.code == .memoryNotFound)
                #expect(try await library.memories().total == 0)
            }
        }
    }
}
