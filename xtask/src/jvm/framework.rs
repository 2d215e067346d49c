//! What the Kotlin API needs of Android's own classes: its tests, on a JVM with Android's framework in it (Robolectric), and its
//! classes as apps get them.
//!
//! Apart from the other tests of the Kotlin API: the first run fetches some 250 MB.

use anyhow::{Result, bail};

use super::maven::Project;
use super::{build_library, missing_tool, published, test};

const NAME: &str = "Android framework tests";
/// Maven's name for what only these tests need.
const PROFILE: &str = "robolectric";

/// Runs everything. With `write_api` the public API is written down and not compared.
pub(crate) fn tests(write_api: bool) -> Result<()> {
    if let Some(tool) = missing_tool() {
        bail!("{NAME}: {tool} cannot be run");
    }
    build_library()?;
    let framework = Project::new(NAME, "framework")?.with_profile(PROFILE);
    test(&framework)?;
    published::check_framework(&framework, write_api)
}
