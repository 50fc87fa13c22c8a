//! twin-driver.
