//! How documents and folders look in answers.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use writemagic::text::TextStats;
use writemagic::{Document, DocumentKind, Folder, FolderId, Timestamp};

use crate::output::Answer;
use crate::page::{Page, escaped};

/// The object `document` of the command-line contract.
#[derive(Debug, Serialize)]
pub(crate) struct DocumentView<'a> {
    pub(crate) id: writemagic::DocumentId,
    pub(crate) title: &'a str,
    kind: DocumentKind,
    pub(crate) folder: &'a str,
    created: Timestamp,
    pub(crate) modified: Timestamp,
    trashed: bool,
    pub(crate) stats: TextStats,
}

impl<'a> From<&'a Document> for DocumentView<'a> {
    fn from(document: &'a Document) -> Self {
        Self {
            id: document.id,
            title: &document.title,
            kind: document.kind,
            folder: &document.folder,
            created: document.created,
            modified: document.modified,
            trashed: document.trashed,
            stats: document.stats,
        }
    }
}

/// The object `folder` of answers.
#[derive(Debug, Serialize)]
pub(crate) struct FolderView<'a> {
    id: FolderId,
    pub(crate) path: &'a str,
    pub(crate) name: &'a str,
    pub(crate) depth: u32,
    pub(crate) documents: u64,
}

impl<'a> From<&'a Folder> for FolderView<'a> {
    fn from(folder: &'a Folder) -> Self {
        let Folder { id, path, name, depth, documents, .. } = folder;
        Self { id: *id, path, name, depth: *depth, documents: *documents }
    }
}

/// The answer of commands that change one document: `{"document":…}` and what else they set.
#[derive(Debug)]
pub(crate) struct Changed<'a, Extra = ()> {
    /// What was done, in the past tense, for people.
    pub(crate) done: &'static str,
    pub(crate) document: &'a Document,
    /// The name and value of what the object `document` does not hold.
    pub(crate) extra: Option<(&'static str, Extra)>,
}

impl<'a> Changed<'a> {
    pub(crate) fn new(done: &'static str, document: &'a Document) -> Self {
        Self { done, document, extra: None }
    }
}

impl<Extra: Serialize> Serialize for Changed<'_, Extra> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut answer = serializer.serialize_struct("Changed", 1 + usize::from(self.extra.is_some()))?;
        answer.serialize_field("document", &DocumentView::from(self.document))?;
        if let Some((name, value)) = &self.extra {
            answer.serialize_field(name, value)?;
        }
        answer.end()
    }
}

/// A sentence on a terminal; the id alone for scripts, which want to name the document next.
impl<Extra: Serialize> Answer for Changed<'_, Extra> {
    fn render(&self, page: &mut Page) {
        let id = self.document.id.to_string();
        if !page.for_terminal() {
            return page.line(id);
        }
        let title = page.bold(&escaped(&self.document.title));
        let place = match self.document.folder.as_str() {
            "" => String::new(),
            folder => format!(" in {}", escaped(folder)),
        };
        let id = page.dim(&id);
        page.line(format!("{} {title}{place}  {id}", self.done));
    }
}
