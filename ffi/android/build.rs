//! How the library is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let os = target("OS");
    if os != "android" && os != "linux" {
        return;
    }
    let argument = |argument: &str| println!("cargo::rustc-cdylib-link-arg=-Wl,{argument}");
    argument("-soname,libwritemagic_jni.so");
    // A JVM closes the library of a class loader that is gone, while threads of the engine still run its code.
    argument("-z,nodelete");
    if os == "android" {
        // Devices with pages of 16 KiB refuse libraries that are aligned to less.
        argument("-z,max-page-size=16384");
    }
}
