//! How the library is linked.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    let mut said = String::from("cargo::rerun-if-changed=build.rs\n");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "android" || os == "linux" {
        let mut argument = |argument: &str| {
            said += &format!("cargo::rustc-cdylib-link-arg=-Wl,{argument}\n");
        };
        argument("-soname,libwritemagic_jni.so");
        // A JVM closes the library of a class loader that is gone, while threads of the engine still run its code.
        argument("-z,nodelete");
        if os == "android" {
            // Devices with pages of 16 KiB refuse libraries that are aligned to less.
            argument("-z,max-page-size=16384");
        }
    }
    io::stdout().write_all(said.as_bytes())
}
