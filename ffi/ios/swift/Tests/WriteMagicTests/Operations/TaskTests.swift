import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    /// What a writer asks for, and what becomes of the answer.
    @Suite struct TaskTests {
        private let text = "It was a dark and stormy night. The rain fell in torrents. 😀 It stopped."
        private let run = RunID("01890a5d-ac96-774b-bcce-b302099a8057")

        private func withNight(_ body: (Library, DocumentID, RunID) async throws -> Void) async throws {
            try await withLibrary { library, _ in
                try await body(library, library.document("Night", text).id, #require(run))
            }
        }

        private func proposed(_ library: Library, _ document: DocumentID, _ answer: String) async throws -> Proposal {
            let assistant = library.assistant
            let task = WritingTask(kind: .rewrite, instruction: "brighter")
            let writing = try await assistant.prepare(in: document, task: task)
            let run = try #require(run)
            return try #require(try await assistant.propose(writing, run: run, model: "model-1", answer: answer))
        }

        private func rewritten(_ changes: [String: String]) -> String {
            changes.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
        }

        @Test("a task is asked of a model and its answer becomes a proposal")
        func task() async throws {
            try await withNight { library, document, run in
                let assistant = library.assistant
                let range = TextRange(start: 32, end: 58)
                let task = WritingTask(kind: .rewrite, instruction: "brighter")
                let writing = try await assistant.prepare(in: document, range: range, task: task)
                let prompt = try writing.prompt
                #expect(try prompt.request == writing.request)
                #expect(try writing.changesText && prompt.answer == .replace && prompt.tokens > 10)
                #expect(prompt.request.messages.contains { $0.text.contains("The rain fell in torrents.") })
                guard case .document(document, _, _)? = prompt.sources.first?.source else {
                    Issue.record("\(prompt.sources)")
                    return
                }
                let model = TestModel.saying("The rain fell in sheets.")
                let runs = try await assistant.runs(keys: TestKeys())
                let asked = try await runs.start(writing.request, terms: .asking(model))
                let answer = try await asked.outcome().text
                let proposal = try #require(try await assistant.propose(writing, run: asked.run, model: "device", answer: answer))
                #expect(proposal.passage == range && proposal.task == "rewrite")
                #expect(try proposal.author == ProposalAuthor(run: asked.run, model: "device"))
                #expect(proposal.hunks.map(\.old) == ["torrents"] && proposal.hunks.map(\.new) == ["sheets"])
                // What changes nothing is no proposal.
                let same = "The rain fell in torrents."
                #expect(try await assistant.propose(writing, run: run, model: "device", answer: same) == nil)
                try writing.close()
                #expect(try await failure { try writing.request }.category == .invalidObject)
                let critique = try await assistant.prepare(in: document, task: WritingTask(kind: .critique))
                #expect(try !critique.changesText && critique.prompt.answer == .text)
                #expect(try await assistant.propose(critique, run: run, model: "device", answer: "Good.") == nil)
            }
        }

        @Test("hunks are accepted and rejected one by one")
        func hunks() async throws {
            try await withNight { library, document, run in
                let proposals = library.proposals
                let proposal = try await proposed(library, document, rewritten(["dark": "bright", "torrents": "sheets"]))
                #expect(proposal.hunks.count == 2 && proposal.isOpen && proposal.place.document == document)
                #expect(try await proposals.get(proposal.id) == proposal)
                func listed(_ filter: ProposalFilter) async throws -> [Proposal] {
                    let page = try await proposals.list(matching: filter)
                    #expect(page.unreadable == 0)
                    return page.proposals
                }
                #expect(try await listed(ProposalFilter(document: document, open: true)) == [proposal])
                #expect(try await listed(ProposalFilter(before: proposal.id)).isEmpty)
                let placed = try await proposals.placed(proposal.id)
                #expect(placed.ranges.map { $0.flatMap { text[$0] } } == ["dark", "torrents"])
                let accepted = try await proposals.accept(proposal.id, .these([1]))
                #expect(accepted.decided == [1] && !accepted.waiting)
                #expect(try await library.text(of: document) == rewritten(["torrents": "sheets"]))
                let rejected = try await proposals.reject(proposal.id)
                #expect(rejected.proposal.hunks.map(\.state) == [.rejected, .accepted])
                #expect(try await listed(ProposalFilter(open: true)).isEmpty)
                let blamed = try #require(try await library.blame(document).first { $0.kind == .ai })
                #expect(try await library.text(of: document)[blamed.range] == "sheets" && blamed.run == run)
                // Undone as one step.
                let session = try await library.edit(document)
                _ = try await session.undo()
                #expect(try session.text == text)
                try await session.close()
            }
        }

        @Test("a proposal follows the text, waits for an open editor, and knows what it lost")
        func follows() async throws {
            try await withNight { library, document, run in
                let proposals = library.proposals
                let proposal = try await proposed(library, document, rewritten(["dark": "bright", "torrents": "sheets"]))
                let session = try await library.edit(document)
                try session.splice(at: 0, delete: 0, insert: "Listen! 😀 ")
                try await session.flush()
                let placed = try await proposals.placed(proposal.id)
                let now = try session.text
                #expect(placed.ranges.map { $0.flatMap { now[$0] } } == ["dark", "torrents"])
                try session.replace(#require(placed.ranges[1]), with: "buckets")
                try await session.flush()
                let outcome = try await proposals.accept(proposal.id)
                #expect(outcome.decided == [0] && outcome.unplaceable == [1] && outcome.waiting)
                #expect(outcome.proposal.hunks[1].state == .unplaceable)
                #expect(try session.text.contains("dark"))
                #expect(try session.rebase().map(\.insert).joined() == "bright")
                try await session.flush()
                #expect(try session.text == "Listen! 😀 " + rewritten(["dark": "bright", "torrents": "buckets"]))
                try await session.close()
                #expect(try await proposals.placed(proposal.id).proposal.hunks[0].state == .accepted)
                #expect(try await failure { try await proposals.accept(proposal.id, .these([7])) }.code == .hunkNotFound)
                let none = ProposalID(rawValue: run.rawValue)
                #expect(try await failure { try await proposals.get(none) }.code == .proposalNotFound)
            }
        }

        @Test("a question is answered with the places that it rests on")
        func question() async throws {
            try await withNight { library, document, _ in
                let assistant = library.assistant
                let well = "Ada dropped her ring into the well."
                _ = try await library.document("The well", well)
                let question = try await assistant.prepareQuestion("Where is the ring?")
                #expect(try question.prompt.request == question.request)
                #expect(try question.request.messages.contains { $0.text.contains("Ada dropped her ring") })
                let cited = try #require(try await assistant.citations(for: question, answer: "In the well [1].").first)
                guard case let .document(source, _, _) = cited.quoted.source else {
                    Issue.record("\(cited)")
                    return
                }
                #expect(cited.quoted.title == "The well" && cited.number == 1)
                // What was typed since has moved it.
                let patch = Patch(at: 0, delete: 0, insert: "Once ")
                try await library.applyPatches(to: source, [patch], origin: Origin(kind: .person))
                let moved = try await assistant.citations(for: question, answer: "In the well [1], [9].")
                let now = try await library.text(of: source)
                #expect(moved.map { $0.place.flatMap { now[$0] } } == [Substring(well)])
                try question.close()
                let room = PromptRoom(passages: 500)
                let only = try await assistant.prepareQuestion("Where is the ring?", only: document, room: room)
                #expect(try only.prompt.sources.allSatisfy {
                    if case .document(document, _, _) = $0.source { true } else { false }
                })
                #expect(try await failure { try await assistant.prepareQuestion(" ") }.code == .invalidArgument)
            }
        }

        @Test("a session of memories is summed up by a model")
        func summary() async throws {
            try await withLibrary { library, _ in
                let assistant = library.assistant
                let said = ["It rained.", "Ada laughed."].enumerated().map {
                    NewMemory(key: "m\($0.offset)", text: $0.element, session: "monday")
                }
                _ = try await library.rememberAll(said).value
                let group = MemoryGroup(session: "monday", keys: ["m0", "m1"], bytes: 22)
                let summary = try await assistant.prepareSummary(group)
                #expect(try summary.session == "monday" && summary.prompt.request == summary.request)
                #expect(try summary.request.messages.contains { $0.text.contains("Ada laughed.") })
                let kept = try await assistant.keepSummary(summary, answer: "Ada laughed in the rain.")
                #expect(kept.kind == "summary" && kept.parts == ["m0", "m1"])
                #expect(try await library.memory("m0").text == "Ada laughed in the rain.")
                let gone = MemoryGroup(session: "monday", keys: ["gone"], bytes: 22)
                #expect(try await failure { try await assistant.prepareSummary(gone) }.code == .memoryNotFound)
                let words = String(repeating: "It rained. ", count: 1_000)
                try await library.remember(NewMemory(key: "long", text: words, session: "monday"))
                let long = MemoryGroup(session: "monday", keys: ["long"], bytes: words.count)
                let room = PromptRoom(context: 300, output: 200)
                #expect(try await failure { try await assistant.prepareSummary(long, room: room) }.code == .promptTooLong)
            }
        }
    }
}
