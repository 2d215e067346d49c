//! Folders.

use writemagic_boundary::Failure;

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;

pub(crate) const PART: Part =
    Part { name: "folders", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

records! {
    out writemagic::Folder as Folder {
        id: writemagic::FolderId,
        path: String,
        name: String,
        depth: u32,
        documents: u64,
    }
}

choices! {
    in writemagic::FolderPosition as FolderPosition {
        0 First,
        1 Last,
        2 Before(name: String),
        3 After(name: String),
    }
}

operations! {
    Library in LIBRARIES {
        call folders(library) -> Vec<writemagic::Folder> { library.folders() }
        call create_folder(library, path: String) -> writemagic::Folder { library.create_folder(&path) }
        call rename_folder(library, path: String, name: String) -> writemagic::Folder {
            library.rename_folder(&path, &name)
        }
        call move_folder(library, path: String, parent: String) -> writemagic::Folder {
            library.move_folder(&path, &parent)
        }
        call order_folder(library, path: String, position: writemagic::FolderPosition) -> writemagic::Folder {
            library.order_folder(&path, position)
        }
        call delete_folder(library, path: String) -> () { library.delete_folder(&path).map_err(Failure::from) }
    }
}
