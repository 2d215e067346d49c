//! The text kernels, script by script, against the crates that people would take instead.

mod cliff;
mod contest;
mod corpora;
mod counts;
mod find;
mod tables;
mod transcode;

use anyhow::{Result, ensure};

use self::contest::{Contender, Figure, contest, is_ours};
use self::corpora::{Corpus, HOT, LARGE};
use self::counts::Kernel;
use self::transcode::Direction;
use crate::plan::Plan;
use crate::report::{Table, digits};

/// Measures and gives the section's body.
pub(crate) fn measure(plan: &Plan) -> Result<String> {
    let Some(corpora) = corpora::all()? else {
        return Ok("Not measured: the texts lie in a folder that `WRITEMAGIC_TEST_DATA` names.\n".to_owned());
    };
    let mut body = HEAD.to_owned();
    for kernel in Kernel::EVERY {
        plan.say(&format!("text: {}", kernel.heading()));
        body += &format!("\n### {}\n\n", kernel.heading());
        body += &by_script(
            plan,
            &corpora,
            SEGMENT_PEERS_PART,
            |_| kernel.contenders(),
            |corpus| {
                let (speed, multiple) = kernel.goals(corpus.name, corpus.family);
                Goal { speed, multiple }
            },
        )?;
    }
    for direction in Direction::EVERY {
        plan.say(&format!("text: {}", direction.heading()));
        body += &format!("\n### {}\n\n", direction.heading());
        let goal = |_: &Corpus| Goal { speed: 0.0, multiple: 1.0 };
        body += &by_script(plan, &corpora, 1, |text| direction.contenders(text), goal)?;
    }
    plan.say("text: find");
    body += "\n### Finding a word whatever its case and diacritics\n\n";
    body += &finds(plan, &corpora)?;
    if let Some(english) = corpora.first() {
        plan.say("text: cliffs");
        body += "\n### One unusual character in 4 MiB of English ASCII\n\n";
        let ascii: String = english.first(LARGE).chars().filter(char::is_ascii).collect();
        body += &cliff::measure(plan, &ascii)?;
    }
    body += "\n### Size of the Unicode tables\n\n";
    body += &tables::measure()?;
    Ok(body + NOTES)
}

const HEAD: &str = "GB of UTF-8 a second of one thread's processor time, medians of interleaved rounds. The first table \
of each part is for 4 MiB of each text; the second for 64 KiB that stay in the cache, and for text far beyond the caches \
(there the peers \
that count segments, which computing holds up and not memory, read a sixteenth of it).\n";

/// The part of a text beyond the caches whose segments peers count: they would need minutes for all of it.
const SEGMENT_PEERS_PART: usize = 16;

const NOTES: &str = "
- WriteMagic stands once for every path that this processor has; the first one is what it takes by itself.
- `*` marks an answer that differs from ours. *Best exact* is the fastest peer whose answer is the same.
- *Goal*: the multiple of the best exact peer that DESIGN.md asks for with AVX2 and NEON; its GB/s are for AVX-512 with \
VBMI2 and are named where the processor has that.
- The peers for all counts: std and unicode-segmentation; or the fastest crate for each part (StringZilla for segments, \
bytecount, str_indices), one after the other.
- Long texts repeat shorter ones: novels of 1.2 MB in en, de, fr, ru; articles and lorem ipsum of 66 to 690 kB in others. \
`markup` is Wikipedia's, English and German.
";

/// What a kernel should reach on a text.
struct Goal {
    speed: f64,
    multiple: f64,
}

impl Goal {
    fn verdict(&self, ours: f64, best_exact: Option<f64>) -> String {
        let has_avx512 = cfg!(target_arch = "x86_64")
            && writemagic::text::dispatch::Path::available()
                .any(|path| path == writemagic::text::dispatch::Path::Avx512);
        let say = |reached: bool, goal: String| {
            if reached { format!("reached ({goal})") } else { format!("**missed** ({goal})") }
        };
        if has_avx512 && self.speed > 0.0 {
            return say(ours >= self.speed, format!("{} GB/s", digits(self.speed)));
        }
        match best_exact {
            Some(best) => say(ours >= self.multiple * best, format!("{}×", digits(self.multiple))),
            None => "no exact peer".to_owned(),
        }
    }
}

/// One kernel on every text: the large size with every contender, then the other sizes in short.
fn by_script(
    plan: &Plan,
    corpora: &[Corpus],
    peers_part: usize,
    contenders: impl Fn(&str) -> Vec<Contender<'static>>,
    goal: impl Fn(&Corpus) -> Goal,
) -> Result<String> {
    let mut columns = vec!["4 MiB".to_owned()];
    let of = contenders("");
    columns.extend(of.iter().map(|contender| contender.name.clone()));
    columns.extend(["against the best exact", "goal"].map(str::to_owned));
    let mut large = Table::new(&columns.iter().map(String::as_str).collect::<Vec<_>>());
    let mut others = Table::new(&[
        "",
        "64 KiB",
        "best exact",
        "ratio",
        &format!("{} MiB", plan.cold_bytes >> 20),
        "best exact",
        "ratio",
    ]);
    for corpus in corpora {
        let text = corpus.first(LARGE);
        let mut contestants = contenders(text);
        let figures = contest(&mut contestants, |_| text, plan.text_rounds)?;
        let ours = figures[0];
        let mut row = vec![corpus.name.to_owned()];
        let mut exact_peers = Vec::new();
        for (place, (contender, figure)) in contestants.iter().zip(&figures).enumerate() {
            let exact = figure.answer == ours.answer;
            ensure!(exact || !is_ours(&contender.name), "{} gives another answer", contender.name);
            if exact && !is_ours(&contender.name) {
                exact_peers.push(place);
            }
            row.push(figure.cell(&ours));
        }
        let best = best_of(&figures, &exact_peers);
        row.extend([ratio(ours.speed, best), goal(corpus).verdict(ours.speed, best)]);
        large.row(&row);

        let mut row = vec![corpus.name.to_owned()];
        let cold = corpus.cold(plan.cold_bytes);
        let part = corpus.cold(plan.cold_bytes / peers_part);
        let hot = corpus.first(HOT);
        for (ours, peers) in [(hot, hot), (cold.as_str(), part.as_str())] {
            let text_of = |name: &str| if is_ours(name) { ours } else { peers };
            // Of ours, the path that it takes by itself.
            let some = contenders(ours).into_iter().enumerate();
            let some = some.filter(|(place, _)| *place == 0 || exact_peers.contains(place));
            let mut contestants: Vec<_> = some.map(|(_, contender)| contender).collect();
            let figures = contest(&mut contestants, text_of, plan.text_rounds)?;
            let peers: Vec<usize> = (1..figures.len()).collect();
            let (ours, best) = (figures[0].speed, best_of(&figures, &peers));
            row.extend([digits(ours), best.map_or("–".to_owned(), digits), ratio(ours, best)]);
        }
        others.row(&row);
    }
    Ok(format!("{}\n{}", large.finish(), others.finish()))
}

/// The highest speed among these.
fn best_of(figures: &[Figure], places: &[usize]) -> Option<f64> {
    places.iter().filter_map(|place| figures.get(*place)).map(|figure| figure.speed).max_by(f64::total_cmp)
}

fn finds(plan: &Plan, corpora: &[Corpus]) -> Result<String> {
    let of = find::contenders("");
    let mut columns = vec!["word".to_owned(), "text".to_owned(), "matches".to_owned()];
    columns.extend(of.iter().map(|contender| contender.name.clone()));
    columns.extend(["against the best that ignores both", "goal"].map(str::to_owned));
    let mut table = Table::new(&columns.iter().map(String::as_str).collect::<Vec<_>>());
    for needle in &find::NEEDLES {
        let Some(corpus) = corpora.iter().find(|corpus| corpus.name == needle.corpus) else { continue };
        let text = corpus.first(LARGE);
        let mut contenders = find::contenders(needle.word);
        let figures = contest(&mut contenders, |_| text, plan.text_rounds)?;
        let ours = figures[0];
        let mut row = vec![
            format!("{} ({})", needle.word, needle.frequency),
            corpus.name.to_owned(),
            ours.answer.to_string(),
        ];
        row.extend(figures.iter().map(|figure| figure.cell(&ours)));
        // Counts differ by definition (kana voicing, jamo, ligatures); these two answer the same question.
        let peers = contenders.iter().zip(&figures);
        let both = peers.filter(|(contender, _)| {
            contender.name.starts_with("text-document") || contender.name.starts_with("secular")
        });
        let best = both.map(|(_, figure)| figure.speed).max_by(f64::total_cmp);
        let goal = Goal { speed: 0.0, multiple: 20.0 };
        row.extend([ratio(ours.speed, best), goal.verdict(ours.speed, best)]);
        table.row(&row);
    }
    Ok(table.finish())
}

/// How many times as fast as the peer.
fn ratio(ours: f64, peer: Option<f64>) -> String {
    peer.filter(|peer| *peer > 0.0).map_or("–".to_owned(), |peer| format!("{}×", digits(ours / peer)))
}
