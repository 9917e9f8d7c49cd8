//! `suara-loket admin`: sets up an office on the server's own machine.

use super::config::{ConfigCommand, check, configure};
use super::device::{DeviceCommand, devices};
use super::paper::{SkmCommand, survey, template};
use super::review::{ReviewCommand, review};
use super::server::open_service;
use super::{environment, print};
use crate::domain::ids::{CounterId, OfficeId};
use crate::domain::opening_hours::OpeningHours;
use crate::domain::release::ReleaseSchedule;
use crate::layers;
use crate::server::service::{NewOfficerInput, Service, ServiceError};
use crate::server::settings::{DEFAULTS, ServerSettings};
use crate::server::store::StoreError;
use crate::system::{random_array, system_random};
use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use data_encoding::BASE32_NOPAD;
use std::path::{Path, PathBuf};

/// Shown for officers without a drawing of their own.
const PLAIN_PORTRAIT: &str = include_str!("../../ui/images/officer.svg");

/// Creates and lists what an office consists of.
#[derive(Debug, Args)]
pub struct Admin {
    /// Folder of the server's database
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    /// Number of the office; not needed while there is only one
    #[arg(long, value_name = "ID", global = true)]
    office: Option<u32>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Offices
    #[command(subcommand)]
    Office(OfficeCommand),
    /// Counters of an office
    #[command(subcommand)]
    Counter(CounterCommand),
    /// Services of an office
    #[command(subcommand)]
    Service(ServiceCommand),
    /// Officers of an office
    #[command(subcommand)]
    Officer(OfficerCommand),
    /// Kiosks of an office
    #[command(subcommand)]
    Device(DeviceCommand),
    /// What the office decides for its kiosks
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Ratings that may not come from residents
    #[command(subcommand)]
    Review(ReviewCommand),
    /// The survey that the law asks for (SKM): paper forms, and the report of a period
    #[command(subcommand)]
    Skm(SkmCommand),
    /// Prints one-time codes for new kiosks
    Enrol {
        /// Number of the counter the kiosk will stand on
        #[arg(long, value_name = "ID")]
        counter: u32,
        /// How many codes
        #[arg(long, default_value_t = 1)]
        count: u32,
    },
}

#[derive(Debug, Subcommand)]
enum OfficeCommand {
    /// Creates an office
    Add {
        #[arg(long)]
        name: String,
        /// IANA time zone: Asia/Jakarta, Asia/Makassar or Asia/Jayapura
        #[arg(long, default_value = "Asia/Jakarta")]
        zone: String,
        /// When officers' views may change: times of the day
        #[arg(long, default_value = "12:00 15:30")]
        releases: ReleaseSchedule,
        /// When it is open, such as "mon-thu 08:00-15:30, fri 08:00-16:00": ratings given at other times are
        /// listed for review
        #[arg(long)]
        hours: Option<OpeningHours>,
    },
    /// Changes an office
    #[command(group = clap::ArgGroup::new("change").required(true))]
    Set {
        /// When it is open, such as "mon-thu 08:00-15:30, fri 08:00-16:00"
        #[arg(long, group = "change")]
        hours: Option<OpeningHours>,
        /// Forgets its hours: no rating is taken for one of the night any more
        #[arg(long, group = "change")]
        no_hours: bool,
    },
    /// Lists offices
    List,
}

#[derive(Debug, Subcommand)]
enum CounterCommand {
    /// Creates a counter
    Add {
        #[arg(long)]
        name: String,
    },
    /// Lists counters
    List,
}

#[derive(Debug, Subcommand)]
enum ServiceCommand {
    /// Creates a service
    Add {
        /// Stable code, such as ktp_el
        #[arg(long)]
        code: String,
        #[arg(long)]
        name: String,
    },
    /// Lists services
    List,
}

#[derive(Debug, Subcommand)]
enum OfficerCommand {
    /// Creates an officer; a PIN and a password are made and printed once unless given as files
    Add {
        /// Name as residents see it
        #[arg(long)]
        name: String,
        /// Name for the web log-in
        #[arg(long)]
        login: String,
        /// File with the six digits of the PIN
        #[arg(long, value_name = "FILE")]
        pin_file: Option<PathBuf>,
        /// File with the password
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        /// Drawn portrait, an SVG file
        #[arg(long, value_name = "FILE")]
        portrait: Option<PathBuf>,
    },
    /// Lists officers
    List,
}

impl Admin {
    /// Carries out one command.
    ///
    /// # Errors
    /// When the data cannot be used or what was asked for cannot be accepted.
    pub fn run(self) -> anyhow::Result<()> {
        // Whoever writes a file need not sit at the server.
        if let What::Config(ConfigCommand::Check { file }) = &self.what {
            return check(file);
        }
        if let What::Skm(SkmCommand::Template { to }) = &self.what {
            return template(to);
        }
        let loaded = layers::load::<ServerSettings>(DEFAULTS, None, &environment())?;
        let data = self.data.clone().unwrap_or(loaded.settings.server.data);
        let service = open_service(&data, String::new())?;
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.carry_out(&service))
    }

    async fn carry_out(self, service: &Service) -> anyhow::Result<()> {
        if let What::Office(command) = self.what {
            return offices(service, self.office, command).await;
        }
        let office = which_office(service, self.office).await?;
        match self.what {
            What::Office(_) => Ok(()),
            What::Counter(command) => counters(service, office, command).await,
            What::Service(command) => services(service, office, command).await,
            What::Officer(command) => officers(service, office, command).await,
            What::Config(command) => configure(service, office, command).await,
            What::Review(command) => review(service, office, command).await,
            What::Skm(command) => survey(service, office, command).await,
            What::Device(command) => devices(service, office, command).await,
            What::Enrol { counter, count } => enrol(service, office, counter, count).await,
        }
    }
}

async fn which_office(service: &Service, asked: Option<u32>) -> anyhow::Result<OfficeId> {
    let offices = service.store().offices().await?;
    match (asked, offices.as_slice()) {
        (Some(id), rows) => match rows.iter().find(|row| row.office.id.get() == id) {
            Some(row) => Ok(row.office.id),
            None => bail!("there is no office {id}: see `suara-loket admin office list`"),
        },
        (None, [only]) => Ok(only.office.id),
        (None, []) => bail!("there is no office yet: create one with `suara-loket admin office add --name …`"),
        (None, _) => bail!("there are several offices: name one with --office ID"),
    }
}

async fn offices(service: &Service, asked: Option<u32>, command: OfficeCommand) -> anyhow::Result<()> {
    match command {
        OfficeCommand::Add { name, zone, releases, hours } => {
            let office = service.add_office(&name, &zone, &releases).await.map_err(|error| name_it(error, "--name"))?;
            service.set_hours(office, hours).await?;
            print(&format!("office {office} {name}"));
        }
        // The other option, --no-hours, leaves nothing to keep.
        OfficeCommand::Set { hours, no_hours: _ } => {
            let office = which_office(service, asked).await?;
            service.set_hours(office, hours).await?;
            print(&format!("office {office} {}", hours_in_words(hours)));
        }
        OfficeCommand::List => {
            for row in service.store().offices().await? {
                let crate::domain::office::Office { id, name, zone, hours } = row.office;
                print(&format!("{id}\t{name}\t{zone}\t{}\t{}", row.releases, hours_in_words(hours)));
            }
        }
    }
    Ok(())
}

/// Of several names that were given, the one that is taken.
fn name_it(error: ServiceError, option: &str) -> anyhow::Error {
    match error {
        ServiceError::Store(StoreError::Taken(name)) => anyhow!("{name} exists already: choose another with {option}"),
        error => error.into(),
    }
}

fn hours_in_words(hours: Option<OpeningHours>) -> String {
    hours.map_or_else(|| "hours not known".to_owned(), |hours| format!("open {hours}"))
}

async fn counters(service: &Service, office: OfficeId, command: CounterCommand) -> anyhow::Result<()> {
    match command {
        CounterCommand::Add { name } => {
            let counter = service.add_counter(office, &name).await.map_err(|error| name_it(error, "--name"))?;
            print(&format!("counter {counter} {name}"));
        }
        CounterCommand::List => {
            for counter in service.store().counters(office).await? {
                print(&format!("{}\t{}", counter.id, counter.name));
            }
        }
    }
    Ok(())
}

async fn services(service: &Service, office: OfficeId, command: ServiceCommand) -> anyhow::Result<()> {
    match command {
        ServiceCommand::Add { code, name } => {
            let made = service.add_service(office, &code, &name).await.map_err(|error| name_it(error, "--code"))?;
            print(&format!("service {made} {name}"));
        }
        ServiceCommand::List => {
            for row in service.store().services(office).await? {
                print(&format!("{}\t{}\t{}", row.id, row.code, row.name));
            }
        }
    }
    Ok(())
}

async fn officers(service: &Service, office: OfficeId, command: OfficerCommand) -> anyhow::Result<()> {
    match command {
        OfficerCommand::Add { name, login, pin_file, password_file, portrait } => {
            let pin = secret(pin_file.as_deref(), new_pin)?;
            let password = secret(password_file.as_deref(), new_password)?;
            let portrait_svg = match portrait {
                Some(path) => read(&path)?,
                None => PLAIN_PORTRAIT.to_owned(),
            };
            let input = NewOfficerInput {
                name: name.clone(),
                login,
                pin: pin.text.clone(),
                password: password.text.clone(),
                portrait_svg,
            };
            let officer = service.add_officer(office, input).await.map_err(|error| name_it(error, "--login"))?;
            print(&format!("officer {officer} {name}"));
            pin.show_if_made("PIN");
            password.show_if_made("password");
        }
        OfficerCommand::List => {
            for row in service.store().officers(office).await? {
                print(&format!("{}\t{}", row.officer.id, row.officer.name));
            }
        }
    }
    Ok(())
}

async fn enrol(service: &Service, office: OfficeId, counter: u32, count: u32) -> anyhow::Result<()> {
    let counters = service.store().counters(office).await?;
    let Some(counter) = counters.iter().find(|row| row.id.get() == counter).map(|row| row.id) else {
        bail!("there is no counter {counter} in this office: see `suara-loket admin counter list`");
    };
    for _ in 0..count {
        print(&new_code(service, office, counter).await?);
    }
    Ok(())
}

async fn new_code(service: &Service, office: OfficeId, counter: CounterId) -> anyhow::Result<String> {
    Ok(service.new_enrolment(office, counter).await?)
}

/// A secret from a file, or one made here, which has to be shown once.
struct Secret {
    text: String,
    made: bool,
}

impl Secret {
    fn show_if_made(&self, what: &str) {
        if self.made {
            print(&format!("{what} {} (shown only now)", self.text));
        }
    }
}

fn secret(file: Option<&Path>, make: impl FnOnce() -> String) -> anyhow::Result<Secret> {
    match file {
        Some(path) => Ok(Secret { text: read(path)?.trim().to_owned(), made: false }),
        None => Ok(Secret { text: make(), made: true }),
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn new_pin() -> String {
    // The remainder favours small numbers by less than one in ten thousand millions.
    let number = u64::from_be_bytes(random_array(&system_random())) % 1_000_000;
    format!("{number:06}")
}

fn new_password() -> String {
    BASE32_NOPAD.encode(&random_array::<10>(&system_random())).to_lowercase()
}
