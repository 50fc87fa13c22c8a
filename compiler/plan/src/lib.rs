//! twin-plan.
