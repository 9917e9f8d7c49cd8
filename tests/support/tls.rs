//! A proxy that ends TLS before a plain server, as many offices have one.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, IsCa, KeyPair};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The proxy; ends with this value.
pub struct TlsProxy {
    /// Its address as a kiosk writes it.
    pub url: String,
    /// The certificate of its authority, as a PEM file.
    pub authority: PathBuf,
    task: JoinHandle<()>,
}

impl TlsProxy {
    /// Before `server`, with a certificate valid for these days from now.
    pub async fn start(folder: &Path, server: SocketAddr, days: std::ops::Range<i32>) -> Self {
        let authority = authority();
        let file = folder.join("authority.pem");
        std::fs::write(&file, authority.pem()).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config(&authority, days)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let task = tokio::spawn(async move {
            while let Ok((outside, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let (Ok(mut outside), Ok(mut inside)) =
                        (acceptor.accept(outside).await, TcpStream::connect(server).await)
                    else {
                        return;
                    };
                    let _ended = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
                });
            }
        });
        Self { url, authority: file, task }
    }
}

impl Drop for TlsProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An office's own authority, valid for longer than any clock is wrong.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = named("Authority of the office");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn config(authority: &CertifiedIssuer<'static, KeyPair>, days: std::ops::Range<i32>) -> ServerConfig {
    let now = rcgen::date_time_ymd(1970, 1, 1) + std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let day = |n: i32| if n < 0 { now - DAY * n.unsigned_abs() } else { now + DAY * n.unsigned_abs() };
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.distinguished_name = named("suara");
    (params.not_before, params.not_after) = (day(days.start), day(days.end));
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &**authority).unwrap();
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap()
}

const DAY: std::time::Duration = std::time::Duration::from_hours(24);

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(rcgen::DnType::CommonName, name);
    distinguished
}
