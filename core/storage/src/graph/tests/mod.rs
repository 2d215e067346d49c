//! Tests of the event graph and its merges: pictures of the rules, random histories against a slow oracle, recorded
//! ones, and hostile ones.

mod hostile;
mod logs;
mod oracle;
mod pictures;
mod random;
mod replica;
mod traces;
