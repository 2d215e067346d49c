//! `cargo xtask android`: the engine for Android devices, as an archive (AAR) in a Maven repository under `target/android`.
//!
//! With an NDK for all four kinds of processor; without one for those that cargo's own environment names a linker for. What is
//! left out is said, and an archive that lacks something does not stand where a whole one does.

pub(crate) mod elf;

mod abi;
mod archive;
mod ndk;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use crate::size::{self, History, Sizes};
use crate::zip::{Entries, pack, read_folder};
use crate::{embedding_table, jvm, step, workspace};
use abi::Abi;
use archive::{LIBRARY, Parts};
use ndk::Ndk;

pub(crate) use abi::ABIS;

const NAME: &str = "Android";
const PROFILE: &str = "release-min";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Builds what can be built here; `arguments` go to cargo. Where `record` says what changed, the sizes are written down with it.
pub(crate) fn run(record: Option<&str>, arguments: &[&str]) -> Result<()> {
    let ndk = Ndk::find()?;
    let output = workspace::target()?.join("android");
    match fs::remove_dir_all(&output) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&output)?,
    }
    let mut libraries = Vec::new();
    for abi in ABIS {
        match ndk::variables(ndk.as_ref(), abi) {
            Some(variables) => {
                let mut command = workspace::cargo()?;
                command.args(["build", "--package", "writemagic-android", "--no-default-features"]);
                command.args(["--profile", PROFILE, "--target", abi.target]).args(arguments).envs(variables);
                step::run(abi.name, &mut command)?;
                libraries.push((abi, split(abi, ndk.as_ref(), &output)?));
            }
            None => step::announce(
                abi.name,
                &format!("left out: neither ANDROID_NDK_HOME nor {} is set", ndk::linker(abi)),
            ),
        }
    }

    let sizes: Sizes = libraries.iter().map(|(abi, library)| (abi.name, library.len() as u64)).collect();
    step::announce("sizes", "stripped, in bytes");
    let history = History::read()?;
    history.compare(&sizes);
    size::check(&sizes)?;
    if let Some(what) = record {
        ensure!(!sizes.is_empty(), "there is no size to record");
        let linked = match &ndk {
            Some(ndk) => format!("NDK {}", ndk.revision),
            None => "without an NDK, so that its libunwind is not in it".to_owned(),
        };
        history.record(what, &linked, &sizes)?;
    }
    write_archive(libraries, &output)
}

/// The library without symbols, which are kept in `output` beside it.
fn split(abi: &Abi, ndk: Option<&Ndk>, output: &Path) -> Result<Vec<u8>> {
    let built = workspace::target()?.join(abi.target).join(PROFILE).join(LIBRARY);
    let files = ["symbols", "libraries"].map(|kind| output.join(kind).join(abi.name).join(LIBRARY));
    for (file, way) in files.iter().zip(["--only-keep-debug", "--strip-all"]) {
        fs::create_dir_all(file.parent().context("a file in a folder")?)?;
        step::run(abi.name, ndk::objcopy(ndk)?.arg(way).args([&built, file]))?;
    }
    let library = fs::read(&files[1])?;
    archive::check(abi, &library).context(abi.name)?;
    Ok(library)
}

/// Packs what there is, and says what is not in it.
fn write_archive(libraries: Vec<(&'static Abi, Vec<u8>)>, output: &Path) -> Result<()> {
    if !libraries.is_empty() {
        write(
            &output.join(format!("symbols-{VERSION}.zip")),
            &pack(&read_folder(&output.join("symbols"))?)?,
        )?;
    }
    let Some(classes) = jvm::classes()? else {
        bail!("no archive: its classes need a JDK and Maven, and there are none here");
    };
    let root = workspace::root()?;
    let kotlin = root.join("ffi").join("android").join("kotlin");
    let mut notices = Entries::new();
    for (name, file) in [
        ("LICENSE-APACHE", "LICENSE-APACHE"),
        ("LICENSE-MIT", "LICENSE-MIT"),
        ("NOTICE", "assets/embedding-table/NOTICE"),
    ] {
        notices.insert(name.to_owned(), fs::read(root.join(file)).context(file)?);
    }
    let rules = fs::read_to_string(kotlin.join("consumer-rules.pro"))?;
    let table = output.join("english.table");
    embedding_table::run("128", &table)?;
    let parts = Parts { classes, rules, table: fs::read(table)?, notices, libraries };

    let (place, name) = archive::place(VERSION);
    let missing = parts.missing();
    let archive = parts.pack()?;
    if !missing.is_empty() {
        let file = output.join("incomplete").join(format!("{name}-incomplete.aar"));
        write(&file, &archive)?;
        step::announce(NAME, &format!("INCOMPLETE: without {}, so not for publishing", missing.join(", ")));
        return Ok(());
    }
    let place = output.join("maven").join(place);
    write(&place.join(format!("{name}.aar")), &archive)?;
    let mut sources = Entries::new();
    for module in [&kotlin, &root.join("ffi").join("android").join("framework")] {
        sources.extend(read_folder(&module.join("src").join("main").join("kotlin"))?);
    }
    write(&place.join(format!("{name}-sources.jar")), &pack(&sources)?)?;
    write(&place.join(format!("{name}.pom")), archive::pom(VERSION, &kotlin.join("pom.xml"))?.as_bytes())
}

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    fs::create_dir_all(file.parent().context("a file in a folder")?)?;
    fs::write(file, bytes).with_context(|| file.display().to_string())?;
    eprintln!("    {}: {} bytes", file.display(), bytes.len());
    Ok(())
}
