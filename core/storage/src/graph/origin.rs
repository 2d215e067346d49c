//! Where events come from.

use serde::Serialize;
use writemagic_shared::id::RunId;
use writemagic_shared::limits::ORIGIN_NAME_BYTES;

/// The kind of author of a run of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
#[non_exhaustive]
pub enum OriginKind {
    /// Somebody who types.
    Person = 0,
    /// A device of the writer, when the app tells them apart.
    Device = 1,
    /// A model's run.
    Ai = 2,
    /// An import.
    Import = 3,
    /// A restored version.
    Restore = 4,
}

impl OriginKind {
    /// The kind with this number.
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        let kinds = [Self::Person, Self::Device, Self::Ai, Self::Import, Self::Restore];
        kinds.into_iter().find(|kind| *kind as u64 == number)
    }
}

/// Where events come from: kept with each of them, for the timeline, blame and undo.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    pub(crate) kind: OriginKind,
    pub(crate) name: String,
    pub(crate) run: Vec<u8>,
}

impl Origin {
    /// The person at the keyboard.
    pub fn person() -> Self {
        Self::of(OriginKind::Person)
    }

    /// An import.
    pub fn import() -> Self {
        Self::of(OriginKind::Import)
    }

    /// A device, for apps that tell the writer's devices apart.
    pub fn device() -> Self {
        Self::of(OriginKind::Device)
    }

    /// A run of a model.
    pub fn ai(model: &str, run: RunId) -> Self {
        Self { run: run.as_bytes().to_vec(), ..Self::of(OriginKind::Ai) }.named(model)
    }

    /// A model, whose run is not kept here.
    pub fn model(model: &str) -> Self {
        Self::of(OriginKind::Ai).named(model)
    }

    /// The run of a model that wrote it, where the origin names one.
    pub fn run(&self) -> Option<RunId> {
        let run = (self.kind == OriginKind::Ai).then(|| self.run.as_slice().try_into().ok()).flatten();
        run.map(RunId::from_bytes)
    }

    /// The origin that was stored so; a person for a kind that a newer engine may have added.
    pub(crate) fn stored(kind: i64, name: &str, run: Vec<u8>) -> Self {
        let kind = u64::try_from(kind).ok().and_then(OriginKind::from_number).unwrap_or(OriginKind::Person);
        Self { run, ..Self::of(kind).named(name) }
    }

    pub(crate) const fn of(kind: OriginKind) -> Self {
        Self { kind, name: String::new(), run: Vec::new() }
    }

    /// The same origin with a name: a person's, a device's, a model's. At most 255 bytes are kept, cut at a
    /// character.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name[..name.floor_char_boundary(ORIGIN_NAME_BYTES as usize)].to_owned();
        self
    }

    /// What kind of author.
    pub fn kind(&self) -> OriginKind {
        self.kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_at_a_character() {
        assert_eq!(Origin::person().named(&"é".repeat(200)).name, "é".repeat(127));
        assert_eq!(Origin::device().named("desk").name, "desk");
    }

    #[test]
    fn a_model_is_one_with_and_without_its_run() {
        let run = RunId::from_bytes([7; 16]);
        let (with, without) = (Origin::ai("model-1", run), Origin::model("model-1"));
        assert_eq!((with.kind(), without.kind()), (OriginKind::Ai, OriginKind::Ai));
        assert_eq!((with.run(), without.run()), (Some(run), None));
        assert_eq!((with.name, without.name), ("model-1".to_owned(), "model-1".to_owned()));
    }
}
