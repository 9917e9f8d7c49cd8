//! `suara-loket demo`: server, sample office and an enrolled kiosk in one process.

use super::server::{bind, open_service};
use super::{asked_to_end, environment, print, screen};
use crate::kiosk::own_settings::OwnSettings;
use crate::kiosk::settings::KioskSettings;
use crate::kiosk::start::{Prepared, StartError, prepare};
use crate::server::app::{self, App};
use crate::server::sample::{self, SampleOffice};
use crate::server::service::Service;
use anyhow::Context;
use clap::Args;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// The demonstration looks for news often, so that a day card follows soon after its release.
const REFRESH_S: u32 = 3;

/// Shows the whole product: server, sample office and kiosk in one process.
#[derive(Debug, Args)]
pub struct Demo {
    /// Folder to keep the data in; by default a temporary one that goes with the demonstration
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address of the web side; 0.0.0.0:8080 lets phones in the same network scan the code
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Only the web side
    #[arg(long)]
    no_window: bool,
}

impl Demo {
    /// Runs until the window is closed, or until it is asked to end.
    ///
    /// # Errors
    /// When the address is taken or the data cannot be used.
    pub fn run(self) -> anyhow::Result<()> {
        let own = OwnSettings::read(None, environment())?.with(|settings| {
            settings.window.fullscreen = false;
            settings.server.refresh_s = REFRESH_S;
        });
        let window = self.window(&own.over(None)?.settings);
        let folder = Folder::new(self.data)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let listener = runtime.block_on(bind(self.listen))?;
        let address = listener.local_addr()?;
        let url = format!("http://{}", SocketAddr::new(reachable(address.ip()), address.port()));
        let service = open_service(&folder.path().join("server"), url.clone())?;
        let office = runtime.block_on(sample::create(&service))?;
        let server = Server::start(&runtime, listener, service.clone());
        let end = runtime.block_on(async { asked_to_end() })?;
        announce(&url, &office, window.is_some());
        let own = own.with(move |settings| settings.server.address.clone_from(&url));
        match window {
            None => runtime.block_on(end),
            Some(window) => {
                let prepared = runtime.block_on(enrolled(&folder.path().join("kiosk"), &own, &service, &office))?;
                screen::End::when(end, &window, &runtime);
                screen::show(&window, prepared, &runtime)?;
            }
        }
        server.stop(&runtime)?;
        runtime.shutdown_background();
        Ok(())
    }

    fn window(&self, settings: &KioskSettings) -> Option<crate::kiosk::ui::CounterWindow> {
        if self.no_window {
            return None;
        }
        match screen::open(settings) {
            Ok(window) => Some(window),
            Err(error) => {
                print(&format!("No screen here, so only the web side is shown, as with --no-window: {error}"));
                None
            }
        }
    }
}

/// Where the data is; a temporary folder goes with this value.
enum Folder {
    Kept(PathBuf),
    Temporary(TempDir),
}

impl Folder {
    fn new(kept: Option<PathBuf>) -> anyhow::Result<Self> {
        match kept {
            Some(path) => Ok(Self::Kept(path)),
            None => tempfile::Builder::new()
                .prefix("suara-loket-demo-")
                .tempdir()
                .map(Self::Temporary)
                .context("cannot make a temporary folder; name another with --data"),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

/// The web side, until it is stopped.
struct Server {
    stop: oneshot::Sender<()>,
    done: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Server {
    fn start(runtime: &Runtime, listener: TcpListener, service: Arc<Service>) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = app::serve(listener, App::new(service, true), async { drop(stopped.await) });
        Self { stop, done: runtime.spawn(serving) }
    }

    fn stop(self, runtime: &Runtime) -> anyhow::Result<()> {
        drop(self.stop);
        let patience = std::time::Duration::from_secs(3);
        // A browser that keeps its connection open does not keep the demonstration open.
        match runtime.block_on(async { tokio::time::timeout(patience, self.done).await }) {
            Ok(ended) => Ok(ended??),
            Err(_still_connected) => Ok(()),
        }
    }
}

/// The kiosk of the first counter, with the first officer on duty.
async fn enrolled(
    data: &Path,
    own: &OwnSettings,
    service: &Service,
    office: &SampleOffice,
) -> anyhow::Result<Prepared> {
    let prepared = match prepare(data, own, None).await {
        Err(StartError::NotEnrolled) => {
            let counter = *office.counters.first().context("the sample office has no counter")?;
            let code = service.new_enrolment(office.office, counter).await?;
            prepare(data, own, Some(&code)).await?
        }
        prepared => prepared?,
    };
    if let Some(officer) = office.officers.first() {
        prepared.sign_on(officer.id).await?;
    }
    Ok(prepared)
}

fn announce(url: &str, office: &SampleOffice, with_window: bool) {
    print("Suara Loket, a demonstration with invented officers.\n");
    print(&format!("  public page   {url}/"));
    print(&format!("  officer's day {url}/me\n"));
    for officer in &office.officers {
        print(&format!(
            "  {:<16} log-in {:<8} password {:<20} PIN at the kiosk {}",
            officer.name, officer.login, officer.password, officer.pin
        ));
    }
    print("\nA day card appears once five ratings have come together; here that is checked every 15 seconds.");
    print(if with_window { "Close the window to end." } else { "Ctrl-C ends." });
}

/// An address that others can open: where the server listens on all of the machine's addresses,
/// the one that leads outside. No packet is sent to find it.
fn reachable(listening: IpAddr) -> IpAddr {
    if !listening.is_unspecified() {
        return listening;
    }
    let outside = || -> Option<IpAddr> {
        let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
        // An address for documentation (RFC 5737), which lies outside of every network.
        socket.connect("192.0.2.1:9").ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    outside().unwrap_or(IpAddr::from([127, 0, 0, 1]))
}
