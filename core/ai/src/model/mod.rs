//! What a model is asked, what it reports, and what the engine knows of it.

mod locality;
mod price;
mod request;
mod usage;

pub use locality::Locality;
pub use price::{Microdollars, Prices};
pub use request::{Message, Request, Role};
pub use usage::Usage;
