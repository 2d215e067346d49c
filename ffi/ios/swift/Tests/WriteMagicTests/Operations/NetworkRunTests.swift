import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    /// Runs of providers behind a network, over a transport of the app's.
    @Suite struct NetworkRunTests {
        private static let far = Provider(
            name: "far",
            wire: .openAI,
            baseURL: "https://models.example.org/v1",
            model: "model-1",
            prices: ModelPrices(input: 1_000_000, output: 10_000_000)
        )

        private func withRuns<R>(
            _ keys: TestKeys = TestKeys(),
            _ body: (Runs, TestTransport, Library) async throws -> R
        ) async throws -> R {
            try await withLibrary { library, _ in
                let transport = TestTransport()
                try await library.assistant.setProvider(Self.far)
                let runs = try await library.assistant.runs(keys: keys, transport: transport)
                return try await body(runs, transport, library)
            }
        }

        private func begin(_ runs: Runs, _ text: String = "Well?", mask: [String]? = nil) async throws -> RunHandle {
            var policy = try Runs.defaultPolicy
            policy.attempts = 1
            return try await runs.start(ask(text), terms: RunTerms(models: [.provider("far")], mask: mask, policy: policy))
        }

        /// What a run fails for whose exchange ends so.
        private func cause(
            _ runs: Runs,
            _ transport: TestTransport,
            _ end: (TestExchange) async throws -> Void
        ) async throws -> RunOutcome {
            let run = try await begin(runs)
            try await end(transport.started.next())
            return try await run.outcome()
        }

        @Test("a request leaves with its key and masks, and its answer comes back in pieces")
        func answer() async throws {
            try await withRuns { runs, transport, library in
                let run = try await begin(runs, "Write to ana@example.org.", mask: [])
                let asked = try await transport.started.next()
                let exchange = asked.exchange
                #expect(asked.request.url == "https://models.example.org/v1/chat/completions")
                #expect(asked.header("authorization") == "Bearer sk-far")
                #expect(asked.header("content-type") == "application/json")
                #expect(asked.body.contains("[EMAIL1]") && !asked.body.contains("ana@example.org"), "\(asked.body)")
                #expect(try exchange.id > 0 && exchange.hasRoom && !exchange.isCancelled)
                try asked.head()
                try await asked.say("Dear [EMAIL")
                try await asked.say("1], 😀 it rained.")
                try await asked.finish(input: 1_000, output: 100)
                let said = try await run.all()
                #expect(said.text == "Dear ana@example.org, 😀 it rained.")
                let outcome = try #require(said.outcome)
                #expect(outcome.end == .completed(reason: .answered))
                // A dollar for a million tokens of the prompt, ten for those of the answer.
                #expect(outcome.cost == 1_000 + 1_000)
                let assistant = library.assistant
                let calls = try await assistant.ledgerCalls(before: nil)
                let call = try #require(calls.first)
                #expect(calls.count == 1 && call.entry.provider == "far" && call.entry.model == "model-1")
                #expect(call.entry.state == .settled && call.entry.cost == 2_000)
                #expect(try await assistant.ledgerCalls(before: call.id).isEmpty)
                #expect(try await library.ledger.spent().thisMonth.money == 2_000)
                let sends = try await assistant.sends(before: nil, limit: 10)
                let sent = try #require(sends.first)
                #expect(sends.count == 1 && sent.record.host == "models.example.org" && sent.record.masked.emails == 1)
                #expect(sent.record.bytes == asked.request.body.count)
                #expect(try await assistant.sends(before: sent.number).isEmpty)
            }
        }

        @Test("keys are asked for by name, and what the app has not is an error")
        func keys() async throws {
            let (answers, asked) = (Locked<[Result<String?, any Error>]>([]), Arrivals<String>())
            let keys = TestKeys { provider in
                asked.put(provider)
                return try answers.withLock { $0.removeFirst() }.get()
            }
            try await withRuns(keys) { runs, transport, _ in
                let cases: [(Result<String?, any Error>, ErrorCode)] = [
                    (.success(nil), .keyMissing), (.failure(Secret()), .keyInvalid), (.success("with\na line"), .keyInvalid),
                ]
                for (answer, code) in cases {
                    answers.withLock { $0 = [answer] }
                    let cause = try #require(try await begin(runs).outcome().cause)
                    #expect(cause.code == code)
                    #expect(!cause.message.contains("secret") && !cause.details.contains("secret"))
                    #expect(asked.take() == "far")
                }
                #expect(transport.started.count == 0)
            }
        }

        @Test("a run that could pass a cap is refused before the network")
        func caps() async throws {
            try await withRuns { runs, transport, library in
                let caps = Caps(request: Cap(money: 100))
                let assistant = library.assistant
                try await assistant.setCaps(caps)
                #expect(try await assistant.caps() == caps)
                #expect(try await begin(runs).outcome().cause?.code == .budgetExceeded)
                #expect(transport.started.count == 0)
                try await assistant.setCaps()
                let run = try await begin(runs)
                let asked = try await transport.started.next()
                try asked.head()
                try await asked.say("Yes.")
                try await asked.finish()
                #expect(try await run.outcome().text == "Yes.")
            }
        }

        @Test("a run that is cancelled cancels its exchange")
        func cancelled() async throws {
            try await withRuns { runs, transport, _ in
                let run = try await begin(runs)
                let asked = try await transport.started.next()
                let exchange = asked.exchange
                try asked.head()
                try await asked.say("Half an answer")
                for try await news in run.events {
                    // The loop has what it wants.
                    if case .event(.text) = news { break }
                }
                #expect(try await transport.cancelled.next() == exchange.id)
                #expect(try exchange.isCancelled)
                #expect(try await !exchange.dataBlocking(Data(count: 1_000_000)), "nobody wants it")
                try exchange.close()
                let outcome = try await run.outcome()
                #expect(outcome.end == .cancelled && outcome.text == "Half an answer")
                try await runs.resumed()
                #expect(try await transport.forgot.next())
            }
        }

        @Test("a response waits in bounds for the engine")
        func bounds() async throws {
            try await withRuns { runs, transport, _ in
                let run = try await begin(runs)
                let asked = try await transport.started.next()
                let exchange = asked.exchange
                try asked.head()
                // Comments, which mean nothing: more of them than may wait.
                let comments = Data(String(repeating: ":\n", count: 1 << 20).utf8)
                #expect(try exchange.data(comments) < comments.count)
                #expect(try await exchange.dataBlocking(comments))
                try await asked.say("Yes.")
                try await asked.finish()
                #expect(try await run.outcome().text == "Yes.")
            }
        }

        @Test("each way in which a network fails has a code")
        func failures() async throws {
            try await withRuns { runs, transport, _ in
                func failed(_ end: (TestExchange) async throws -> Void) async throws -> ErrorCode? {
                    try await cause(runs, transport, end).cause?.code
                }
                #expect(try await failed { try $0.exchange.fail(.offline) } == .offline)
                #expect(try await failed { try $0.exchange.fail(.connection) } == .connectionFailed)
                #expect(try await failed { try $0.exchange.close() } == .connectionFailed)
                let broken = try await cause(runs, transport) {
                    try $0.head()
                    try await $0.say("Half")
                    try $0.exchange.fail(.connection)
                }
                #expect(broken.cause?.code == .streamInterrupted && broken.text == "Half")
                #expect({ if case .interrupted(_, resumable: true) = broken.end { true } else { false } }())
                #expect(try await failed { try $0.refuse(400) } == .requestRejected)
                #expect(try await failed { try $0.refuse(200) } == .notAnEventStream)
                try runs.providerChanged("far")
                #expect(try await failed { try $0.exchange.fail(.certificate) } == .certificateRejected)
                #expect(try runs.mark(of: "far") == .disabled)
                try runs.providerChanged("far")
                #expect(try runs.mark(of: "far") == nil)
                #expect(try await failed { try $0.refuse(401) } == .credentialRejected)
                #expect(try runs.mark(of: "far") == .disabled)
                #expect(transport.started.count == 0)
            }
        }

        @Test("a provider that asks for time, or has an empty account, is left alone")
        func leftAlone() async throws {
            try await withRuns { runs, transport, _ in
                let busy = try await cause(runs, transport) { try $0.refuse(429, "{}", ["Retry-After": "600"]) }
                #expect(busy.cause?.code == .rateLimited)
                guard case let .failed(_, retryAt?) = busy.end else {
                    Issue.record("\(busy.end)")
                    return
                }
                #expect((540...600).contains(retryAt.timeIntervalSinceNow))
                let mark = try runs.mark(of: "far")
                #expect({ if case .coolingDown? = mark { true } else { false } }(), "\(String(describing: mark))")
                try runs.providerChanged("far")
                let poor = try await cause(runs, transport) {
                    try $0.refuse(429, #"{"error":{"code":"insufficient_quota"}}"#)
                }
                #expect(poor.cause?.code == .quotaExhausted)
                #expect(try runs.mark(of: "far") == .outOfQuota)
            }
        }

        @Test("a transport that throws is a connection that broke, and none is said so")
        func noTransport() async throws {
            struct Throwing: Transport {
                func start(_ request: HTTPRequest, exchange: HostExchange) throws { throw Secret() }
                func cancel(exchange: Int) throws {}
                func forgetConnections() throws {}
            }
            for (transport, code) in [(Throwing() as (any Transport)?, ErrorCode.connectionFailed), (nil, .transportUnavailable)] {
                try await withLibrary { library, _ in
                    try await library.assistant.setProvider(Self.far)
                    let runs = try await library.assistant.runs(keys: TestKeys(), transport: transport)
                    #expect(try await begin(runs).outcome().cause?.code == code)
                    #expect(try await runs.waitIdle(within: 10))
                }
            }
        }
    }
}
