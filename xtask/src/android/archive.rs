//! The archive that an Android project takes in (AAR), and what stands beside it in a Maven repository.
//!
//! An AAR is a zip file: a manifest, the classes, rules for the shrinker, assets, a library for each kind of processor.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use super::abi::{ABIS, API, Abi};
use super::elf::Elf;
use crate::zip::{Entries, pack};

pub(crate) const GROUP: &str = "dev.writemagic";
pub(crate) const ARTIFACT: &str = "writemagic-android";
pub(crate) const LIBRARY: &str = "libwritemagic_jni.so";

/// What goes into an archive.
pub(crate) struct Parts {
    /// The jar of the Kotlin API.
    pub(crate) classes: Vec<u8>,
    /// What R8 must know in an app that uses it.
    pub(crate) rules: String,
    /// The table of word vectors, which is not in the libraries: four of them would be more than all the rest.
    pub(crate) table: Vec<u8>,
    /// Licences and notices, by name.
    pub(crate) notices: Entries,
    /// A stripped library for each ABI that there is.
    pub(crate) libraries: Vec<(&'static Abi, Vec<u8>)>,
}

impl Parts {
    /// The archive. Fails where a library is not what its ABI needs.
    pub(crate) fn pack(self) -> Result<Vec<u8>> {
        let mut entries = self.notices;
        let mut add = |path: &str, bytes: Vec<u8>| entries.insert(path.to_owned(), bytes);
        add("AndroidManifest.xml", manifest().into_bytes());
        add("META-INF/com/android/build/gradle/aar-metadata.properties", metadata().into_bytes());
        // The names of resources, of which there are none.
        add("R.txt", Vec::new());
        add("assets/writemagic/english.table", self.table);
        add("classes.jar", self.classes);
        add("proguard.txt", self.rules.into_bytes());
        for (abi, library) in self.libraries {
            check(abi, &library).context(abi.name)?;
            add(&format!("jni/{}/{LIBRARY}", abi.name), library);
        }
        pack(&entries)
    }

    /// The ABIs that it has no library for.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let has = |abi: &Abi| self.libraries.iter().any(|(there, _)| there.name == abi.name);
        ABIS.iter().filter(|abi| !has(abi)).map(|abi| abi.name).collect()
    }
}

/// Fails where a library is for another processor, shows more than it must, or would not be loaded on large pages.
pub(crate) fn check(abi: &Abi, library: &[u8]) -> Result<()> {
    let elf = Elf::read(library)?;
    ensure!(
        elf.machine() == abi.machine && elf.is_64() == abi.is_64,
        "a library for another processor, number {}",
        elf.machine()
    );
    if abi.is_64 {
        elf.check_alignment()?;
    }
    elf.check_exports()
}

fn manifest() -> String {
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="{GROUP}">
    <uses-sdk android:minSdkVersion="{API}" />
</manifest>
"#
    )
}

fn metadata() -> String {
    "aarFormatVersion=1.0\naarMetadataVersion=1.0\nminCompileSdk=1\n".to_owned()
}

/// Where the files of a version stand in a Maven repository, and how their names begin.
pub(crate) fn place(version: &str) -> (String, String) {
    (format!("{}/{ARTIFACT}/{version}", GROUP.replace('.', "/")), format!("{ARTIFACT}-{version}"))
}

/// The POM of the archive: what it is, and what it needs, at the versions that the classes are compiled against.
pub(crate) fn pom(version: &str, compiled: &Path) -> Result<String> {
    let compiled = std::fs::read_to_string(compiled)?;
    let (kotlin, coroutines) = (property(&compiled, "kotlin")?, property(&compiled, "coroutines")?);
    let mut dependencies = String::new();
    for (group, artifact, version) in [
        ("org.jetbrains.kotlin", "kotlin-stdlib", kotlin),
        ("org.jetbrains.kotlinx", "kotlinx-coroutines-core-jvm", coroutines),
    ] {
        dependencies += &format!(
            "
        <dependency>
            <groupId>{group}</groupId>
            <artifactId>{artifact}</artifactId>
            <version>{version}</version>
            <scope>compile</scope>
        </dependency>"
        );
    }
    Ok(format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0"
         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
         xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 http://maven.apache.org/xsd/maven-4.0.0.xsd">
    <modelVersion>4.0.0</modelVersion>
    <groupId>{GROUP}</groupId>
    <artifactId>{ARTIFACT}</artifactId>
    <version>{version}</version>
    <packaging>aar</packaging>
    <name>WriteMagic for Android</name>
    <description>An on-device engine for writing apps</description>
    <url>{url}</url>
    <licenses>
        <license>
            <name>MIT OR Apache-2.0</name>
        </license>
    </licenses>
    <scm>
        <url>{url}</url>
    </scm>
    <dependencies>{dependencies}
    </dependencies>
</project>
"#,
        url = env!("CARGO_PKG_REPOSITORY"),
    ))
}

/// The version that a POM gives to `name` in its properties.
fn property<'a>(pom: &'a str, name: &str) -> Result<&'a str> {
    let (open, close) = (format!("<{name}.version>"), format!("</{name}.version>"));
    let Some(value) = pom.split_once(&open).and_then(|(_, rest)| Some(rest.split_once(&close)?.0)) else {
        bail!("the POM of the classes has no {open}");
    };
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::super::elf::{PAGE, made_up};
    use super::*;
    use crate::{workspace, zip};

    const NAMES: &[&str] = &["JNI_OnLoad", "JNI_OnUnload"];

    fn library(abi: &Abi) -> Vec<u8> {
        made_up::library(abi.is_64, abi.machine, if abi.is_64 { PAGE } else { 4096 }, NAMES)
    }

    fn parts(libraries: Vec<(&'static Abi, Vec<u8>)>) -> Parts {
        let jar = zip::pack(&[("dev/writemagic/Library.class".to_owned(), vec![1, 2])].into()).unwrap();
        let rules = "-keep class dev.writemagic.internal.Native".to_owned();
        let notices = [("NOTICE".to_owned(), b"whose it is".to_vec())].into();
        Parts { classes: jar, rules, table: vec![3; 3], notices, libraries }
    }

    #[test]
    fn an_archive_has_what_android_looks_for_and_is_the_same_each_time() {
        let pack = || parts(ABIS.iter().rev().map(|abi| (abi, library(abi))).collect()).pack().unwrap();
        let archive = pack();
        assert_eq!(archive, pack());
        let entries = zip::unpack(&archive);
        let names: Vec<&str> = entries.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "AndroidManifest.xml",
                "META-INF/com/android/build/gradle/aar-metadata.properties",
                "NOTICE",
                "R.txt",
                "assets/writemagic/english.table",
                "classes.jar",
                "jni/arm64-v8a/libwritemagic_jni.so",
                "jni/armeabi-v7a/libwritemagic_jni.so",
                "jni/x86/libwritemagic_jni.so",
                "jni/x86_64/libwritemagic_jni.so",
                "proguard.txt",
            ]
        );
        let manifest = String::from_utf8(entries["AndroidManifest.xml"].clone()).unwrap();
        assert!(manifest.contains(r#"package="dev.writemagic""#), "{manifest}");
        assert!(manifest.contains(r#"android:minSdkVersion="24""#), "{manifest}");
        assert!(zip::unpack(&entries["classes.jar"]).contains_key("dev/writemagic/Library.class"));
        assert_eq!(entries["jni/x86/libwritemagic_jni.so"], library(&ABIS[2]));
        assert!(entries["R.txt"].is_empty());
        assert!(entries["proguard.txt"].starts_with(b"-keep "));
    }

    #[test]
    fn a_library_that_large_pages_refuse_is_not_packed() {
        let error = |is_64| {
            let abi = ABIS.iter().find(|abi| abi.is_64 == is_64).unwrap();
            let small = made_up::library(is_64, abi.machine, 4096, NAMES);
            parts(vec![(abi, small)]).pack().map(|_| ()).map_err(|error| format!("{error:#}"))
        };
        assert_eq!(
            error(true).unwrap_err(),
            "arm64-v8a: a LOAD segment is aligned to 4096 bytes, and devices have pages of 16384"
        );
        // Pages are small where processors have 32 bits.
        error(false).unwrap();
    }

    #[test]
    fn a_library_in_the_wrong_folder_or_with_names_of_its_own_is_not_packed() {
        let wrong = parts(vec![(&ABIS[0], library(&ABIS[3]))]).pack().unwrap_err();
        assert_eq!(format!("{wrong:#}"), "arm64-v8a: a library for another processor, number 62");
        let open = made_up::library(true, ABIS[0].machine, PAGE, &["JNI_OnLoad", "JNI_OnUnload", "main"]);
        let open = parts(vec![(&ABIS[0], open)]).pack().unwrap_err();
        assert!(format!("{open:#}").starts_with("arm64-v8a: exports JNI_OnLoad JNI_OnUnload main"));
    }

    #[test]
    fn an_archive_knows_which_processors_it_lacks() {
        assert_eq!(parts(vec![(&ABIS[0], library(&ABIS[0]))]).missing(), ["armeabi-v7a", "x86", "x86_64"]);
    }

    #[test]
    fn the_pom_names_what_the_classes_are_compiled_against() {
        let compiled = workspace::root().unwrap().join("ffi/android/kotlin/pom.xml");
        let pom = pom("1.2.3", &compiled).unwrap();
        assert!(pom.contains("<packaging>aar</packaging>"));
        assert_eq!(pom.matches("<dependency>").count(), 2);
        let compiled = std::fs::read_to_string(compiled).unwrap();
        for name in ["kotlin", "coroutines"] {
            assert!(pom.contains(&format!("<version>{}</version>", property(&compiled, name).unwrap())));
        }
        // What the classes are called in Maven is of the same version.
        assert!(compiled.contains(&format!("<version>{}</version>", env!("CARGO_PKG_VERSION"))));
    }
}
