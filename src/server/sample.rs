//! The sample office, for the demonstration and for tests.

use super::service::{NewOfficerInput, Service, ServiceError, ServiceResult};
use crate::domain::ids::{CounterId, OfficeId, OfficerId};
use crate::domain::opening_hours::OpeningHours;
use crate::domain::release::ReleaseSchedule;
use serde::Deserialize;

const OFFICE: &str = include_str!("../../kiosk-config/sample-office/office.toml");
const KIOSK_SETTINGS: &str = include_str!("../../kiosk-config/sample-office/kiosk.toml");

const PORTRAITS: [(&str, &str); 4] = [
    ("rani", include_str!("../../kiosk-config/sample-office/portraits/rani.svg")),
    ("dedi", include_str!("../../kiosk-config/sample-office/portraits/dedi.svg")),
    ("yulia", include_str!("../../kiosk-config/sample-office/portraits/yulia.svg")),
    ("fauzan", include_str!("../../kiosk-config/sample-office/portraits/fauzan.svg")),
];

/// A sample office that was created.
#[derive(Clone, Debug)]
pub struct SampleOffice {
    /// Its id.
    pub office: OfficeId,
    /// Its counters.
    pub counters: Vec<CounterId>,
    /// Its officers, with what lets them in.
    pub officers: Vec<SampleOfficer>,
}

/// One of its officers.
#[derive(Clone, Debug)]
pub struct SampleOfficer {
    /// Id in the office.
    pub id: OfficerId,
    /// Display name.
    pub name: String,
    /// Name for the web.
    pub login: String,
    /// PIN for the kiosk.
    pub pin: String,
    /// Password for the web.
    pub password: String,
}

#[derive(Debug, Deserialize)]
struct OfficeFile {
    name: String,
    zone: String,
    releases: String,
    /// Left out where the office may be tried out at any hour.
    hours: Option<String>,
    counters: Vec<String>,
    services: Vec<ServiceEntry>,
    officers: Vec<OfficerEntry>,
}

#[derive(Debug, Deserialize)]
struct ServiceEntry {
    code: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct OfficerEntry {
    name: String,
    login: String,
    pin: String,
    password: String,
}

/// Creates the sample office, or finds it where it was created before.
///
/// # Errors
/// When the store fails.
pub async fn create(service: &Service) -> ServiceResult<SampleOffice> {
    let file: OfficeFile = toml::from_str(OFFICE).map_err(|error| ServiceError::Internal(error.to_string()))?;
    let offices = service.store().offices().await?;
    match offices.iter().find(|row| row.office.name == file.name) {
        Some(row) => found(service, row.office.id, file).await,
        None => fresh(service, file).await,
    }
}

async fn fresh(service: &Service, file: OfficeFile) -> ServiceResult<SampleOffice> {
    let releases: ReleaseSchedule =
        file.releases.parse().map_err(|error| ServiceError::Internal(format!("{error}")))?;
    let hours = file.hours.as_deref().map(str::parse::<OpeningHours>).transpose();
    let hours = hours.map_err(|error| ServiceError::Internal(error.to_string()))?;
    let office = service.add_office(&file.name, &file.zone, &releases).await?;
    service.set_hours(office, hours).await?;
    service.set_kiosk_settings(office, "the sample office's kiosk.toml", KIOSK_SETTINGS).await?;
    let mut counters = Vec::new();
    for name in &file.counters {
        counters.push(service.add_counter(office, name).await?);
    }
    for entry in &file.services {
        service.add_service(office, &entry.code, &entry.name).await?;
    }
    let mut officers = Vec::new();
    for entry in file.officers {
        let portrait_svg = PORTRAITS.iter().find(|(login, _)| *login == entry.login).map_or("<svg/>", |(_, svg)| svg);
        let input = NewOfficerInput {
            name: entry.name.clone(),
            login: entry.login.clone(),
            pin: entry.pin.clone(),
            password: entry.password.clone(),
            portrait_svg: portrait_svg.to_owned(),
        };
        officers.push(sample_officer(service.add_officer(office, input).await?, entry));
    }
    Ok(SampleOffice { office, counters, officers })
}

async fn found(service: &Service, office: OfficeId, file: OfficeFile) -> ServiceResult<SampleOffice> {
    let counters = service.store().counters(office).await?.into_iter().map(|counter| counter.id).collect();
    let rows = service.store().officers(office).await?;
    let officers = file.officers.into_iter().filter_map(|entry| {
        let row = rows.iter().find(|row| row.officer.name == entry.name)?;
        Some(sample_officer(row.officer.id, entry))
    });
    Ok(SampleOffice { office, counters, officers: officers.collect() })
}

fn sample_officer(id: OfficerId, entry: OfficerEntry) -> SampleOfficer {
    let OfficerEntry { name, login, pin, password } = entry;
    SampleOfficer { id, name, login, pin, password }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_office_may_be_tried_at_night_and_its_example_of_hours_can_be_used() {
        assert_eq!(toml::from_str::<OfficeFile>(OFFICE).unwrap().hours, None);
        let with_hours: OfficeFile = toml::from_str(&OFFICE.replace("# hours", "hours")).unwrap();
        assert!(with_hours.hours.unwrap().parse::<OpeningHours>().is_ok());
    }
}
