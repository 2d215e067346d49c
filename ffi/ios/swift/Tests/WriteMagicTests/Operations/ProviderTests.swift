import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    @Suite struct ProviderTests {
        private static let near = Provider(
            name: "near",
            wire: .openAI,
            baseURL: "http://127.0.0.1:11434/v1",
            model: "llama3.2",
            prices: ModelPrices(input: 1, output: 2, cacheRead: 3, cacheWrite: 4)
        )

        @Test("providers are kept by name, with how far they are")
        func kept() async throws {
            try await withLibrary { library, _ in
                let assistant = library.assistant
                #expect(try await !assistant.setProvider(Self.near))
                var expected = Self.near
                expected.locality = .lan
                #expect(try await assistant.provider(named: "near") == expected)
                var other = Self.near
                other.model = "other"
                #expect(try await assistant.setProvider(other))
                let far = Provider(name: "far", wire: .anthropic, baseURL: "https://models.example.org", model: "model-1")
                try await assistant.setProvider(far)
                #expect(try await assistant.providers().map(\.name).sorted() == ["far", "near"])
                #expect(try await assistant.provider(named: "far").locality == .cloud)
                try await assistant.removeProvider(named: "near")
                let gone = try await failure { try await assistant.provider(named: "near") }
                #expect(gone.code == .providerNotFound && gone.category == .assistantFailed)
                other.name = "no name"
                #expect(try await failure { try await assistant.setProvider(other) }.code == .invalidArgument)
            }
        }

        @Test("what is known of models can be replaced")
        func records() async throws {
            try await withLibrary { library, _ in
                try await library.assistant.setProvider(Self.near)
                let runs = try await library.assistant.runs(keys: TestKeys())
                #expect(try await runs.prices(of: "near") == Self.near.prices)
                let capabilities = try await runs.capabilities(of: "near")
                #expect(capabilities.system && !capabilities.reasoning)
                #expect(try runs.tokensPerMille(of: "llama3.2") == 1_000)
                #expect(try runs.mark(of: "near") == nil)
                let date = try runs.recordsAsOf
                #expect(date.range(of: #"^\d{4}-\d\d-\d\d$"#, options: .regularExpression) != nil, "\(date)")
                let file = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../../../core/ai/src/model/records.json")
                let records = try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
                try await runs.setRecords(json: records.replacingOccurrences(of: date, with: "2030-01-02"))
                #expect(try runs.recordsAsOf == "2030-01-02")
                #expect(try await failure { try await runs.setRecords(json: "{") }.code == .invalidArgument)
                #expect(try await failure { try await runs.capabilities(of: "far") }.code == .providerNotFound)
            }
        }

        @Test("caps and the ledger's days are the library's")
        func caps() async throws {
            try await withLibrary { library, _ in
                let (assistant, ledger) = (library.assistant, library.ledger)
                let caps = Caps(request: Cap(money: 1), day: Cap(money: 500_000, tokens: 10))
                try await assistant.setCaps(caps)
                #expect(try await assistant.caps() == caps)
                let nothing = Sums(money: 0, unpricedTokens: 0)
                #expect(try await ledger.spent() == Spent(today: nothing, thisMonth: nothing))
                try await ledger.setZone("Asia/Tokyo")
                try await ledger.setZone()
                #expect(try await failure { try await ledger.setZone("Nowhere/Land") }.code == .invalidArgument)
                #expect(try await assistant.ledgerCalls().isEmpty)
                #expect(try await assistant.runs().isEmpty)
            }
        }
    }
}
