//! The receipt of a rating: whether the answer with this code is included, and nothing else.

use super::{Service, ServiceResult};
use crate::domain::ledger::ReceiptCode;

impl Service {
    /// Whether the answer with this code is a leaf of an office's ledger.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_included(&self, receipt: ReceiptCode) -> ServiceResult<bool> {
        for row in self.store.offices().await? {
            if self.store.is_included(row.office.id, receipt).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
