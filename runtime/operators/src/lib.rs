//! What both kernels share.
