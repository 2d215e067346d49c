import Foundation

/// How one object of the engine is called: operations by their numbers, with its handle, which is closed when nothing holds
/// this any more. Work and calls that go on hold it.
final class Calls: Sendable {
    let handle: Int64

    private enum Owned {
        case no
        case closedAtOnce(UInt32)
        /// Closing it waits for the disk.
        case closedLater(UInt32)
    }

    private let owned: Owned
    /// The object that this one came from, which is not let go of before it: a library has closed all that is open in it.
    private let parent: Calls?

    /// For operations without an object.
    static let none = Calls(0, .no, nil)

    private init(_ handle: Int64, _ owned: Owned, _ parent: Calls?) {
        self.handle = handle
        self.owned = owned
        self.parent = parent
    }

    /// For an object with a handle of its own, of the type with the number `object`. Where `later`, letting go of it closes it
    /// on a thread that may wait.
    convenience init(_ handle: Int64, closing object: UInt32, of parent: Calls = .none, later: Bool = false) {
        self.init(handle, later ? .closedLater(object) : .closedAtOnce(object), parent)
    }

    deinit {
        let handle = handle
        switch owned {
        case .no: break
        case let .closedAtOnce(object): Self.drop(object, handle)
        case let .closedLater(object):
            let parent = parent
            Engine.later {
                Self.drop(object, handle)
                // Only now, as it may be the last that holds it.
                withExtendedLifetime(parent) {}
            }
        }
    }

    /// Nobody is left to be told of what fails.
    private static func drop(_ object: UInt32, _ handle: Int64) {
        do {
            try Native.closeObject(object, handle)
        } catch {
            LogSink.write(.warn, "an object that was let go of cannot be closed: \(error)")
        }
    }

    /// Closes the handle. Closing again does nothing; later calls throw.
    func close() throws {
        switch owned {
        case .no: break
        case let .closedAtOnce(object), let .closedLater(object): try Native.closeObject(object, handle)
        }
    }

    /// Runs an operation that touches no disk and waits for nothing, here.
    func now<T>(
        _ number: UInt32,
        _ request: (inout Writer) throws -> Void,
        _ result: (inout Reader) throws -> T
    ) throws -> T {
        try invoke(number, try Writer.writing(request), result)
    }

    /// Runs an operation that may touch the disk, on a thread that may wait. The request is written on the caller's thread, before
    /// anything is begun. What was begun comes to its end and gives its result; where the task is cancelled before that, nothing
    /// is begun and the error is a `CancellationError`.
    func call<T: Sendable>(
        _ number: UInt32,
        _ request: (inout Writer) throws -> Void,
        _ result: @escaping @Sendable (inout Reader) throws -> T
    ) async throws -> T {
        let writer = try Writer.writing(request)
        return try await Engine.run(unbegun: { writer.takeBack() }, { try self.invoke(number, writer, result) })
    }

    /// `call` of an operation that gives an object, which closes itself where nobody takes it.
    func open<T: Sendable>(
        _ number: UInt32,
        _ request: (inout Writer) throws -> Void,
        _ result: @escaping @Sendable (inout Reader) throws -> T
    ) async throws -> T {
        try await call(number, request, result)
    }

    /// Begins an operation that goes on by itself.
    func work<T: Sendable>(
        _ number: UInt32,
        _ request: (inout Writer) throws -> Void,
        _ result: @escaping @Sendable (inout Reader) throws -> T
    ) throws -> Work<T> {
        let writer = try Writer.writing(request)
        let read: @Sendable (inout Reader) throws -> T = { try Self.read(number, &$0, result) }
        return try Work(of: self, read) { token in
            do {
                return try Native.start(number, self.handle, writer.data, token)
            } catch {
                writer.takeBack()
                throw error
            }
        }
    }

    private func invoke<T>(_ number: UInt32, _ writer: Writer, _ result: (inout Reader) throws -> T) throws -> T {
        let answer: Data
        do {
            answer = try Native.invoke(number, handle, writer.data)
        } catch {
            writer.takeBack()
            throw error
        }
        return try Reader.read(answer) { try Self.read(number, &$0, result) }
    }

    /// The result of an operation.
    private static func read<T>(_ number: UInt32, _ reader: inout Reader, _ result: (inout Reader) throws -> T) throws -> T {
        let value = try result(&reader)
        #if DEBUG
        answered.withLock { _ = $0.insert(number) }
        #endif
        return value
    }

    #if DEBUG
    /// Operations that have given a result, by their numbers: for a test that they all did.
    static let answered = Locked<Set<UInt32>>([])
    #endif
}
