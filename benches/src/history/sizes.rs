//! What a library adds to a program: one small program each (`sizes/`), built and linked as the engine is shipped, that opens
//! a stored document, edits it and reads its text. Counted is what is loaded into memory, without symbols and debug lines.

use anyhow::{Context as _, Result};
use object::{Object as _, ObjectSegment as _};

use crate::report::{Table, count, ratio};

const PROGRAMS: [(&str, &str); 5] = [
    ("WriteMagic", "size-writemagic"),
    ("loro", "size-loro"),
    ("automerge", "size-automerge"),
    ("yrs", "size-yrs"),
    ("diamond-types", "size-diamond-types"),
];

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

/// The table; a line that says so where the programs are not built.
pub(super) fn measure() -> Result<String> {
    let mut sizes = Vec::new();
    let nothing = loaded_bytes("size-nothing")?;
    for (name, program) in PROGRAMS {
        sizes.push((
            name,
            nothing.zip(loaded_bytes(program)?).map(|(nothing, all)| all.saturating_sub(nothing)),
        ));
    }
    let Some(ours) = sizes[0].1 else {
        return Ok("Not measured: `cargo xtask bench` builds what is compared.\n".into());
    };
    let mut table = Table::new(&["", "bytes added", "against WriteMagic"]);
    for (name, added) in sizes {
        let Some(added) = added else { continue };
        table.row(&[name.into(), count(added), ratio(added as f64, ours as f64)]);
    }
    Ok(table.finish())
}
