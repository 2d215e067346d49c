//! A part of a snapshot's file, as it stands there.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use writemagic_shared::mapped::MappedFile;

/// Bytes of a mapped file, which lives as long as any of its sections. Empty by default.
#[derive(Clone, Default)]
pub(super) struct Section {
    file: Option<Arc<MappedFile>>,
    range: Range<usize>,
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section").field("range", &self.range).finish_non_exhaustive()
    }
}

impl Section {
    /// `None` where the file is shorter.
    pub(super) fn of(file: &Arc<MappedFile>, range: Range<usize>) -> Option<Self> {
        file.payload().get(range.clone())?;
        Some(Self { file: Some(Arc::clone(file)), range })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        let file = self.file.as_ref().and_then(|file| file.payload().get(self.range.clone()));
        file.unwrap_or_default()
    }
}
