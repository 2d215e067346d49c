import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    /// Whether these tests call all that the API can do: what the generated sources offer is looked for in the sources of the tests, by
    /// its labels. That each has been answered is seen by the last of the tests, `ZeroLeftTests`.
    @Suite struct EveryOperationTests {
        /// What calls of each type's operations begin with, in the tests.
        private static let receivers: [String: [String]] = [
            "Assistant": ["assistant"],
            "EditSession": ["session"],
            "HostExchange": ["exchange"],
            "HostSink": ["sink"],
            "Ledger": ["ledger"],
            "Library": ["library", "Library", "other", "recorded"],
            "Proof": ["proof", "Proof"],
            "ProofProfile": ["profile"],
            "Proposals": ["proposals"],
            "Question": ["question"],
            "RecordedHistory": ["recorded"],
            "RunHandle": ["run"],
            "Runs": ["runs", "Runs"],
            "SessionSummary": ["summary"],
            "Subscription": ["subscription"],
            "TextAnalysis": ["TextAnalysis"],
            "Writing": ["writing"],
        ]

        /// A function, a property or an initialiser that a source declares.
        private struct Offered {
            let type: String
            let name: String
            /// Of the arguments that every call has.
            let labels: [String]
            let isProperty: Bool

            /// What a call of it begins with.
            var pattern: String {
                if name == "init" { return "\\b\(type)\\(" }
                let names = (EveryOperationTests.receivers[type] ?? []).joined(separator: "|")
                return "\\b(?:\(names))\\.\(name)" + (isProperty ? "\\b(?!\\()" : "\\(")
            }

            /// Whether a text calls it, with all of its labels.
            func isCalled(in text: String) throws -> Bool {
                let expression = try NSRegularExpression(pattern: pattern)
                let matches = expression.matches(in: text, range: NSRange(text.startIndex..., in: text))
                return matches.contains { match in
                    guard !isProperty, let range = Range(match.range, in: text) else { return isProperty }
                    let given = Self.labels(text[range.upperBound...])
                    return labels.allSatisfy(given.contains)
                }
            }

            /// The labels of the arguments up to the bracket that closes the call.
            private static func labels(_ call: Substring) -> [String] {
                var (labels, word, depth): ([String], String?, Int) = ([], "", 1)
                for letter in call {
                    switch letter {
                    case "(", "[", "{":
                        depth += 1
                        word = nil
                    case ")", "]", "}":
                        depth -= 1
                        if depth == 0 { return labels }
                    case ",":
                        word = ""
                    case ":":
                        if depth == 1, let word { labels.append(word) }
                        word = nil
                    case _ where letter.isWhitespace && word?.isEmpty != false:
                        break
                    default:
                        if letter.isLetter { word?.append(letter) } else { word = nil }
                    }
                }
                return labels
            }
        }

        private static let here = URL(fileURLWithPath: #filePath)
        private static let package = here.deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()

        private func sources(in folder: URL) throws -> [String] {
            let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            let urls = files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" && $0.path != Self.here.path }
            return try urls.map { try String(contentsOf: $0, encoding: .utf8) }
        }

        private func matches(_ pattern: String, in text: String) throws -> [[String]] {
            let expression = try NSRegularExpression(pattern: pattern, options: [.anchorsMatchLines, .dotMatchesLineSeparators])
            let whole = NSRange(text.startIndex..., in: text)
            return expression.matches(in: text, range: whole).map { match in
                (0..<match.numberOfRanges).map { group in
                    Range(match.range(at: group), in: text).map { String(text[$0]) } ?? ""
                }
            }
        }

        private func offered() throws -> [Offered] {
            var all: [Offered] = []
            for source in try sources(in: Self.package.appendingPathComponent("Sources/WriteMagic/Generated/Operations")) {
                let types = try matches(#"^(?:public |final )*(?:class|struct|enum|extension) (\w+)"#, in: source)
                let type = try #require(types.first?[1])
                let member = #"^    (?:public |static |convenience |mutating )*(func|var|init)\b ?`?(\w*)`?(\((.*?)\)(?: async)? throws)?"#
                for found in try matches(member, in: source) {
                    let (kind, arguments) = (found[1], found[4])
                    let name = kind == "init" ? "init" : found[2]
                    // Those by which the runtime reaches what is written by hand, and what every object has.
                    if name.hasPrefix("raw") || name == "close" || arguments.contains("handle:") { continue }
                    let parameters = arguments.components(separatedBy: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
                    let needed = parameters.filter { !$0.isEmpty && !$0.contains(" = ") && !$0.hasPrefix("_ ") }
                    let labels = needed.map { String($0.prefix { $0 != " " && $0 != ":" }) }
                    all.append(Offered(type: type, name: name, labels: labels, isProperty: kind == "var"))
                }
            }
            return all
        }

        @Test("each operation is called by a test")
        func called() throws {
            let tests = try sources(in: Self.here.deletingLastPathComponent()).joined(separator: "\n;")
            let offered = try offered()
            #expect(offered.count > 190, "\(offered.count)")
            #expect(Set(offered.map(\.type)).isSubset(of: Self.receivers.keys))
            for offer in offered {
                #expect(try offer.isCalled(in: tests), "no test calls \(offer.type).\(offer.name)(\(offer.labels.joined(separator: ",")))")
            }
            // What no test calls is not found.
            for (type, name, labels) in [("Library", "label", ["of"]), ("Runs", "labels", ["of"]), ("Library", "none", [])] {
                let none = Offered(type: type, name: name, labels: labels, isProperty: labels.isEmpty)
                #expect(try !none.isCalled(in: tests), "\(type).\(name)")
            }
        }

        @Test("each protocol of the app has an object in the tests that the engine asks")
        func asked() throws {
            let interfaces = try String(
                contentsOf: Self.package.appendingPathComponent("Sources/WriteMagic/Generated/AppInterfaces.swift"),
                encoding: .utf8
            )
            let tests = try sources(in: Self.here.deletingLastPathComponent()).joined(separator: "\n;")
            let protocols = try matches(#"^public protocol (\w+)"#, in: interfaces).map { $0[1] }
            #expect(protocols == ["KeySource", "Transport", "HostModel", "Embedder"])
            for name in protocols {
                #expect(try !matches(#"struct \w+: \#(name) \{"#, in: tests).isEmpty, "no test has a \(name)")
            }
        }
    }
}
