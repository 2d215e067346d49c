//! The compilers and tools that know Android: of the NDK, or of whoever set cargo's variables.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::abi::{API, Abi};

/// An installed NDK.
pub(crate) struct Ndk {
    tools: PathBuf,
    /// As it names itself: `27.2.12479018`.
    pub(crate) revision: String,
}

impl Ndk {
    /// The one that the environment names: `ANDROID_NDK_HOME`, `ANDROID_NDK_ROOT`, or the newest in `ANDROID_HOME`.
    pub(crate) fn find() -> Result<Option<Self>> {
        let named = ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT"].into_iter().find_map(folder);
        match named.or_else(|| folder("ANDROID_HOME").and_then(|sdk| newest(&sdk.join("ndk")))) {
            Some(folder) => Self::open(&folder).map(Some),
            None => Ok(None),
        }
    }

    fn open(folder: &Path) -> Result<Self> {
        let file = folder.join("source.properties");
        let properties = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let revision = properties.lines().find_map(|line| line.strip_prefix("Pkg.Revision"));
        let revision = revision.context("an NDK without a revision")?.trim_start_matches([' ', '=']).trim();
        let built = folder.join("toolchains").join("llvm").join("prebuilt");
        let mut hosts = fs::read_dir(&built).with_context(|| built.display().to_string())?;
        let host = hosts.next().context("an NDK without a compiler")??;
        Ok(Self { tools: host.path().join("bin"), revision: revision.to_owned() })
    }

    fn tool(&self, name: &str, extension: &str) -> PathBuf {
        let extension = if cfg!(windows) { extension } else { "" };
        self.tools.join(format!("{name}{extension}"))
    }

    /// Variables with which cargo builds for `abi`.
    fn variables(&self, abi: &Abi) -> Vec<(String, OsString)> {
        let clang = self.tool(&format!("{}{API}-clang", abi.clang), ".cmd");
        let target = abi.target.replace('-', "_");
        vec![
            (linker(abi), clang.clone().into()),
            (format!("CC_{target}"), clang.into()),
            (format!("AR_{target}"), self.tool("llvm-ar", ".exe").into()),
        ]
    }
}

/// Cargo's variable for the linker of a target.
pub(crate) fn linker(abi: &Abi) -> String {
    format!("CARGO_TARGET_{}_LINKER", abi.target.replace('-', "_").to_uppercase())
}

/// What cargo must be told to build for `abi`; `None` where nothing here can link for it.
pub(crate) fn variables(ndk: Option<&Ndk>, abi: &Abi) -> Option<Vec<(String, OsString)>> {
    match ndk {
        Some(ndk) => Some(ndk.variables(abi)),
        None => env::var_os(linker(abi)).map(|_| Vec::new()),
    }
}

/// The program that takes symbols out of libraries: of the NDK, else the one that comes with Rust.
pub(crate) fn objcopy(ndk: Option<&Ndk>) -> Result<Command> {
    if let Some(ndk) = ndk {
        return Ok(Command::new(ndk.tool("llvm-objcopy", ".exe")));
    }
    let said = Command::new("rustc").args(["--print", "sysroot", "--print", "host-tuple"]).output()?;
    ensure!(said.status.success(), "rustc cannot say where it is");
    let said = String::from_utf8(said.stdout)?;
    let (sysroot, host) = said.trim().split_once('\n').context("rustc says where it is, and for what")?;
    let libraries = Path::new(sysroot).join("lib");
    let tools = libraries.join("rustlib").join(host).join("bin");
    let mut command = Command::new(tools.join("rust-objcopy"));
    command.env("LD_LIBRARY_PATH", libraries);
    Ok(command)
}

fn folder(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// The folder in `folder` whose name is the highest version.
fn newest(folder: &Path) -> Option<PathBuf> {
    let version = |path: &PathBuf| -> Vec<u64> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.split('.').map(|part| part.parse().unwrap_or(0)).collect()
    };
    fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).max_by_key(version)
}

#[cfg(test)]
mod tests {
    use super::super::abi::ABIS;
    use super::*;

    #[test]
    fn the_newest_ndk_is_taken_and_its_tools_are_named_for_the_api_level() {
        let sdk = tempfile::tempdir().unwrap();
        for revision in ["9.1.2", "27.2.12479018", "27.0.1"] {
            let ndk = sdk.path().join(revision);
            fs::create_dir_all(ndk.join("toolchains/llvm/prebuilt/host-x86_64/bin")).unwrap();
            fs::write(
                ndk.join("source.properties"),
                format!("Pkg.Desc = Android NDK\nPkg.Revision = {revision}\n"),
            )
            .unwrap();
        }
        let ndk = Ndk::open(&newest(sdk.path()).unwrap()).unwrap();
        assert_eq!(ndk.revision, "27.2.12479018");
        let variables = ndk.variables(&ABIS[1]);
        assert_eq!(variables[0].0, "CARGO_TARGET_ARMV7_LINUX_ANDROIDEABI_LINKER");
        assert_eq!(variables[1].0, "CC_armv7_linux_androideabi");
        let compiler = variables[0].1.to_str().unwrap();
        assert!(compiler.contains("27.2.12479018") && compiler.contains("armv7a-linux-androideabi24-clang"));
    }

    #[test]
    fn a_folder_that_is_no_ndk_is_an_error_and_not_ignored() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Ndk::open(folder.path()).is_err());
    }
}
