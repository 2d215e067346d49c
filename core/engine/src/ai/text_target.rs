//! The writer's texts for proposals: the history of the library.

use writemagic_ai::foreign::ForeignError;
use writemagic_ai::proposal::{
    Anchor, Applied, Author, Edit, Place, Resolved, Side, Snapshot, TextTarget, VersionName,
};
use writemagic_storage::Error;
use writemagic_storage::graph::Origin;
use writemagic_storage::history::{AnchorSide, TextPlace, Version};
use writemagic_storage::session::{self, Patch};

use super::{Kept, foreign};

/// The version of a name; `None` for one that no history gives.
fn version(name: &VersionName) -> Option<Version> {
    name.as_str().parse().ok()
}

impl TextTarget for Kept {
    fn present(&self, place: &Place) -> Result<Snapshot, ForeignError> {
        let present = self.0.present_text(place.document, place.branch).map_err(foreign)?;
        let version = VersionName::new(present.version.to_string()).map_err(ForeignError::of)?;
        Ok(Snapshot { version, text: present.text, waiting: present.waiting })
    }

    fn text_at(&self, place: &Place, name: &VersionName) -> Result<Option<String>, ForeignError> {
        let Some(version) = version(name) else { return Ok(None) };
        match self.0.text_at(place.document, &version) {
            Ok(text) => Ok(Some(text)),
            Err(Error::VersionNotFound | Error::VersionForgotten) => Ok(None),
            Err(error) => Err(foreign(error)),
        }
    }

    fn resolve(
        &self,
        place: &Place,
        base: &VersionName,
        to: &VersionName,
        anchors: &[Anchor],
    ) -> Result<Option<Vec<Resolved>>, ForeignError> {
        let (Some(base), Some(to)) = (version(base), version(to)) else { return Ok(None) };
        let places: Vec<TextPlace> = anchors
            .iter()
            .map(|anchor| TextPlace {
                at: anchor.at,
                side: match anchor.side {
                    Side::Before => AnchorSide::Before,
                    Side::After => AnchorSide::After,
                },
            })
            .collect();
        let followed = self.0.follow_places(place.document, &base, &to, &places).map_err(foreign)?;
        Ok(followed.map(|places| {
            places.into_iter().map(|place| Resolved { at: place.at, dead: place.dead }).collect()
        }))
    }

    fn apply(
        &self,
        place: &Place,
        on: &VersionName,
        edits: &[Edit],
        author: &Author,
    ) -> Result<Applied, ForeignError> {
        let Some(on) = version(on) else { return Ok(Applied::Moved) };
        let patches: Vec<Patch> = edits
            .iter()
            .map(|edit| Patch { at: edit.at, delete: edit.delete, insert: edit.insert.clone() })
            .collect();
        let origin = Origin::ai(&author.model, author.run);
        let applied =
            self.0.apply_proposal(place.document, place.branch, &on, &patches, &origin).map_err(foreign)?;
        match applied {
            None => Ok(Applied::Moved),
            Some(session::Applied::Durable) => Ok(Applied::Durable),
            // Whatever else there may come to be, it is not in the text yet.
            Some(_) => Ok(Applied::Waiting),
        }
    }
}
