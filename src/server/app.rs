//! The server as a function of its use cases, a listener and a shutdown signal.

use super::http::{AppState, router};
use super::jobs;
use super::service::Service;
use std::future::Future;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Everything a running server needs beside its socket.
#[derive(Clone)]
pub struct App {
    state: AppState,
}

impl App {
    /// A server on these use cases; `allow_simulation` lets simulated kiosks enrol themselves.
    #[must_use]
    pub fn new(service: Arc<Service>, allow_simulation: bool) -> Self {
        Self { state: AppState { service, allow_simulation } }
    }
}

/// Serves until `shutdown` is done, then finishes what is under way.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stop, stopped) = watch::channel(false);
    let jobs = tokio::spawn(jobs::run(app.state.service.clone(), stopped));
    let served = axum::serve(listener, router(app.state)).with_graceful_shutdown(shutdown).await;
    let _jobs_are_gone = stop.send(true);
    let _ended = jobs.await;
    served
}
