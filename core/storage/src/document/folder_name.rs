//! What a folder may be called.

/// Whether a folder may have this name: it can stand in a path.
pub(crate) fn is_folder_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains('/')
}
