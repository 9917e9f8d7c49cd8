//! `suara-loket admin skm`: paper forms into the office's survey, and the report of a period.

use super::skm::{group_json, tell_group, tell_groups};
use super::{CannotTell, complain, print};
use crate::domain::ids::OfficeId;
use crate::domain::skm::{Group, Source, Weight};
use crate::server::service::{Population, Service, ServiceError, SkmReport};
use crate::server::store::{SheetTaken, SurveyRule};
use crate::sheet::{SheetError, WrongCells, csv_template, workbook_template};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// No file of paper forms is larger.
const MOST_BYTES: u64 = 128 << 20;

/// The survey that the law asks for (SKM)
#[derive(Debug, Subcommand)]
pub(super) enum SkmCommand {
    /// Writes an empty table to type paper forms into
    Template {
        /// The file: .csv or .xlsx
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Takes the paper forms of a CSV file or a workbook (XLSX): all of them, or none and every wrong cell named
    Import {
        /// The file
        file: PathBuf,
        /// Although this very file was taken before
        #[arg(long)]
        again: bool,
    },
    /// How the index is reckoned
    Set(Rule),
    /// What was answered in a period
    Report(ReportCommand),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct Rule {
    /// What each of the nine means is multiplied with: exact (1/9), 0.111 or 0.11
    #[arg(long, value_name = "WEIGHT")]
    weight: Option<Weight>,
    /// How many people the office serves in a period; 0 takes what is known of
    #[arg(long, value_name = "N")]
    population: Option<u64>,
}

#[derive(Debug, Args)]
pub(super) struct ReportCommand {
    /// The first day, such as 2026-07-01
    #[arg(long, value_name = "DAY")]
    from: Date,
    /// The last day
    #[arg(long, value_name = "DAY")]
    to: Date,
    /// One JSON document instead of tables
    #[arg(long)]
    json: bool,
}

pub(super) async fn survey(service: &Service, office: OfficeId, command: SkmCommand) -> anyhow::Result<()> {
    match command {
        SkmCommand::Template { to } => template(&to),
        SkmCommand::Import { file, again } => import(service, office, &file, again).await,
        SkmCommand::Set(rule) => set(service, office, &rule).await,
        SkmCommand::Report(asked) => report(service, office, asked).await,
    }
}

/// Writes a template; a file that is there is not touched.
pub(super) fn template(to: &Path) -> anyhow::Result<()> {
    let extension = to.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    let bytes = match extension.as_str() {
        "csv" => csv_template().into_bytes(),
        "xlsx" => workbook_template()?,
        _ => return Err(CannotTell(format!("{}: name the template .csv or .xlsx", to.display())).into()),
    };
    let failed = || format!("cannot write {}: choose another name or folder with --to", to.display());
    File::create_new(to).and_then(|mut file| file.write_all(&bytes)).with_context(failed)?;
    print(&format!("{}: one row for each form; then `suara-loket admin skm import`", to.display()));
    Ok(())
}

async fn import(service: &Service, office: OfficeId, file: &Path, again: bool) -> anyhow::Result<()> {
    let cannot = |error: SheetError| CannotTell(format!("{}: {error}; nothing was stored", file.display()));
    let bytes = read(file).map_err(cannot)?;
    let report = match service.import_sheet(office, &bytes, again).await {
        Ok(report) => report,
        Err(ServiceError::Sheet(SheetError::Wrong(wrong))) => return Err(name_all(file, &wrong).into()),
        Err(ServiceError::Sheet(error)) => return Err(cannot(error).into()),
        Err(error) => return Err(error.into()),
    };
    if let SheetTaken::Before { at_ms, forms } = report.taken {
        let day = Timestamp::from_millisecond(at_ms).map(|at| at.to_string()).unwrap_or_default();
        bail!("this file was taken before, at {day}, with {forms} forms: nothing was stored; --again takes it again");
    }
    for column in &report.unknown_columns {
        complain(&format!("suara-loket: nobody reads the column `{column}`: is it spelt as in the template?"));
    }
    print(&format!("{} forms stored", report.forms));
    if report.without_answer > 0 {
        print(&format!("{} rows without any answer were left out", report.without_answer));
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, SheetError> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES { Err(SheetError::TooLarge { most_mib: MOST_BYTES >> 20 }) } else { Ok(bytes) }
}

/// Names the wrong cells line by line; the last line is the error.
fn name_all(file: &Path, wrong: &WrongCells) -> CannotTell {
    wrong.first().iter().for_each(|cell| complain(&cell.to_string()));
    if wrong.more() > 0 {
        complain(&format!("and {} more", wrong.more()));
    }
    let count = wrong.first().len() as u64 + wrong.more();
    CannotTell(format!(
        "{}: {count} wrong cells, named above: mend them and import again; nothing was stored",
        file.display()
    ))
}

async fn set(service: &Service, office: OfficeId, rule: &Rule) -> anyhow::Result<()> {
    let before = service.store().survey_rule(office).await?;
    let population = rule.population.map_or(before.population, |told| Some(told).filter(|told| *told > 0));
    let now = SurveyRule { weight: rule.weight.unwrap_or(before.weight), population };
    service.store().set_survey_rule(office, now).await?;
    let population = population.map_or_else(|| "not told".to_owned(), |told| told.to_string());
    print(&format!("weight {}, population {population}", now.weight));
    Ok(())
}

async fn report(service: &Service, office: OfficeId, asked: ReportCommand) -> anyhow::Result<()> {
    if asked.from > asked.to {
        return Err(CannotTell("--from is after --to: exchange them".to_owned()).into());
    }
    let report = service.skm_report(office, asked.from..=asked.to).await?;
    if asked.json {
        print(&document(&report).to_string());
    } else {
        tell(&report);
    }
    Ok(())
}

fn document(report: &SkmReport) -> Value {
    let weight = report.rule.weight;
    let each = |groups: &mut dyn Iterator<Item = (String, &Group)>| {
        groups.map(|(name, group)| (name, group_json(group, weight))).collect::<Map<_, _>>()
    };
    let mut whole = group_json(&report.all, weight);
    let (population, counted) = match report.population {
        Population::Told(n) => (n, "told"),
        Population::Counted(n) => (n, "counted"),
    };
    let more = json!({
        "from": report.days.start().to_string(), "to": report.days.end().to_string(),
        "population": population, "population_is": counted, "target": report.target,
        "fewest_answers": report.all.tally.fewest_answers(),
        "services": each(&mut report.services.iter().map(|(name, group)| (name.clone(), group))),
        "sources": each(&mut report.sources.iter().map(|(source, group)| (source.code().to_owned(), group))),
    });
    if let (Some(whole), Value::Object(more)) = (whole.as_object_mut(), more) {
        whole.extend(more);
    }
    whole
}

fn tell(report: &SkmReport) {
    let weight = report.rule.weight;
    print(&format!("{} to {}", report.days.start(), report.days.end()));
    tell_group(&report.all, weight);
    let population = match report.population {
        Population::Told(n) => format!("{n} people served, as the office told"),
        Population::Counted(n) => {
            format!("the {n} that are known of; tell how many were served with `admin skm set --population N`")
        }
    };
    print(&format!("\n{} of {} respondents that are needed for {population}", report.all.respondents, report.target));
    print(&format!("The element answered least has {} answers", report.all.tally.fewest_answers()));
    tell_groups("service", &report.services, weight);
    let sources: BTreeMap<_, _> =
        report.sources.iter().map(|(source, group)| (Source::code(*source).to_owned(), *group)).collect();
    tell_groups("source", &sources, weight);
}
