//! The processors of Android devices.

/// The API level that the library is linked for, and the lowest that an app may be installed on: Android 7.
pub(crate) const API: u32 = 24;

/// A kind of processor, as Android, Rust and the NDK's compiler call it.
#[derive(Debug)]
pub(crate) struct Abi {
    /// The folder in the archive.
    pub(crate) name: &'static str,
    /// Rust's target.
    pub(crate) target: &'static str,
    /// The start of the compiler's name in the NDK, before the API level.
    pub(crate) clang: &'static str,
    /// The number of the processor in an ELF file.
    pub(crate) machine: u16,
    /// Whether devices may have pages of 16 KiB.
    pub(crate) is_64: bool,
}

pub(crate) const ABIS: &[Abi] = &[
    Abi {
        name: "arm64-v8a",
        target: "aarch64-linux-android",
        clang: "aarch64-linux-android",
        machine: 183,
        is_64: true,
    },
    Abi {
        name: "armeabi-v7a",
        target: "armv7-linux-androideabi",
        clang: "armv7a-linux-androideabi",
        machine: 40,
        is_64: false,
    },
    Abi { name: "x86", target: "i686-linux-android", clang: "i686-linux-android", machine: 3, is_64: false },
    Abi {
        name: "x86_64",
        target: "x86_64-linux-android",
        clang: "x86_64-linux-android",
        machine: 62,
        is_64: true,
    },
];
