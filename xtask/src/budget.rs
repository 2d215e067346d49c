//! How much foreign code the engine may stand on.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// Packages, our own included.
const PACKAGES: usize = 400;
/// Names that stand in the tree in more than one version.
const REPEATED_NAMES: usize = 15;

/// Fails when the workspace is over budget.
pub(crate) fn check() -> Result<()> {
    let output = workspace::cargo()?
        .args(["tree", "--workspace", "--locked", "--edges", "no-dev", "--target", "all"])
        .args(["--prefix", "none", "--format", "{p}"])
        .output()?;
    if !output.status.success() {
        bail!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let tree = Tree::parse(&String::from_utf8(output.stdout)?)?;
    let repeated = tree.repeated();
    eprintln!(
        "    budget: {} of {PACKAGES} packages, {} of {REPEATED_NAMES} names in several versions",
        tree.packages(),
        repeated.len()
    );
    for name in &repeated {
        eprintln!("      {name}");
    }
    if tree.packages() > PACKAGES || repeated.len() > REPEATED_NAMES {
        bail!("over the package budget");
    }
    Ok(())
}

/// The versions of each name.
struct Tree(BTreeMap<String, BTreeSet<String>>);

impl Tree {
    /// Reads lines of the form `name vVERSION [(source)] [(*)]`.
    fn parse(lines: &str) -> Result<Self> {
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in lines.lines().filter(|line| !line.is_empty()) {
            let mut words = line.split(' ');
            let (name, version) = words.next().zip(words.next()).context("a line of cargo tree")?;
            names.entry(name.to_owned()).or_default().insert(version.to_owned());
        }
        Ok(Self(names))
    }

    fn packages(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    fn repeated(&self) -> Vec<String> {
        let several = self.0.iter().filter(|(_, versions)| versions.len() > 1);
        several
            .map(|(name, versions)| {
                format!("{name} {}", versions.iter().cloned().collect::<Vec<_>>().join(" "))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_once_and_a_name_in_two_versions_is_repeated() {
        let tree = Tree::parse(
            "xtask v0.1.0 (folder/xtask)\nanyhow v1.0.104\n\nserde v1.0.1 (*)\nserde v1.0.1\nserde_derive v1.0.1 (proc-macro)\n\
             syn v2.0.1\nsyn v3.0.0 (*)\n",
        )
        .unwrap();
        assert_eq!(tree.packages(), 6);
        assert_eq!(tree.repeated(), ["syn v2.0.1 v3.0.0"]);
    }
}
