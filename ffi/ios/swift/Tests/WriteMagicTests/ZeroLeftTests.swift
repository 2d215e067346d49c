import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    /// The last of all tests, which come in the order of their files: whether those before it have called all that there is.
    @Suite struct ZeroLeftTests {
        private static let areAll = !CommandLine.arguments.contains { ["--filter", "--skip"].contains($0) }

        @Test("each operation has given the tests a result that was read", .enabled(if: areAll))
        func answered() throws {
            let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            let folder = package.appendingPathComponent("Sources/WriteMagic/Generated/Operations")
            let call = try NSRegularExpression(
                pattern: #"\b(?:func|var) `?(\w+)|\bcalls?\b\.(?:call|open|now|work)\(\s*(\d+)|\bCalls\.none\.(?:call|open|now|work)\(\s*(\d+)"#
            )
            var offered: [UInt32: String] = [:]
            for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
                let source = try String(contentsOf: file, encoding: .utf8)
                var name = "init"
                for match in call.matches(in: source, range: NSRange(source.startIndex..., in: source)) {
                    let groups = (1...3).map { group in Range(match.range(at: group), in: source).map { String(source[$0]) } }
                    if let found = groups[0] { name = found }
                    if let number = (groups[1] ?? groups[2]).flatMap(UInt32.init) { offered[number] = "\(file.lastPathComponent) \(name)" }
                }
            }
            #expect(offered.count > 210, "\(offered.count)")
            let left = offered.filter { number, _ in !Calls.answered.withLock { $0.contains(number) } }
            #expect(left.isEmpty, "\(left.values.sorted())")
        }
    }
}
