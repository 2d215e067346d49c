import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    /// The ready transport, under runs of the engine, against servers on this machine.
    @Suite struct TransportTests {
        private struct Keys: KeySource {
            func key(of provider: String) throws -> String? { "sk-\(provider)" }
        }

        /// A run of the model behind `url`.
        private func begin(_ library: Library, _ url: String, _ transport: any Transport) async throws -> RunHandle {
            _ = try await library.assistant.setProvider(Provider(name: "near", wire: .openAI, baseURL: url, model: "model-1"))
            let runs = try await library.assistant.runs(keys: Keys(), transport: transport)
            var once = try Runs.defaultPolicy
            once.attempts = 1
            let request = ModelRequest(messages: [Message(role: .user, text: "Well? 😀")], maxOutputTokens: 100)
            return try await runs.start(request, terms: RunTerms(models: [.provider("near")], policy: once))
        }

        private func outcome(_ run: RunHandle) async throws -> RunOutcome {
            for try await news in run.events {
                if case let .end(outcome) = news { return outcome }
            }
            throw WriteMagicError.fault("a run without an end")
        }

        /// The outcome of a run that a server answers so.
        private func answered(_ library: Library, _ serve: @escaping @Sendable (LoopbackServer.Connection) -> Void) async throws -> RunOutcome {
            let server = try LoopbackServer(serve)
            defer { server.stop() }
            return try await outcome(try await begin(library, server.url, URLSessionTransport()))
        }

        private func code(_ outcome: RunOutcome) -> ErrorCode? {
            switch outcome.end {
            case let .failed(cause, _), let .interrupted(cause, _): return cause.code
            case .completed, .cancelled: return nil
            }
        }

        @Test("a request goes out as it is, and what comes is heard piece by piece")
        func pieces() async throws {
            try await withLibrary { library, _ in
                let (heard, request) = (DispatchSemaphore(value: 0), Locked(""))
                let server = try LoopbackServer { connection in
                    request.withLock { $0 = connection.request }
                    connection.send(LoopbackServer.chunked)
                    connection.chunk(LoopbackServer.event("It "))
                    heard.wait()
                    connection.chunk(LoopbackServer.event("rained 😀."))
                    connection.chunk(LoopbackServer.finish)
                    connection.send("0\r\n\r\n")
                }
                defer { server.stop() }
                var text = ""
                for try await news in try await begin(library, server.url, URLSessionTransport()).events {
                    if case let .event(.text(piece)) = news {
                        text += piece
                        if text == "It " { heard.signal() }
                    }
                }
                #expect(text == "It rained 😀.")
                let said = request.withLock { $0 }
                #expect(said.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
                let headers = said.lowercased()
                #expect(headers.contains("\r\nauthorization: bearer sk-near\r\n") && headers.contains("\r\ncontent-type: application/json\r\n"))
                #expect(said.contains("Well? 😀") && !headers.contains("\r\ncookie"))
            }
        }

        @Test("what comes byte by byte, and more than may wait, is heard whole")
        func sizes() async throws {
            try await withLibrary { library, _ in
                let body = LoopbackServer.event("Ein größeres ") + LoopbackServer.event("東京 👩‍👩‍👧.") + LoopbackServer.finish
                let slowly = try await answered(library) { connection in
                    connection.send(LoopbackServer.stream + "content-length: \(body.utf8.count)\r\n\r\n")
                    for scalar in body.unicodeScalars { connection.send(String(scalar)) }
                }
                #expect(slowly.text == "Ein größeres 東京 👩‍👩‍👧.")
                let asked = Locked(0)
                let large = try await answered(library) { connection in
                    asked.withLock { $0 += 1 }
                    connection.send(LoopbackServer.stream + "\r\n" + String(repeating: ": a comment\n\n", count: 1 << 19) + body)
                }
                #expect(large.text == slowly.text && large.end == slowly.end, "\(large)")
                // Nothing is asked for, and paid, again.
                #expect(asked.withLock { $0 } == 1)
            }
        }

        @Test("a response that is cut off, a status, and a redirect are told as they are")
        func failures() async throws {
            try await withLibrary { library, _ in
                let cut = try await answered(library) { connection in
                    connection.send(LoopbackServer.stream + "content-length: 1000\r\n\r\n" + LoopbackServer.event("Half"))
                }
                #expect(code(cut) == .streamInterrupted && cut.text == "Half")
                #expect(code(try await answered(library) { _ in }) == .connectionFailed)
                for (status, expected) in [(400, ErrorCode.requestRejected), (503, .providerUnavailable)] {
                    let outcome = try await answered(library) { connection in
                        connection.send("HTTP/1.1 \(status) X\r\nretry-after: 600\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}")
                    }
                    #expect(code(outcome) == expected)
                }
                let other = try LoopbackServer { $0.send(LoopbackServer.stream + "\r\n" + LoopbackServer.finish) }
                let moved = try await answered(library) { connection in
                    connection.send("HTTP/1.1 307 X\r\nlocation: \(other.url)\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
                }
                other.stop()
                #expect(code(moved) != nil && other.connections == 0)
                let refused = try await outcome(try await begin(library, other.url, URLSessionTransport()))
                #expect(code(refused) == .connectionFailed)
            }
        }

        @Test("a run whose loop is cancelled or left is cancelled, and its connection closed")
        func cancelled() async throws {
            try await withLibrary { library, _ in
                for leaves in [true, false] {
                    let server = try LoopbackServer { connection in
                        connection.send(LoopbackServer.stream + "\r\n" + LoopbackServer.event("Half"))
                        connection.awaitClosed()
                    }
                    defer { server.stop() }
                    let run = try await begin(library, server.url, URLSessionTransport())
                    let heard = Latch()
                    let reading = Task {
                        for try await news in run.events {
                            if case .event(.text) = news {
                                heard.open()
                                if leaves { break }
                            }
                        }
                    }
                    await heard.wait()
                    if !leaves { reading.cancel() }
                    try await reading.value
                    #expect(try await outcome(run).end == .cancelled)
                    await server.closed.wait()
                }
                #expect(Wakes.count == 0)
            }
        }

        @Test("connections are forgotten, and a URL that is none is a failure")
        func forgotten() async throws {
            try await withLibrary { library, _ in
                let transport = URLSessionTransport()
                for _ in 0..<3 {
                    let server = try LoopbackServer { $0.send(LoopbackServer.stream + "\r\n" + LoopbackServer.event("a") + LoopbackServer.finish) }
                    defer { server.stop() }
                    #expect(try await outcome(try await begin(library, server.url, transport)).text == "a")
                    try transport.forgetConnections()
                }
            }
            #expect(try await eventually { try living("exchange") == 0 && AppObject.count == 0 })
        }
    }
}
