//! The command line: one file per subcommand.

#[cfg(feature = "server")]
mod admin;
#[cfg(feature = "counter")]
mod attend;
#[cfg(feature = "server")]
mod backup;
#[cfg(feature = "server")]
mod config;
#[cfg(all(feature = "screen", feature = "server"))]
mod demo;
#[cfg(feature = "server")]
mod device;
#[cfg(any(feature = "server", feature = "counter"))]
mod doctor;
#[cfg(feature = "counter")]
mod headless;
#[cfg(feature = "counter")]
mod kiosk;
#[cfg(feature = "server")]
mod paper;
#[cfg(feature = "server")]
mod proof;
#[cfg(feature = "server")]
mod restore;
#[cfg(feature = "server")]
mod review;
#[cfg(feature = "screen")]
mod screen;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "counter")]
mod simulate;
#[cfg(feature = "server")]
mod skm;
#[cfg(feature = "server")]
mod verify;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Suara Loket, the voice at the counter.
#[derive(Debug, Parser)]
#[command(name = "suara-loket", version, about, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[cfg(all(feature = "screen", feature = "server"))]
    Demo(demo::Demo),
    #[cfg(feature = "counter")]
    Kiosk(kiosk::KioskCommand),
    #[cfg(feature = "server")]
    Server(server::ServerCommand),
    #[cfg(feature = "server")]
    Admin(admin::Admin),
    #[cfg(feature = "server")]
    Backup(backup::Backup),
    #[cfg(feature = "server")]
    Restore(restore::RestoreCommand),
    #[cfg(feature = "server")]
    Verify(verify::Verify),
    #[cfg(feature = "server")]
    Skm(skm::Skm),
    #[cfg(any(feature = "server", feature = "counter"))]
    Doctor(doctor::Doctor),
    #[cfg(feature = "counter")]
    Simulate(simulate::Simulate),
}

/// Runs the command line; errors are one line that names the mend.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return answer(&error),
    };
    start_logging();
    let result = match cli.command {
        #[cfg(all(feature = "screen", feature = "server"))]
        Command::Demo(demo) => demo.run(),
        #[cfg(feature = "counter")]
        Command::Kiosk(kiosk) => kiosk.run(),
        #[cfg(feature = "server")]
        Command::Server(server) => server.run(),
        #[cfg(feature = "server")]
        Command::Admin(admin) => admin.run(),
        #[cfg(feature = "server")]
        Command::Backup(backup) => backup.run(),
        #[cfg(feature = "server")]
        Command::Restore(restore) => restore.run(),
        #[cfg(feature = "server")]
        Command::Verify(verify) => verify.run(),
        #[cfg(feature = "server")]
        Command::Skm(skm) => skm.run(),
        #[cfg(any(feature = "server", feature = "counter"))]
        Command::Doctor(doctor) => doctor.run(),
        #[cfg(feature = "counter")]
        Command::Simulate(simulate) => simulate.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("suara-loket: {}", in_one_line(&error)));
            if error.is::<CannotTell>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// A question could not be answered, which is neither a yes nor a no.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CannotTell(String);

/// Help and version as they were asked for; bad usage in one line, as every other error.
fn answer(error: &clap::Error) -> ExitCode {
    let asked_for = !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if asked_for {
        error.exit();
    }
    complain(&format!("suara-loket: {}", bad_usage(&error.to_string())));
    ExitCode::from(2)
}

/// What clap says over several lines, without its usage, which --help shows in full.
fn bad_usage(said: &str) -> String {
    let reason = said.split("\nUsage:").next().unwrap_or_default();
    let reason = reason.split("\nFor more information").next().unwrap_or_default();
    let one_line = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let paragraphs = reason.trim_start_matches("error:").trim().split("\n\n").map(one_line);
    format!("{}. See --help", paragraphs.collect::<Vec<_>>().join("; "))
}

/// An error with its causes. Most messages of the library hold theirs already; none is said twice. SQLite's
/// number says nothing that its words before do not.
fn in_one_line(error: &anyhow::Error) -> String {
    let causes = error.chain().map(ToString::to_string).filter(|cause| !cause.starts_with("Error code "));
    let said = causes.reduce(|said, cause| if said.contains(&cause) { said } else { format!("{said}: {cause}") });
    said.unwrap_or_default().lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Logs go to standard error, so that what a command prints can be piped.
fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SUARA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,winit=error,suara_loket=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

/// Prints a line; a closed pipe is no error.
fn print(line: &str) {
    let _closed = writeln!(std::io::stdout(), "{line}");
}

fn complain(line: &str) {
    let _closed = writeln!(std::io::stderr(), "{line}");
}

/// The process's environment, as far as it speaks to this program.
fn environment() -> Vec<(String, String)> {
    std::env::vars().filter(|(name, _)| name.starts_with("SUARA_")).collect()
}

fn warn_unknown(keys: &[String]) {
    for key in keys {
        tracing::warn!("unknown setting `{key}`: is it spelt as in the commented example?");
    }
}

/// Ends with Ctrl-C, or when the service manager asks. It listens from the call on, not only from
/// the first wait, so that a program that has announced itself always ends in order.
fn asked_to_end() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn bad_usage_is_one_line_that_names_the_mend() {
        let said = |arguments: &[&str]| bad_usage(&Cli::try_parse_from(arguments).unwrap_err().to_string());
        assert_eq!(said(&["suara-loket", "fly"]), "unrecognized subcommand 'fly'. See --help");
        #[cfg(feature = "server")]
        assert_eq!(
            said(&["suara-loket", "server", "--dat", "x"]),
            "unexpected argument '--dat' found; tip: a similar argument exists: '--data'. See --help"
        );
        #[cfg(feature = "screen")]
        assert_eq!(
            said(&["suara-loket", "simulate"]),
            "the following required arguments were not provided: --server <URL>. See --help"
        );
    }

    #[test]
    fn every_cause_is_said_once_and_on_one_line() {
        let plain = anyhow!("connection\n  refused").context("cannot reach the moon");
        assert_eq!(in_one_line(&plain), "cannot reach the moon: connection refused");
        let holds_its_cause = anyhow!("refused").context("cannot reach the moon: refused. Wait for the night");
        assert_eq!(in_one_line(&holds_its_cause), "cannot reach the moon: refused. Wait for the night");
    }
}
