import Foundation

/// The engine's functions, with errors of ours in the place of those of the bindings. Handles and tokens are numbers; whatever
/// number is passed for a handle, it is checked.
enum Native {
    /// What must be true before the first call: library and sources of one build, and the library knows whom to call.
    private static let begun: Result<Void, any Error> = Result {
        let library = try calling { try nativeFingerprint() }
        if library != fingerprint {
            throw WriteMagicError.fault("the library (\(library)) and the sources of WriteMagic (\(fingerprint)) are not of one build")
        }
        _ = try calling { try nativeSetHost(host: AppHost()) }
    }

    private static func calling<T>(_ call: () throws -> T) throws -> T {
        do {
            return try call()
        } catch let NativeError.Failed(number, reason, details, panic) {
            throw WriteMagicError(number: Int(number), message: reason, json: details, panicMessage: panic)
        } catch {
            // A fault of the bindings themselves, before or behind the engine's own guard.
            let code = Int(ErrorCode.internal.rawValue)
            throw WriteMagicError(number: code, message: "the bindings failed", panicMessage: "\(error)")
        }
    }

    static func invoke(_ number: UInt32, _ handle: Int64, _ request: Data) throws -> Data {
        try begun.get()
        return try calling { try nativeInvoke(number: number, object: handle, request: request) }
    }

    static func start(_ number: UInt32, _ handle: Int64, _ request: Data, _ token: UInt64) throws -> Int64 {
        try begun.get()
        return try calling { try nativeStart(number: number, object: handle, request: request, token: token) }
    }

    static func takeResult(_ work: Int64) throws -> Data? {
        try calling { try nativeTakeResult(work: work) }
    }

    static func progress(_ work: Int64) throws -> NativeProgress {
        try calling { try nativeProgress(work: work) }
    }

    static func cancel(_ work: Int64) throws {
        try calling { try nativeCancel(work: work) }
    }

    /// False where it was given up before.
    @discardableResult
    static func closeWork(_ work: Int64) throws -> Bool {
        try calling { try nativeCloseWork(work: work) }
    }

    /// False where it was closed before. `type` is the number of the type of objects.
    @discardableResult
    static func closeObject(_ type: UInt32, _ handle: Int64) throws -> Bool {
        try calling { try nativeCloseObject(number: type, object: handle) }
    }

    static func splice(_ session: Int64, _ at: Int, _ delete: Int, _ insert: Data) throws -> UInt64 {
        guard let at = UInt64(exactly: at), let delete = UInt64(exactly: delete), insert.count <= Writer.most else {
            throw WriteMagicError.invalidArgument("a splice at \(at) that deletes \(delete) and inserts \(insert.count) bytes")
        }
        return try calling { try nativeSplice(session: session, at: at, delete: delete, insert: insert) }
    }

    static func text(_ session: Int64) throws -> String {
        try calling { try nativeText(session: session) }
    }

    static func textBytes(_ session: Int64) throws -> Data {
        try calling { try nativeTextBytes(session: session) }
    }

    static func census() throws -> [NativeCount] {
        try calling { try nativeCensus() }
    }

    static func throwCount() throws -> UInt64 {
        try calling { try nativeThrows() }
    }

    static func setLogLevel(_ level: UInt32) throws {
        try begun.get()
        try calling { try nativeSetLogLevel(level: level) }
    }

    static func crashOpen(panicsAtItsEnd: Bool) throws -> Int64 {
        try begun.get()
        return try calling { try nativeCrashOpen(panicsAtItsEnd: panicsAtItsEnd) }
    }

    static func crashNot(_ handle: Int64) throws {
        try calling { try nativeCrashNot(dummy: handle) }
    }

    static func crash(_ handle: Int64, _ way: UInt32) throws {
        try calling { try nativeCrash(dummy: handle, way: way) }
    }

    static func crashSlowly(_ handle: Int64, _ milliseconds: UInt64) throws {
        try calling { try nativeCrashSlowly(dummy: handle, milliseconds: milliseconds) }
    }

    static func crashArgument(_ argument: Data) throws {
        try calling { try nativeCrashArgument(argument: argument) }
    }

    static func crashResult(_ handle: Int64) throws -> Data {
        try calling { try nativeCrashResult(dummy: handle) }
    }

    static func crashAsk(_ target: UInt64, _ question: UInt32, _ request: Data) throws -> Data? {
        try begun.get()
        return try calling { try nativeCrashAsk(target: target, question: question, request: request) }
    }

    static func crashWake(_ token: UInt64) throws {
        try begun.get()
        try calling { try nativeCrashWake(token: token) }
    }

    static func crashRelease(_ target: UInt64) throws {
        try calling { try nativeCrashRelease(target: target) }
    }

    @discardableResult
    static func crashClose(_ handle: Int64) throws -> Bool {
        try calling { try nativeCrashClose(dummy: handle) }
    }
}
