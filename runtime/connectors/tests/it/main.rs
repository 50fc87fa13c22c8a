//! The connectors, from the outside.

mod columnar_files;
mod common;
mod damage;
mod parquet_pages;
mod recordings;
mod text_files;
mod writers;
