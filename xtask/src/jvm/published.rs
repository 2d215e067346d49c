//! The classes as an app gets them: their public API, which is written down in `api.txt`, and what is left of them when an app's
//! shrinker has been at work.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use super::maven::Project;
use super::shrunken::Shrunken;
use crate::generated::{self, Generated};
use crate::zip::{pack, read_folder};
use crate::{step, workspace};

const API: &str = "ffi/android/kotlin/api.txt";
const FRAMEWORK_API: &str = "ffi/android/framework/api.txt";
/// The package of what needs Android's own classes, as class files have it.
const FRAMEWORK: &str = "dev/writemagic/android/";
const NAME: &str = "published classes";

/// The jar of the classes that Maven has compiled last.
pub(crate) fn jar(kotlin: &Project) -> Result<Vec<u8>> {
    pack(&read_folder(&kotlin.target().join("classes"))?)
}

/// Checks the classes that Maven has compiled last; with `write_api` writes down their API instead of comparing it.
pub(crate) fn check(kotlin: &Project, write_api: bool) -> Result<()> {
    let folder = workspace::target()?.join("jvm");
    fs::create_dir_all(&folder)?;
    let jar = jar(kotlin)?;
    let classes = folder.join("classes.jar");
    fs::write(&classes, &jar)?;

    let consumer = Project::new("consumer", "consumer")?;
    let passed = folder.join("passed");
    let inputs = inputs(&jar, kotlin, &consumer)?;
    if !write_api && fs::read_to_string(&passed).is_ok_and(|last| last == inputs) {
        step::announce(NAME, "the same as when they were last checked");
        return Ok(());
    }
    consumer.run("process-classes", &[("writemagic.classes", &classes)])?;
    let judge = Judge { consumer: &consumer, classes, folder };
    let api = judge.api()?;
    ensure!(api.contains("dev/writemagic/Library "), "the public API lacks what it is about");
    settle(API, api, write_api, "cargo xtask jvm --write-api")?;
    judge.dex(&[])?;
    judge.shrink(&kotlin.folder.join("consumer-rules.pro"))?;
    // The API may have been written meanwhile.
    fs::write(passed, self::inputs(&jar, kotlin, &consumer)?)?;
    Ok(())
}

/// Checks those classes that Maven has compiled last which need Android's own; with `write_api` writes down their API instead of
/// comparing it.
pub(crate) fn check_framework(framework: &Project, write_api: bool) -> Result<()> {
    let folder = workspace::target()?.join("jvm-framework");
    fs::create_dir_all(&folder)?;
    let classes = folder.join("classes.jar");
    fs::write(&classes, jar(framework)?)?;
    let consumer = Project::new("consumer", "consumer")?;
    consumer.run("process-classes", &[("writemagic.classes", &classes)])?;
    let judge = Judge { consumer: &consumer, classes, folder };
    let api = judge.api()?;
    let ours = api.split_inclusive("}\n\n").filter(|class| {
        class
            .split_whitespace()
            .find(|word| word.starts_with("dev/"))
            .is_some_and(|name| name.starts_with(FRAMEWORK))
    });
    let ours: String = ours.collect();
    ensure!(
        ours.contains("dev/writemagic/android/LibraryLifecycle "),
        "the public API lacks what it is about"
    );
    settle(FRAMEWORK_API, ours, write_api, "cargo xtask android-framework --write-api")?;
    judge.dex(&files(&framework.target().join("system"))?)
}

/// Compares an API with what is written down, or writes it down.
fn settle(path: &str, text: String, write: bool, command: &str) -> Result<()> {
    ensure!(!text.contains("dev/writemagic/internal/"), "internal classes are in the public API");
    let files = [Generated { path: path.to_owned(), text }];
    let root = workspace::root()?;
    if write { generated::write(&files, &root) } else { generated::compare(&files, &root, command) }
}

/// A number for all that the result follows from.
fn inputs(jar: &[u8], kotlin: &Project, consumer: &Project) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    jar.hash(&mut hasher);
    include_bytes!("published.rs").hash(&mut hasher);
    include_bytes!("shrunken.rs").hash(&mut hasher);
    read_folder(&consumer.folder.join("src"))?.hash(&mut hasher);
    let beside = ["pom.xml", "app.pro", "PublicApi.java"].map(|name| consumer.folder.join(name));
    let api = workspace::root()?.join(API);
    for file in beside.iter().chain([&kotlin.folder.join("consumer-rules.pro"), &api]) {
        fs::read(file).unwrap_or_default().hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

struct Judge<'a> {
    /// Its target folder has the tools and the libraries.
    consumer: &'a Project,
    classes: PathBuf,
    folder: PathBuf,
}

impl Judge<'_> {
    /// The public API of the classes.
    fn api(&self) -> Result<String> {
        let tools = self.consumer.target().join("tools").join("*");
        let libraries = self.consumer.target().join("libraries").join("*");
        let separator = if cfg!(windows) { ";" } else { ":" };
        let mut command = java();
        command.arg("-cp").arg(format!("{}{separator}{}", tools.display(), libraries.display()));
        command.arg(self.consumer.folder.join("PublicApi.java")).arg(&self.classes);
        step::announce("public API", &step::command_line(&command));
        let printed = command.stderr(Stdio::inherit()).output()?;
        ensure!(printed.status.success(), "the public API cannot be read ({})", printed.status);
        Ok(String::from_utf8(printed.stdout)?.replace("\r\n", "\n"))
    }

    /// The classes can be translated for Android as they are, with these classes of the system's besides the JDK's.
    fn dex(&self, system: &[PathBuf]) -> Result<()> {
        let output = emptied(&self.folder.join("dex"))?;
        let mut command = self.r8("D8")?;
        for library in system {
            command.arg("--lib").arg(library);
        }
        for library in self.libraries()? {
            command.arg("--classpath").arg(library);
        }
        step::run("D8", command.arg("--output").arg(output).arg(&self.classes))
    }

    /// What the native library looks up by name is there after R8 with our rules, and is not without them.
    fn shrink(&self, rules: &Path) -> Result<()> {
        let root = workspace::root()?;
        self.shrunken("shrunken", Some(rules))?.check(&root).context("with the rules of the archive")?;
        match self.shrunken("shrunken-without-rules", None)?.check(&root) {
            Ok(()) => bail!("R8 keeps all names without our rules too: this check can tell nothing"),
            Err(_) => Ok(()),
        }
    }

    fn shrunken(&self, name: &str, rules: Option<&Path>) -> Result<Shrunken> {
        let app = self.folder.join("app.jar");
        fs::write(&app, pack(&read_folder(&self.consumer.target().join("classes"))?)?)?;
        let output = emptied(&self.folder.join(name))?;
        let map = self.folder.join(format!("{name}.map"));
        let mut command = self.r8("R8")?;
        for library in self.libraries()? {
            command.arg("--classpath").arg(library);
        }
        for rules in [Some(self.consumer.folder.join("app.pro").as_path()), rules].into_iter().flatten() {
            command.arg("--pg-conf").arg(rules);
        }
        command.arg("--pg-map-output").arg(&map).arg("--output").arg(&output);
        step::run("R8", command.args([&self.classes, &app]))?;
        Ok(Shrunken { map: fs::read_to_string(map)?, dex: fs::read(output.join("classes.dex"))? })
    }

    /// One of the two programs of R8's jar, for our lowest API level and with the JDK's classes as the system's.
    fn r8(&self, program: &str) -> Result<Command> {
        let mut command = java();
        command.arg("-cp").arg(self.tool("r8-")?).arg(format!("com.android.tools.r8.{program}"));
        command.args(["--release", "--min-api", "24", "--lib"]).arg(jdk()?);
        Ok(command)
    }

    fn tool(&self, start: &str) -> Result<PathBuf> {
        let tools = files(&self.consumer.target().join("tools"))?;
        let is_it =
            |file: &&PathBuf| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start));
        tools.iter().find(is_it).cloned().with_context(|| format!("no tool {start}*"))
    }

    fn libraries(&self) -> Result<Vec<PathBuf>> {
        files(&self.consumer.target().join("libraries"))
    }
}

/// Java for a short run: most of the time would go into compiling what runs once.
fn java() -> Command {
    let mut command = Command::new("java");
    command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]);
    command
}

/// The folder of the JDK that `java` is of.
fn jdk() -> Result<PathBuf> {
    let said = Command::new("java").args(["-XshowSettings:properties", "-version"]).output()?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let home = said.lines().find_map(|line| line.trim().strip_prefix("java.home = "));
    Ok(home.context("java does not say where it is")?.into())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files = listed.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn emptied(folder: &Path) -> Result<PathBuf> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(folder)?,
    }
    Ok(folder.to_owned())
}
