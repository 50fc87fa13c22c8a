//! The kernel that is easy to believe.
