//! Writes the table as a file that the engine maps: `cargo xtask embedding-table` runs it.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use writemagic_embedding_table::image::{Source, make};
use writemagic_embedding_table::layout::KIND;
use writemagic_shared::mapped::{Kind, Writer};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dimensions, out] = arguments.as_slice() else {
        return Err("usage: embedding-table DIMENSIONS FILE".into());
    };
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let image = make(&Source::read(&data)?, dimensions.parse()?)?;
    let mut writer = Writer::create(Path::new(out), Kind(KIND))?;
    writer.write_all(&image)?;
    writer.finish()?;
    Ok(())
}
