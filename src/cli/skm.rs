//! `suara-loket skm`: reckons with the survey that the law asks of every public office.

use super::{CannotTell, complain, print};
use crate::domain::skm::{Converted, ElementTally, Group, SkmElement, Tally, Weight, grade_depends_on_weight, index};
use crate::sheet::{Pooled, SheetError, pool};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

const BUFFER_BYTES: usize = 1 << 18;

/// The survey of satisfaction (SKM, PermenPANRB 14/2017).
#[derive(Debug, Args)]
pub struct Skm {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Compute(Compute),
}

/// The index (IKM) of answers in a CSV file.
///
/// The first row names the columns, in any order: persyaratan, prosedur, waktu, biaya, produk, kompetensi, perilaku,
/// pengaduan, sarana, and `service` (or `layanan`) where the index of each service is wanted, too. Each other row is a
/// respondent; an answer is 1 to 4, an empty cell was not answered. UTF-8, separated by commas or semicolons.
/// Exit code 2: the file cannot be used, and which cell has to be mended.
#[derive(Debug, Args)]
struct Compute {
    /// The file; - reads standard input
    file: PathBuf,
    /// What each of the nine means is multiplied with: exact (1/9), 0.111 or 0.11
    #[arg(long, value_name = "WEIGHT", default_value = "exact")]
    weight: Weight,
    /// One JSON document instead of a table; means have four decimals, values two, and what has no answers is null
    #[arg(long)]
    json: bool,
}

impl Skm {
    /// Carries out one command.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn run(self) -> anyhow::Result<()> {
        let What::Compute(Compute { file, weight, json }) = self.what;
        let pooled = read(&file).map_err(|error| CannotTell(format!("{}: {error}", file.display())))?;
        for column in &pooled.unknown_columns {
            complain(&format!("suara-loket: nobody reads the column `{column}`: is it spelt as in --help?"));
        }
        if json {
            print(&document(&pooled, weight).to_string());
        } else {
            tell(&pooled, weight);
        }
        Ok(())
    }
}

fn read(file: &Path) -> Result<Pooled, SheetError> {
    if file == Path::new("-") {
        return pool(io::stdin().lock());
    }
    pool(BufReader::with_capacity(BUFFER_BYTES, File::open(file)?))
}

fn document(pooled: &Pooled, weight: Weight) -> Value {
    let mut whole = group_json(&pooled.all, weight);
    if let (Some(services), Some(whole)) = (&pooled.services, whole.as_object_mut()) {
        let services = services.iter().map(|(name, group)| (name.clone(), group_json(group, weight)));
        whole.insert("services".to_owned(), services.collect::<Map<_, _>>().into());
    }
    whole
}

/// A group as scripts read it.
pub(super) fn group_json(Group { respondents, tally }: &Group, weight: Weight) -> Value {
    let index = index(tally, weight).ok();
    let missing: Vec<_> = tally.missing().into_iter().map(SkmElement::code).collect();
    let elements = SkmElement::ALL.map(|element| (element.code().to_owned(), element_json(tally.of(element))));
    json!({
        "index": index.map(|index| index.to_string()),
        "grade": index.map(|index| index.grade().letter()),
        "respondents": respondents,
        "weight": weight.code(),
        "missing": missing,
        "grade_depends_on_weight": grade_depends_on_weight(tally),
        "illegal_fee_signals": tally.illegal_fee_signals(),
        "elements": elements.into_iter().collect::<Map<_, _>>(),
    })
}

fn element_json(answered: ElementTally) -> Value {
    let converted = answered.converted();
    json!({
        "answers": answered.answers(),
        "mean": answered.mean().map(|mean| mean.to_string()),
        "converted": converted.map(|value| value.to_string()),
        "grade": converted.map(|value| value.grade().letter()),
    })
}

fn tell(pooled: &Pooled, weight: Weight) {
    tell_group(&pooled.all, weight);
    if let Some(services) = &pooled.services {
        tell_groups("service", services, weight);
    }
}

/// The index, what to look into, and every element.
pub(super) fn tell_group(Group { respondents, tally }: &Group, weight: Weight) {
    print(&format!("{}; {respondents} respondents, weight {weight}", headline(tally, weight)));
    if grade_depends_on_weight(tally) {
        let each = Weight::ALL.map(|weight| format!("{} with {weight}", headline(tally, weight)));
        print(&format!("The weight decides the grade: {}.", each.join(", ")));
    }
    let signals = tally.illegal_fee_signals();
    if signals > 0 {
        print(&format!("{signals} answers say that a fee was paid (biaya below 4): look into them."));
    }
    print(&format!("\n{:<12} {:>9} {:>7} {:>9}  grade", "element", "answers", "mean", "x 25"));
    for element in SkmElement::ALL {
        let answered = tally.of(element);
        let mean = answered.mean().map_or_else(|| "-".to_owned(), |mean| mean.to_string());
        let (value, letter) = value_and_letter(answered.converted());
        print(&format!("{:<12} {:>9} {mean:>7} {value:>9}  {letter}", element.code(), answered.answers()));
    }
}

/// One line for each of several groups.
pub(super) fn tell_groups(what: &str, groups: &BTreeMap<String, Group>, weight: Weight) {
    let width = groups.keys().map(|name| name.chars().count()).max().unwrap_or(0).max(NOT_NAMED.len());
    print(&format!("\n{what:<width$} {:>11} {:>9}  grade", "respondents", "index"));
    for (name, Group { respondents, tally }) in groups {
        let name = if name.is_empty() { NOT_NAMED } else { name };
        let (value, letter) = value_and_letter(index(tally, weight).ok());
        print(&format!("{name:<width$} {respondents:>11} {value:>9}  {letter}"));
    }
}

const NOT_NAMED: &str = "(not named)";

fn headline(tally: &Tally, weight: Weight) -> String {
    match index(tally, weight) {
        Ok(index) => format!("IKM {index}, grade {} ({})", index.grade().letter(), index.grade().official_name()),
        Err(not_enough) => not_enough.to_string(),
    }
}

fn value_and_letter(value: Option<Converted>) -> (String, &'static str) {
    value.map_or_else(|| ("-".to_owned(), "-"), |value| (value.to_string(), value.grade().letter()))
}
