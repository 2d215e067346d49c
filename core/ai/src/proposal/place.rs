//! Where the words of hunks stand now.
//!
//! The first way is by anchors: the characters at both ends of the old words, found again in the present text. Where one
//! of them is dead, or the history cannot tell, the second way is a diff of the text as the answer left it (the base with
//! the hunks that were accepted) and the present one: words that were cut and came back by an undo are other characters
//! and the same words. Either way the old words must stand there to the letter.

use std::ops::Range;

use writemagic_shared::text::diff::{By, diff};
use writemagic_shared::text::offsets::{Offset, Offsets};
use writemagic_shared::text::utf16;

use super::{Anchor, Error, Hunk, HunkState, Proposal, Resolved, Side, Snapshot, TextTarget};

/// Where less than so many UTF-16 units did not change in a row, a diff may have found them by chance.
const LEAST: u64 = 16;

/// What a look at the present text says of one hunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Where its old words stand, in UTF-16 units of the present text; `None` when they do not, or the hunk is in the
    /// text already.
    pub(super) range: Option<Range<u64>>,
    /// Whether its new words stand in the place of the old.
    pub(super) is_in: bool,
}

/// A text by UTF-16 units.
struct Units<'t>(Offsets<&'t str>);

impl<'t> Units<'t> {
    fn new(text: &'t str) -> Self {
        Self(Offsets::new(text))
    }

    fn len(&self) -> u64 {
        self.0.end().utf16
    }

    /// The text of a range that ends between characters.
    fn get(&self, range: &Range<u64>) -> Option<&str> {
        let byte = |unit| self.0.locate(Offset::Utf16(unit)).ok().map(|place| place.byte as usize);
        self.0.text().get(byte(range.start)?..byte(range.end)?)
    }
}

/// Looks up every hunk in the present text; one entry for each, in their order. The ranges ascend and none overlaps
/// another. Takes time in proportion to the text when the second way is needed, else to the hunks.
pub(super) fn find(
    target: &dyn TextTarget,
    proposal: &Proposal,
    now: &Snapshot,
) -> Result<Vec<Found>, Error> {
    let present = Units::new(&now.text);
    let anchors: Vec<Anchor> = proposal.hunks.iter().flat_map(anchors).collect();
    let resolved = target.resolve(&proposal.place, &proposal.base, &now.version, &anchors)?;
    let resolved = resolved.filter(|resolved| resolved.len() == anchors.len());
    let ends = |number: usize| Some(Ends(resolved.as_ref()?.get(number * 4..)?.first_chunk()?));
    let mut comparison = None;
    let mut found = Vec::with_capacity(proposal.hunks.len());
    let mut end = 0;
    for (number, hunk) in proposal.hunks.iter().enumerate() {
        if hunk.state == HunkState::Accepted {
            found.push(Found::default());
            continue;
        }
        let ends = ends(number);
        let mut range = ends.as_ref().and_then(|ends| ends.place(hunk, &present));
        let sides = ends.as_ref().and_then(Ends::between);
        let is_applying = hunk.state == HunkState::Applying;
        if comparison.is_none() && (range.is_none() || (is_applying && sides.is_none())) {
            comparison = Some(Comparison::new(target, proposal, &now.text)?);
        }
        if range.is_none() {
            range = comparison.as_ref().and_then(|comparison| comparison.place(number, hunk, &present));
        }
        range = range.filter(|range| range.start >= end);
        if is_applying {
            let compared = || comparison.as_ref().and_then(|comparison| comparison.between(number, hunk));
            let between = sides.or_else(compared);
            found.push(went_in(hunk, range, between.and_then(|between| present.get(&between))));
        } else {
            found.push(Found { range, is_in: false });
        }
        end = found.last().and_then(|found| found.range.as_ref()).map_or(end, |range| range.end);
    }
    Ok(found)
}

/// What became of a hunk that was on its way: `range` is where its old words were found, `between` what stands between the
/// words that stood on its sides.
fn went_in(hunk: &Hunk, range: Option<Range<u64>>, between: Option<&str>) -> Found {
    let Some(between) = between else { return Found { range, is_in: false } };
    let untouched = if hunk.old.is_empty() { between.is_empty() } else { range.is_some() };
    if untouched {
        return Found { range, is_in: false };
    }
    // Neither the old words nor the new ones: the writer has been there, and nothing more is put in.
    Found { range: None, is_in: between.contains(&hunk.new) }
}

/// The ends of the old words, held by these words, and held by what stands on their sides.
fn anchors(hunk: &Hunk) -> [Anchor; 4] {
    let (start, end) = (hunk.range.start, hunk.range.end);
    [(start, Side::Before), (end, Side::After), (start, Side::After), (end, Side::Before)]
        .map(|(at, side)| Anchor { at, side })
}

/// The anchors of a hunk in the present text.
struct Ends<'a>(&'a [Resolved; 4]);

impl Ends<'_> {
    fn place(&self, hunk: &Hunk, present: &Units<'_>) -> Option<Range<u64>> {
        let [first, last, left, right] = *self.0;
        if !hunk.old.is_empty() {
            let range = first.at..last.at;
            let stands = !first.dead && !last.dead && present.get(&range) == Some(hunk.old.as_str());
            return stands.then_some(range);
        }
        // At an end of the text there is no character that an anchor could go with.
        let len = present.len();
        let at = match (left.dead || left.at == 0, right.dead || right.at >= len) {
            (false, _) => left.at,
            (true, false) => right.at,
            (true, true) => return (len == 0).then_some(0..0),
        };
        Some(at..at)
    }

    /// What stands between the sides; `None` where one of them is gone: a place without a character moves along with what is
    /// put in there.
    fn between(&self) -> Option<Range<u64>> {
        let [_, _, left, right] = *self.0;
        (!left.dead && !right.dead).then(|| left.at..right.at.max(left.at))
    }
}

/// What did not change between the text as the answer left it and the present one.
struct Comparison {
    /// Where the hunks are in the text as the answer left it: start of each.
    starts: Vec<u64>,
    /// Ranges of that text that stand in the present one, ascending, and where they begin there.
    kept: Vec<(Range<u64>, u64)>,
    /// The ends of both texts.
    ends: (u64, u64),
}

impl Comparison {
    /// `kept` is empty when the history does not have the base.
    fn new(target: &dyn TextTarget, proposal: &Proposal, now: &str) -> Result<Self, Error> {
        let mut comparison = Self { starts: Vec::new(), kept: Vec::new(), ends: (0, 0) };
        let Some(base) = target.text_at(&proposal.place, &proposal.base)? else { return Ok(comparison) };
        let base = Units::new(&base);
        let (mut left, mut from, mut units) = (String::new(), 0, 0);
        for hunk in &proposal.hunks {
            let range = &hunk.range;
            if base.get(range) != Some(hunk.old.as_str()) {
                return Ok(comparison);
            }
            units += range.start - from;
            left += base.get(&(from..range.start)).unwrap_or_default();
            comparison.starts.push(units);
            let stands = if hunk.state == HunkState::Accepted { &hunk.new } else { &hunk.old };
            left += stands;
            units += utf16::len(stands);
            from = range.end;
        }
        left += base.get(&(from..base.len())).unwrap_or_default();
        let (mut from, mut to) = (0, 0);
        for change in diff(&left, now, By::Words) {
            if change.old_utf16.start > from {
                comparison.kept.push((from..change.old_utf16.start, to));
            }
            (from, to) = (change.old_utf16.end, change.new_utf16.end);
        }
        comparison.ends = (utf16::len(&left), utf16::len(now));
        // Two empty texts are the same too.
        if comparison.ends.0 > from || comparison.ends == (0, 0) {
            comparison.kept.push((from..comparison.ends.0, to));
        }
        Ok(comparison)
    }

    fn place(&self, number: usize, hunk: &Hunk, present: &Units<'_>) -> Option<Range<u64>> {
        let start = *self.starts.get(number)?;
        let length = hunk.range.end - hunk.range.start;
        let whole = 0..self.ends.0;
        let holds = |(kept, _): &&(Range<u64>, u64)| kept.start <= start && start + length <= kept.end;
        let (kept, to) = self.kept.iter().find(holds)?;
        if kept.end - kept.start < LEAST && *kept != whole {
            return None;
        }
        let range = to + (start - kept.start)..to + (start - kept.start) + length;
        (present.get(&range) == Some(hunk.old.as_str())).then_some(range)
    }

    /// What stands now between what was kept on the left of the hunk and what was kept on its right.
    fn between(&self, number: usize, hunk: &Hunk) -> Option<Range<u64>> {
        let start = *self.starts.get(number)?;
        let end = start + (hunk.range.end - hunk.range.start);
        let left = self.kept.iter().rfind(|(kept, _)| kept.start < start);
        let right = self.kept.iter().find(|(kept, _)| kept.end > end);
        let from = left.map_or(0, |(kept, to)| to + kept.end.min(start) - kept.start);
        let until = right.map_or(self.ends.1, |(kept, to)| to + kept.start.max(end) - kept.start);
        Some(from..until.max(from))
    }
}
