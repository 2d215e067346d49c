mod bundles;
mod devices;
mod limits;
mod records;
mod shelves;
mod summaries;
