import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct PanicTests {
        init() throws {
            try WriteMagic.setLogLevel(.off)
        }

        private func poisons(_ message: String, _ call: (CrashTest) throws -> Void) async throws {
            let test = try CrashTest()
            try test.succeed()
            let failure = try await failure { try call(test) }
            #expect(failure.code == .panic && failure.category == .panicked)
            #expect(failure.panicMessage == message)
            #expect(failure.details["entry"] == .text("crash"))
            #expect(failure.message.contains("crash.rs:") && !failure.message.contains("deliberate"))
            let after = try await WriteMagicTests.failure { try test.succeed() }
            #expect(after.code == .objectPoisoned && after.category == .invalidObject)
            #expect(after.message.contains("crash.rs:"))
            try test.close()
        }

        @Test("a panic in the body is thrown with its message, and the object is of no more use")
        func body() async throws {
            try await poisons("a deliberate panic") { try $0.panic() }
            try await poisons("a deliberate panic, number 42") { try $0.panicFormatted() }
        }

        @Test("a panic while an argument is read is thrown")
        func argument() async throws {
            let test = try CrashTest()
            let plain = try await failure { try test.panicInArgument(Data([1])) }
            #expect(plain.panicMessage == "a deliberate panic" && plain.details["entry"] == .text("crash_argument"))
            let formatted = try await failure { try test.panicInArgument(Data()) }
            #expect(formatted.panicMessage == "a deliberate panic, number 42")
            try test.succeed()
        }

        @Test("a panic while a result is made is thrown")
        func result() async throws {
            let test = try CrashTest()
            let failure = try await failure { try test.panicInResult() }
            #expect(failure.panicMessage == "a deliberate panic, number 42")
            try test.succeed()
        }

        @Test("a panic of a destructor is thrown, and the object is gone")
        func destructor() async throws {
            let test = try CrashTest()
            let before = try living("crash test")
            for _ in 0..<100 {
                let failure = try await failure { try test.panicInDrop() }
                #expect(failure.panicMessage == "a deliberate panic of a destructor")
            }
            #expect(try living("crash test") == before)
        }

        @Test("a panic while an object of the app is asked ends that call alone")
        func callback() async throws {
            let object = AppObject { _, _, _ in try CrashTest().panic() }
            let number = object.numbered()
            #expect(try Native.crashAsk(number, 0, Data()) == nil)
            try Native.crashRelease(number)
        }

        @Test("a typed error is no panic")
        func typed() async throws {
            let test = try CrashTest()
            let failure = try await failure { try test.fail() }
            #expect(failure.code == .invalidArgument && failure.category == .invalidInput)
            #expect(failure.details == ["what": .text("way"), "value": .number(2)])
            #expect(failure.panicMessage == nil)
            try test.succeed()
        }
    }
}
