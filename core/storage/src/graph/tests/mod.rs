//! Tests of the event graph, its bytes and its merges: pictures of the rules, random histories against a slow oracle, recorded
//! ones, and hostile ones.

mod forgetting;
mod histories;
mod hostile;
mod identity;
mod logs;
mod oracle;
mod overlaps;
mod pictures;
mod random;
mod replica;
mod traces;
mod undo;
