//! What is remembered, and what is asked: sentences of a novel, cut in halves and put together anew, so that there are as many as
//! are wanted and all of them of real words. The same number gives the same one on every machine.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use writemagic::text::segment;

/// Words of a question.
const ASKED: usize = 6;

pub(super) struct Items {
    beginnings: Vec<String>,
    ends: Vec<String>,
}

impl Items {
    /// Reads the novel of the evaluation.
    pub(super) fn read() -> Result<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../evaluation/novel.jsonl");
        let novel = std::fs::read_to_string(path).context("the evaluation's novel")?;
        let (mut beginnings, mut ends) = (Vec::new(), Vec::new());
        for line in novel.lines() {
            let item: serde_json::Value = serde_json::from_str(line)?;
            let Some(text) = item["text"].as_str() else { continue };
            for sentence in segment::sentences(text) {
                let words: Vec<&str> = text[sentence.start..sentence.end].split_whitespace().collect();
                if (8..40).contains(&words.len()) {
                    let (beginning, end) = words.split_at(words.len() / 2);
                    beginnings.push(beginning.join(" "));
                    ends.push(end.join(" "));
                }
            }
        }
        ensure!(beginnings.len() > 1_000, "the novel has fewer sentences than it had");
        Ok(Self { beginnings, ends })
    }

    /// Item `number`.
    pub(super) fn text(&self, number: usize) -> String {
        let mut rng = Rng::with_seed((number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 7);
        let beginning = &self.beginnings[rng.usize(..self.beginnings.len())];
        format!("{beginning} {}", self.ends[rng.usize(..self.ends.len())])
    }

    /// A question that item `number` answers: some of its longer words, in another order.
    pub(super) fn question(&self, number: usize) -> String {
        let text = self.text(number);
        let mut words: Vec<&str> = text.split(|letter: char| !letter.is_alphanumeric()).collect();
        words.retain(|word| word.len() > 3);
        let mut rng = Rng::with_seed(number as u64 ^ 11);
        rng.shuffle(&mut words);
        words.truncate(ASKED);
        words.join(" ")
    }
}
