import Foundation

/// How long a bench runs.
struct Plan {
    /// Seconds of an iteration.
    let seconds: Double
    /// The first is for warming up, and is not counted.
    let iterations: Int

    static let whole = Plan(seconds: 1, iterations: 3)
    /// To see that all of it runs.
    static let quick = Plan(seconds: 0.1, iterations: 2)
}

/// What single calls took.
struct Samples {
    /// The most calls of an iteration: what they took is kept in memory.
    private static let most = 200_000

    /// Nanoseconds, and how many calls took them.
    private(set) var waits: [UInt64: UInt64] = [:]

    /// Measures calls until the time is over; `before` each, unmeasured, something may be made ready.
    mutating func iteration(_ plan: Plan, isCounted: Bool, before: () async throws -> Void, call: () async throws -> Void) async throws {
        var lengths: [UInt64] = []
        lengths.reserveCapacity(Self.most)
        let end = Self.now() + UInt64(plan.seconds * 1e9)
        while lengths.count < Self.most, Self.now() < end {
            try await before()
            let start = Self.now()
            try await call()
            lengths.append(Self.now() - start)
        }
        if isCounted { count(lengths) }
    }

    /// `iteration` of calls that wait for nothing.
    mutating func iteration(_ plan: Plan, isCounted: Bool, before: () async throws -> Void, call: () throws -> Void) async throws {
        var lengths: [UInt64] = []
        lengths.reserveCapacity(Self.most)
        let end = Self.now() + UInt64(plan.seconds * 1e9)
        while lengths.count < Self.most, Self.now() < end {
            try await before()
            lengths.append(try Self.timed(call))
        }
        if isCounted { count(lengths) }
    }

    private static func timed(_ call: () throws -> Void) rethrows -> UInt64 {
        let start = now()
        try call()
        return now() - start
    }

    private mutating func count(_ lengths: [UInt64]) {
        for length in lengths { waits[length, default: 0] += 1 }
    }

    private static func now() -> UInt64 {
        DispatchTime.now().uptimeNanoseconds
    }
}

enum Failure: Error {
    case usage
    case noSession
    case fewHits(Int)
    case otherText(units: Int)
}
