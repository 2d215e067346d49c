//! Whether a shrinker has left what the native library looks up by name.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

/// What a shrinker made of an app and the Kotlin API.
pub(crate) struct Shrunken {
    /// Which name became which, as R8 writes it. A member that has no code and kept its name is not in it.
    pub(crate) map: String,
    pub(crate) dex: Vec<u8>,
}

impl Shrunken {
    /// Fails with the names that the native library would look for in vain.
    pub(crate) fn check(&self, root: &Path) -> Result<()> {
        let android = root.join("ffi").join("android");
        let read = |path: &str| fs::read_to_string(android.join(path)).context(path.to_owned());
        let natives = natives(&read("kotlin/src/main/kotlin/dev/writemagic/internal/Native.kt")?)?;
        let classes = read("src/classes.rs")?;
        let mut lost = Vec::new();
        for (class, members) in [("Native", natives)].into_iter().chain(callbacks(&classes)?) {
            lost.extend(self.lost(&format!("dev.writemagic.internal.{class}"), &members));
        }
        if !lost.is_empty() {
            bail!("names that the native library looks up are gone: {}", lost.join(" "));
        }
        Ok(())
    }

    /// Those of a class and its members that are not there under their own names.
    fn lost(&self, class: &str, members: &[String]) -> Vec<String> {
        let mut lines = self.map.lines();
        let kept = format!("{class} -> {class}:");
        if !lines.any(|line| line == kept) {
            return vec![class.to_owned()];
        }
        let own: Vec<&str> = lines.take_while(|line| line.starts_with([' ', '#'])).collect();
        let is_kept = |member: &&String| {
            let mut renamed =
                own.iter().filter_map(|line| renamed(line)).filter(|(from, _)| from == *member).peekable();
            match renamed.peek() {
                // One that was put into others as well has lines under their names, too.
                Some(_) => renamed.any(|(_, to)| to == **member),
                None => has_string(&self.dex, member),
            }
        };
        let lost = members.iter().filter(|member| !is_kept(member));
        lost.map(|member| format!("{class}.{member}")).collect()
    }
}

/// The name that a member had and the one it has, of a line as `    1:8:void load(int):18:18 -> a`.
fn renamed(line: &str) -> Option<(&str, &str)> {
    let (before, after) = line.trim_start().split_once(" -> ")?;
    let (before, _) = before.split_once('(')?;
    Some((before.rsplit_once(' ')?.1, after))
}

/// Whether a dex file has this among its strings: its length, itself, a zero.
fn has_string(dex: &[u8], text: &str) -> bool {
    let Ok(length) = u8::try_from(text.len()) else { return false };
    let entry = [&[length], text.as_bytes(), &[0]].concat();
    dex.windows(entry.len()).any(|window| window == entry)
}

/// The native methods that the Kotlin source declares.
fn natives(source: &str) -> Result<Vec<String>> {
    let declared = source.split("external fun ").skip(1).filter_map(|rest| rest.split_once('('));
    let names: Vec<String> = declared.map(|(name, _)| name.to_owned()).collect();
    ensure!(!names.is_empty(), "no native methods are declared");
    Ok(names)
}

/// The classes of `internal` that the Rust source looks up, each with the methods.
fn callbacks(source: &str) -> Result<Vec<(&str, Vec<String>)>> {
    let mut callbacks = Vec::new();
    for line in source.lines() {
        let Some((constant, class)) = line.split_once(": &CStr = c\"dev/writemagic/internal/") else {
            continue;
        };
        let constant = constant.trim_start_matches("const ");
        let class = class.trim_end_matches("\";");
        let variable = format!(" = java.class({constant})?");
        let variable =
            source.lines().find_map(|line| line.split_once(&variable)?.0.trim().strip_prefix("let "));
        let call = format!("java.method({}, c\"", variable.context("a class that is not looked up")?);
        let called = source.split(&call).skip(1).filter_map(|rest| rest.split_once('"'));
        callbacks.push((class, called.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()));
    }
    ensure!(
        callbacks.iter().all(|(_, methods)| !methods.is_empty()),
        "a class without a method that is called"
    );
    ensure!(!callbacks.is_empty(), "nothing is looked up");
    Ok(callbacks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    const MAP: &str = "\
# compiler: R8
dev.writemagic.internal.Leaks -> e0:
    void cancel(long) -> cancel
dev.writemagic.internal.Native -> dev.writemagic.internal.Native:
# {\"id\":\"sourceFile\",\"fileName\":\"Native.kt\"}
    5:11:void onWake(long):167:167 -> onAsk
    1:19:void dev.writemagic.internal.Wakes.wake(long):28:28 -> onWake
    1:19:void onWake(long):157 -> onWake
    void cancel(long) -> a
dev.writemagic.internal.Other -> b:
    void splice(long) -> a
";

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_name_is_lost_where_it_was_changed_or_is_nowhere() {
        let shrunken = Shrunken { map: MAP.to_owned(), dex: b"..\x06splice\0..\x08progress".to_vec() };
        let lost = |class: &str, members: &[&str]| shrunken.lost(class, &names(members));
        let native = "dev.writemagic.internal.Native";
        assert!(lost(native, &["onWake", "splice"]).is_empty());
        assert_eq!(
            lost(native, &["cancel", "progress", "onWake"]),
            ["dev.writemagic.internal.Native.cancel", "dev.writemagic.internal.Native.progress"]
        );
        assert_eq!(lost("dev.writemagic.internal.Leaks", &["cancel"]), ["dev.writemagic.internal.Leaks"]);
        assert_eq!(lost("dev.writemagic.internal.Gone", &[]), ["dev.writemagic.internal.Gone"]);
    }

    #[test]
    fn what_is_looked_up_is_read_from_the_sources() {
        let source = "const A: &CStr = c\"dev/writemagic/internal/Native\";\nlet it = java.class(A)?;\n\
                      on: java.method(it, c\"onWake\", c\"(J)V\")?,\n";
        assert_eq!(callbacks(source).unwrap(), [("Native", names(&["onWake"]))]);
        assert!(callbacks("").is_err() && natives("").is_err());

        let android = workspace::root().unwrap().join("ffi/android");
        let source = fs::read_to_string(android.join("src/classes.rs")).unwrap();
        let found = callbacks(&source).unwrap();
        let classes: Vec<&str> = found.iter().map(|(class, _)| *class).collect();
        assert_eq!(classes, ["Native", "Failures"]);
        assert_eq!(
            source.matches("java.method(").count(),
            found.iter().map(|(_, all)| all.len()).sum::<usize>()
        );
    }
}
