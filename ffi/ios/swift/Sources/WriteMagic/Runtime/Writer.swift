import Foundation

/// Values as bytes, in the layout of `ffi/operations/src/shape.rs`. Numbers are little endian.
///
/// What has no place in it is an error of the caller's, `invalidArgument`; nothing ends the process.
struct Writer: Sendable {
    /// The most bytes of one request: the bindings count them with 31 bits.
    static let most = Int(Int32.max) - 8

    /// What was written.
    private(set) var data = Data()

    private var appObjects: [UInt64] = []

    /// The writer that `write` has written with.
    static func writing(_ write: (inout Writer) throws -> Void) throws -> Writer {
        var writer = Writer()
        do {
            try write(&writer)
        } catch {
            writer.takeBack()
            throw error
        }
        return writer
    }

    /// The engine never got the request, or has refused it: it will release none of the objects.
    func takeBack() {
        for number in appObjects { AppObject.release(number) }
    }

    private func room(_ more: Int) throws {
        if more > Self.most - data.count {
            throw WriteMagicError.invalidArgument("a request has more than \(Self.most) bytes")
        }
    }

    private mutating func number<T: FixedWidthInteger>(_ value: T) throws {
        try room(MemoryLayout<T>.size)
        withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }

    mutating func u8(_ value: UInt8) throws {
        try number(value)
    }

    mutating func bool(_ value: Bool) throws {
        try u8(value ? 1 : 0)
    }

    mutating func u32(_ value: Int) throws {
        guard let value = UInt32(exactly: value) else { throw Self.outside(value) }
        try number(value)
    }

    mutating func u64(_ value: Int) throws {
        if value < 0 { throw Self.outside(value) }
        try i64(Int64(value))
    }

    mutating func i64(_ value: Int64) throws {
        try number(value)
    }

    mutating func f64(_ value: Double) throws {
        try number(value.bitPattern)
    }

    mutating func text(_ value: String) throws {
        try counted(value.utf8.count)
        data.append(contentsOf: value.utf8)
    }

    /// The path of a file.
    mutating func path(_ value: URL) throws {
        if !value.isFileURL { throw WriteMagicError.invalidArgument("a URL is not that of a file") }
        try text(value.path)
    }

    mutating func bytes(_ value: Data) throws {
        try counted(value.count)
        data.append(value)
    }

    /// A length, for which there is room.
    private mutating func counted(_ count: Int) throws {
        try room(count)
        try u32(count)
        try room(count)
    }

    mutating func uuid(_ value: UUID) throws {
        try room(MemoryLayout<uuid_t>.size)
        withUnsafeBytes(of: value.uuid) { data.append(contentsOf: $0) }
    }

    /// Milliseconds since 1970.
    mutating func timestamp(_ value: Date) throws {
        try i64(Self.milliseconds(value.timeIntervalSince1970))
    }

    /// Seconds, as milliseconds; less than nothing is nothing.
    mutating func duration(_ value: TimeInterval) throws {
        try i64(max(0, Self.milliseconds(value)))
    }

    private static func milliseconds(_ seconds: TimeInterval) throws -> Int64 {
        // `exactly` takes neither what is no number nor what is too large, where a plain conversion ends the process.
        guard let milliseconds = Int64(exactly: (seconds * 1000).rounded()) else {
            throw WriteMagicError.invalidArgument("a time of \(seconds) s cannot be counted in milliseconds")
        }
        return milliseconds
    }

    mutating func floats(_ value: [Float]) throws {
        try u32(value.count)
        try room(value.count * MemoryLayout<Float>.size)
        for float in value { try number(float.bitPattern) }
    }

    mutating func code(_ value: ErrorCode) throws {
        try u32(Int(value.rawValue))
    }

    mutating func range(_ value: TextRange) throws {
        try u64(value.start)
        try u64(value.end)
    }

    mutating func option<T>(_ value: T?, _ write: (inout Writer, T) throws -> Void) throws {
        try bool(value != nil)
        if let value { try write(&self, value) }
    }

    mutating func list<T>(_ values: [T], _ write: (inout Writer, T) throws -> Void) throws {
        try u32(values.count)
        for value in values { try write(&self, value) }
    }

    /// The number of an object that the engine may ask once it has the request.
    mutating func app(_ object: AppObject) throws {
        let number = object.numbered()
        appObjects.append(number)
        try self.number(number)
    }

    private static func outside(_ value: Int) -> WriteMagicError {
        .invalidArgument("a number is \(value), which is below zero or too large")
    }
}
