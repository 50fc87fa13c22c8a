//! The server alone, for the tests that start real editors: `twin lsp` without the rest of `twin`, which would
//! have to be linked first.

fn main() -> Result<(), twin_lsp::Failure> {
    twin_lsp::run()
}
