//! What both kernels share: windows, ticks, integration, flight recorders, storage on the heap.
//!
//! Everything here works on plain words: rows, blocks of the heap, accumulators. It knows the plan and nothing of how
//! expressions are evaluated; where it needs a value it is given one or is handed something to call. So the evaluator
//! and native code say the same to the last bit, because it is the same code.
//!
//! | for | call |
//! | --- | --- |
//! | what comes before an event | [`ticks::may_be_due`], [`ticks::advance`], [`ticks::begin_event`] |
//! | the end of a step | [`resets::run`] |
//! | windows | [`windows::add`] or [`trailing::pass`] and [`trailing::feed`]; [`windows::read`], [`windows::clear`] |
//! | blocks with `der` | [`integration::begin`], [`solve::integrate`], [`integration::end`] |
//! | `lag`, flight recorders | [`lags::take`], [`captures`] |
//! | texts and records | [`text::Texts`], [`text::store`], [`outputs::write`] |

pub mod accumulators;
pub mod calendar;
pub mod captures;
mod few;
pub mod heap;
pub mod integration;
pub mod lags;
pub mod outputs;
pub mod panes;
pub mod resets;
pub mod running;
pub mod solve;
pub mod text;
pub mod ticks;
pub mod trailing;
pub mod windows;
