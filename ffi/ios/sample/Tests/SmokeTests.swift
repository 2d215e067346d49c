import Foundation
import Testing

@testable import Sample

@Suite struct SmokeTests {
    @Test("what is typed is found and there when the library is opened again")
    func typed() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try await journey(in: folder) == "It was a very 😀 dark night.")
    }
}
