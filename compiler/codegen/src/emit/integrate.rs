//! Integration.

use super::Emit;
use twin_plan::IntegrationId;

impl Emit<'_, '_> {
    pub(crate) fn integrate(&mut self, _id: IntegrationId) {}
}
