//! What a library adds to a program: one small program each (`sizes/`), built and linked as the engine is shipped, that opens
//! a stored document, edits it and reads its text. Counted is what is loaded into memory, without symbols and debug lines.

use anyhow::{Context as _, Result};
use object::{Object as _, ObjectSegment as _};

use crate::report::{Table, count, ratio};

/// Bytes that a program loads; `None` if it was not built.
fn loaded_bytes(name: &str) -> Result<Option<u64>> {
    let here = std::env::current_exe()?;
    let program = here.parent().context("a program is in a folder")?.join(name);
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    if !program.is_file() {
        return Ok(None);
    }
    let bytes = std::fs::read(program)?;
    Ok(Some(object::File::parse(&*bytes)?.segments().map(|segment| segment.file_range().1).sum()))
}

/// The table, `programs` with what they are called, ours first; a line that says so where they are not built.
pub(crate) fn added(programs: &[(&str, &str)]) -> Result<String> {
    let nothing = loaded_bytes("size-nothing")?;
    let mut sizes = Vec::new();
    for (name, program) in programs {
        let Some((nothing, all)) = nothing.zip(loaded_bytes(program)?) else {
            return Ok("Not measured: `cargo xtask bench` builds what is compared.\n".into());
        };
        sizes.push((*name, all.saturating_sub(nothing)));
    }
    let ours = sizes.first().map_or(0, |(_, added)| *added);
    let mut table = Table::new(&["", "bytes added", "against the first"]);
    for (name, added) in sizes {
        table.row(&[name.into(), count(added), ratio(added as f64, ours as f64)]);
    }
    Ok(table.finish())
}
