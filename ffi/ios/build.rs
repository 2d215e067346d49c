//! How the library is linked.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    let mut cargo = io::stdout();
    writeln!(cargo, "cargo::rerun-if-changed=build.rs")?;
    if std::env::var("CARGO_CFG_TARGET_VENDOR").is_ok_and(|vendor| vendor == "apple") {
        // Room for the name that the library gets in a framework.
        writeln!(cargo, "cargo::rustc-cdylib-link-arg=-Wl,-headerpad_max_install_names")?;
    }
    Ok(())
}
