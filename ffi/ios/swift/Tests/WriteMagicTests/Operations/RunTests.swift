import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    /// Runs of models that the app runs itself.
    @Suite struct RunTests {
        private func withRuns<R>(_ body: (Runs, Library) async throws -> R) async throws -> R {
            try await withLibrary { library, _ in
                let runs = try await library.assistant.runs(keys: TestKeys())
                let result = try await body(runs, library)
                try runs.close()
                return result
            }
        }

        @Test("an answer comes in pieces, with what it used, and is kept")
        func answer() async throws {
            try await withRuns { runs, library in
                let model = TestModel { _, sink in
                    try sink.reasoning("Hm.")
                    try sink.text("It ")
                    try sink.text("rained 😀.")
                    try sink.usage(Usage(inputTokens: 7, outputTokens: 3, reasoningTokens: 1))
                    try sink.finished(.stopSequence)
                }
                var request = ask("Go on.")
                (request.system, request.temperature, request.stop) = ("Be brief.", 0.5, ["."])
                let run = try await runs.start(request, terms: .asking(model))
                let id = try run.run
                let said = try await run.all()
                #expect(said.text == "It rained 😀.")
                #expect(said.events.contains(.reasoning("Hm.")))
                #expect(said.events.contains { if case .started(candidate: 0, _) = $0 { true } else { false } })
                #expect(said.events.contains { if case let .usage(usage) = $0 { usage.outputTokens == 3 } else { false } })
                let outcome = try #require(said.outcome)
                #expect(outcome.end == .completed(reason: .stopSequence))
                #expect(outcome.text == "It rained 😀." && outcome.usage?.inputTokens == 7)
                #expect(try run.isEnded)
                #expect(try await model.asked.next() == request)

                let assistant = library.assistant
                let kept = try await assistant.run(id)
                #expect(kept.wholeText == "It rained 😀." && kept.state == .completed && !kept.isResumable)
                #expect(kept.head.provider == "device" && kept.head.request == request && !kept.head.masked)
                #expect(kept.head.continues == nil && kept.tail?.reason == .stopSequence)
                #expect(try await assistant.runs(before: nil) == [id])
                try await assistant.forgetRun(id)
                let gone = try await failure { try await assistant.run(id) }
                #expect(gone.code == .runNotFound && gone.category == .assistantFailed)
            }
        }

        @Test("a run that reached its longest answer goes on from there")
        func goesOn() async throws {
            try await withRuns { runs, library in
                let first = TestModel { _, sink in
                    try sink.snapshot("It ")
                    try sink.snapshot("It rained")
                    try sink.finished(.outputLimit)
                }
                let run = try await runs.start(ask("Go on."), terms: .asking(first))
                let begun = try run.run
                #expect(try await run.outcome().text == "It rained")
                #expect(try await library.assistant.run(begun).isResumable)
                let second = TestModel.saying(" all day.")
                let more = try await runs.goOn(begun, terms: .asking(second))
                let last = try more.run
                #expect(try await more.outcome().end == .completed(reason: .answered))
                let record = try await library.assistant.run(last)
                #expect(record.wholeText == "It rained all day." && record.head.continues == begun)
                #expect(try await second.asked.next().messages.contains { $0.text.contains("It rained") })
                let none = try await failure { try await runs.goOn(last, terms: .asking(second)) }
                #expect(none.code == .runNotResumable)
            }
        }

        @Test("a loop that is left stops the model, and what it said is kept")
        func left() async throws {
            try await withRuns { runs, library in
                let model = TestModel.endless("Once upon a time")
                let run = try await runs.start(ask("Tell."), terms: .asking(model))
                let id = try run.run
                for try await news in run.events {
                    if case .event(.text) = news { break }
                    #expect(try runs.isOpen(id) && runs.open == [id])
                }
                #expect(try await model.cancelled.next() == 5)
                #expect(try await runs.waitIdle(within: 60))
                #expect(try !runs.isOpen(id))
                let kept = try await library.assistant.run(id)
                #expect(kept.text == "Once upon a time" && kept.state == .cancelled)
                // The end is still there for who listens next.
                #expect(try await run.outcome().end == .cancelled)
                try run.close()
                #expect(try await failure { try run.isEnded }.category == .invalidObject)
            }
        }

        @Test("runs are cancelled by their id, by their handle, all at once, or paused")
        func cancelled() async throws {
            try await withRuns { runs, library in
                func begun() async throws -> RunHandle {
                    try await runs.start(ask("Tell."), terms: .asking(TestModel.endless("Once.")))
                }
                let one = try await begun()
                let id = try one.run
                #expect(try runs.cancel(id))
                #expect(try await one.outcome().end == .cancelled)
                #expect(try !runs.cancel(id))
                let other = try await begun()
                let run = other
                try run.cancel()
                #expect(try await other.outcome().end == .cancelled)
                let (two, three) = (try await begun(), try await begun())
                #expect(try await !runs.waitIdle(within: 0.001))
                try runs.cancelAll()
                #expect(try await [two.outcome().end, three.outcome().end] == [.cancelled, .cancelled])
                let model = TestModel.endless("Once.")
                let four = try await runs.start(ask("Tell."), terms: .asking(model))
                let last = try four.run
                _ = try await model.asked.next()
                while try await library.assistant.run(last).text.isEmpty {
                    #expect(try await runs.keepAll(within: 60))
                }
                try runs.pauseAll()
                let end = try await four.outcome().end
                #expect({ if case .interrupted(_, resumable: true) = end { true } else { false } }(), "\(end)")
                #expect(try await library.assistant.run(last).isResumable)
            }
        }
    }
}
