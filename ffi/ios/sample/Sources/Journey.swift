import Foundation
import WriteMagic

/// Writes, suspends, resumes, searches, closes and opens again; gives the text that it found.
func journey(in folder: URL) async throws -> String {
    let path = folder.appendingPathComponent("library")
    let library = try await WriteMagic.open(at: path, options: OpenOptions(create: true))
    let lifecycle = LibraryLifecycle(of: library)
    let chapter = try await library.createDocument(NewDocument(title: "Chapter 1", text: "It was a dark night."))
    let editor = try await library.edit(chapter.id)
    try editor.splice(at: 9, delete: 0, insert: "very 😀 ")
    try await library.suspend()
    try await library.resume()
    try await editor.close()
    let found = try await library.search(SearchRequest(query: "\"very 😀 dark\"", limit: 1))
    withExtendedLifetime(lifecycle) {}
    try await library.close()

    let again = try await WriteMagic.open(at: path)
    guard let document = found.hits.first?.document else { return "nothing" }
    let text = try await again.text(of: document)
    try await again.close()
    return text
}
