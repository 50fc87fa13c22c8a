//! From bytes and foreign columns to words.

mod number;
