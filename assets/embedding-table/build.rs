//! Makes the images that the features ask for, from the table in `data`, into the folder for what is built.

#![allow(clippy::print_stdout, reason = "cargo reads what a build script prints")]

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

#[allow(dead_code, unreachable_pub, reason = "the library uses all of it")]
#[path = "src/image.rs"]
mod image;
#[allow(dead_code, unreachable_pub, reason = "the library uses all of it")]
#[path = "src/layout.rs"]
mod layout;

fn main() -> Result<(), Box<dyn Error>> {
    for watched in ["build.rs", "data", "src/image.rs", "src/layout.rs"] {
        println!("cargo::rerun-if-changed={watched}"); // deliberate: cargo reads it
    }
    let folder = |name| env::var_os(name).map(PathBuf::from).ok_or("cargo says where things are");
    let (own, out) = (folder("CARGO_MANIFEST_DIR")?, folder("OUT_DIR")?);
    for dimensions in [64, 128, 256] {
        if env::var_os(format!("CARGO_FEATURE_D{dimensions}")).is_some() {
            let image = image::make(&image::Source::read(&own.join("data"))?, dimensions)?;
            fs::write(out.join(format!("table_{dimensions}")), image)?;
        }
    }
    Ok(())
}
