//! Prints the sources of one language as a JSON object, path by path: `bindings kotlin ROOT`, `bindings swift ROOT`, where ROOT is the
//! workspace's folder; `bindings parity ROOT` does so with the page of what both have, and `bindings uniffi-swift ROOT LIBRARY` with what
//! UniFFI makes of a library.

mod declared;
mod docs;
mod kotlin;
mod limits;
mod parity;
mod prose;
mod source;
mod swift;
mod uniffi;

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::{Result, bail};

/// Where the documentation is.
const FOLDERS: [&str; 5] =
    ["core/engine/src", "core/storage/src", "core/ai/src", "core/shared/src", "ffi/operations/src"];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    writeln!(io::stdout(), "{}", run(&arguments)?)?;
    Ok(())
}

fn run(arguments: &[String]) -> Result<String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["uniffi-swift", root, library] => return json(uniffi::swift(root.as_ref(), library.as_ref())?),
        ["uniffi-python", folder, library] => {
            uniffi::python(folder.as_ref(), library.as_ref())?;
            return Ok(String::new());
        }
        _ => {}
    }
    let [language, root] = arguments else { bail!("usage: bindings LANGUAGE ROOT") };
    let root = PathBuf::from(root);
    let docs = docs::Docs::read(&FOLDERS.map(|folder| root.join(folder)))?;
    let files = match language.as_str() {
        "kotlin" => kotlin::files(&docs)?,
        "swift" => swift::files(&docs)?,
        "parity" => vec![("ffi/PARITY.md".to_owned(), parity::page(&complete(&docs)?))],
        _ => bail!("no such language: {language}"),
    };
    json(files)
}

/// What the engine can do, where no platform lacks any of it.
fn complete(docs: &docs::Docs) -> Result<Vec<parity::Row>> {
    let rows = parity::rows(docs);
    let gaps = parity::gaps(&rows);
    if !gaps.is_empty() {
        bail!("no platform has:\n  {}", gaps.join("\n  "));
    }
    Ok(rows)
}

fn json(files: Vec<(String, String)>) -> Result<String> {
    let files: serde_json::Map<String, serde_json::Value> =
        files.into_iter().map(|(path, text)| (path, text.into())).collect();
    Ok(serde_json::to_string(&files)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn files(language: &str) -> BTreeMap<String, String> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let printed = run(&[language.to_owned(), root.to_string_lossy().into_owned()]).unwrap();
        serde_json::from_str(&printed).unwrap()
    }

    /// The file whose path ends so.
    fn of<'a>(files: &'a BTreeMap<String, String>, name: &str) -> &'a str {
        let found = files.iter().find(|(path, _)| path.ends_with(name));
        found.map(|(_, text)| text.as_str()).unwrap_or_else(|| panic!("no {name}"))
    }

    #[test]
    fn kotlin_has_everything_with_its_documentation() {
        // What is missing, or without documentation, is an error that names it.
        let files = files("kotlin");
        let operations = of(&files, "LibraryOperations.kt");
        assert!(operations.contains("    public suspend fun createDocument(new: NewDocument): Document =\n"));
        assert!(
            operations.contains("     * Creates a document. Touches the disk: durable when it returns.\n")
        );
        assert!(
            operations.contains("    public fun check(repair: Boolean = false): Operation<CheckReport> =\n")
        );
        // What changes something is a function, and so is what makes an object.
        let session = of(&files, "EditSessionOperations.kt");
        assert!(session.contains("    public fun rebase(): List<Patch> =\n"));
        assert!(session.contains("    public val pending: Long\n        get() = calls.now("));
        assert!(of(&files, "RecordedHistory.kt").contains("        public fun new(): RecordedHistory =\n"));
        let types = of(&files, "/Types.kt");
        assert!(types.contains("    public val kind: DocumentKind = DocumentKind.MARKDOWN,\n"));
        assert!(types.contains("public sealed interface FolderPosition {\n"));
        assert!(of(&files, "Codecs.kt").contains(
            "internal fun Reader.document(): Document =\n    Document(\n        id = DocumentId(uuid()),\n"
        ));
        assert!(
            of(&files, "AppInterfaces.kt")
                .contains("    public fun embed(texts: List<String>): List<FloatArray>\n")
        );
    }

    #[test]
    fn swift_has_everything_with_its_documentation() {
        let files = files("swift");
        let documents = of(&files, "Library+Documents.swift");
        assert!(documents.contains(
            "    /// Creates a document. Touches the disk: durable when it returns.\n    ///\n    \
             /// - Throws: ``WriteMagicError``: `limit_exceeded`,"
        ));
        assert!(documents.contains(
            "    @discardableResult\n    public func rename(_ document: DocumentID, to title: String) async throws -> Document {\n        \
             try await calls.call("
        ));
        // What is referred to has the name that it has here, as a link.
        assert!(documents.contains("(``Library/check(repair:)`` reports both)"));
        let library = of(&files, "Library+Operations.swift");
        assert!(
            library
                .contains("    public func check(repair: Bool = false) throws -> Work<CheckReport> {\n        try calls.work(")
        );
        assert!(library.contains("    public var isReadOnly: Bool {\n        get throws {\n"));
        assert!(library.contains(
            "    /// - Parameter within: In seconds.\n    public func shutDown(within: TimeInterval)"
        ));
        let types = of(&files, "DocumentsTypes.swift");
        assert!(types.contains("        kind: DocumentKind = .markdown,\n"));
        assert!(types.contains("public struct Document: Sendable, Hashable, Identifiable {\n"));
        // What holds an object of the app cannot be compared.
        assert!(of(&files, "LibraryTypes.swift").contains("public struct OpenOptions: Sendable {\n"));
        assert!(of(&files, "FoldersCodecs.swift").contains(
            "        case .before(let name):\n            try u8(2)\n            try self.text(name)\n"
        ));
        let assistant = of(&files, "Assistant+Tasks.swift");
        assert!(assistant.contains("{ [calls] in try Writing(handle: $0.i64(), of: calls) }"));
        let interfaces = of(&files, "AppInterfaces.swift");
        assert!(interfaces.contains("    func embed(_ texts: [String]) throws -> [[Float]]\n"));
        assert!(of(&files, "Questions.swift").contains("let said = try object.key(of: providerAsked)\n"));
    }

    #[test]
    fn the_page_names_every_method_on_both_platforms() {
        let files = files("parity");
        let page = of(&files, "PARITY.md");
        assert!(page.contains("| `Library::merge` | `Library.merge` | `Library.merge(_:from:into:)` |\n"));
        assert!(page.contains("| `Library::open` | `WriteMagic.open` | `WriteMagic.open(at:options:)` |\n"));
        assert!(!page.contains("missing"));
    }

    #[test]
    fn the_sources_are_the_same_each_time_and_fit_the_page() {
        for language in ["kotlin", "swift"] {
            let files = files(language);
            assert_eq!(files, self::files(language));
            for (path, text) in &files {
                for line in text.lines().filter(|line| line.trim_start().starts_with(['*', '/'])) {
                    let is_long = line.chars().count() > source::WIDTH && line.contains(". ");
                    assert!(!is_long, "{path}: {line}");
                }
                assert!(text.lines().all(|line| line.trim_end() == line), "{path}");
            }
        }
    }

    #[test]
    fn another_language_is_refused() {
        assert!(run(&["pascal".to_owned(), ".".to_owned()]).is_err() && run(&[]).is_err());
    }
}
