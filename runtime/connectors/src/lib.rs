//! Where records come from and go to.

mod decode;
mod time;
