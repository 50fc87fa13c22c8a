//! Places in lists, one type per kind of list.

/// Declares a type per kind of list, so that a place in one list is never taken for a place in another.
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            /// Its place in the list that it indexes.
            pub fn index(self) -> usize { self.0 as usize }
        }
    )* };
}
