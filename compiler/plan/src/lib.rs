//! The plan: what one twin does in one step, as operators over words, and where each word lives.
//!
//! It is the meeting point of compiler and runtime. Above it nothing knows how a
//! program runs; below it nothing knows how a program was written. Every value is
//! one [`Word`](twin_types::Word); arrays and records have been laid out flat. A
//! twin's state is one **row** of words ([`Layout`]); whatever has no fixed size
//! hangs on the row by a handle into the runtime's heap.
//!
//! Two kernels carry a plan out: an evaluator that is easy to believe and native
//! code. Both see the same rows, the same columns and the same output buffer
//! ([`kernel`]), so that one may go on where the other stopped.

pub mod expr;
pub mod few;
pub mod kernel;
pub mod layout;
pub mod message;
pub mod needs;
pub mod ops;
pub mod print;
pub mod source;
pub mod twin;
pub mod verify;

pub use expr::{Compare, ExprId, Exprs, FaultId, Node, NodeKind, Prim};
pub use few::Few;
pub use layout::{Layout, Slot, SlotKind};
pub use message::{MessagePiece, Shown};
pub use needs::{Bound, Range, needs};
pub use ops::*;
pub use source::*;
pub use twin::*;
