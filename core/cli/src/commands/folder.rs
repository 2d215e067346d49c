//! `folder`: nested, ordered by hand, named by their path.

use clap::{Args, Subcommand};
use serde::Serialize;
use writemagic::FolderPosition;

use crate::context::Context;
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Column, Page, escaped, grouped};
use crate::view::FolderView;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  writemagic folder create Novel/Draft\n  \
    writemagic folder order Novel/Draft --first\n  writemagic folder list")]
pub(crate) struct Folder {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List all folders, parents before children
    List,
    /// Create a folder, and the parents that its path names
    Create {
        /// The path, names separated by "/"
        path: String,
    },
    /// Give a folder another name in the same place
    Rename {
        /// The folder's path
        path: String,
        /// The new name, without "/"
        name: String,
    },
    /// Move a folder, with all it holds, into another
    Move {
        /// The folder's path
        path: String,
        /// The path of the folder that takes it in; "" is the top
        parent: String,
    },
    /// Place a folder among its siblings
    Order {
        /// The folder's path
        path: String,
        #[command(flatten)]
        place: Place,
    },
    /// Delete an empty folder
    Delete {
        /// The folder's path
        path: String,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Place {
    /// Before all siblings
    #[arg(long)]
    first: bool,
    /// Behind all siblings
    #[arg(long)]
    last: bool,
    /// Just before the sibling of this name
    #[arg(long, value_name = "NAME")]
    before: Option<String>,
    /// Just behind the sibling of this name
    #[arg(long, value_name = "NAME")]
    after: Option<String>,
}

impl From<Place> for FolderPosition {
    fn from(place: Place) -> Self {
        match place {
            Place { before: Some(name), .. } => FolderPosition::Before(name),
            Place { after: Some(name), .. } => FolderPosition::After(name),
            Place { first: true, .. } => FolderPosition::First,
            Place { .. } => FolderPosition::Last,
        }
    }
}

impl Folder {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        match self.action {
            Action::List => {
                let folders = context.read()?.folders()?;
                context.output.answer(&Folders { folders: folders.iter().map(FolderView::from).collect() })
            }
            Action::Create { path } => {
                changed(context, "created", &context.write_or_create()?.create_folder(&path)?)
            }
            Action::Rename { path, name } => {
                changed(context, "renamed to", &context.write()?.rename_folder(&path, &name)?)
            }
            Action::Move { path, parent } => {
                changed(context, "moved to", &context.write()?.move_folder(&path, &parent)?)
            }
            Action::Order { path, place } => {
                changed(context, "ordered", &context.write()?.order_folder(&path, place.into())?)
            }
            Action::Delete { path } => {
                context.write()?.delete_folder(&path)?;
                context.output.answer(&Deleted { deleted: &path })
            }
        }
    }
}

fn changed(context: &Context, done: &'static str, folder: &writemagic::Folder) -> CliResult<()> {
    context.output.answer(&ChangedFolder { folder: folder.into(), done })
}

#[derive(Serialize)]
struct Folders<'a> {
    folders: Vec<FolderView<'a>>,
}

impl Answer for Folders<'_> {
    fn render(&self, page: &mut Page) {
        if page.for_terminal() && self.folders.is_empty() {
            return page.line("There are no folders: `writemagic folder create PATH` makes one.");
        }
        let terminal = page.for_terminal();
        let rows = self.folders.iter().map(|folder| {
            let indent = "  ".repeat(folder.depth.saturating_sub(1) as usize);
            let name = if terminal { indent + &escaped(folder.name) } else { escaped(folder.path) };
            vec![name, grouped(folder.documents)]
        });
        page.table(&[("folder", Column::Text), ("documents", Column::Number)], rows);
    }
}

#[derive(Serialize)]
struct ChangedFolder<'a> {
    folder: FolderView<'a>,
    #[serde(skip)]
    done: &'static str,
}

impl Answer for ChangedFolder<'_> {
    fn render(&self, page: &mut Page) {
        let path = escaped(self.folder.path);
        page.line(if page.for_terminal() { format!("{} {}", self.done, page.bold(&path)) } else { path });
    }
}

#[derive(Serialize)]
struct Deleted<'a> {
    deleted: &'a str,
}

impl Answer for Deleted<'_> {
    fn render(&self, page: &mut Page) {
        let path = escaped(self.deleted);
        page.line(if page.for_terminal() { format!("deleted {}", page.bold(&path)) } else { path });
    }
}
