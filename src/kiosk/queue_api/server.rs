//! The sockets: few connections at a time, one small call on each, and none that waits for ever.

use super::access::{Access, QueueApiError, Token};
use super::call::Call;
use super::desk::QueueDesk;
use super::guard;
use super::refusal::Refusal;
use crate::protocol::problem;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// A queue system has one or two.
const MOST_CONNECTIONS: usize = 16;
const MOST_BODY_BYTES: usize = 1_024;
const MOST_HEADER_BYTES: usize = 8_192;
const MOST_HEADERS: usize = 32;
/// For the headers, and again for the body.
const PATIENCE: Duration = Duration::from_secs(3);
/// So many times that for all of a connection, the answer included.
const LONGEST_CONNECTION: u32 = 3;
/// After an accept that failed, as when the program has no file handle left.
const BREATH: Duration = Duration::from_millis(100);

/// The interface, listening.
#[derive(Debug)]
pub struct QueueApi {
    listener: TcpListener,
    token: Option<Arc<Token>>,
    pub(super) patience: Duration,
}

impl QueueApi {
    /// Takes the port; callers wait until [`QueueApi::serve`].
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn bind(access: Access) -> Result<Self, QueueApiError> {
        let Access { address, token } = access;
        let listener = TcpListener::bind(address).await.map_err(|source| QueueApiError::Bind { address, source })?;
        Ok(Self { listener, token: token.map(Arc::new), patience: PATIENCE })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers for ever.
    pub async fn serve(self, desk: QueueDesk) {
        let turns = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        loop {
            // Nobody closes it, so this fails never.
            let Ok(turn) = turns.clone().acquire_owned().await else { return };
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let door = Door { desk: desk.clone(), token: self.token.clone(), patience: self.patience };
                    tokio::spawn(async move {
                        let longest = door.patience * LONGEST_CONNECTION;
                        let _whoever_is_slow_is_cut_off = timeout(longest, door.talk(stream)).await;
                        drop(turn);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the queue system could not be answered");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }
}

/// What one connection needs.
struct Door {
    desk: QueueDesk,
    token: Option<Arc<Token>>,
    patience: Duration,
}

impl Door {
    /// One call and its answer.
    async fn talk(&self, stream: TcpStream) {
        let Ok(here) = stream.local_addr() else { return };
        let service = service_fn(|request| async move { Ok::<_, Infallible>(self.answer(request, here).await) });
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.patience)
            .max_headers(MOST_HEADERS)
            .max_buf_size(MOST_HEADER_BYTES)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service)
            .await;
        if let Err(error) = served {
            tracing::debug!(%error, "a call of the queue system broke off");
        }
    }

    async fn answer(&self, request: Request<Incoming>, here: SocketAddr) -> Response<Full<Bytes>> {
        match self.follow(request, here).await {
            Ok((status, value)) => {
                let mut response = document(&value, "application/json");
                *response.status_mut() = status;
                response
            }
            Err(refusal) => refused(&refusal),
        }
    }

    async fn follow(&self, request: Request<Incoming>, here: SocketAddr) -> Result<(StatusCode, Value), Refusal> {
        guard::check(request.headers(), here, self.token.as_deref())?;
        let call = Call::of(request.method(), request.uri().path())?;
        let body = timeout(self.patience, Limited::new(request.into_body(), MOST_BODY_BYTES).collect());
        let body = body.await.map_err(|_elapsed| Refusal::TooSlow)?.map_err(|error| unread(&*error))?;
        self.desk.follow(call, &body.to_bytes())
    }
}

fn unread(error: &(dyn std::error::Error + 'static)) -> Refusal {
    if error.is::<LengthLimitError>() { Refusal::TooLarge } else { Refusal::Unreadable(error.to_string()) }
}

fn refused(refusal: &Refusal) -> Response<Full<Bytes>> {
    let mut response = document(&refusal.problem(), problem::CONTENT_TYPE);
    *response.status_mut() = refusal.status();
    let more = match refusal {
        Refusal::Method(method) => Some((ALLOW, *method)),
        Refusal::NoToken => Some((WWW_AUTHENTICATE, "Bearer")),
        _ => None,
    };
    if let Some((name, value)) = more {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn document(value: &impl serde::Serialize, kind: &'static str) -> Response<Full<Bytes>> {
    let body = serde_json::to_vec(value).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(body)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
