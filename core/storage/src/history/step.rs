//! A change over several documents that is taken back as one: here, its part in one document.

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::id::DocumentId;

use super::undo::{TRIES, Wanted, edits, find};
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::schema::MAIN;
use crate::session::{BroughtBack, GroupKind, NewGroup, Rewritten, load_core};

/// What became of a step's part in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepPart {
    /// It is in the text.
    Done,
    /// It was, and was taken back.
    TakenBack,
}

/// The part of a step in a document's main branch, with its row; `None` if it is not saved.
pub(crate) fn step_part(sql: &Connection, document: i64, step: &[u8; 16]) -> Result<Option<(i64, StepPart)>> {
    let found = sql
        .prepare_cached(
            "SELECT n, undone FROM groups WHERE document = ?1 AND branch = ?2 AND step = ?3 AND kind = ?4
             ORDER BY n DESC LIMIT 1",
        )?
        .query_row(params![document, MAIN, step, GroupKind::Rename as i64], |row| {
            let part = if row.get(1)? { StepPart::TakenBack } else { StepPart::Done };
            Ok((row.get(0)?, part))
        })
        .optional()?;
    Ok(found)
}

impl Library {
    /// Takes the part of a step in a document back, and nothing that was done since. In an open session it waits for the
    /// `rebase`; what waited of the step does not wait any more. Nothing happens where nothing is to be taken back.
    ///
    /// # Errors
    /// `version_forgotten`, `history_damaged`; those of a write.
    pub(crate) fn take_back_step(&self, document: DocumentId, step: &[u8; 16]) -> Result<()> {
        let (inner, now) = (&self.inner, self.inner.now());
        let sessions = &inner.sessions;
        // Holding the set of sessions: none opens or closes on this document meanwhile.
        let open = sessions.lock_open();
        let in_session = sessions.core_of(&open, (document, MAIN));
        if let Some(core) = &in_session {
            core.withdraw(step, GroupKind::Rename);
            if core.waits_for(step, GroupKind::Undo) {
                return Ok(());
            }
        }
        let core = match &in_session {
            Some(core) => core.clone(),
            None => load_core(self, (document, MAIN), &open)?,
        };
        for _ in 0..TRIES {
            sessions.save(inner, std::slice::from_ref(&core), false)?;
            let heads = core.state_heads();
            let found = self.read(|sql| {
                let n = document_number(sql, document)?;
                let Some((row, StepPart::Done)) = step_part(sql, n, step)? else { return Ok(None) };
                let loaded = inner.kept_history.all(sql, n)?;
                let found = find(sql, &loaded, (n, MAIN), &heads, &core.state_text(), Wanted::Row(row));
                found.map(|found| Some((row, found)))
            });
            let (row, inverses) = match found {
                Ok(Some((row, Some((_, inverses))))) => (row, inverses),
                Ok(Some((_, None))) => continue,
                Ok(None) => return Ok(()),
                Err(Error::NothingToUndo) => return self.note_taken_back(document, step),
                Err(error) => return Err(error),
            };
            let (edits, rewritten) = edits(inverses);
            let undo = NewGroup { target: Some(row), step: Some(*step), ..NewGroup::of(GroupKind::Undo) };
            let all = brought_back(edits, rewritten);
            // One that changes nothing is noted at once.
            if in_session.is_some() && !all.is_empty() {
                if core.let_undo_wait(&heads, all, undo, now)? {
                    return Ok(());
                }
                continue;
            }
            let (edits, rewritten) = one_after_the_other(all);
            if let Some((_, backlog)) = core.apply_group(&heads, edits, NewGroup { rewritten, ..undo }, now) {
                sessions.add_backlog(backlog);
                let saved = sessions.save(inner, &[core], true);
                if saved.is_err() {
                    sessions.drop_backlog(backlog);
                }
                return saved;
            }
        }
        Err(Error::MergeRefused { reason: "the text changes all the time" })
    }

    /// Notes that a part which changed nothing is taken back.
    fn note_taken_back(&self, document: DocumentId, step: &[u8; 16]) -> Result<()> {
        self.write(|sql, _| {
            if let Some((row, _)) = step_part(sql, document_number(sql, document)?, step)? {
                sql.prepare_cached("UPDATE groups SET undone = 1 WHERE n = ?1")?.execute([row])?;
            }
            Ok(())
        })
    }
}

/// What takes a replacement of words back, as ascending replacements in the text before all of them: each old word comes where
/// the new one stands, which is not always where its own letters stood: what was typed just behind the new word stands before them.
/// Where no letter of the new word is left, somebody wrote something else there since, and that stays.
fn brought_back(edits: Vec<(usize, usize, String)>, rewritten: Vec<Rewritten>) -> Vec<BroughtBack> {
    let mut rewritten = rewritten.into_iter();
    let mut all: Vec<BroughtBack> = Vec::new();
    // Of the deletions since the last word came back the first, which the next one replaces.
    let mut free: Option<usize> = None;
    let mut last: Option<(usize, Option<usize>)> = None;
    // How many characters longer the text is by the edits so far.
    let mut longer = 0_i64;
    for (start, end, insert) in edits {
        let before = |at: usize| usize::try_from(at as i64 - longer).unwrap_or_default();
        let (from, to) = (before(start), before(end));
        longer += insert.chars().count() as i64 - (end - start) as i64;
        if from < to {
            free.get_or_insert(all.len());
            all.push(BroughtBack { start: from, end: to, ..BroughtBack::default() });
        }
        if insert.is_empty() {
            continue;
        }
        let copy = rewritten.next().map(|copy| copy.of);
        // Words that stood side by side come back side by side.
        let beside = last.and_then(|(at, place)| place.filter(|_| at == from));
        let place = free.take().or(beside);
        last = Some((from, place));
        if let Some(word) = place.and_then(|place| all.get_mut(place)) {
            word.insert.push_str(&insert);
            word.copies.extend(copy);
        }
    }
    all
}

/// Replacements in the text before all of them as edits that come one after the other, and which of the new characters are old
/// ones.
fn one_after_the_other(all: Vec<BroughtBack>) -> (Vec<(usize, usize, String)>, Vec<Rewritten>) {
    let (mut edits, mut rewritten) = (Vec::with_capacity(all.len()), Vec::new());
    let (mut longer, mut events) = (0_i64, 0);
    for BroughtBack { start, end, insert, copies } in all {
        let now = |at: usize| usize::try_from(at as i64 + longer).unwrap_or_default();
        let (from, to) = (now(start), now(end));
        let inserted = insert.chars().count();
        longer += inserted as i64 - (end - start) as i64;
        events += (end - start) as u32;
        let mut at = events;
        for of in copies {
            let len = of.end - of.start;
            rewritten.push(Rewritten { at, of });
            at += len;
        }
        events += inserted as u32;
        edits.push((from, to, insert));
    }
    (edits, rewritten)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init, reason = "lists of ranges")]

    use std::ops::Range;

    use super::*;

    fn rewritten(at: u32, of: Range<u32>) -> Rewritten {
        Rewritten { at, of }
    }

    fn back(start: usize, end: usize, insert: &str, copies: &[Range<u32>]) -> BroughtBack {
        BroughtBack { start, end, insert: insert.to_owned(), copies: copies.to_vec() }
    }

    fn delete(start: usize, end: usize) -> (usize, usize, String) {
        (start, end, String::new())
    }

    fn insert(at: usize, text: &str) -> (usize, usize, String) {
        (at, at, text.to_owned())
    }

    #[test]
    fn words_come_back_where_the_new_ones_stand() {
        // "xxAnnaxxEvaxx": Anna was Ruth, Eva was Jo; "xx" was typed just behind Eva.
        let edits = vec![delete(2, 6), insert(2, "Ruth"), delete(8, 11), insert(10, "Jo")];
        let rewritten = vec![rewritten(4, 5..9), rewritten(11, 20..22)];
        let all = brought_back(edits, rewritten);
        assert_eq!(all, [back(2, 6, "Ruth", &[5..9]), back(8, 11, "Jo", &[20..22])]);
        let (edits, copies) = one_after_the_other(all);
        assert_eq!(edits, [(2, 6, "Ruth".to_owned()), (8, 11, "Jo".to_owned())]);
        assert_eq!(copies, [self::rewritten(4, 5..9), self::rewritten(11, 20..22)]);
    }

    #[test]
    fn words_side_by_side_come_back_side_by_side_and_what_was_written_over_stays() {
        let edits = vec![delete(0, 4), insert(0, "ab"), insert(2, "cd"), insert(9, "gone")];
        let all = brought_back(edits, vec![rewritten(4, 1..3), rewritten(6, 7..9), rewritten(8, 20..24)]);
        assert_eq!(all, [back(0, 4, "abcd", &[1..3, 7..9])]);
    }
}
