import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct CallbackTests {
        struct Secret: Error, CustomStringConvertible {
            let description = "secret"
        }

        init() throws {
            try WriteMagic.setLogLevel(.off)
        }

        @Test("news come on one thread of the engine's, and to nobody who has forgotten")
        func oneThread() async throws {
            let threads = Locked<Set<ObjectIdentifier>>([])
            let tokens = (0..<3).map { _ in
                Wakes.register { threads.withLock { _ = $0.insert(ObjectIdentifier(Thread.current)) } }
            }
            for token in tokens { try Native.crashWake(token) }
            try await settleNews()
            #expect(threads.withLock { $0.count } == 1)
            for token in tokens { Wakes.forget(token) }
            threads.withLock { $0 = [] }
            for token in tokens { try Native.crashWake(token) }
            try await settleNews()
            #expect(threads.withLock { $0.isEmpty })
        }

        @Test("a callback that blocks holds up no call, and callbacks may call the engine")
        func blocks() async throws {
            try await withSession { session, _ in
                let (entered, go) = (Latch(), DispatchSemaphore(value: 0))
                let token = Wakes.register {
                    entered.open()
                    go.wait()
                    _ = try? session.splice(at: 0, delete: 0, insert: "from a callback, ")
                }
                try Native.crashWake(token)
                await entered.wait()
                try session.splice(at: 0, delete: 0, insert: "typed")
                try await session.flush()
                #expect(try session.text == "typed")
                go.signal()
                try await settleNews()
                #expect(try session.text == "from a callback, typed")
                Wakes.forget(token)
            }
        }

        @Test("a callback may close the session that it is called for, or all of its library")
        func closes() async throws {
            for closesLibrary in [false, true] {
                try await withSession { session, library in
                    let closed = Latch()
                    let token = Wakes.register {
                        // On the engine's own thread, with nothing in between.
                        do {
                            if closesLibrary { try library.calls.close() } else { try session.rawClose() }
                        } catch {
                            Issue.record(error)
                        }
                        closed.open()
                    }
                    try session.splice(at: 0, delete: 0, insert: "typed")
                    try Native.crashWake(token)
                    await closed.wait()
                    Wakes.forget(token)
                    let failure = try await failure { try session.splice(at: 0, delete: 0, insert: "late") }
                    #expect([.sessionFailed, .invalidObject].contains(failure.category), "\(failure)")
                    // Others are told as before.
                    try await settleNews()
                }
            }
        }

        @Test("a model of the app that closes its own run, its runs or its library does no harm")
        func modelCloses() async throws {
            for closing in 0..<3 {
                try await withLibrary { library, _ in
                    let runs = try await library.assistant.runs(keys: TestKeys())
                    let (started, run) = (DispatchSemaphore(value: 0), Locked<RunHandle?>(nil))
                    let asked = Latch()
                    let model = ClosingModel {
                        started.wait()
                        switch closing {
                        case 0: try run.withLock { $0 }?.close()
                        case 1: try runs.close()
                        default: try library.calls.close()
                        }
                        asked.open()
                    }
                    let handle = try await runs.start(ask("Well?"), terms: .asking(model))
                    run.withLock { $0 = handle }
                    started.signal()
                    await asked.wait()
                    if closing < 2 { #expect(try await library.folders().isEmpty) }
                    run.withLock { $0 = nil }
                }
                #expect(try await eventually { AppObject.count == 0 })
            }
        }

        @Test("an object of the app is asked by a thread of the engine's, and released")
        func asked() async throws {
            let object = AppObject { question, request, answer in
                try answer.u8(UInt8(question))
                try answer.bytes(try request.bytes())
                try request.end()
            }
            let number = object.numbered()
            for count in [0, 2, 1_000_000] {
                let content = Data(repeating: 7, count: count)
                let request = try Writer.writing { try $0.bytes(content) }.data
                let answer = try #require(try Native.crashAsk(number, 9, request))
                try Reader.read(answer) { (reader: inout Reader) throws in
                    #expect(try reader.u8() == 9)
                    #expect(try reader.bytes() == content)
                }
            }
            try Native.crashRelease(number)
            #expect(AppObject.count == 0)
            #expect(try Native.crashAsk(number, 9, Data()) == nil)
        }

        @Test("an object that throws, one that blocks, and one that asks again, are answers")
        func misbehaves() async throws {
            let before = try Native.throwCount()
            let throwing = AppObject { _, _, _ in throw Secret() }.numbered()
            #expect(try Native.crashAsk(throwing, 0, Data()) == nil)
            let deep = AppObject { _, _, answer in
                if try Native.crashAsk(throwing, 0, Data()) == nil { try answer.u8(9) }
            }.numbered()
            #expect(try Native.crashAsk(deep, 0, Data()) == Data([9]))
            #expect(try Native.throwCount() == before + 2)

            let go = DispatchSemaphore(value: 0)
            let (entered, blocking) = (Latch(), Locked(UInt64(0)))
            blocking.withLock { number in
                number = AppObject { _, _, answer in
                    entered.open()
                    go.wait()
                    try answer.u8(1)
                }.numbered()
            }
            let asking = Task { try await Engine.run { try Native.crashAsk(blocking.withLock { $0 }, 0, Data()) } }
            await entered.wait()
            // Others are asked meanwhile.
            #expect(try Native.crashAsk(deep, 0, Data()) == Data([9]))
            go.signal()
            #expect(try await asking.value == Data([1]))
            for number in [throwing, deep, blocking.withLock { $0 }] { try Native.crashRelease(number) }
        }

        @Test("objects of a call that failed, or was cancelled before it began, are not kept")
        func notKept() async throws {
            struct NoKeys: KeySource {
                func key(of provider: String) throws -> String? { nil }
            }
            try await withLibrary { library, _ in
                try await library.assistant.runs(keys: NoKeys()).close()
                let cancelled = Task {
                    while !Task.isCancelled { await Task.yield() }
                    return try await library.assistant.runs(keys: NoKeys())
                }
                cancelled.cancel()
                await #expect(throws: CancellationError.self) { try await cancelled.value }
                try await library.close()
                _ = try await failure { try await library.assistant.runs(keys: NoKeys()) }
            }
            // The engine's threads let go of them in their own time.
            #expect(try await eventually { AppObject.count == 0 })
        }
    }
}

/// Does something where it is to begin an answer, and refuses it.
private struct ClosingModel: HostModel {
    let closes: @Sendable () throws -> Void

    func describe() throws -> HostDescription {
        HostDescription(name: "closing", locality: .device, contextTokens: 4_096, maxOutputTokens: 1_024)
    }

    func availability() throws -> ModelAvailability {
        .available
    }

    func countTokens(of text: String) throws -> Int? {
        nil
    }

    func generate(_ request: ModelRequest, into sink: HostSink) throws -> HostBegun {
        try closes()
        return .failed(error: .refused)
    }

    func cancel(call: Int) throws {}
}
