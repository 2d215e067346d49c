//! What a library adds to a program: one small program each (`examples/`), built and linked as the engine is shipped, that opens
//! a stored document, edits it and reads its text. Counted is what is loaded into memory, without symbols and debug lines.

use std::path::Path;

use anyhow::{Context as _, Result};
use object::{Object as _, ObjectSegment as _};

use super::{automerge, diamond, loro, ours, peer, yrs};
use crate::report::{Table, count, ratio};

/// The program without a document.
pub fn nothing(stored: &Path) -> Result<u64> {
    Ok(std::fs::read(stored)?.len() as u64)
}

/// With a library of the engine.
pub fn writemagic(stored: &Path) -> Result<u64> {
    ours::hold(stored)
}

/// With loro.
pub fn loro(stored: &Path) -> Result<u64> {
    peer::hold::<loro::Loro>(stored)
}

/// With automerge.
pub fn automerge(stored: &Path) -> Result<u64> {
    peer::hold::<automerge::Automerge>(stored)
}

/// With yrs.
pub fn yrs(stored: &Path) -> Result<u64> {
    peer::hold::<yrs::Yrs>(stored)
}

/// With diamond-types.
pub fn diamond_types(stored: &Path) -> Result<u64> {
    peer::hold::<diamond::Diamond>(stored)
}

/// The whole of such a program.
pub fn program(open_and_edit: fn(&Path) -> Result<u64>) -> Result<()> {
    let stored = std::env::args_os().nth(1).context("name what is stored")?;
    let length = open_and_edit(Path::new(&stored))?;
    anyhow::ensure!(length < u64::MAX);
    Ok(())
}

const PROGRAMS: [(&str, &str); 5] = [
    ("WriteMagic", "size_writemagic"),
    ("loro", "size_loro"),
    ("automerge", "size_automerge"),
    ("yrs", "size_yrs"),
    ("diamond-types", "size_diamond_types"),
];

/// Bytes that a program loads; `None` if it was not built.
fn loaded_bytes(name: &str) -> Result<Option<u64>> {
    let here = std::env::current_exe()?;
    let program = here.parent().context("a program is in a folder")?.join("examples").join(name);
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
    let nothing = loaded_bytes("size_nothing")?;
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
