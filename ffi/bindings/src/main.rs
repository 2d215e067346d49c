//! Prints the sources of one language as a JSON object, path by path: `bindings kotlin ROOT`, `bindings swift ROOT`, where ROOT is the
//! workspace's folder; `bindings parity ROOT` does so with the page of what both have, and `bindings uniffi-swift ROOT LIBRARY` with what
//! UniFFI makes of a library.

mod declared;
mod docs;
mod kotlin;
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

    fn files() -> BTreeMap<String, String> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let printed = run(&["kotlin".to_owned(), root.to_string_lossy().into_owned()]).unwrap();
        serde_json::from_str(&printed).unwrap()
    }

    #[test]
    fn everything_the_engine_can_do_is_reached_and_documented() {
        // What is missing, or without documentation, is an error that names it.
        let files = files();
        let of = |name: &str| {
            files.iter().find(|(path, _)| path.ends_with(name)).map(|(_, text)| text.as_str()).unwrap()
        };
        let operations = of("LibraryOperations.kt");
        assert!(operations.contains("    public suspend fun createDocument(new: NewDocument): Document =\n"));
        assert!(
            operations.contains("     * Creates a document. Touches the disk: durable when it returns.\n")
        );
        assert!(
            operations.contains("    public fun check(repair: Boolean = false): Operation<CheckReport> =\n")
        );
        let types = of("/Types.kt");
        assert!(types.contains("    public val kind: DocumentKind = DocumentKind.MARKDOWN,\n"));
        assert!(types.contains("public sealed interface FolderPosition {\n"));
        assert!(of("Codecs.kt").contains(
            "internal fun Reader.document(): Document =\n    Document(\n        id = DocumentId(uuid()),\n"
        ));
        assert!(
            of("AppInterfaces.kt").contains("    public fun embed(texts: List<String>): List<FloatArray>\n")
        );
        assert!(of("PARITY.md").contains("| `Library::merge` | `Library.merge` |\n"));
    }

    #[test]
    fn the_sources_are_the_same_each_time_and_fit_the_page() {
        let files = files();
        assert_eq!(files, self::files());
        for (path, text) in &files {
            for line in text.lines().filter(|line| line.trim_start().starts_with(['*', '/'])) {
                assert!(line.chars().count() <= source::WIDTH || !line.contains(". "), "{path}: {line}");
            }
        }
    }

    #[test]
    fn another_language_is_refused() {
        assert!(run(&["pascal".to_owned(), ".".to_owned()]).is_err() && run(&[]).is_err());
    }
}
