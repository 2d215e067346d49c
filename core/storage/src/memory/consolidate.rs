//! Consolidation: memories that say the same become one that stands for the others, those that cannot both be right are
//! flagged, and sessions that grew old and long are named as work for whoever can sum them up.
//!
//! Memories are compared by what [`sentence`](super::sentence) makes of each, never pair by pair: time and memory are in proportion to
//! their texts. Nothing is decided between two that contradict each other.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, params};
use writemagic_shared::limits::{MEMORY_CONTRADICTIONS, MEMORY_TAGS};
use writemagic_shared::runtime::{Progress, Timestamp};

use super::item::Disagreement;
use super::sentence::{Dependence, Likeness, Sentence};
use super::summary::SUMMARY;
use super::undo::Step;
use crate::Library;
use crate::error::Result;

/// Memories of other sessions say the same only in so many words or more.
const WORDS_ACROSS_SESSIONS: usize = 4;
/// A frame with more different words inside is a list, and no contradiction.
const VALUES: usize = 8;
/// Memories between two looks at whether to stop.
const SLICE: u64 = 1_000;

/// How to consolidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsolidateOptions {
    /// Only says what would be done.
    pub rehearsal: bool,
    /// Name sessions whose last memory came before this moment; none where there is no moment.
    pub older_than: Option<Timestamp>,
    /// And only those of so many bytes of text or more.
    pub least_bytes: u64,
}

impl Default for ConsolidateOptions {
    /// Merges and flags; names no sessions, and with a moment those of 16 KiB or more.
    fn default() -> Self {
        Self { rehearsal: false, older_than: None, least_bytes: 16 << 10 }
    }
}

/// What consolidation did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsolidateReport {
    /// Memories that now stand for others.
    pub merged: Vec<Merged>,
    /// Pairs that cannot both be right: at most [`MEMORY_CONTRADICTIONS`]; where several say the same, of the one that came last.
    /// Pairs that were flagged before stay flagged as long as both say what they said.
    pub contradictions: Vec<Contradictory>,
    /// Sessions to be summed up.
    pub groups: Vec<MemoryGroup>,
}

/// A memory and those that say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The key of the one that came first.
    pub kept: String,
    /// The keys of those that it stands for now.
    pub absorbed: Vec<String>,
}

/// Two memories that cannot both be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradictory {
    /// Their keys, the first that came first.
    pub keys: [String; 2],
    /// Where they differ.
    pub why: Disagreement,
}

/// Memories of one session that could be told in fewer words: [`Library::replace_with_summary`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryGroup {
    /// The session.
    pub session: String,
    /// The keys of its memories that hold always and are no summaries, in the order in which they came.
    pub keys: Vec<String>,
    /// Bytes of their texts.
    pub bytes: u64,
}

/// A memory and its revision: what was decided about it counts while that is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Known {
    n: i64,
    revision: i64,
}

#[derive(Default)]
struct Plan {
    /// For each memory that stays those that it will stand for.
    merges: BTreeMap<Known, Vec<Known>>,
    clashes: Vec<(Known, Known, Disagreement)>,
    groups: Vec<MemoryGroup>,
}

/// A claim of a memory; frames and what is said there as hashes.
struct Claimed {
    frame: Likeness,
    says: Likeness,
    by: Known,
    why: Disagreement,
    validity: (Option<i64>, Option<i64>),
}

impl Library {
    /// Merges memories that say the same, flags those that contradict each other, and names sessions to be summed up. One step for
    /// [`undo_memory_change`](Self::undo_memory_change). Progress is in memories. Touches the disk; reads all memories.
    ///
    /// *The same* say memories of one kind, speaker, time and validity whose words are equal but for case, punctuation, and
    /// English articles and *also*, *really*, *very*; in different sessions only without a speaker, and in four words or more. The
    /// first that came stays where it is, with the tags of all and the highest importance and confidence; the others are
    /// its [`parts`](super::Memory::parts).
    ///
    /// *Contradictions* are statements of one kind, of at most 64 words, that hold at one time and whose words are equal but for their numbers,
    /// for a negation, or for what something of somebody's is said to be (`Mary's eyes are grey`). Statements about *I* and *you* are compared
    /// within one speaker and session, those that begin with *she*, *it* or *that* within one session. More than eight
    /// different values are a list.
    ///
    /// # Errors
    /// `cancelled`; those of a write, unless it is a rehearsal.
    pub fn consolidate_memories(
        &self,
        options: &ConsolidateOptions,
        progress: &Progress,
    ) -> Result<ConsolidateReport> {
        let plan = self.read(|sql| plan(sql, options, progress))?;
        if options.rehearsal {
            return self.read(|sql| report(sql, plan));
        }
        self.write(|sql, context| {
            let mut step = Step::begin(context);
            let plan = plan.still_true(sql)?;
            for (kept, parts) in &plan.merges {
                merge(sql, &mut step, *kept, parts)?;
            }
            for (first, second, why) in &plan.clashes {
                flag(sql, &mut step, [*first, *second], *why)?;
            }
            step.finish(sql, context)?;
            report(sql, plan)
        })
    }
}

fn plan(sql: &Connection, options: &ConsolidateOptions, progress: &Progress) -> Result<Plan> {
    let count: i64 =
        sql.query_row("SELECT count(*) FROM memories WHERE part_of = 0", [], |row| row.get(0))?;
    progress.expect_more(count.max(0).cast_unsigned());
    let mut plan = Plan::default();
    let mut same: HashMap<Likeness, Known> = HashMap::new();
    let mut claims: Vec<Claimed> = Vec::new();
    let mut statement = sql.prepare_cached(
        "SELECT n, revision, session, kind, speaker, time, valid_from, valid_until, hex(from_document), text
         FROM memories WHERE part_of = 0 ORDER BY n",
    )?;
    let mut rows = statement.query([])?;
    let mut seen = 0;
    while let Some(row) = rows.next()? {
        seen += 1;
        if seen % SLICE == 0 {
            progress.check()?;
            progress.advance(SLICE);
        }
        let known = Known { n: row.get(0)?, revision: row.get(1)? };
        let (session, text): (i64, String) = (row.get(2)?, row.get(9)?);
        let field = |at: usize| {
            row.get::<_, Option<String>>(at).map(|field| field.map(|field| "+".to_owned() + &field))
        };
        let [kind, speaker, time, document] =
            [field(3)?, field(4)?, field(5)?, field(8)?].map(Option::unwrap_or_default);
        let validity = (row.get(6)?, row.get(7)?);
        let (holds, session) = (format!("{validity:?}"), session.to_string());
        let sentence = Sentence::of(&text);
        let anywhere = speaker.is_empty() && sentence.len() >= WORDS_ACROSS_SESSIONS;
        let place = if anywhere { "" } else { session.as_str() };
        let fields = [kind.as_str(), &speaker, &time, &holds, &document, place];
        let likenesses = [Some(sentence.same_words(&fields)), sentence.nearly_same_words(&fields)];
        let likenesses: Vec<Likeness> = likenesses.into_iter().flatten().collect();
        if let Some(kept) = likenesses.iter().find_map(|likeness| same.get(likeness).copied()) {
            plan.merges.entry(kept).or_default().push(known);
            continue;
        }
        same.extend(likenesses.into_iter().map(|likeness| (likeness, known)));
        let about = match sentence.depends() {
            Dependence::Nothing => [kind.as_str(), &document, "", ""],
            Dependence::Session if session == "0" => continue,
            Dependence::Session => [kind.as_str(), &document, &session, ""],
            Dependence::Speaker => [kind.as_str(), &document, &session, &speaker],
        };
        claims.extend(sentence.claims().into_iter().map(|claim| Claimed {
            frame: super::sentence::likeness(&about, &[&claim.why.number().to_string(), &claim.frame]),
            says: super::sentence::likeness(&[], &[&claim.says]),
            by: known,
            why: claim.why,
            validity,
        }));
    }
    drop(rows);
    progress.check()?;
    progress.advance(seen % SLICE);
    plan.clashes = clashes(claims);
    plan.groups = groups(sql, options)?;
    Ok(plan)
}

/// Pairs of claims of one frame that say different things at one time, one pair for any two things said: of those that came last.
fn clashes(mut claims: Vec<Claimed>) -> Vec<(Known, Known, Disagreement)> {
    claims.sort_unstable_by_key(|claim| (claim.frame, claim.says, claim.by));
    let mut clashes: Vec<(Known, Known, Disagreement)> = Vec::new();
    for frame in claims.chunk_by(|one, other| one.frame == other.frame) {
        let said: Vec<&Claimed> =
            frame.chunk_by(|one, other| one.says == other.says).filter_map(<[Claimed]>::last).collect();
        if said.len() > VALUES {
            continue;
        }
        for (at, one) in said.iter().enumerate() {
            for other in said[at + 1..].iter().filter(|other| overlap(one.validity, other.validity)) {
                clashes.push((one.by.min(other.by), one.by.max(other.by), one.why));
            }
        }
    }
    // Two memories may differ in more than one way: the first counts.
    clashes.sort_unstable_by_key(|(one, other, why)| (*one, *other, why.number()));
    clashes.dedup_by_key(|(one, other, _)| (*one, *other));
    clashes.truncate(MEMORY_CONTRADICTIONS as usize);
    clashes
}

/// Whether there is a moment at which both hold.
fn overlap(one: (Option<i64>, Option<i64>), other: (Option<i64>, Option<i64>)) -> bool {
    let before =
        |until: Option<i64>, from: Option<i64>| until.zip(from).is_some_and(|(until, from)| until <= from);
    !before(one.1, other.0) && !before(other.1, one.0)
}

fn groups(sql: &Connection, options: &ConsolidateOptions) -> Result<Vec<MemoryGroup>> {
    let Some(older_than) = options.older_than else { return Ok(Vec::new()) };
    let mut statement = sql.prepare_cached(
        "SELECT session, name, sum(octet_length(text)) FROM memories JOIN memory_sessions ON memory_sessions.n = session
         WHERE session <> 0 AND part_of = 0 AND kind IS NOT ?3
           AND valid_from IS NULL AND valid_until IS NULL AND from_document IS NULL
         GROUP BY session HAVING max(created) < ?1 AND sum(octet_length(text)) >= ?2 ORDER BY session",
    )?;
    let least = i64::try_from(options.least_bytes).unwrap_or(i64::MAX);
    let found = statement.query_map(params![older_than.as_millis(), least, SUMMARY], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
    })?;
    let mut keys = sql.prepare_cached(
        "SELECT key FROM memories WHERE session = ?1 AND session <> 0 AND part_of = 0 AND kind IS NOT ?2
           AND valid_from IS NULL AND valid_until IS NULL AND from_document IS NULL ORDER BY n",
    )?;
    let mut groups = Vec::new();
    for row in found {
        let (n, session, bytes) = row?;
        let keys = keys.query_map(params![n, SUMMARY], |row| row.get(0))?;
        let keys = keys.collect::<rusqlite::Result<_>>()?;
        groups.push(MemoryGroup { session, keys, bytes: bytes.max(0).cast_unsigned() });
    }
    Ok(groups)
}

impl Plan {
    /// What of it still speaks of memories as they are.
    fn still_true(mut self, sql: &Connection) -> Result<Self> {
        let mut merges = BTreeMap::new();
        for (kept, mut parts) in std::mem::take(&mut self.merges) {
            if is_as_it_was(sql, kept)? {
                let mut still = Vec::with_capacity(parts.len());
                for part in parts.drain(..) {
                    if is_as_it_was(sql, part)? {
                        still.push(part);
                    }
                }
                merges.insert(kept, still);
            }
        }
        merges.retain(|_, parts| !parts.is_empty());
        let mut clashes = Vec::new();
        for (one, other, why) in std::mem::take(&mut self.clashes) {
            if is_as_it_was(sql, one)? && is_as_it_was(sql, other)? {
                clashes.push((one, other, why));
            }
        }
        Ok(Self { merges, clashes, groups: self.groups })
    }
}

fn is_as_it_was(sql: &Connection, known: Known) -> Result<bool> {
    let mut statement =
        sql.prepare_cached("SELECT 1 FROM memories WHERE n = ?1 AND revision = ?2 AND part_of = 0")?;
    Ok(statement.exists([known.n, known.revision])?)
}

fn merge(sql: &Connection, step: &mut Step, kept: Known, parts: &[Known]) -> Result<()> {
    step.keep(sql, kept.n)?;
    type Worth = (Option<f64>, Option<f64>, String);
    let worth = |n: i64| -> Result<Worth> {
        let mut statement =
            sql.prepare_cached("SELECT importance, confidence, tags FROM memories WHERE n = ?1")?;
        Ok(statement.query_row([n], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
    };
    let (mut importance, mut confidence, tags) = worth(kept.n)?;
    let mut tags: Vec<String> = tags.lines().map(str::to_owned).collect();
    let higher = |one: Option<f64>, other: Option<f64>| match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    };
    for part in parts {
        step.keep(sql, part.n)?;
        sql.prepare_cached("UPDATE memories SET part_of = ?2 WHERE n = ?1")?.execute([part.n, kept.n])?;
        let (its_importance, its_confidence, its_tags) = worth(part.n)?;
        (importance, confidence) = (higher(importance, its_importance), higher(confidence, its_confidence));
        let new: Vec<&str> = its_tags.lines().filter(|tag| tags.iter().all(|known| known != tag)).collect();
        tags.extend(new.into_iter().map(str::to_owned));
        tags.truncate(MEMORY_TAGS as usize);
    }
    sql.prepare_cached("UPDATE memories SET importance = ?2, confidence = ?3, tags = ?4 WHERE n = ?1")?
        .execute(params![kept.n, importance, confidence, tags.join("\n")])?;
    Ok(())
}

/// Flags a contradiction that is not flagged yet.
fn flag(sql: &Connection, step: &mut Step, [first, second]: [Known; 2], why: Disagreement) -> Result<()> {
    let flagged = sql
        .prepare_cached(
            "INSERT OR IGNORE INTO memory_contradictions (first, second, first_revision, second_revision, why, change)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute([first.n, second.n, first.revision, second.revision, why.number(), step.n])?;
    if flagged > 0 {
        step.flagged();
    }
    Ok(())
}

fn report(sql: &Connection, plan: Plan) -> Result<ConsolidateReport> {
    let key = |known: Known| -> Result<String> {
        let mut statement = sql.prepare_cached("SELECT key FROM memories WHERE n = ?1")?;
        Ok(statement.query_row([known.n], |row| row.get(0))?)
    };
    let merged = |(kept, parts): (Known, Vec<Known>)| -> Result<Merged> {
        Ok(Merged { kept: key(kept)?, absorbed: parts.into_iter().map(key).collect::<Result<_>>()? })
    };
    let contradiction = |(one, other, why)| -> Result<Contradictory> {
        Ok(Contradictory { keys: [key(one)?, key(other)?], why })
    };
    Ok(ConsolidateReport {
        merged: plan.merges.into_iter().map(merged).collect::<Result<_>>()?,
        contradictions: plan.clashes.into_iter().map(contradiction).collect::<Result<_>>()?,
        groups: plan.groups,
    })
}
