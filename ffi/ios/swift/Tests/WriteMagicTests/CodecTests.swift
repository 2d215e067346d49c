import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct CodecTests {
        @Test("what is written is read")
        func pairs() throws {
            let uuid = UUID()
            let writer = try Writer.writing { writer in
                try writer.u8(255)
                try writer.bool(true)
                try writer.u32(Int(UInt32.max))
                try writer.u64(Int.max)
                try writer.i64(.min)
                try writer.f64(-0.5)
                try writer.text("e\u{301}\u{0}😀")
                try writer.bytes(Data([0, 255]))
                try writer.uuid(uuid)
                try writer.timestamp(Date(timeIntervalSince1970: -1.25))
                try writer.duration(1.5)
                try writer.duration(-3)
                try writer.floats([1, -.infinity])
                try writer.range(TextRange(start: 3, end: 9))
                try writer.option("some") { try $0.text($1) }
                try writer.option(nil as String?) { try $0.text($1) }
                try writer.list([1, 2]) { try $0.u32($1) }
                try writer.code(.cancelled)
                try writer.path(URL(fileURLWithPath: "/a b/ä"))
            }
            try Reader.read(writer.data) { (reader: inout Reader) throws in
                #expect(try reader.u8() == 255)
                #expect(try reader.bool())
                #expect(try reader.u32() == Int(UInt32.max))
                #expect(try reader.u64() == Int.max)
                #expect(try reader.i64() == .min)
                #expect(try reader.f64() == -0.5)
                #expect(try Array(reader.text().unicodeScalars) == Array("e\u{301}\u{0}😀".unicodeScalars))
                #expect(try reader.bytes() == Data([0, 255]))
                #expect(try reader.uuid() == uuid)
                #expect(try reader.timestamp() == Date(timeIntervalSince1970: -1.25))
                #expect(try reader.duration() == 1.5)
                #expect(try reader.duration() == 0)
                #expect(try reader.floats() == [1, -.infinity])
                #expect(try reader.range() == TextRange(start: 3, end: 9))
                #expect(try reader.option { try $0.text() } == "some")
                #expect(try reader.option { try $0.text() } == nil)
                #expect(try reader.list { try $0.u32() } == [1, 2])
                #expect(try reader.code() == .cancelled)
                #expect(try reader.path().path == "/a b/ä")
            }
        }

        @Test("what has no place in a request is a typed error")
        func refused() async throws {
            let refused: [(inout Writer) throws -> Void] = [
                { try $0.u32(-1) },
                { try $0.u32(Int(UInt32.max) + 1) },
                { try $0.u64(-1) },
                { try $0.timestamp(Date(timeIntervalSince1970: .nan)) },
                { try $0.timestamp(.distantFuture + .greatestFiniteMagnitude) },
                { try $0.duration(.infinity) },
                { try $0.duration(.nan) },
                { try $0.range(TextRange(start: -1, end: 0)) },
                { try $0.path(URL(string: "https://example.org/a") ?? URL(fileURLWithPath: "/")) },
            ]
            for write in refused {
                let failure = try await failure { try Writer.writing(write) }
                #expect(failure.code == .invalidArgument)
            }
        }

        @Test("bytes that end early, go on, or say what cannot be are a fault, and never more")
        func malformed() async throws {
            let reads: [(inout Reader) throws -> Void] = [
                { _ = try $0.u8() }, { _ = try $0.bool() }, { _ = try $0.u32() }, { _ = try $0.u64() }, { _ = try $0.text() },
                { _ = try $0.bytes() }, { _ = try $0.uuid() }, { _ = try $0.floats() }, { _ = try $0.code() }, { _ = try $0.range() },
                { _ = try $0.option { try $0.u8() } }, { _ = try $0.list { try $0.u8() } }, { try $0.end() },
            ]
            for bytes in [[], [2], [255, 255, 255, 255], Array(repeating: 255, count: 8), [9, 0, 0, 0, 1]] as [[UInt8]] {
                for read in reads {
                    do {
                        try Reader.read(Data(bytes), read)
                    } catch let error as WriteMagicError {
                        #expect(error.code == .internal && error.details["offset"] != nil)
                    }
                }
            }
            // A slice begins elsewhere than at 0.
            let slice = Data([9, 9, 1, 0, 0, 0, 97])[2...]
            #expect(try Reader.read(slice) { try $0.text() } == "a")
        }

        @Test("objects of a request that is never sent are taken back")
        func takenBack() async throws {
            let before = AppObject.count
            _ = try await failure {
                try Writer.writing { writer in
                    try writer.app(AppObject { _, _, _ in })
                    try writer.u32(-1)
                }
            }
            #expect(AppObject.count == before)
        }
    }
}
