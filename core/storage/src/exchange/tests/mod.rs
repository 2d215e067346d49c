mod bundles;
mod limits;
mod records;
