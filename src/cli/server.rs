//! `suara-loket server`: the central evaluation server.

use super::{asked_to_end, environment, print, warn_unknown};
use crate::layers;
use crate::notify::Notifier;
use crate::server::app::{self, App};
use crate::server::service::Service;
use crate::server::settings::{DEFAULTS, Server, ServerSettings};
use crate::server::store::sqlite::SqliteStore;
use crate::storage::ballast;
use crate::system::{SystemClock, system_random};
use anyhow::{Context, bail};
use clap::Args;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Runs the central evaluation server.
#[derive(Debug, Args)]
pub struct ServerCommand {
    /// Settings file; the built-in defaults are in kiosk-config/server.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the database
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address to listen on
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Lets `suara-loket simulate` enrol kiosks by itself
    #[arg(long)]
    allow_simulation: bool,
}

impl ServerCommand {
    /// Serves until it is asked to end.
    ///
    /// # Errors
    /// When settings, data or address cannot be used.
    pub fn run(self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> anyhow::Result<()> {
        let settings = self.settings()?;
        let listener = bind(settings.server.listen).await?;
        let address = listener.local_addr()?;
        std::fs::create_dir_all(&settings.server.data).with_context(|| cannot_create(&settings.server.data))?;
        lay_ballast(&settings.server);
        let service = open_service(&settings.server.data, settings.public_url(address))?;
        let end = asked_to_end()?;
        print(&format!("Suara Loket serves at {}", service.public_url()));
        let (app, manager) = (App::new(service, settings.server.allow_simulation), Notifier::from_environment());
        // The port is open: whoever calls from now on waits at most for the first answer.
        manager.tell("READY=1");
        let end = async move {
            end.await;
            manager.tell("STOPPING=1");
        };
        Ok(app::serve(listener, app, end).await?)
    }

    fn settings(self) -> anyhow::Result<ServerSettings> {
        let loaded = layers::load::<ServerSettings>(DEFAULTS, self.config.as_deref(), &environment())?;
        warn_unknown(&loaded.unknown_keys);
        let mut settings = loaded.settings;
        settings.server.data = self.data.unwrap_or(settings.server.data);
        settings.server.listen = self.listen.unwrap_or(settings.server.listen);
        settings.server.allow_simulation |= self.allow_simulation;
        Ok(settings)
    }
}

/// Without it the server serves all the same.
fn lay_ballast(server: &Server) {
    if let Err(error) = ballast::lay(&server.data, u64::from(server.ballast_mib) << 20) {
        tracing::warn!(%error, "cannot lay the ballast");
    }
}

fn cannot_create(folder: &Path) -> String {
    format!("cannot create the folder {}; choose another with --data", folder.display())
}

/// Listens, or says which port is taken.
pub(super) async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) => bail!(
            "cannot listen on {address}: {error}. Choose another address with --listen, such as 127.0.0.1:0 for any free port"
        ),
    }
}

/// The use cases on the database in a folder.
pub(super) fn open_service(data: &Path, public_url: String) -> anyhow::Result<Arc<Service>> {
    std::fs::create_dir_all(data).with_context(|| cannot_create(data))?;
    let store = Arc::new(SqliteStore::open(data)?);
    Ok(Arc::new(Service::new(store, Arc::new(SystemClock::new()), system_random(), public_url)))
}
