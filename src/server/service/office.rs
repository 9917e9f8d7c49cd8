//! Setting up an office: names checked, secrets hashed.

use super::{Service, ServiceError, ServiceResult};
use crate::domain::ids::{CounterId, OfficeId, OfficerId, ServiceId};
use crate::domain::opening_hours::OpeningHours;
use crate::domain::release::ReleaseSchedule;
use crate::server::store::NewOfficer;
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use jiff::tz::TimeZone;

const LONGEST_NAME: usize = 100;
const SHORTEST_PASSWORD: usize = 8;
const PIN_DIGITS: usize = 6;

/// What cannot be accepted, and how it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadInput {
    /// Empty or endless.
    #[error("the {what} needs 1 to {LONGEST_NAME} characters")]
    Name {
        /// What was to be named.
        what: &'static str,
    },
    /// Not six digits.
    #[error("a PIN has exactly {PIN_DIGITS} digits")]
    Pin,
    /// Too short.
    #[error("a password needs at least {SHORTEST_PASSWORD} characters")]
    Password,
    /// Not an IANA zone.
    #[error("`{0}` is no time zone: write Asia/Jakarta, Asia/Makassar or Asia/Jayapura")]
    Zone(String),
    /// Not an SVG text.
    #[error("a portrait is a drawn SVG file of at most 64 KiB")]
    Portrait,
}

/// A new officer as typed.
#[derive(Clone, Debug)]
pub struct NewOfficerInput {
    /// Display name.
    pub name: String,
    /// Name for the web log-in.
    pub login: String,
    /// Six digits.
    pub pin: String,
    /// At least eight characters.
    pub password: String,
    /// SVG text.
    pub portrait_svg: String,
}

impl Service {
    /// Creates an office.
    ///
    /// # Errors
    /// When name or zone cannot be accepted, or the name is taken.
    pub async fn add_office(&self, name: &str, zone: &str, releases: &ReleaseSchedule) -> ServiceResult<OfficeId> {
        let name = named("name of the office", name)?;
        TimeZone::get(zone).map_err(|_unknown| BadInput::Zone(zone.to_owned()))?;
        Ok(self.store.add_office(name, zone, releases).await?)
    }

    /// Keeps when an office is open, for the next look at its ratings; flags that were raised before stay.
    ///
    /// # Errors
    /// When there is no such office.
    pub async fn set_hours(&self, office: OfficeId, hours: Option<OpeningHours>) -> ServiceResult<()> {
        Ok(self.store.set_hours(office, hours).await?)
    }

    /// Creates a counter.
    ///
    /// # Errors
    /// When the name cannot be accepted or is taken, or there is no such office.
    pub async fn add_counter(&self, office: OfficeId, name: &str) -> ServiceResult<CounterId> {
        Ok(self.store.add_counter(office, named("name of the counter", name)?).await?)
    }

    /// Creates a service.
    ///
    /// # Errors
    /// When a name cannot be accepted or the code is taken, or there is no such office.
    pub async fn add_service(&self, office: OfficeId, code: &str, name: &str) -> ServiceResult<ServiceId> {
        let (code, name) = (named("code of the service", code)?, named("name of the service", name)?);
        Ok(self.store.add_service(office, code, name).await?)
    }

    /// Creates an officer; PIN and password are kept as hashes only.
    ///
    /// # Errors
    /// When something cannot be accepted, the log-in name is taken, or there is no such office.
    pub async fn add_officer(&self, office: OfficeId, input: NewOfficerInput) -> ServiceResult<OfficerId> {
        check_officer(&input)?;
        let (pin, password) = (input.pin, input.password);
        let hashes = tokio::task::spawn_blocking(move || Ok::<_, ServiceError>((hash(&pin)?, hash(&password)?)));
        let (pin_hash, password_hash) = hashes.await.map_err(|error| ServiceError::Internal(error.to_string()))??;
        let new = NewOfficer {
            name: input.name.trim().to_owned(),
            login: input.login.trim().to_lowercase(),
            pin_hash,
            password_hash,
            portrait_svg: input.portrait_svg,
        };
        Ok(self.store.add_officer(office, &new).await?)
    }
}

fn named<'a>(what: &'static str, text: &'a str) -> Result<&'a str, BadInput> {
    let text = text.trim();
    if (1..=LONGEST_NAME).contains(&text.chars().count()) { Ok(text) } else { Err(BadInput::Name { what }) }
}

fn check_officer(input: &NewOfficerInput) -> Result<(), BadInput> {
    named("name of the officer", &input.name)?;
    named("log-in name", &input.login)?;
    if input.pin.len() != PIN_DIGITS || !input.pin.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(BadInput::Pin);
    }
    if input.password.chars().count() < SHORTEST_PASSWORD {
        return Err(BadInput::Password);
    }
    if !input.portrait_svg.contains("<svg") || input.portrait_svg.len() > 64 * 1024 {
        return Err(BadInput::Portrait);
    }
    Ok(())
}

pub(super) fn hash(secret: &str) -> ServiceResult<String> {
    let hash = Argon2::default().hash_password(secret.as_bytes());
    Ok(hash.map_err(|error| ServiceError::Internal(error.to_string()))?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> NewOfficerInput {
        let text = |text: &str| text.to_owned();
        NewOfficerInput {
            name: text("Rani"),
            login: text("rani"),
            pin: text("482913"),
            password: text("sawahlunto"),
            portrait_svg: text("<svg/>"),
        }
    }

    #[test]
    fn what_cannot_be_accepted_is_named() {
        assert_eq!(check_officer(&input()), Ok(()));
        for pin in ["12345", "1234567", "12345a", "", "١٢٣"] {
            assert_eq!(check_officer(&NewOfficerInput { pin: pin.to_owned(), ..input() }), Err(BadInput::Pin), "{pin}");
        }
        let short = NewOfficerInput { password: "short".to_owned(), ..input() };
        assert_eq!(check_officer(&short), Err(BadInput::Password));
        let nameless = NewOfficerInput { name: "  ".to_owned(), ..input() };
        assert!(matches!(check_officer(&nameless), Err(BadInput::Name { .. })));
        let photo = NewOfficerInput { portrait_svg: "JFIF".to_owned(), ..input() };
        assert_eq!(check_officer(&photo), Err(BadInput::Portrait));
    }
}
