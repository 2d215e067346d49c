// Measures one side: `Bench writemagic|uniffi RESULTS [--quick]`.
import Foundation

/// A bench as it is written.
struct Found: Encodable {
    let bench: String
    /// Nanoseconds, and how many calls took them.
    let waits: [[UInt64]]
}

func measure<S: Side>(_: S.Type, _ plan: Plan) async throws -> [Found] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("writemagic-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let benches = try await Benches<S>(plan, folder: folder.appendingPathComponent("library"))
    try await benches.run()
    return benches.measured.map { name, samples in
        Found(bench: name, waits: samples.waits.map { [$0.key, $0.value] })
    }
}

let arguments = CommandLine.arguments.dropFirst()
guard let side = arguments.first, let results = arguments.dropFirst().first else { throw Failure.usage }
let plan = arguments.contains("--quick") ? Plan.quick : Plan.whole
let found: [Found]
switch side {
case "writemagic": found = try await measure(WriteMagicSide.self, plan)
case "uniffi": found = try await measure(UniffiSide.self, plan)
default: throw Failure.usage
}
try JSONEncoder().encode(found).write(to: URL(fileURLWithPath: results))
