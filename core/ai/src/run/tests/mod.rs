mod holding;
mod kept;
mod properties;
mod rig;
mod scenarios;
mod streams;
