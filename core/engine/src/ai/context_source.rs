//! What of the library goes into prompts.

use writemagic_ai::foreign::ForeignError;
use writemagic_ai::proposal::VersionName;
use writemagic_ai::task::{ContextNeed, ContextSource, Passage, PassageKind, Source};
use writemagic_storage::context::{ContextOrigin, ContextPiece, ContextReason, ContextRequest};

use super::{Kept, foreign};

impl ContextSource for Kept {
    fn passages(&self, need: &ContextNeed) -> Result<Vec<Passage>, ForeignError> {
        let request = ContextRequest {
            document: need.document,
            shown: need.range.clone(),
            about: need.about.clone(),
            only: need.only,
        };
        let pieces = self.0.context(&request).map_err(foreign)?;
        // The most important first: each ranks above all that follow.
        let ranks = (0..=u32::try_from(pieces.len()).unwrap_or(u32::MAX)).rev();
        Ok(ranks.zip(pieces).map(|(rank, piece)| passage(need, rank, piece)).collect())
    }
}

fn passage(need: &ContextNeed, rank: u32, piece: ContextPiece) -> Passage {
    let is_earlier = matches!(&piece.origin, ContextOrigin::Passage { document, range, .. }
        if need.document == Some(*document) && range.end <= need.range.start);
    let (kind, because) = match piece.reason {
        ContextReason::Always => (PassageKind::Reference, None),
        ContextReason::Mentioned { range } => {
            let because = need.document.map(|document| Source::Document { document, version: None, range });
            (PassageKind::Reference, because)
        }
        ContextReason::Found { .. } if is_earlier => (PassageKind::Earlier, None),
        ContextReason::Found { .. } => (PassageKind::Found, None),
    };
    let source = match piece.origin {
        ContextOrigin::Passage { document, version, range } => {
            Source::Document { document, version: VersionName::new(version.to_string()).ok(), range }
        }
        ContextOrigin::BibleEntry(entry) => Source::BibleEntry(entry),
        ContextOrigin::Memory(key) => Source::Memory(key),
    };
    Passage { source, kind, because, rank, title: piece.title, text: piece.text }
}
