//! twin-ide.
