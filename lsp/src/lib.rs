//! twin-lsp.
