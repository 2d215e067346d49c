import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    /// What models of the app cannot do, and whom else a run asks then.
    @Suite struct HostModelTests {
        private func withRuns<R>(_ body: (Runs, Library) async throws -> R) async throws -> R {
            try await withLibrary { library, _ in
                try await body(library.assistant.runs(keys: TestKeys()), library)
            }
        }

        private func cause(_ runs: Runs, _ terms: RunTerms, _ text: String = "Well?") async throws -> RunCause {
            try #require(try await runs.start(ask(text), terms: terms).outcome().cause)
        }

        /// Whether a run of these terms fails with this code.
        private func fails(_ code: ErrorCode, _ runs: Runs, _ terms: RunTerms, _ text: String = "Well?") async throws {
            let cause = try await cause(runs, terms, text)
            #expect(cause.code == code, "\(cause)")
        }

        @Test("each way in which a model fails has a code")
        func failures() async throws {
            try await withRuns { runs, _ in
                let failures: [(HostModelError, ErrorCode)] = [
                    (.unavailable(.notReady), .modelUnavailable),
                    (.contextTooLong(contextTokens: 4_096), .contextTooLong),
                    (.requestTooSmall, .requestRejected),
                    (.refused, .answerRefused),
                    (.batteryQuota, .quotaExhausted),
                    (.background, .modelUnavailable),
                ]
                for (error, code) in failures {
                    let told = TestModel(name: "told \(code)") { _, sink in try sink.failed(error) }
                    try await fails(code, runs, .asking(told))
                    let refusing = RefusingModel(name: "refusing \(code)", error: error)
                    try await fails(code, runs, .asking(refusing))
                }
                let changing = TestModel { _, sink in
                    try sink.snapshot("It rained.")
                    try sink.snapshot("It snowed.")
                }
                try await fails(.streamInterrupted, runs, .asking(changing))
                let missing = TestModel(availability: .downloading(done: 1, total: 2)) { _, _ in }
                try await fails(.modelUnavailable, runs, .asking(missing))
            }
        }

        @Test("a model that throws is told as one that is not there, without a word of what it threw")
        func throwing() async throws {
            try await withRuns { runs, _ in
                for model in [RefusingModel(name: "one", describes: false), RefusingModel(name: "two")] {
                    let thrown = try await cause(runs, .asking(model))
                    #expect(thrown.code == .modelUnavailable || thrown.code == .providerUnavailable, "\(thrown)")
                    #expect(!thrown.message.contains("secret") && !thrown.details.contains("secret"))
                }
            }
        }

        @Test("another model is asked where one cannot be")
        func fallback() async throws {
            try await withRuns { runs, _ in
                let missing = TestModel(name: "one", availability: .unavailable(.notEnabled)) { _, _ in }
                let busy = TestModel(name: "two") { _, sink in try sink.failed(.unavailable(.other)) }
                let well = TestModel.saying("Yes.", name: "three")
                let said = try await runs.start(ask("Well?"), terms: .asking(missing, busy, well)).all()
                let fallbacks = said.events.compactMap { if case let .fallback(_, cause) = $0 { cause.code } else { nil } }
                #expect(Set(fallbacks) == [.modelUnavailable])
                #expect(said.outcome?.text == "Yes." && said.outcome?.candidate == 2)
                // The writer's consent is needed where one has declined.
                let declining = TestModel(name: "four") { _, sink in try sink.failed(.refused) }
                try await fails(.answerRefused, runs, .asking(declining, well))
                var terms = RunTerms.asking(declining, well)
                terms.consents = FallbackConsents(refusal: true)
                #expect(try await runs.start(ask("Well?"), terms: terms).outcome().text == "Yes.")
            }
        }

        @Test("a model that is asked too often is asked again")
        func again() async throws {
            try await withRuns { runs, _ in
                let calls = Locked(0)
                let busy = TestModel { _, sink in
                    let call = calls.withLock { calls in
                        calls += 1
                        return calls
                    }
                    if call == 1 {
                        try sink.failed(.busy(retryAfter: 0.001))
                    } else {
                        try sink.text("Yes.")
                        try sink.finished()
                    }
                }
                let said = try await runs.start(ask("Well?"), terms: .asking(busy)).all()
                let retries = said.events.compactMap { if case let .retry(_, _, cause) = $0 { cause.code } else { nil } }
                #expect(retries == [.rateLimited] && said.outcome?.text == "Yes.")
                calls.withLock { $0 = 0 }
                var once = RunTerms.asking(busy)
                once.policy = try Runs.defaultPolicy
                #expect(once.policy?.attempts == 3)
                once.policy?.attempts = 1
                once.timers = try Runs.defaultTimers
                try await fails(.rateLimited, runs, once)
                let timers = try Runs.defaultTimers
                #expect(timers.whole > timers.gap && timers.connect == 10)
            }
        }

        @Test("a text that stays near reaches no model that is far, and one that leaves is masked")
        func near() async throws {
            try await withRuns { runs, library in
                let cloud = TestModel.saying("Dear [NAME1], I wrote to [EMAIL1].", name: "cloud", locality: .cloud)
                var near = RunTerms.asking(cloud)
                near.ceiling = .device
                try await fails(.localityCeiling, runs, near, "Secret.")
                #expect(cloud.asked.take() == nil)
                #expect(try await library.assistant.sends().isEmpty)
                var masked = RunTerms.asking(cloud)
                masked.mask = ["Ana Kovač"]
                let letter = ask("Write to Ana Kovač (ana@example.org).")
                let outcome = try await runs.start(letter, terms: masked).outcome()
                #expect(outcome.text == "Dear Ana Kovač, I wrote to ana@example.org.")
                #expect(try await cloud.asked.next().messages.map(\.text) == ["Write to [NAME1] ([EMAIL1])."])
                let sends = try await library.assistant.sends()
                #expect(sends.map(\.record.locality) == [.cloud])
                #expect(sends[0].record.masked.phrases == 1 && sends[0].record.masked.emails == 1)
            }
        }

        @Test("a request that no model can hold is refused")
        func tooLong() async throws {
            try await withRuns { runs, _ in
                let model = TestModel.saying("No.")
                let words = String(repeating: "word ", count: 100_000)
                try await fails(.contextTooLong, runs, .asking(model), words)
                #expect(model.asked.take() == nil)
                try await fails(.modelUnavailable, runs, RunTerms())
                #expect(try runs.open.isEmpty)
            }
        }
    }
}
