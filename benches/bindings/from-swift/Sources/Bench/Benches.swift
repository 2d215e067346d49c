import Foundation

/// The benches of one side, in a process of its own.
final class Benches<S: Side> {
    /// Calls of `splice` between two waits for the disk, which are not measured.
    private static var typingBurst: Int { 256 }
    /// Texts that are put in between two such waits.
    private static var documentBurst: Int { 16 }
    private static var notes: Int { 300 }
    private static var hits: Int { 20 }

    private let plan: Plan
    private let side: S
    private let document = Notes.document()
    private let units: Int
    /// By the name of the bench.
    private(set) var measured: [String: Samples] = [:]

    init(_ plan: Plan, folder: URL) async throws {
        self.plan = plan
        side = try await S(folder: folder)
        units = document.utf16.count
    }

    func run() async throws {
        var nothing: UInt64 = 0
        try await bench("clock") { nothing &+= 1 }
        // Before there are documents that are much longer than the notes.
        try await searched()
        let bytes = Data(document.utf8)
        try await edited("checked") { try self.side.checked() }
        try await edited("number") { _ = try self.side.pending() }
        try await typed("character", "x")
        try await typed("sentence", String(decoding: Array(document.utf16.prefix(100)), as: UTF16.self))
        try await edited("counts") { _ = try self.side.words() }
        try await edited("out") { _ = try self.side.bytes() }
        try await edited("outString") { _ = try self.side.text() }
        try await edited("in", burst: Self.documentBurst) { try self.side.replace(self.units, with: bytes) }
        try await edited("inString", burst: Self.documentBurst) {
            try self.side.splice(at: 0, delete: self.units, insert: self.document)
        }
        try await side.close()
    }

    private func bench(_ name: String, call: () throws -> Void) async throws {
        for number in 0 ..< plan.iterations {
            try await measured[name, default: Samples()].iteration(plan, isCounted: number > 0, before: {}, call: call)
        }
    }

    /// A bench with a session on a document of its own in each iteration: no history grows without end. The text must be as long in the
    /// end as it was.
    private func edited(_ name: String, burst: Int? = nil, call: () throws -> Void) async throws {
        for number in 0 ..< plan.iterations {
            try await side.begin(document)
            var made = 0
            try await measured[name, default: Samples()].iteration(plan, isCounted: number > 0, before: {
                if let burst, made % burst == 0 { try await side.flush() }
                made += 1
            }, call: call)
            let found = try side.text().utf16.count
            if found != units { throw Failure.otherText(units: found) }
            try await side.end()
        }
    }

    /// A text in the place of as much, further on each time.
    private func typed(_ name: String, _ text: String) async throws {
        let length = text.utf16.count
        var at = 0
        try await edited(name, burst: Self.typingBurst) {
            if at + length > units { at = 0 }
            try side.splice(at: at, delete: length, insert: text)
            at += length
        }
    }

    private func searched() async throws {
        for number in 0 ..< Self.notes { try await side.create(title: "Note \(number)", text: Notes.note(number)) }
        let found = try await side.search(Notes.word, limit: Self.hits)
        if found != Self.hits { throw Failure.fewHits(found) }
        for number in 0 ..< plan.iterations {
            try await measured["search", default: Samples()].iteration(plan, isCounted: number > 0, before: {}, call: {
                _ = try await side.search(Notes.word, limit: Self.hits)
            })
        }
    }
}
