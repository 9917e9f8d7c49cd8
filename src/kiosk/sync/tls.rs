//! TLS whose idea of the time is ours, not the machine's.

use super::known_time::KnownTime;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig};
use rustls_platform_verifier::Verifier;
use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What a client trusts: the authorities of the system, and the office's own.
pub(super) fn config(time: &KnownTime, authority: Option<&Path>) -> Result<ClientConfig, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let own = authority.map_or_else(|| Ok(Vec::new()), certificates)?;
    let verifier = Verifier::new_with_extra_roots(own, provider.clone()).map_err(|error| error.to_string())?;
    let builder = ClientConfig::builder_with_details(provider, Arc::new(time.clone()));
    let mut config = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous() // The name of the method: the verifier checks as much as the usual one.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(format!("{} holds no certificate", file.display())),
        Err(error) => Err(format!("the certificates in {} cannot be read: {error}", file.display())),
    }
}

/// Why a certificate was refused, if it was for nothing but the time.
pub(super) fn wrong_time(error: &(dyn Error + 'static)) -> Option<String> {
    let refused = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>())?;
    match refused {
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => Some(refused.to_string()),
        _ => None,
    }
}

/// An error and its causes. Errors of input and output hide the one they carry from `source`.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn Error + 'static)| {
        let cause: &'a (dyn Error + 'static) = *cause;
        let carried = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        carried.map(|carried| carried as &(dyn Error + 'static)).or_else(|| cause.source())
    })
}
