//! Log-ins of officers on the web.

use super::{Service, ServiceError, ServiceResult};
use crate::protocol::signing::sha256;
use crate::server::store::OfficerRow;
use crate::system::random_array;
use argon2::Argon2;
use argon2::password_hash::{PasswordVerifier, phc::PasswordHash};
use data_encoding::BASE32_NOPAD;

const IDLE_MS: i64 = 30 * 60 * 1_000;
const LONGEST_MS: i64 = 12 * 60 * 60 * 1_000;

/// The secret of a log-in: 256 random bits, kept by the browser only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginSecret(pub String);

/// An officer who is logged in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub officer: OfficerRow,
}

impl Service {
    /// Checks a password; unknown names take as long as wrong passwords.
    ///
    /// # Errors
    /// When the store fails. A wrong name or password is `None`.
    pub async fn log_in(&self, login: &str, password: String) -> ServiceResult<Option<LoginSecret>> {
        let officer = self.store.officer_by_login(&login.trim().to_lowercase()).await?;
        let hash = officer.as_ref().map(|officer| officer.password_hash.clone());
        let _turn = self.password_turns.acquire().await.map_err(internal)?;
        let check = tokio::task::spawn_blocking(move || match hash {
            Some(hash) => is_password(&hash, &password),
            None => super::office::hash(&password).is_err(),
        });
        if !check.await.map_err(internal)? {
            return Ok(None);
        }
        let Some(officer) = officer else { return Ok(None) };
        let secret = LoginSecret(BASE32_NOPAD.encode(&random_array::<32>(&self.random)));
        self.store.add_login(secret.hash(), &officer, self.now_ms()).await?;
        Ok(Some(secret))
    }

    /// Who is logged in with this secret; half an hour without use or twelve hours end it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn signed_in(&self, secret: &LoginSecret) -> ServiceResult<Option<SignedIn>> {
        let now_ms = self.now_ms();
        let officer = self.store.use_login(secret.hash(), now_ms, now_ms - IDLE_MS, now_ms - LONGEST_MS).await?;
        Ok(officer.map(|officer| SignedIn { officer }))
    }

    /// Ends a log-in.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn log_out(&self, secret: &LoginSecret) -> ServiceResult<()> {
        Ok(self.store.end_login(secret.hash()).await?)
    }
}

impl LoginSecret {
    fn hash(&self) -> [u8; 32] {
        sha256(self.0.as_bytes())
    }
}

fn is_password(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

fn internal(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::Internal(error.to_string())
}
