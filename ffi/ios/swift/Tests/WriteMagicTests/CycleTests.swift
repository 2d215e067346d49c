import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct CycleTests {
        /// What of the process must not grow.
        private func held() throws -> [String: Int] {
            var held = try WriteMagic.census()
            held["wakes"] = Wakes.count
            held["app objects"] = AppObject.count
            return held
        }

        #if os(Linux)
        private func entries(_ folder: String) throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: folder).count
        }
        #endif

        @Test("nothing is left of what is opened and closed a thousand times")
        func cycles() async throws {
            try await withLibrary { library, folder in
                let path = folder.appendingPathComponent("other")
                let document = try await library.document("Untitled")

                func cycle(_ n: Int) async throws {
                    let other = try await WriteMagic.open(at: path, options: OpenOptions(create: true))
                    let session = try await library.edit(document.id)
                    if n % 50 == 0 {
                        try session.splice(at: 0, delete: 0, insert: "x")
                        for try await _ in session.changes { break }
                    }
                    try await session.close()
                    try CrashTest().close()
                    if n % 10 == 0 { _ = try await other.check().value }
                    if n % 20 == 0 {
                        let target = AppObject { _, request, answer in try answer.bytes(try request.bytes()) }.numbered()
                        _ = try Native.crashAsk(target, 0, try Writer.writing { try $0.bytes(Data(count: 10)) }.data)
                        try Native.crashRelease(target)
                    }
                    // Half of them are let go of, and closed by that.
                    if n % 2 == 0 { try await other.close() }
                }
                /// One that was let go of is closed before the next one opens the same folder.
                func settled(_ n: Int) async throws {
                    try await cycle(n)
                    if n % 2 == 1 { #expect(try await eventually { try living("library") == 1 }) }
                }
                // Whatever is begun once, is begun.
                for n in 0..<100 { try await settled(n) }
                let before = try held()
                #if os(Linux)
                let (threads, files, memory) = try (entries("/proc/self/task"), entries("/proc/self/fd"), residentKilobytes())
                #endif
                for n in 0..<1000 { try await settled(n) }
                #expect(try await eventually { try held() == before })
                #if os(Linux)
                #expect(try await eventually { try entries("/proc/self/task") <= threads + 4 }, "\(threads) threads before")
                #expect(try await eventually { try entries("/proc/self/fd") <= files + 2 }, "\(files) descriptors before")
                let grown = try residentKilobytes() - memory
                #expect(grown < 32 * 1024, "\(grown) KiB more")
                #endif
            }
        }
    }
}
