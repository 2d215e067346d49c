//! `cargo xtask eval FILE`: how well memories are recalled, by the real command, on a file of items and questions.
//!
//! The format is that of `evaluation/`: a line with a `query` is a question, every other one an item. Recall at k is the mean
//! over questions of the part of their relevant items among the first k; a question without relevant items counts as 0. MRR
//! at 10 is the mean of 1 / rank of the first relevant item, 0 where none is among the first ten.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::{step, workspace};

/// The depths at which recall is measured.
const DEPTHS: [usize; 3] = [5, 10, 50];
/// How deep the first relevant item may stand to count.
const RANKS: usize = 10;

/// What questions get together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Quality {
    questions: usize,
    /// Those without a relevant item.
    unanswerable: usize,
    recall: [f64; DEPTHS.len()],
    rank: f64,
}

impl Quality {
    fn add(&mut self, relevant: &[&str], found: &[&str]) {
        self.questions += 1;
        if relevant.is_empty() {
            self.unanswerable += 1;
            return;
        }
        for (recall, depth) in self.recall.iter_mut().zip(DEPTHS) {
            let top = &found[..depth.min(found.len())];
            let hit = relevant.iter().filter(|key| top.contains(key)).count();
            *recall += hit as f64 / relevant.len() as f64;
        }
        let first = found.iter().take(RANKS).position(|key| relevant.contains(key));
        self.rank += first.map_or(0.0, |at| 1.0 / (at + 1) as f64);
    }

    fn mean(mut self) -> Self {
        let questions = self.questions.max(1) as f64;
        self.recall.iter_mut().for_each(|recall| *recall /= questions);
        self.rank /= questions;
        self
    }
}

/// Items and questions of a file, each as its line and its value.
struct Set<'a> {
    items: Vec<&'a str>,
    questions: Vec<(&'a str, Value)>,
}

impl<'a> Set<'a> {
    fn read(text: &'a str) -> Result<Self> {
        let mut set = Self { items: Vec::new(), questions: Vec::new() };
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let value: Value = serde_json::from_str(line).with_context(|| format!("line {number}"))?;
            if value["query"].is_string() {
                set.questions.push((line, value));
            } else {
                set.items.push(line);
            }
        }
        ensure!(!set.items.is_empty() && !set.questions.is_empty(), "no items, or no questions");
        Ok(set)
    }

    /// The quality of all questions, of each half, and of each kind.
    fn judge(&self, answers: &[Value]) -> Result<BTreeMap<String, Quality>> {
        ensure!(answers.len() == self.questions.len(), "not every question was answered");
        let mut groups: BTreeMap<String, Quality> = BTreeMap::new();
        for ((_, question), answer) in self.questions.iter().zip(answers) {
            ensure!(question["id"] == answer["id"], "an answer to another question");
            let relevant = strings(question["relevant"].as_array(), |key| key.as_str());
            let found = strings(answer["hits"].as_array(), |hit| hit["key"].as_str());
            let mut names = vec!["all".to_owned()];
            names.extend(
                ["half", "kind"]
                    .iter()
                    .filter_map(|field| Some(format!("{field} {}", question[field].as_str()?))),
            );
            for name in names {
                groups.entry(name).or_default().add(&relevant, &found);
            }
        }
        Ok(groups.into_iter().map(|(name, quality)| (name, quality.mean())).collect())
    }
}

fn strings<'a>(values: Option<&'a Vec<Value>>, of: impl Fn(&'a Value) -> Option<&'a str>) -> Vec<&'a str> {
    values.into_iter().flatten().filter_map(of).collect()
}

/// `arguments`: the file, `--json`, and `--binary PATH` for a command that is built already.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let (mut file, mut json, mut binary) = (None, false, None);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match *word {
            "--json" => json = true,
            "--binary" => binary = Some(absolute(words.next().context("--binary PATH")?)?),
            name if file.is_none() && !name.starts_with("--") => file = Some(absolute(name)?),
            other => bail!("eval does not know {other}"),
        }
    }
    let file = file.context("eval needs a file of items and questions")?;
    let text = fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
    let set = Set::read(&text)?;
    let binary = match binary {
        Some(binary) => binary,
        None => build()?,
    };
    let groups = set.judge(&answers(&binary, &set)?)?;
    if json {
        println!("{}", as_json(&set, &groups));
    } else {
        print!("{}", table(&set, &groups));
    }
    Ok(())
}

fn build() -> Result<PathBuf> {
    let package = ["build", "--quiet", "--release", "--package", "writemagic-cli"];
    step::run("the command", workspace::cargo()?.args(package))?;
    Ok(workspace::target()?.join("release").join(format!("writemagic{}", std::env::consts::EXE_SUFFIX)))
}

/// The answers of the command, from a library of its own.
fn answers(binary: &Path, set: &Set<'_>) -> Result<Vec<Value>> {
    let folder = tempfile::tempdir()?;
    let questions: Vec<&str> = set.questions.iter().map(|(line, _)| *line).collect();
    let (items_file, questions_file) = (folder.path().join("items"), folder.path().join("questions"));
    fs::write(&items_file, set.items.join("\n"))?;
    fs::write(&questions_file, questions.join("\n"))?;
    let call = |arguments: &[OsString]| -> Result<Vec<u8>> {
        let mut command = Command::new(binary);
        command.arg("--library").arg(folder.path().join("library")).arg("--json").args(arguments);
        let output = command.output().with_context(|| step::command_line(&command))?;
        if !output.status.success() {
            bail!("{}: {}", step::command_line(&command), String::from_utf8_lossy(&output.stderr));
        }
        Ok(output.stdout)
    };
    call(&["remember".into(), "--from".into(), items_file.into()])?;
    let deepest = DEPTHS.iter().max().context("a depth")?.to_string();
    let answers =
        call(&["recall".into(), "--from".into(), questions_file.into(), "--limit".into(), deepest.into()])?;
    let answers = String::from_utf8(answers)?;
    Ok(answers.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn as_json(set: &Set<'_>, groups: &BTreeMap<String, Quality>) -> Value {
    let group = |(name, quality): (&String, &Quality)| {
        let [at_5, at_10, at_50] = quality.recall;
        let value = json!({
            "questions": quality.questions, "unanswerable": quality.unanswerable,
            "recall_at_5": at_5, "recall_at_10": at_10, "recall_at_50": at_50, "mrr_at_10": quality.rank,
        });
        (name.clone(), value)
    };
    let groups: serde_json::Map<String, Value> = groups.iter().map(group).collect();
    json!({ "items": set.items.len(), "groups": groups })
}

fn table(set: &Set<'_>, groups: &BTreeMap<String, Quality>) -> String {
    let mut table =
        format!("{} items\n{:24} questions  recall@5  @10    @50    MRR@10\n", set.items.len(), "");
    for (name, Quality { questions, recall: [at_5, at_10, at_50], rank, .. }) in groups {
        table += &format!("{name:24} {questions:9}  {at_5:.4}    {at_10:.4} {at_50:.4} {rank:.4}\n");
    }
    let unanswerable = groups.get("all").map_or(0, |all| all.unanswerable);
    if unanswerable > 0 {
        table += &format!("{unanswerable} questions have no relevant item and count as 0\n");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &str = r#"
{"key":"a","text":"one"}
{"key":"b","text":"two"}
{"id":1,"query":"x","relevant":["a","b"],"half":"first","kind":"name"}
{"id":2,"query":"y","relevant":["b"],"half":"second"}
{"id":3,"query":"z","relevant":[]}
"#;

    #[test]
    fn recall_and_ranks_are_means_over_questions() {
        let set = Set::read(SET).unwrap();
        assert_eq!((set.items.len(), set.questions.len()), (2, 3));
        let others: Vec<Value> = (0..9).map(|n| json!({ "key": n.to_string() })).collect();
        let late: Vec<Value> = others.iter().cloned().chain([json!({"key": "b"})]).collect();
        let answers = [
            json!({"id": 1, "hits": [{"key": "x"}, {"key": "b"}]}),
            json!({"id": 2, "hits": late}),
            json!({"id": 3, "hits": others}),
        ];
        let groups = set.judge(&answers).unwrap();
        let all = groups["all"];
        assert_eq!((all.questions, all.unanswerable), (3, 1));
        let near = |found: f64, wanted: f64| (found - wanted).abs() < 1e-9;
        assert!(near(all.recall[0], 0.5 / 3.0) && near(all.recall[1], 0.5) && near(all.recall[2], 0.5));
        assert!(near(all.rank, (0.5 + 0.1) / 3.0));
        assert!(near(groups["half second"].recall[1], 1.0) && near(groups["kind name"].rank, 0.5));
        assert!(table(&set, &groups).contains("1 questions have no relevant item"));
        assert_eq!(as_json(&set, &groups)["groups"]["all"]["questions"], 3);
    }

    #[test]
    fn answers_must_be_those_to_the_questions() {
        let set = Set::read(SET).unwrap();
        assert!(set.judge(&[]).is_err());
        let other = json!({"id": 9, "hits": []});
        assert!(set.judge(&[other.clone(), other.clone(), other]).is_err());
        assert!(Set::read("{").is_err() && Set::read("{\"text\":\"x\"}").is_err());
    }
}
