//! Histories of several writers, replayed from nothing: at once, and as live editing would bring them.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::automerge::Automerge;
use super::diamond::Diamond;
use super::loro::Loro;
use super::peer::Peer;
use super::yrs::Yrs;
use super::{ours, unless_left_out};
use crate::measure::{Cost, median};
use crate::plan::Plan;
use crate::report::{Table, aim, count, duration, ratio};
use crate::trace::Concurrent;

/// How long one contender may take transaction by transaction; what it has done by then is what is shown.
pub(super) const TIME_FOR_ALL: Duration = Duration::from_secs(20);
/// How long the writers' copies may take to make what they send.
pub(super) const TIME_TO_PREPARE: Duration = Duration::from_secs(60);

/// A history of several writers, ready to be replayed again and again.
pub(super) struct Replay<'a> {
    /// What it comes to.
    pub(super) text: String,
    /// From the stored whole to the text: the text, what it took, the bytes of the whole.
    pub(super) again: Box<dyn FnMut() -> Result<(String, Cost, u64)> + 'a>,
    /// Transaction by transaction, merged after each.
    pub(super) steps: Box<dyn FnMut() -> Result<Step> + 'a>,
}

/// What taking in transaction by transaction took.
pub(super) struct Step {
    pub(super) taken: usize,
    pub(super) of: usize,
    pub(super) cost: Cost,
}

type Prepare = fn(&Concurrent) -> Result<Option<Replay<'_>>>;
const CONTENDERS: [(&str, Prepare); 5] = [
    (ours::NAME, ours::replay),
    (Loro::NAME, Loro::replay),
    (Automerge::NAME, Automerge::replay),
    (Yrs::NAME, Yrs::replay),
    (Diamond::NAME, Diamond::replay),
];

/// A history's table, and the bytes by contender.
pub(super) struct Measured {
    pub(super) table: String,
    pub(super) edits: u64,
    pub(super) bytes: Vec<Option<u64>>,
}

/// Measures a history.
pub(super) fn measure(plan: &Plan, concurrent: &Concurrent) -> Result<Measured> {
    let mut replays = Vec::new();
    for (name, prepare) in CONTENDERS {
        plan.say(&format!("history: {}, {name}", concurrent.name));
        replays.push(unless_left_out(plan, name, prepare(concurrent))?.flatten());
    }
    let mut wholes: Vec<Vec<Cost>> = CONTENDERS.iter().map(|_| Vec::new()).collect();
    let mut bytes = vec![None; CONTENDERS.len()];
    for _ in 0..plan.history_rounds {
        for (place, replay) in replays.iter_mut().enumerate() {
            let Some(again) = replay else { continue };
            let figures = (again.again)().and_then(|(text, cost, whole)| {
                ensure!(text == again.text, "another text the second time");
                Ok((cost, whole))
            });
            match unless_left_out(plan, CONTENDERS[place].0, figures)? {
                Some((cost, whole)) => {
                    wholes[place].push(cost);
                    bytes[place] = Some(whole);
                }
                None => *replay = None,
            }
        }
    }
    let mut steps = Vec::new();
    for (replay, (name, _)) in replays.iter_mut().zip(CONTENDERS) {
        plan.say(&format!("history: {}, transaction by transaction, {name}", concurrent.name));
        let step = match replay {
            Some(replay) => unless_left_out(plan, name, (replay.steps)())?,
            None => None,
        };
        steps.push(step);
    }

    let mut table = Table::new(&[
        "",
        "whole history to its text",
        "against WriteMagic",
        "transaction by transaction, each",
        "against WriteMagic",
        "transactions",
        "text",
        "aim",
    ]);
    let whole = |place: usize| median(wholes[place].iter().map(|cost| cost.cpu));
    let each = |step: &Step| step.cost.cpu / step.taken.max(1) as f64;
    let our_step = steps.first().and_then(Option::as_ref).map_or(0.0, each);
    let our_text = replays[0].as_ref().map_or(String::new(), |replay| replay.text.clone());
    for (place, (name, _)) in CONTENDERS.iter().enumerate() {
        let (Some(replay), Some(step)) = (&replays[place], &steps[place]) else {
            let mut row = vec![(*name).to_owned(), format!("none within {} s", TIME_TO_PREPARE.as_secs())];
            row.extend(["–"; 6].map(String::from));
            table.row(&row);
            continue;
        };
        let agrees = match &concurrent.end {
            Some(end) if *end == replay.text => "the recorded one",
            _ if place == 0 => "ours",
            _ if replay.text == our_text => "ours",
            _ => "**another**",
        };
        let taken = count(step.taken as u64);
        table.row(&[
            (*name).into(),
            duration(whole(place)),
            if place == 0 { "1".into() } else { ratio(whole(place), whole(0)) },
            duration(each(step)),
            if place == 0 { "1".into() } else { ratio(each(step), our_step) },
            if step.taken == step.of {
                taken
            } else {
                format!("the first {taken} of {}", count(step.of as u64))
            },
            agrees.into(),
            if place == 0 { aim(our_step, 100e3, "< 0.1 ms each") } else { String::new() },
        ]);
    }
    let edits = concurrent.transactions.iter().map(|transaction| transaction.edits.len() as u64).sum();
    Ok(Measured { table: table.finish(), edits, bytes })
}
