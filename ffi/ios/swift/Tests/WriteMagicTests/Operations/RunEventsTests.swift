import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    /// Loops over what a run says: slow ones, cancelled ones, and those that are let go of.
    @Suite struct RunEventsTests {
        private func withRuns<R>(_ body: (Runs, Library) async throws -> R) async throws -> R {
            try await withLibrary { library, _ in
                let runs = try await library.assistant.runs(keys: TestKeys())
                let result = try await body(runs, library)
                #expect(try await runs.waitIdle(within: 60))
                try runs.close()
                return result
            }
        }

        @Test("a slow loop hears everything in its order, holds up nobody, and nothing grows meanwhile")
        func slow() async throws {
            try await withRuns { runs, _ in
                let (pieces, spoken) = (5_000, Latch())
                let model = TestModel { _, sink in
                    for n in 0..<pieces { try sink.text("\(n) ") }
                    try sink.finished()
                    spoken.open()
                }
                let run = try await runs.start(ask("Count."), terms: .asking(model))
                // The model is done before anybody listens.
                await spoken.wait()
                let other = try await runs.start(ask("Well?"), terms: .asking(TestModel.saying("Yes.", name: "other")))
                #expect(try await other.outcome().text == "Yes.")
                let whole = (0..<pieces).map { "\($0) " }.joined()
                var (heard, events) = ("", 0)
                var ends: [RunOutcome] = []
                for try await news in run.events {
                    await Task.yield()
                    switch news {
                    case let .event(.text(piece)): (heard, events) = (heard + piece, events + 1)
                    case let .end(outcome): ends.append(outcome)
                    case .event: break
                    }
                }
                #expect(heard == whole && events < pieces, "\(events) events")
                #expect(ends.map(\.text) == [whole])
                // Behind the end there is nothing, however often it is asked for.
                for try await _ in run.events { Issue.record("something behind the end") }
            }
        }

        @Test("what a model says comes as it is said, wherever it is cut")
        func texts() async throws {
            try await withRuns { runs, library in
                let pieces = [
                    "\u{0}", "a\u{0}b", "\r", "\n\r\n", "👩‍👩", "‍👧‍👦", "🏳️", "\u{200D}🌈", "e", "\u{301}", "🇺", "🇳", "\u{FEFF}", "漢字",
                    String(repeating: "It rained 😀. ", count: 20_000),
                ]
                let model = TestModel { _, sink in
                    for piece in pieces { try sink.text(piece) }
                    try sink.finished()
                }
                // As much as a model of this size takes.
                let asked = pieces.dropLast().joined()
                let run = try await runs.start(ask(asked), terms: .asking(model))
                let id = try run.run
                let said = try await run.all()
                let whole = Array(pieces.joined().utf8)
                // Swift takes texts for equal that are written in other bytes.
                #expect(Array(said.text.utf8) == whole && Array(said.outcome?.text.utf8 ?? "".utf8) == whole)
                #expect(try await Array(library.assistant.run(id).text.utf8) == whole)
                #expect(try await Array(model.asked.next().messages[0].text.utf8) == Array(asked.utf8))
            }
        }

        @Test("a loop whose task is cancelled ends, and its run is cancelled with it")
        func cancelled() async throws {
            try await withRuns { runs, library in
                for n in 0..<20 {
                    let run = try await runs.start(ask("Tell."), terms: .asking(TestModel.endless("Once.")))
                    let id = try run.run
                    let heard = Latch()
                    let reading = Task {
                        for try await news in run.events {
                            if case .event(.text) = news { heard.open() }
                        }
                    }
                    if n % 2 == 0 { await heard.wait() }
                    reading.cancel()
                    try await reading.value
                    // Who listens next hears the end, which is kept.
                    #expect(try await run.outcome().end == .cancelled)
                    #expect(try await runs.waitIdle(within: 60))
                    #expect(try await library.assistant.run(id).state == .cancelled)
                    try run.close()
                }
                #expect(try living("run") == 0 && Wakes.count == 0)
            }
        }

        @Test("an iterator that is let go of cancels its run, before and behind its first event")
        func dropped() async throws {
            try await withRuns { runs, _ in
                for n in 0..<20 {
                    let run = try await runs.start(ask("Tell."), terms: .asking(TestModel.endless("Once.")))
                    var iterator: RunHandle.Events.Iterator? = run.events.makeAsyncIterator()
                    if n % 2 == 0 { #expect(try await iterator?.next() != nil) }
                    iterator = nil
                    #expect(iterator == nil && Wakes.count == 0)
                    #expect(try await run.outcome().end == .cancelled)
                }
                #expect(try await eventually { try living("run") == 0 })
            }
        }

        @Test("a run that is closed or let go of is cancelled, and can be gone on with")
        func letGo() async throws {
            try await withRuns { runs, library in
                for closes in [true, false] {
                    let model = TestModel.endless("It ")
                    var run: RunHandle? = try await runs.start(ask("Go on."), terms: .asking(model))
                    let id = try #require(try run?.run)
                    _ = try await model.asked.next()
                    // What the model has said is kept.
                    while try await library.assistant.run(id).text.isEmpty { #expect(try await runs.keepAll(within: 60)) }
                    if closes { try run?.close() }
                    run = nil
                    #expect(try await runs.waitIdle(within: 60) && run == nil)
                    let kept = try await library.assistant.run(id)
                    #expect(kept.text == "It " && kept.state == .cancelled)
                    let more = try await runs.goOn(id, terms: .asking(TestModel.saying("rained.")))
                    #expect(try await more.outcome().end == .completed(reason: .answered))
                }
            }
        }

        @Test("a loop that throws stops its run alone, and one over a closed run throws once")
        func throwing() async throws {
            try await withRuns { runs, _ in
                let one = try await runs.start(ask("Tell."), terms: .asking(TestModel.endless("Once.")))
                let other = try await runs.start(ask("Tell."), terms: .asking(TestModel.saying("Twice.", name: "other")))
                await #expect(throws: Secret.self) { for try await _ in one.events { throw Secret() } }
                #expect(try await one.outcome().end == .cancelled)
                #expect(try await other.outcome().text == "Twice.")
                try other.close()
                var iterator = other.events.makeAsyncIterator()
                #expect(try await failure { try await iterator.next() }.code == .handleClosed)
                #expect(try await iterator.next() == nil)
            }
        }
    }
}
