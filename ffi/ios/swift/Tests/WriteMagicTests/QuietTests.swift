import Foundation
import Testing

@testable import WriteMagic

extension Everything {
    /// What developers print, by accident or in a crash report, has no text of the writer's and no key.
    @Suite struct QuietTests {
        private static let secret = "Zyzzyva"

        private struct Holder {
            let value: Any
            let others: [String: Any]
        }

        private enum Payload { case one(Any) }

        /// Of each type that is quiet at least one, with the secret in all of its texts.
        private static func values() -> [any Quiet] {
            let (document, entry) = (DocumentID(rawValue: UUID()), BibleEntryID(rawValue: UUID()))
            let (version, range) = (VersionID(rawValue: "root"), TextRange(start: 0, end: 7))
            let cause = RunCause(code: .modelUnavailable, message: "no model", details: "{}")
            let message = Message(role: .user, text: secret)
            let request = ModelRequest(system: secret, messages: [message], maxOutputTokens: 500, temperature: 0.5, stop: [secret])
            let change = RenameChange(range: range, before: secret, after: secret, shared: true)
            let renamed = RenamedDocument(document: document, title: secret, changes: [change])
            let header = HTTPHeader(name: secret, value: secret)
            let sources: [QuotedSource] = [.document(document: document, version: version, range: range), .bibleEntry(entry), .memory(secret)]
            let quoted = Quoted(source: sources[2], kind: nil, because: sources[2], title: secret, tokens: 7)
            let events: [RunEvent] = [
                .started(candidate: 1, model: secret), .text(secret), .reasoning(secret),
                .toolCall(index: 1, id: secret, name: secret, arguments: secret), .usage(Usage(inputTokens: 7)), .heartbeat,
                .retry(candidate: 1, after: 1, cause: cause), .fallback(candidate: 1, cause: cause),
            ]
            let head = RunHead(
                started: Date(), provider: "device", model: "small", ceiling: .device, masked: false, continues: nil, request: request
            )
            let values: [any Quiet] = [
                message, request, change, renamed, header, quoted,
                RenamePreview(documents: [renamed], replaced: 1, left: 0, shared: 0),
                HTTPRequest(url: secret, body: Data(secret.utf8), headers: [header]),
                BibleEntry(
                    id: entry, kind: .other(secret), name: secret, inflected: true, aliases: [Alias(name: secret)], notes: secret,
                    visibility: .always, created: Date(), modified: Date()
                ),
                NewBibleEntry(kind: .other(secret), name: secret, aliases: [Alias(name: secret)], notes: secret),
                BibleEntryChange(kind: .other(secret), name: secret, notes: secret),
                BibleFact(id: BibleFactID(rawValue: UUID()), text: secret, from: .document(document), until: .gone, lostItsPlace: false),
                NewBibleFact(text: secret, from: FactPlace(document: document, at: 1)),
                BibleRename(
                    id: BibleRenameID(rawValue: UUID()), entry: entry, old: secret, new: secret, at: Date(), undone: false, documents: [],
                    isComplete: true
                ),
                Mention(document: document, range: range, name: secret, entries: [entry]),
                ContextPiece(origin: .memory(secret), reason: .found(score: 0.5), title: secret, text: secret),
                ContextRequest(document: document, shown: range, about: secret),
                PresentText(version: version, text: secret, waiting: false),
                Prompt(request: request, tokens: 7, answer: .replace, shown: range, sources: [quoted], leftOut: 0),
                ProofFinding(rule: .doubledWord, range: range, suggestion: secret),
                ProposalHunk(range: range, old: secret, new: secret, state: .pending),
                RunOutcome(end: .completed(reason: .answered), text: secret, usage: Usage(inputTokens: 7), cost: nil, candidate: 0),
                RunRecord(head: head, text: secret, tail: nil, state: .cancelled, isResumable: false, wholeText: secret),
            ]
            return values + sources + events
        }

        /// Every way in which a value is made a text, alone and as a part of others.
        private func printed(_ value: some Quiet) -> [String] {
            let nested: [Any] = [value, [value], Optional(value) as Any, ["key": value], (1, value), Payload.one([value]), Holder(value: value, others: ["key": [value]])]
            var texts = ["\(value)", value.description, value.debugDescription]
            for value in nested {
                texts += [String(describing: value), String(reflecting: value), "\(value)"]
                var (dumped, printed, debugged) = ("", "", "")
                dump(value, to: &dumped)
                print(value, to: &printed)
                debugPrint(value, to: &debugged)
                texts += [dumped, printed, debugged] + reflected(value)
            }
            return texts
        }

        /// What mirrors show, to the last part of a part.
        private func reflected(_ value: Any) -> [String] {
            let children = Mirror(reflecting: value).children
            return children.flatMap { [$0.label ?? "", String(describing: $0.value)] + reflected($0.value) }
        }

        @Test("nothing that prints a value shows a text of the writer's or a key")
        func silent() throws {
            for value in Self.values() {
                let texts = printed(value)
                #expect(texts.count > 40)
                for text in texts { #expect(!text.contains(Self.secret), "\(type(of: value)): \(text)") }
            }
        }

        @Test("these are all types that promise so, with all of their cases")
        func all() throws {
            let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            let folder = package.appendingPathComponent("Sources/WriteMagic/Generated/Types")
            let declaration = try NSRegularExpression(
                pattern: #"^public (?:struct|enum) (\w+): [^\n{]*\bQuiet\b[^\n{]*\{(.*?)^\}"#,
                options: [.anchorsMatchLines, .dotMatchesLineSeparators]
            )
            var (promised, cases): (Set<String>, Set<String>) = ([], [])
            for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
                let source = try String(contentsOf: file, encoding: .utf8)
                for match in declaration.matches(in: source, range: NSRange(source.startIndex..., in: source)) {
                    let parts = (1...2).compactMap { Range(match.range(at: $0), in: source).map { String(source[$0]) } }
                    promised.insert(parts[0])
                    for line in parts[1].components(separatedBy: "\n") where line.hasPrefix("    case ") {
                        cases.insert(String(line.dropFirst("    case ".count).prefix { $0 != "(" }))
                    }
                }
            }
            let values = Self.values()
            #expect(Set(values.map { "\(type(of: $0))" }) == promised)
            #expect(promised.count > 23, "\(promised)")
            #expect(cases.isSubset(of: values.map(\.shownParts.name)) && cases.count >= 11, "\(cases)")
        }

        @Test("what has no text is shown")
        func shown() {
            let range = TextRange(start: 2, end: 5)
            #expect("\(ProofFinding(rule: .doubledWord, range: range, suggestion: nil))" == "ProofFinding(rule: WriteMagic.ProofRule.doubledWord, range: 2..<5)")
            let request = ModelRequest(messages: [Message(role: .user, text: "Hm.")], maxOutputTokens: 5, temperature: 0.5)
            #expect("\(request)" == "ModelRequest(messages: [Message(role: WriteMagic.Role.user)], maxOutputTokens: 5, temperature: Optional(0.5))")
            #expect("\(RunEvent.text("Hm."))" == "text()" && "\(RunEvent.toolCall(index: 3, id: nil, name: nil, arguments: ""))" == "toolCall(index: 3)")
            let labels = Mirror(reflecting: request).children.map { $0.label ?? "" }
            #expect(labels == ["messages", "maxOutputTokens", "temperature"])
            // Types around one that is quiet show it as it shows itself.
            #expect("\(RunNews.event(.text("Hm.")))" == "event(text())")
        }

        @Test("an error shows no more than its sentence and its details, and of a panic not what it said")
        func errors() async throws {
            try WriteMagic.setLogLevel(.off)
            let panic = try await failure { try CrashTest().panicFormatted() }
            #expect(panic.panicMessage == "a deliberate panic, number 42")
            var texts = ["\(panic)", String(reflecting: panic), panic.localizedDescription, "\((panic as NSError).userInfo)"] + reflected(panic)
            var dumped = ""
            dump([Result<Int, any Error>.failure(panic)], to: &dumped)
            texts.append(dumped)
            for text in texts { #expect(!text.contains("deliberate"), "\(text)") }
            #expect(dumped.contains("panic") && dumped.contains("crash"))
        }
    }
}
