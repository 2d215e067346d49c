//! Sentences to vectors.

use std::cell::RefCell;
use std::hint::black_box;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use tokenizers::Tokenizer;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use writemagic::embedding::Table;
use writemagic::text::dispatch;
use writemagic::text::segment::sentences;

use super::{Contender, turns};
use crate::plan::Plan;
use crate::report::{Table as Rows, count, digits, ratio};

const DIMENSIONS: usize = 128;
/// Sentences of each go.
const SENTENCES: usize = 2_000;
/// A little English text, where the large ones are not at hand.
const LITTLE: &str = concat!(
    include_str!("../../../core/cli/assets/tour/english/alice.md"),
    include_str!("../../../core/cli/assets/tour/english/pride-and-prejudice.md")
);

pub(super) fn measure(plan: &Plan) -> Result<String> {
    let text = match std::env::var_os("WRITEMAGIC_TEST_DATA") {
        Some(folder) => std::fs::read_to_string(Path::new(&folder).join("text/prose_en.txt"))?,
        None => LITTLE.to_owned(),
    };
    let sentences: Vec<&str> = sentences(&text)
        .map(|place| text[place].trim())
        .filter(|sentence| !sentence.is_empty())
        .take(SENTENCES)
        .collect();
    let (table, peer) = (Table::linked()?, Peer::new()?);
    let mut tokens = 0;
    for sentence in &sentences {
        let ids = table.tokens(sentence);
        ensure!(ids == peer.tokens(sentence)?, "tokens differ");
        let (ours, theirs) = (table.encode(sentence).vector, peer.encode(sentence)?);
        let cosine: f32 = ours.iter().zip(&theirs).map(|(a, b)| a * b).sum();
        ensure!((cosine - 1.0).abs() < 1e-3, "vectors differ");
        tokens += ids.len();
    }

    let mut contenders: Vec<Contender<'_>> = dispatch::Path::available()
        .map(|path| {
            Contender::on(path, || {
                sentences.iter().for_each(|sentence| drop(black_box(table.encode(sentence))));
                Ok(())
            })
        })
        .collect();
    contenders.push(Contender::new("tokenizers 0.23 and a sum", || {
        sentences.iter().try_for_each(|sentence| peer.encode(sentence).map(|vector| drop(black_box(vector))))
    }));
    let times = turns(&mut contenders, plan.text_rounds)?;
    let ours = times.first().copied().unwrap_or(0.0);
    let mut rows = Rows::new(&["", "µs a sentence", "million tokens a second", "against WriteMagic"]);
    for (contender, time) in contenders.iter().zip(&times) {
        let sentence = digits(time / 1e3 / sentences.len() as f64);
        let cells =
            [contender.name.clone(), sentence, digits(tokens as f64 / time * 1e3), ratio(*time, ours)];
        rows.row(&cells);
    }
    let bytes: usize = sentences.iter().map(|sentence| sentence.len()).sum();
    let of = format!(
        "{} sentences of {} bytes and {} tokens on average.\n\n",
        count(sentences.len() as u64),
        bytes / sentences.len().max(1),
        digits(tokens as f64 / sentences.len().max(1) as f64),
    );
    Ok(of + rows.finish().as_str())
}

/// The same table for another tokeniser.
struct Peer {
    tokenizer: Tokenizer,
    rows: Vec<f32>,
    sum: RefCell<Vec<f32>>,
}

impl Peer {
    fn new() -> Result<Self> {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/embedding-table/data");
        let vocabulary = data.join("vocab.txt").to_str().context("a path in UTF-8")?.to_owned();
        let model =
            WordPiece::from_file(&vocabulary).unk_token("[UNK]".to_owned()).build().map_err(failed)?;
        let mut tokenizer = Tokenizer::new(model);
        tokenizer.with_normalizer(Some(BertNormalizer::new(true, true, Some(true), true))).map_err(failed)?;
        tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));

        let numbers = std::fs::read(data.join("static_minilm_256.i8"))?;
        let scales = std::fs::read(data.join("static_minilm_256.scale.f32"))?;
        let mut rows = Vec::new();
        for (row, scale) in numbers.chunks_exact(256).zip(scales.as_chunks::<4>().0) {
            let scale = f32::from_le_bytes(*scale);
            rows.extend(row[..DIMENSIONS].iter().map(|number| f32::from(*number as i8) * scale));
        }
        Ok(Self { tokenizer, rows, sum: RefCell::new(vec![0.0; DIMENSIONS]) })
    }

    fn tokens(&self, text: &str) -> Result<Vec<u32>> {
        Ok(self.tokenizer.encode_fast(text, false).map_err(failed)?.get_ids().to_vec())
    }

    fn encode(&self, text: &str) -> Result<Vec<f32>> {
        let encoding = self.tokenizer.encode_fast(text, false).map_err(failed)?;
        let mut sum = self.sum.borrow_mut();
        sum.fill(0.0);
        for id in encoding.get_ids() {
            let row = self.rows.get(*id as usize * DIMENSIONS..).and_then(|rows| rows.get(..DIMENSIONS));
            for (sum, number) in sum.iter_mut().zip(row.context("no such row")?) {
                *sum += number;
            }
        }
        let length = sum.iter().map(|number| number * number).sum::<f32>().sqrt();
        Ok(sum.iter().map(|number| number / length).collect())
    }
}

fn failed(error: tokenizers::Error) -> anyhow::Error {
    anyhow!("tokenizers: {error}")
}
