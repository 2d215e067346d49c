//! Merging a branch that was written beside the trunk.

use anyhow::{Result, ensure};
use fastrand::Rng;

use super::automerge::Automerge;
use super::diamond::Diamond;
use super::loro::Loro;
use super::peer::{Peer, merging};
use super::yrs::Yrs;
use super::{ours, unless_left_out};
use crate::measure::{Cost, median};
use crate::plan::Plan;
use crate::report::{Table, aim, count, duration, ratio};
use crate::trace::{Edit, Trace};

/// Edits on the branch.
const BRANCH: usize = 1_000;

/// A history that parts.
pub(super) struct Fork<'a> {
    /// What both sides have.
    pub(super) common: &'a [Edit],
    /// What the trunk alone has.
    pub(super) trunk: &'a [Edit],
    /// What the branch alone has.
    pub(super) branch: Vec<Edit>,
}

/// Merges once more; gives the text and what the merge alone took.
pub(super) type Merging = Box<dyn FnMut() -> Result<(String, Cost)>>;

type Prepare = fn(&Fork<'_>) -> Result<Merging>;
const CONTENDERS: [(&str, Prepare); 7] = [
    ("WriteMagic, durable", ours::merging),
    ("WriteMagic, its history in memory, durable", ours::merging_in_memory),
    ("WriteMagic, into an open session, durable", ours::merging_in_session),
    (Loro::NAME, merging::<Loro>),
    (Automerge::NAME, merging::<Automerge>),
    (Yrs::NAME, merging::<Yrs>),
    (Diamond::NAME, merging::<Diamond>),
];

/// Merges branches that parted so many edits ago; gives the table.
pub(super) fn measure(plan: &Plan, trace: &Trace) -> Result<String> {
    let backs: Vec<usize> =
        [1_000, 10_000].into_iter().filter(|back| back * 2 <= trace.edits.len()).collect();
    let mut columns: Vec<Vec<Vec<Cost>>> = Vec::new();
    for back in &backs {
        let (common, trunk) = trace.edits.split_at(trace.edits.len() - back);
        let fork = Fork { common, trunk, branch: branch(common) };
        let mut mergings = Vec::new();
        for (name, prepare) in CONTENDERS {
            plan.say(&format!("history: a branch that is {} edits old, {name}", count(*back as u64)));
            mergings.push(unless_left_out(plan, name, prepare(&fork))?);
        }
        let mut costs: Vec<Vec<Cost>> = CONTENDERS.iter().map(|_| Vec::new()).collect();
        let mut merged: Option<String> = None;
        for _ in 0..plan.history_rounds {
            for ((merge, costs), (name, _)) in mergings.iter_mut().zip(&mut costs).zip(CONTENDERS) {
                let Some(again) = merge else { continue };
                let cost = again().and_then(|(text, cost)| {
                    let expected = merged.get_or_insert_with(|| text.clone());
                    ensure!(text == *expected, "another text than {} merges to", CONTENDERS[0].0);
                    Ok(cost)
                });
                match unless_left_out(plan, name, cost)? {
                    Some(cost) => costs.push(cost),
                    None => *merge = None,
                }
            }
        }
        columns.push(costs);
    }
    let mut heads = vec![String::new()];
    for back in &backs {
        heads.push(format!("parted {} edits ago", count(*back as u64)));
        heads.push("against WriteMagic".into());
        heads.push("wall".into());
    }
    heads.push("aim".into());
    let mut table = Table::new(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    let cpu = |costs: &[Cost]| median(costs.iter().map(|cost| cost.cpu));
    for (place, (name, _)) in CONTENDERS.iter().enumerate() {
        let mut row = vec![(*name).to_owned()];
        for costs in &columns {
            if costs[place].is_empty() {
                row.extend(["–"; 3].map(String::from));
                continue;
            }
            row.push(duration(cpu(&costs[place])));
            row.push(ratio(cpu(&costs[place]), cpu(&costs[0])));
            row.push(duration(median(costs[place].iter().map(|cost| cost.wall))));
        }
        row.push(match columns.first() {
            Some(costs) if place == 0 => aim(cpu(&costs[0]), 300e3, "< 0.3 ms"),
            _ => String::new(),
        });
        table.row(&row);
    }
    Ok(table.finish())
}

/// Typing in runs all over the text, a fourth of it taken back.
fn branch(common: &[Edit]) -> Vec<Edit> {
    let mut length =
        common.iter().fold(0, |length, edit| length + edit.insert.encode_utf16().count() - edit.delete);
    let mut rng = Rng::with_seed(3);
    let mut at = 0;
    let mut run = 0;
    let edit = |number: usize| {
        if number.is_multiple_of(25) {
            (at, run) = (rng.usize(..=length), 0);
        }
        if run > 0 && rng.u32(..4) == 0 {
            (at, run, length) = (at - 1, run - 1, length - 1);
            return Edit { at, delete: 1, insert: String::new() };
        }
        (at, run, length) = (at + 1, run + 1, length + 1);
        Edit { at: at - 1, delete: 0, insert: rng.lowercase().to_string() }
    };
    (0..BRANCH).map(edit).collect()
}
