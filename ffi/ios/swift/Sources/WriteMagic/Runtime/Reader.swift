import Foundation

/// Values out of bytes, in the layout of `ffi/operations/src/shape.rs`.
///
/// Every function throws an engine fault where the bytes are not what was asked for.
struct Reader {
    private let data: Data
    private var at = 0

    init(_ data: Data) {
        self.data = data
    }

    /// What `read` makes of the whole of these bytes.
    static func read<T>(_ data: Data, _ read: (inout Reader) throws -> T) throws -> T {
        var reader = Reader(data)
        let value = try read(&reader)
        try reader.end()
        return value
    }

    /// Nothing must be left.
    func end() throws {
        if left > 0 { throw malformed() }
    }

    /// For a variant that these sources do not know.
    func malformed() -> WriteMagicError {
        .fault("bytes of the engine are malformed at \(at)", offset: at)
    }

    private var left: Int {
        data.count - at
    }

    /// Hands the next bytes to `read`, as many as are there.
    private mutating func take<T>(_ count: Int, _ read: (UnsafeRawBufferPointer) -> T) throws -> T {
        if count > left { throw malformed() }
        let start = at
        at += count
        return data.withUnsafeBytes { read(UnsafeRawBufferPointer(rebasing: $0[start..<start + count])) }
    }

    private mutating func number<T: FixedWidthInteger>() throws -> T {
        try take(MemoryLayout<T>.size) { T(littleEndian: $0.loadUnaligned(as: T.self)) }
    }

    mutating func u8() throws -> UInt8 {
        try number()
    }

    mutating func bool() throws -> Bool {
        switch try u8() {
        case 0: return false
        case 1: return true
        default: throw malformed()
        }
    }

    mutating func u32() throws -> Int {
        Int(try number() as UInt32)
    }

    mutating func u64() throws -> Int {
        guard let number = Int(exactly: try number() as UInt64) else { throw malformed() }
        return number
    }

    mutating func i64() throws -> Int64 {
        try number()
    }

    mutating func f64() throws -> Double {
        Double(bitPattern: try number())
    }

    mutating func text() throws -> String {
        try take(try u32()) { String(decoding: $0, as: UTF8.self) }
    }

    /// The path of a file.
    mutating func path() throws -> URL {
        URL(fileURLWithPath: try text())
    }

    mutating func bytes() throws -> Data {
        try take(try u32()) { Data($0) }
    }

    mutating func uuid() throws -> UUID {
        try take(MemoryLayout<uuid_t>.size) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    mutating func timestamp() throws -> Date {
        Date(timeIntervalSince1970: TimeInterval(try i64()) / 1000)
    }

    /// In seconds.
    mutating func duration() throws -> TimeInterval {
        TimeInterval(try u64()) / 1000
    }

    mutating func floats() throws -> [Float] {
        let count = try u32()
        if count > left / MemoryLayout<Float>.size { throw malformed() }
        return try (0..<count).map { _ in Float(bitPattern: try number()) }
    }

    mutating func code() throws -> ErrorCode {
        guard let number = UInt16(exactly: try u32()), let code = ErrorCode(rawValue: number) else { throw malformed() }
        return code
    }

    mutating func range() throws -> TextRange {
        TextRange(start: try u64(), end: try u64())
    }

    mutating func option<T>(_ read: (inout Reader) throws -> T) throws -> T? {
        try bool() ? read(&self) : nil
    }

    mutating func list<T>(_ read: (inout Reader) throws -> T) throws -> [T] {
        let count = try u32()
        // Whatever there are so many of takes a byte each, so that no count makes room for more than there is.
        if count > left { throw malformed() }
        var values: [T] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }
}
