import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct MisuseTests {
        init() throws {
            try WriteMagic.setLogLevel(.off)
        }

        /// Functions that take a handle, with arguments that change nothing if the handle is a live one of theirs.
        private static let functions: [@Sendable (Int64, inout SystemRandomNumberGenerator) throws -> Void] = [
            { handle, _ in try Native.crashNot(handle) },
            { handle, _ in _ = try Native.progress(handle) },
            { handle, _ in try Native.cancel(handle) },
            { handle, _ in _ = try Native.takeResult(handle) },
            { handle, _ in try Native.closeWork(handle) },
            { handle, random in try Native.closeObject(UInt32.random(in: 0..<20, using: &random), handle) },
            { handle, random in _ = try Native.splice(handle, Int.random(in: 0 ... Int.max, using: &random), 0, Data()) },
            { handle, _ in _ = try Native.text(handle) },
            { handle, random in _ = try Native.invoke(UInt32.random(in: 0..<400, using: &random), handle, bytes(40, &random)) },
            { handle, random in _ = try Native.start(UInt32.random(in: 0..<400, using: &random), handle, bytes(9, &random), 0) },
            { handle, _ in try Native.crashClose(handle) },
        ]

        @Test("no number that is passed for a handle does any harm")
        func handles() async throws {
            try await withLibrary { library, _ in
                let stale = try (0..<64).map { _ in
                    let handle = try Native.crashOpen(panicsAtItsEnd: false)
                    try Native.crashClose(handle)
                    return handle
                }
                let refused = Locked(0)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            var random = SystemRandomNumberGenerator()
                            for _ in 0..<50_000 {
                                let old = stale[Int.random(in: 0..<stale.count, using: &random)]
                                let handle: Int64
                                switch Int.random(in: 0..<6, using: &random) {
                                case 0: handle = 0
                                case 1: handle = Int64.random(in: Int64.min..<0, using: &random)
                                case 2: handle = old
                                // A bit of one that was, and a neighbour of it.
                                case 3: handle = old ^ (1 << Int64.random(in: 0..<64, using: &random))
                                case 4: handle = old &+ Int64.random(in: -1000...1000, using: &random)
                                default: handle = Int64.random(in: Int64.min ... Int64.max, using: &random)
                                }
                                do {
                                    try Self.functions[Int.random(in: 0..<Self.functions.count, using: &random)](handle, &random)
                                } catch let error as WriteMagicError {
                                    #expect([.invalidObject, .invalidInput].contains(error.category), "\(error)")
                                    refused.withLock { $0 += 1 }
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(refused.withLock { $0 } > 50_000)
                // The library never noticed.
                #expect(try await library.folders().isEmpty)
            }
        }

        @Test("each kind of wrong handle has an error of its own")
        func kinds() async throws {
            try await withLibrary { library, _ in
                let closed = try Native.crashOpen(panicsAtItsEnd: false)
                try Native.crashClose(closed)
                let codes: [(Int64, ErrorCode)] = [
                    (0, .handleNull), (-1, .handleForged), (.min, .handleForged), (library.calls.handle, .handleWrongType),
                    (closed, .handleClosed),
                    // Of another copy of the library: another image.
                    (closed ^ (1 << 55), .handleForeign),
                ]
                for (handle, code) in codes {
                    let failure = try await failure { try Native.crashNot(handle) }
                    #expect(failure.code == code && failure.category == .invalidObject)
                }
                #expect(try !Native.crashClose(closed))
            }
        }

        @Test("closing from many tasks while others call is fine")
        func closing() async throws {
            for _ in 0..<100 {
                let test = try CrashTest()
                await withTaskGroup(of: Void.self) { group in
                    for n in 0..<8 {
                        group.addTask {
                            do {
                                if n % 4 == 0 { try test.close() } else { try test.succeed() }
                            } catch {
                                let code = (error as? WriteMagicError)?.code
                                #expect(code == .handleClosed || code == .handleClosing)
                            }
                        }
                    }
                }
            }
            #expect(try living("crash test") == 0)
        }

        @Test("sessions and libraries that many tasks close while others use them are closed once, with all that was typed")
        func closingSessions() async throws {
            try await withFolder { folder in
                let path = folder.appendingPathComponent("library")
                for round in 0..<20 {
                    let library = try await WriteMagic.open(at: path, options: OpenOptions(create: true))
                    let session = try await library.session("")
                    let typed = Locked(0)
                    await withTaskGroup(of: Void.self) { group in
                        for n in 0..<12 {
                            group.addTask {
                                do {
                                    switch n % 4 {
                                    case 0:
                                        try session.splice(at: 0, delete: 0, insert: "x")
                                        typed.withLock { $0 += 1 }
                                    case 1: for try await _ in session.changes {}
                                    case 2: try await session.close()
                                    default: try await round % 2 == 0 ? library.close() : session.close()
                                    }
                                } catch let error as WriteMagicError {
                                    #expect([.invalidObject, .sessionFailed, .notPossible].contains(error.category), "\(error)")
                                } catch {
                                    Issue.record(error)
                                }
                            }
                        }
                    }
                    try await session.close()
                    try await library.close()
                    let again = try await WriteMagic.open(at: path)
                    let newest = try #require(try await again.documents().documents.first)
                    #expect(try await again.text(of: newest.id).count == typed.withLock { $0 })
                    try await again.close()
                }
                #expect(try await eventually { try living("edit session") == 0 && living("library") == 0 && Wakes.count == 0 })
            }
        }

        @Test("a closed library refuses calls, and closing it again is fine")
        func closedLibrary() async throws {
            try await withLibrary { library, _ in
                let document = try await library.document("Untitled")
                try await library.close()
                try await library.close()
                let calls: [() async throws -> Void] = [
                    { _ = try await library.text(of: document.id) }, { _ = try library.isReadOnly }, { _ = try library.check() },
                    { _ = try await library.edit(document.id) }, { _ = try await library.assistant.providers() },
                ]
                for call in calls {
                    let failure = try await failure { try await call() }
                    #expect(failure.code == .handleClosed)
                }
            }
        }

        @Test("a closed session refuses calls, and closing it again is fine")
        func closedSession() async throws {
            try await withSession("text") { session, _ in
                try await session.close()
                try await session.close()
                let calls: [() async throws -> Void] = [
                    { try session.splice(at: 0, delete: 0, insert: "a") }, { _ = try await session.flush() }, { _ = try session.text },
                    { _ = try session.stats }, { for try await _ in session.changes {} },
                ]
                for call in calls {
                    let failure = try await failure { try await call() }
                    #expect(failure.code == .handleClosed)
                }
            }
        }

        @Test("an object may be let go of while calls of it run")
        func letGo() async throws {
            try await withFolder { folder in
                let path = folder.appendingPathComponent("library")
                for n in 0..<20 {
                    // The one before is closed soon after it is let go of.
                    #expect(try await eventually { try living("library") == 0 })
                    var library: Library? = try await WriteMagic.open(at: path, options: OpenOptions(create: true))
                    let document = try #require(try await library?.document("Document \(n)", "text"))
                    let session = try #require(try await library?.edit(document.id))
                    let reading = Task { [library] in try await library?.documents().total }
                    let checking = try library?.check()
                    library = nil
                    #expect(try await reading.value == n + 1)
                    #expect(try await checking?.value.documents == n + 1)
                    // The session holds its library.
                    try session.splice(at: 0, delete: 0, insert: "typed ")
                    #expect(try await eventually { try living("library") == 1 })
                }
                // Whoever has work alone need not hold what works.
                #expect(try await eventually { try living("library") == 0 && living("edit session") == 0 })
                let library = try await WriteMagic.open(at: path)
                for document in try await library.documents().documents {
                    #expect(try await library.text(of: document.id) == "typed text")
                }
                try await library.close()
            }
        }

        @Test("requests that no generated code writes are typed errors")
        func requests() async throws {
            try await withLibrary { library, _ in
                for number in 0..<UInt32(400) {
                    for n in 0..<20 {
                        // Too long for nothing and a truth, too short for all else, and no variant has such a number.
                        let request = Data([UInt8(200 + n), .random(in: 0...255), .random(in: 0...255)])
                        let failure = try await failure {
                            if n % 2 == 0 {
                                _ = try Native.start(number, library.calls.handle, request, 0)
                            } else {
                                _ = try Native.invoke(number, library.calls.handle, request)
                            }
                        }
                        #expect([.invalidInput, .invalidObject].contains(failure.category), "\(number): \(failure)")
                    }
                }
                let unknown = try await failure { try Native.invoke(9999, 0, Data()) }
                #expect(unknown.code == .invalidArgument && unknown.message.contains("9999"))
                let object = try await failure { try Native.closeObject(99, library.calls.handle) }
                #expect(object.code == .invalidArgument)
                let level = try await failure { try Native.setLogLevel(6) }
                #expect(level.code == .invalidArgument)
            }
        }
    }
}

private func bytes(_ most: Int, _ random: inout SystemRandomNumberGenerator) -> Data {
    Data((0..<Int.random(in: 0..<most, using: &random)).map { _ in .random(in: 0...255, using: &random) })
}
