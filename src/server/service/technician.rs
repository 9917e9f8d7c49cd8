//! Codes for technicians who stand before a kiosk.

use super::{Service, ServiceResult};
use crate::domain::ids::{DeviceId, OfficeId};
use crate::domain::unlock::{Challenge, UnlockCode};
use crate::protocol::technician::technician_key;

impl Service {
    /// The code that answers the challenge on a kiosk's screen; `None` if the office has no such kiosk.
    /// A revoked one has its code, too: somebody may have to look at it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn unlock_code(
        &self,
        office: OfficeId,
        device: DeviceId,
        challenge: Challenge,
    ) -> ServiceResult<Option<UnlockCode>> {
        let Some(row) = self.store.device(device).await?.filter(|row| row.office == office) else { return Ok(None) };
        let key = technician_key(self.signing_key().await?, &row.key);
        Ok(Some(key.code(row.device, row.epoch, challenge)))
    }
}
