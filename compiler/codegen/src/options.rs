//! How code is to be made.

/// How choices are carried out that could be branches or selects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choices {
    /// Selects within expressions, branches between statements.
    #[default]
    Auto,
    /// Selects wherever it is possible: the same time whatever is chosen. For few rules over many twins, whose
    /// outcomes no predictor can learn.
    Selects,
    /// Branches wherever it is possible: for many rules over few twins.
    Branches,
}

/// Options of a compilation.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Branches or selects.
    pub choices: Choices,
    /// Whether Cranelift's verifier looks over each function.
    pub verify: bool,
    /// Whether to keep the text of each function: its CLIF and its machine code.
    pub keep_listings: bool,
    /// How many entries are carried out while the rows of the next ones are fetched into the cache. 0: they are not.
    pub fetch_ahead: u32,
    /// Most nodes and statements in one function: beyond some thousand the register allocator takes more than
    /// linear time.
    pub function_weight_max: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            choices: Choices::Auto,
            verify: cfg!(debug_assertions),
            keep_listings: false,
            fetch_ahead: 16,
            function_weight_max: 1_500,
        }
    }
}
