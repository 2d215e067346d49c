import Foundation
import Testing

@testable import WriteMagic

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Everything {
    @Suite struct ErrorTests {
        @Test("each category has errors of the engine's, with their codes, details and sentences")
        func categories() async throws {
            try await withLibrary { library, folder in
                let document = try await library.document("Untitled")
                let session = try await library.edit(document.id)
                try await session.close()
                try await library.trash(document.id)
                _ = try await library.purge(document.id, confirmed: true)

                let closed = try CrashTest()
                try closed.close()
                let calls: [(WriteMagicError.Category, ErrorCode, () async throws -> Void)] = [
                    (.invalidInput, .invalidArgument, { try CrashTest().fail() }),
                    (.notPossible, .documentNotFound, { _ = try await library.text(of: document.id) }),
                    (.libraryFailed, .libraryNotFound, { _ = try await WriteMagic.open(at: folder.appendingPathComponent("none")) }),
                    (.libraryFailed, .libraryBusy, { _ = try await WriteMagic.open(at: folder.appendingPathComponent("library")) }),
                    (.assistantFailed, .providerNotFound, { _ = try await library.assistant.provider(named: "none") }),
                    (.invalidObject, .handleClosed, { try closed.succeed() }),
                    (.panicked, .panic, { try CrashTest().panic() }),
                    (.engineFault, .internal, { _ = try Reader.read(Data([1])) { try $0.u64() } }),
                ]
                for (category, code, call) in calls {
                    let failure = try await failure { try await call() }
                    #expect(failure.category == category && failure.code == code, "\(failure)")
                    #expect(failure.number == Int(code.rawValue) && !failure.message.isEmpty)
                    #expect("\(failure)" == "\(code.name): \(failure.message)" && failure.localizedDescription == "\(failure)")
                }
            }
        }

        @Test("a session that somebody else has closed says so")
        func session() async throws {
            try await withLibrary { library, _ in
                let document = try await library.document("Untitled")
                let (one, other) = (try await library.edit(document.id), try await library.edit(document.id))
                try await one.close()
                let failure = try await failure { try other.splice(at: 0, delete: 0, insert: "a") }
                #expect(failure.category == .sessionFailed && failure.code == .sessionClosed)
            }
        }

        @Test("a number that these sources do not know is kept, and details that cannot be read are none")
        func unknown() {
            let future = WriteMagicError(number: 399, message: "new", json: "{\"bytes\":18446744073709551615,\"what\":\"a\\u0000\\\"b\",\"list\":[]}")
            #expect(future.code == nil && future.category == .libraryFailed && future.description == "399: new")
            #expect(future.details == ["bytes": .number(Int.max), "what": .text("a\u{0}\"b")])
            #expect(WriteMagicError(number: -1, message: "", json: "nonsense").details.isEmpty)
            #expect(WriteMagicError(number: .max, message: "").category == .engineFault)
        }

        @Test("no error shows what the user wrote")
        func canary() async throws {
            let canary = "Zyzzyva"
            try await withLibrary { library, folder in
                let document = try await library.document(canary, canary)
                let session = try await library.edit(document.id)
                let failures = [
                    try await failure { try session.splice(at: 0, delete: 0, insert: Data("\(canary)".utf8) + [0xFF]) },
                    try await failure { _ = try await library.findDocument(named: canary + canary) },
                    try await failure { _ = try await WriteMagic.open(at: folder.appendingPathComponent(canary)) },
                    try await failure { _ = try await library.renameFolder(canary, to: canary) },
                ]
                for failure in failures { #expect(!"\(failure) \(failure.details)".contains(canary), "\(failure)") }
            }
        }

        #if os(Linux)
        /// What is written to standard error while `body` runs.
        private func said(_ body: () throws -> Void) async throws -> String {
            try await withFolder { folder in
                let file = folder.appendingPathComponent("log").path
                let kept = dup(2)
                let log = open(file, O_CREAT | O_RDWR, 0o600)
                dup2(log, 2)
                defer {
                    dup2(kept, 2)
                    close(kept)
                    close(log)
                }
                try body()
                return try String(contentsOfFile: file, encoding: .utf8)
            }
        }

        @Test("a panic is in the log with its calls and without its message, and what the app throws by its type alone, if it is to have them")
        func log() async throws {
            let everything = {
                _ = try? CrashTest().panicFormatted()
                let throwing = AppObject { _, _, _ in throw CallbackTests.Secret() }.numbered()
                _ = try Native.crashAsk(throwing, 0, Data())
                try Native.crashRelease(throwing)
            }
            try WriteMagic.setLogLevel(.warn)
            let shown = try await said(everything)
            try WriteMagic.setLogLevel(.off)
            #expect(shown.contains("panic contained") && shown.contains("entry=crash") && shown.contains("crash.rs:") && shown.contains("0x"))
            #expect(shown.contains("the app threw Secret") && shown.contains("the app threw where it was called"))
            #expect(!shown.contains("deliberate") && !shown.contains("secret"), "\(shown)")
            #expect(try await said(everything) == "")
        }
        #endif
    }
}
