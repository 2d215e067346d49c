//! What two libraries tell each other, and how what both have written becomes one. Pure: no database, no files.
//!
//! | part | what it is |
//! | --- | --- |
//! | `field` | a value with a clock: of two the newer one stays |

mod field;
