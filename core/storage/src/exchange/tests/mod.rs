mod bundles;
mod limits;
mod records;
mod summaries;
