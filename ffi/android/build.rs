//! How the library is linked.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    let mut cargo = io::stdout();
    writeln!(cargo, "cargo::rerun-if-changed=build.rs")?;
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let os = target("OS");
    if os != "android" && os != "linux" {
        return Ok(());
    }
    let mut argument = |argument: &str| writeln!(cargo, "cargo::rustc-cdylib-link-arg=-Wl,{argument}");
    argument("-soname,libwritemagic_jni.so")?;
    // A JVM closes the library of a class loader that is gone, while threads of the engine still run its code.
    argument("-z,nodelete")?;
    if os == "android" {
        // Devices with pages of 16 KiB refuse libraries that are aligned to less.
        argument("-z,max-page-size=16384")?;
        // Addresses to relocate take a tenth of the space in the form that Android knows since version 6: 300 KB less.
        argument("--pack-dyn-relocs=android")?;
        // What a crash report is matched to its symbols by.
        argument("--build-id=sha1")?;
    }
    Ok(())
}
