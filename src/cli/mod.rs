//! The command line: one file per subcommand.

#[cfg(feature = "server")]
mod admin;
#[cfg(all(feature = "kiosk", feature = "server"))]
mod demo;
#[cfg(feature = "kiosk")]
mod kiosk;
#[cfg(feature = "kiosk")]
mod screen;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "kiosk")]
mod simulate;

use clap::{Parser, Subcommand};
use std::io::Write;
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
    #[cfg(all(feature = "kiosk", feature = "server"))]
    Demo(demo::Demo),
    #[cfg(feature = "kiosk")]
    Kiosk(kiosk::KioskCommand),
    #[cfg(feature = "server")]
    Server(server::ServerCommand),
    #[cfg(feature = "server")]
    Admin(admin::Admin),
    #[cfg(feature = "kiosk")]
    Simulate(simulate::Simulate),
}

/// Runs the command line; errors are one line that names the mend.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    start_logging();
    let result = match cli.command {
        #[cfg(all(feature = "kiosk", feature = "server"))]
        Command::Demo(demo) => demo.run(),
        #[cfg(feature = "kiosk")]
        Command::Kiosk(kiosk) => kiosk.run(),
        #[cfg(feature = "server")]
        Command::Server(server) => server.run(),
        #[cfg(feature = "server")]
        Command::Admin(admin) => admin.run(),
        #[cfg(feature = "kiosk")]
        Command::Simulate(simulate) => simulate.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("suara-loket: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Logs go to standard error, so that what a command prints can be piped.
fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SUARA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,winit=error,suara_loket=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
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

/// Waits for Ctrl-C, or for the service manager.
async fn asked_to_end() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
