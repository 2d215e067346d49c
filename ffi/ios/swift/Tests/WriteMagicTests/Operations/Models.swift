import Foundation
import Testing

@testable import WriteMagic

/// What comes from threads of the engine's and of models, in its order.
final class Arrivals<Value: Sendable>: Sendable {
    private let values = Locked<[Value]>([])

    func put(_ value: Value) {
        values.withLock { $0.append(value) }
    }

    func take() -> Value? {
        values.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }

    var count: Int {
        values.withLock { $0.count }
    }

    /// The next that comes within a minute.
    func next() async throws -> Value {
        _ = try await eventually { count > 0 }
        return try #require(take())
    }
}

/// A model of the app: each request is answered on a thread of its own.
struct TestModel: HostModel {
    let name: String
    let locality: Locality
    let present: ModelAvailability
    let answer: @Sendable (ModelRequest, HostSink) throws -> Void
    /// The calls that the engine has cancelled.
    let cancelled = Arrivals<Int>()
    /// What it was asked.
    let asked = Arrivals<ModelRequest>()

    init(
        name: String = "device",
        locality: Locality = .device,
        availability: ModelAvailability = .available,
        answer: @escaping @Sendable (ModelRequest, HostSink) throws -> Void
    ) {
        (self.name, self.locality, self.present, self.answer) = (name, locality, availability, answer)
    }

    /// Says this, and is done.
    static func saying(_ text: String, name: String = "device", locality: Locality = .device) -> TestModel {
        TestModel(name: name, locality: locality) { _, sink in
            try sink.text(text)
            try sink.finished()
        }
    }

    /// Begins to answer and never ends.
    static func endless(_ said: String) -> TestModel {
        TestModel { _, sink in
            try sink.text(said)
            while try !sink.isUnwanted { Thread.sleep(forTimeInterval: 0.001) }
        }
    }

    func describe() throws -> HostDescription {
        HostDescription(name: name, locality: locality, contextTokens: 4_096, maxOutputTokens: 1_024, system: true)
    }

    func availability() throws -> ModelAvailability {
        present
    }

    func countTokens(of text: String) throws -> Int? {
        text.utf8.count / 4
    }

    func generate(_ request: ModelRequest, into sink: HostSink) throws -> HostBegun {
        asked.put(request)
        Thread.detachNewThread {
            // One that throws has ended in no order.
            _ = try? answer(request, sink)
            _ = try? sink.close()
        }
        return .call(number: 5)
    }

    func cancel(call: Int) throws {
        cancelled.put(call)
    }
}

/// A model that cannot begin, or cannot say what it is.
struct RefusingModel: HostModel {
    var name = "refusing"
    var describes = true
    var error: HostModelError?

    func describe() throws -> HostDescription {
        guard describes else { throw Secret() }
        return HostDescription(name: name, locality: .device, contextTokens: 4_096, maxOutputTokens: 1_024)
    }

    func availability() throws -> ModelAvailability {
        .available
    }

    func countTokens(of text: String) throws -> Int? {
        nil
    }

    func generate(_ request: ModelRequest, into sink: HostSink) throws -> HostBegun {
        guard let error else { throw Secret() }
        return .failed(error: error)
    }

    func cancel(call: Int) throws {}
}

/// Keys of providers.
struct TestKeys: KeySource {
    var key: @Sendable (String) throws -> String? = { "sk-\($0)" }

    func key(of provider: String) throws -> String? {
        try key(provider)
    }
}

/// One exchange that the engine has begun.
struct TestExchange: Sendable {
    let request: HTTPRequest
    let exchange: HostExchange

    var body: String {
        String(decoding: request.body, as: UTF8.self)
    }

    func header(_ name: String) -> String? {
        request.headers.first { $0.name == name }?.value
    }

    func head(_ status: Int = 200, _ headers: [String: String] = ["Content-Type": "text/event-stream"]) throws {
        try exchange.head(status: status, headers: headers.map { ResponseHeader(name: $0.key, value: $0.value) })
    }

    func send(_ json: String) async throws {
        #expect(try await exchange.dataBlocking(Data("data: \(json)\n\n".utf8)))
    }

    /// A piece of an answer, as OpenAI's wire has it.
    func say(_ text: String) async throws {
        try await send(#"{"choices":[{"delta":{"content":"\#(text)"}}]}"#)
    }

    /// The rest of an answer that is whole.
    func finish(input: Int = 10, output: Int = 5) async throws {
        try await send(#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#)
        try await send(#"{"choices":[],"usage":{"prompt_tokens":\#(input),"completion_tokens":\#(output)}}"#)
        try await send("[DONE]")
        try exchange.finish()
    }

    /// All of a response that is no stream.
    func refuse(_ status: Int, _ json: String = "{}", _ headers: [String: String] = [:]) throws {
        try head(status, headers.merging(["Content-Type": "application/json"]) { $1 })
        #expect(try exchange.data(Data(json.utf8)) == json.utf8.count)
        try exchange.finish()
    }
}

/// The app's way to the network: exchanges are the test's to fill.
struct TestTransport: Transport {
    let started = Arrivals<TestExchange>()
    let cancelled = Arrivals<Int>()
    let forgot = Arrivals<Bool>()

    func start(_ request: HTTPRequest, exchange: HostExchange) throws {
        started.put(TestExchange(request: request, exchange: exchange))
    }

    func cancel(exchange: Int) throws {
        cancelled.put(exchange)
    }

    func forgetConnections() throws {
        forgot.put(true)
    }
}

func ask(_ text: String) -> ModelRequest {
    ModelRequest(messages: [Message(role: .user, text: text)], maxOutputTokens: 500)
}

extension RunTerms {
    /// These models of the app, in this order.
    static func asking(_ models: any HostModel...) -> RunTerms {
        RunTerms(models: models.map { .host($0) })
    }
}

extension RunHandle {
    /// All that the run says.
    func all() async throws -> [RunNews] {
        var all: [RunNews] = []
        for try await news in events { all.append(news) }
        return all
    }

    func outcome() async throws -> RunOutcome {
        try #require(try await all().outcome)
    }
}

extension [RunNews] {
    var outcome: RunOutcome? {
        if case let .end(outcome)? = last { outcome } else { nil }
    }

    var events: [RunEvent] {
        compactMap { if case let .event(event) = $0 { event } else { nil } }
    }

    var text: String {
        events.map { if case let .text(text) = $0 { text } else { "" } }.joined()
    }
}

extension RunOutcome {
    /// Why it broke off, or failed.
    var cause: RunCause? {
        switch end {
        case let .failed(cause, _), let .interrupted(cause, _): cause
        case .completed, .cancelled: nil
        }
    }
}

/// What an object of the app throws: nothing of it may be seen elsewhere.
struct Secret: Error, CustomStringConvertible {
    let description = "secret"
}
