//! What the operating system tells an app about its life, in the words of the engine.

/// A turn in an app's life. Android's and Apple's names for it differ; the platform layers translate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lifecycle {
    /// The app goes to the background and may be frozen or killed without another word: transactions end, heads are
    /// written, locks are released, files are closed.
    Suspend,
    /// The app is back: files are opened again, and what was typed meanwhile is saved.
    Resume,
    /// Memory is short: pools and caches shrink to what is in use.
    MemoryWarning,
}
