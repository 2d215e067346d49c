//! Recipe A: what speaks for an item, and how much.
//!
//! A linear sum of nine features. The weights were fitted on halves of public question sets over conversations and articles
//! (LoCoMo, REALTALK, XQuAD) with a softmax loss; half or twice any one of them moves recall at 10 by hundredths. All features of words are divided by
//! the weight of the query's own words, so that 1 is about "all that was asked for is there", in any collection.
//!
//! BM25 is that of Robertson and Zaragoza, *The Probabilistic Relevance Framework* (2009), with idf = ln(1 + (N - n + 0.5) /
//! (n + 0.5)).

/// Words of the query in the text, by BM25.
pub(super) const WORDS: f32 = 2.4;
/// Words of the query in the text or in one of its neighbours, by their idf.
pub(super) const NEARBY_WORDS: f32 = 0.9;
/// Words of the query in the whole session, by BM25 over sessions.
pub(super) const SESSION_WORDS: f32 = 5.65;
/// Words of the query in the time.
pub(super) const TIME_WORDS: f32 = 13.0;
/// The query names the speaker.
pub(super) const SPEAKER: f32 = 1.05;
/// Cosine of the query and the text with its time and speaker.
pub(super) const MEANING: f32 = 5.5;
/// Cosine of the query and the text among its neighbours.
pub(super) const NEARBY_MEANING: f32 = 5.9;
/// The text is a question: questions rarely answer one.
pub(super) const QUESTION: f32 = -1.1;
/// The logarithm of the number of terms, plus one: longer texts say more.
pub(super) const LENGTH: f32 = 0.34;

/// How many items on either side are neighbours, within a session.
pub(super) const NEIGHBOURS: usize = 2;
/// How much of the meaning of a neighbour at distance 1, 2 is mixed into that of an item.
pub(super) const NEIGHBOUR_MEANING: [f32; NEIGHBOURS] = [0.7, 0.4];

/// How a term that comes again counts, and how the length of the text weighs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bm25 {
    k1: f32,
    b: f32,
}

/// Of texts: short ones are the rule, so their length weighs little.
pub(super) const TEXTS: Bm25 = Bm25 { k1: 0.9, b: 0.3 };
/// Of sessions.
pub(super) const SESSIONS: Bm25 = Bm25 { k1: 1.2, b: 0.75 };

impl Bm25 {
    /// What a term that stands there `count` times adds, by its idf. `length` is that of the text against the mean.
    pub(super) fn of(self, count: f32, length: f32) -> f32 {
        count * (self.k1 + 1.0) / (count + self.k1 * (1.0 - self.b + self.b * length))
    }
}

/// The weight of a term that `found` of `all` have.
pub(super) fn idf(found: usize, all: usize) -> f32 {
    let (found, all) = (found as f32, all as f32);
    (1.0 + ((all - found + 0.5) / (found + 0.5)).max(0.0)).ln()
}
