//! One framework: a library, its header and module map, what it says of itself, its privacy manifest; and its symbols beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{step, workspace};

const FRAMEWORK: &str = "WriteMagicFFI";

/// What a framework is for.
#[derive(Debug)]
pub(crate) struct Platform {
    pub(crate) name: &'static str,
    /// Rust's targets; libraries for all of them are one file.
    pub(crate) targets: &'static [&'static str],
    /// What the linker learns the oldest system by, and that.
    pub(crate) oldest: (&'static str, &'static str),
    /// As Apple calls it.
    supported: &'static str,
    /// Whether frameworks have versions, as those for macOS must.
    has_versions: bool,
}

pub(crate) const PLATFORMS: &[Platform] = &[
    Platform {
        name: "device",
        targets: &["aarch64-apple-ios"],
        oldest: ("IPHONEOS_DEPLOYMENT_TARGET", "15.0"),
        supported: "iPhoneOS",
        has_versions: false,
    },
    Platform {
        name: "simulator",
        targets: &["aarch64-apple-ios-sim", "x86_64-apple-ios"],
        oldest: ("IPHONEOS_DEPLOYMENT_TARGET", "15.0"),
        supported: "iPhoneSimulator",
        has_versions: false,
    },
    Platform {
        name: "macos",
        targets: &["aarch64-apple-darwin", "x86_64-apple-darwin"],
        oldest: ("MACOSX_DEPLOYMENT_TARGET", "12.0"),
        supported: "MacOSX",
        has_versions: true,
    },
];

/// The framework and its symbols, in `folder`.
pub(crate) fn assemble(
    platform: &Platform,
    version: &str,
    library: &Path,
    folder: &Path,
) -> Result<(PathBuf, PathBuf)> {
    let framework = folder.join(format!("{FRAMEWORK}.framework"));
    let symbols = folder.join(format!("{FRAMEWORK}.framework.dSYM"));
    lay_out(platform, version, &framework)?;
    let binary = inside(platform, &framework).join(FRAMEWORK);
    fs::copy(library, &binary)?;
    let id = if platform.has_versions { "Versions/A/WriteMagicFFI" } else { FRAMEWORK };
    let id = format!("@rpath/{FRAMEWORK}.framework/{id}");
    step::run(platform.name, Command::new("install_name_tool").args(["-id", &id]).arg(&binary))?;
    // The symbols first: what strips them tells the linker nothing more.
    step::run(platform.name, Command::new("dsymutil").arg(&binary).arg("-o").arg(&symbols))?;
    step::run(platform.name, Command::new("strip").arg("-x").arg(&binary))?;
    // Apple's processors run nothing unsigned; whoever releases an app signs it again.
    step::run(platform.name, Command::new("codesign").args(["--force", "--sign", "-"]).arg(&framework))?;
    Ok((framework, symbols))
}

/// Where the files of a framework are.
fn inside(platform: &Platform, framework: &Path) -> PathBuf {
    if platform.has_versions { framework.join("Versions").join("A") } else { framework.to_owned() }
}

/// Everything but the library.
fn lay_out(platform: &Platform, version: &str, framework: &Path) -> Result<()> {
    let sources = workspace::root()?.join("ffi").join("ios").join("swift").join("Sources").join(FRAMEWORK);
    let inside = inside(platform, framework);
    let resources = if platform.has_versions { inside.join("Resources") } else { inside.clone() };
    let (headers, modules) = (inside.join("Headers"), inside.join("Modules"));
    for folder in [&inside, &resources, &headers, &modules] {
        fs::create_dir_all(folder)?;
    }
    let header = format!("{FRAMEWORK}.h");
    fs::copy(sources.join(&header), headers.join(&header)).context(header)?;
    fs::write(modules.join("module.modulemap"), MODULE_MAP)?;
    fs::write(resources.join("Info.plist"), info(platform, version))?;
    fs::copy(sources.join("PrivacyInfo.xcprivacy"), resources.join("PrivacyInfo.xcprivacy"))
        .context("PrivacyInfo.xcprivacy")?;
    if platform.has_versions {
        link("A", &framework.join("Versions").join("Current"))?;
        for name in [FRAMEWORK, "Headers", "Modules", "Resources"] {
            link(&format!("Versions/Current/{name}"), &framework.join(name))?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(to: &str, link: &Path) -> Result<()> {
    std::os::unix::fs::symlink(to, link).with_context(|| link.display().to_string())
}

#[cfg(not(unix))]
fn link(_: &str, link: &Path) -> Result<()> {
    anyhow::bail!("{}: a symbolic link, which only a Mac needs", link.display())
}

const MODULE_MAP: &str =
    "framework module WriteMagicFFI {\n    header \"WriteMagicFFI.h\"\n    export *\n}\n";

/// What a framework says of itself.
fn info(platform: &Platform, version: &str) -> String {
    let oldest = if platform.has_versions { "LSMinimumSystemVersion" } else { "MinimumOSVersion" };
    let fields = [
        ("CFBundleDevelopmentRegion", "en"),
        ("CFBundleExecutable", FRAMEWORK),
        ("CFBundleIdentifier", "dev.writemagic.ffi"),
        ("CFBundleInfoDictionaryVersion", "6.0"),
        ("CFBundleName", FRAMEWORK),
        ("CFBundlePackageType", "FMWK"),
        ("CFBundleShortVersionString", version),
        ("CFBundleVersion", version),
        (oldest, platform.oldest.1),
    ];
    let fields: String = fields
        .iter()
        .map(|(name, value)| format!("    <key>{name}</key>\n    <string>{value}</string>\n"))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n{fields}    <key>CFBundleSupportedPlatforms</key>\n    <array>\n        \
         <string>{}</string>\n    </array>\n</dict>\n</plist>\n",
        platform.supported
    )
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_framework_has_its_parts_where_the_system_looks_for_them() {
        for platform in PLATFORMS {
            let folder = tempfile::tempdir().unwrap();
            let framework = folder.path().join("WriteMagicFFI.framework");
            lay_out(platform, "2.3.4", &framework).unwrap();
            let read = |path: &str| fs::read_to_string(framework.join(path)).unwrap();
            // Through the links of the one for macOS, too.
            assert!(read("Headers/WriteMagicFFI.h").contains("native_invoke"));
            assert!(read("Modules/module.modulemap").starts_with("framework module WriteMagicFFI {"));
            let resources = if platform.has_versions { "Resources/" } else { "" };
            let info = read(&format!("{resources}Info.plist"));
            assert!(info.contains("<string>2.3.4</string>") && info.contains(platform.supported));
            assert!(info.contains(&format!("<string>{}</string>", platform.oldest.1)));
            assert!(read(&format!("{resources}PrivacyInfo.xcprivacy")).contains("NSPrivacyTracking"));
            assert_eq!(framework.join("Versions/A").is_dir(), platform.has_versions);
        }
    }
}
