//! Folders: nested, ordered by hand, found by path.

use rusqlite::Connection;
use writemagic_shared::id::FolderId;

use crate::Library;
use crate::error::Result;
use crate::library::WriteContext;

/// A folder. A folder at the top is a project.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Folder {
    /// Its name for ever.
    pub id: FolderId,
    /// Its `/`-separated path from the top.
    pub path: String,
    /// The last part of the path.
    pub name: String,
    /// 1 at the top.
    pub depth: u32,
    /// Documents directly inside, trashed ones left out.
    pub documents: u64,
}

/// Where a folder goes among its siblings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FolderPosition {
    /// Before all siblings.
    First,
    /// Behind all siblings.
    Last,
    /// Just before the sibling of this name.
    Before(String),
    /// Just behind the sibling of this name.
    After(String),
}

/// The row number of a path; `None` if there is no such folder. "" is 0, the top.
pub(crate) fn find_folder(_sql: &Connection, _path: &str) -> Result<Option<i64>> {
    todo!()
}

/// The row number of a path, created with its parents where missing.
pub(crate) fn ensure_folder(_sql: &Connection, _context: &mut WriteContext, _path: &str) -> Result<i64> {
    todo!()
}

/// The path of a folder's row number; "" for 0.
pub(crate) fn folder_path(_sql: &Connection, _folder: i64) -> Result<String> {
    todo!()
}

/// The row numbers of a folder and all folders below it, itself first.
pub(crate) fn subtree(_sql: &Connection, _folder: i64) -> Result<Vec<i64>> {
    todo!()
}

/// Every method touches the disk; every change is durable when it returns.
impl Library {
    /// All folders, parents before children, siblings in their order.
    pub fn folders(&self) -> Result<Vec<Folder>> {
        todo!()
    }

    /// Creates a folder and the parents that its path names. `folder_exists` if it is there.
    pub fn create_folder(&self, _path: &str) -> Result<Folder> {
        todo!()
    }

    /// Gives a folder another name in the same place.
    pub fn rename_folder(&self, _path: &str, _name: &str) -> Result<Folder> {
        todo!()
    }

    /// Moves a folder with all it holds below another ("" = the top), behind its new siblings.
    pub fn move_folder(&self, _path: &str, _parent: &str) -> Result<Folder> {
        todo!()
    }

    /// Places a folder among its siblings.
    pub fn order_folder(&self, _path: &str, _position: FolderPosition) -> Result<Folder> {
        todo!()
    }

    /// Deletes an empty folder. `folder_not_empty` names what it still holds, trashed documents included.
    pub fn delete_folder(&self, _path: &str) -> Result<()> {
        todo!()
    }
}
