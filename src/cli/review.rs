//! `suara-loket admin review`: flagged ratings, and what a person decides about them.

use super::print;
use crate::domain::honesty::FlagKind;
use crate::domain::ids::OfficeId;
use crate::server::service::{Case, Service};
use anyhow::bail;
use clap::Subcommand;

/// What can be done with flagged ratings.
#[derive(Debug, Subcommand)]
pub(super) enum ReviewCommand {
    /// Lists cases: code, day, counter, how many ratings, the reason, and what was decided
    List {
        /// Those that were decided, too
        #[arg(long)]
        all: bool,
    },
    /// These ratings are abuse, or not the officer's: the second figure leaves them out; they stay in the first
    Confirm(Decided),
    /// These ratings are honest, and the officer's own
    Dismiss(Decided),
}

/// One decision.
#[derive(Debug, clap::Args)]
pub(super) struct Decided {
    /// Code of the case
    #[arg(value_name = "CODE")]
    case: String,
    /// Who decides; stands in the ledger
    #[arg(long, value_name = "NAME")]
    by: String,
}

pub(super) async fn review(service: &Service, office: OfficeId, command: ReviewCommand) -> anyhow::Result<()> {
    match command {
        ReviewCommand::List { all } => {
            for case in service.cases(office).await?.iter().filter(|case| all || case.decision.is_none()) {
                print(&line(case));
            }
            Ok(())
        }
        ReviewCommand::Confirm(decided) => decide(service, office, &decided, true).await,
        ReviewCommand::Dismiss(decided) => decide(service, office, &decided, false).await,
    }
}

async fn decide(service: &Service, office: OfficeId, decided: &Decided, abuse: bool) -> anyhow::Result<()> {
    let Decided { case: code, by } = decided;
    let by = by.trim();
    if by.is_empty() || by.chars().count() > 80 {
        bail!("name who decides with --by NAME, in at most 80 characters");
    }
    let cases = service.cases(office).await?;
    let named: Vec<&Case> = cases.iter().filter(|case| case.code.eq_ignore_ascii_case(code)).collect();
    if named.is_empty() {
        bail!("there is no case {code}: see `suara-loket admin review list --all`");
    }
    for case in named {
        service.decide(office, case, abuse, by).await?;
        print(&format!("case {}: {} ratings are {}, says {by}", case.code, case.ratings.len(), word(case, abuse)));
    }
    Ok(())
}

/// What a decision says of the ratings.
fn word(case: &Case, abuse: bool) -> &'static str {
    match (case.kind, abuse) {
        (FlagKind::Contested(_), true) => "not the officer's",
        (FlagKind::Contested(_), false) => "the officer's",
        (_, true) => "abuse",
        (_, false) => "honest",
    }
}

fn line(case: &Case) -> String {
    let decision = match &case.decision {
        None => "open".to_owned(),
        Some(decision) => format!("{}, says {}", word(case, decision.abuse), decision.by),
    };
    let Case { code, day, counter, ratings, .. } = case;
    format!("{code}\t{day}\tcounter {counter}\t{} ratings\t{}\t{decision}", ratings.len(), case.sentence())
}
