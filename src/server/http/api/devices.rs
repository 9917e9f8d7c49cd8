//! `/api/v1/devices/{id}/…`: what enrolled kiosks send and fetch. Every answer is signed, refusals too.

use super::problem::ApiError;
use crate::domain::ids::DeviceId;
use crate::protocol::EvaluationServer;
use crate::protocol::problem::{CONTENT_TYPE, Problem};
use crate::protocol::signing::{
    COUNTER_HEADER, DEVICE_HEADER, EPOCH_HEADER, SIGNATURE_HEADER, SignedReply, SignedRequest, TIME_HEADER,
};
use crate::server::http::AppState;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// Answers one call of a device; which calls there are, the service knows.
pub(super) async fn call(
    State(state): State<AppState>,
    Path((device, _call)): Path<(u32, String)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let request = signed_request(device, &method, &uri, &headers, body.to_vec())?;
    Ok(respond(state.service.call(&request).await?))
}

fn respond(reply: SignedReply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = if status == StatusCode::OK { "application/json" } else { CONTENT_TYPE };
    let time_ms = reply.time_ms.to_string();
    let headers =
        [(header::CONTENT_TYPE.as_str(), kind), (TIME_HEADER, &time_ms), (SIGNATURE_HEADER, &reply.signature)];
    let retry_after_ms = retry_after_ms(&reply);
    let mut response = (status, headers, reply.body).into_response();
    if let Some(retry_after_ms) = retry_after_ms {
        response.headers_mut().insert(header::RETRY_AFTER, retry_after_ms.div_ceil(1_000).into());
    }
    response
}

/// For those between kiosk and server who read headers; the kiosk reads the signed document.
fn retry_after_ms(reply: &SignedReply) -> Option<u64> {
    if reply.status != 503 {
        return None;
    }
    serde_json::from_slice::<Problem>(&reply.body).ok()?.retry_after_ms
}

/// The request as it was signed; the device in the path is the one in the header.
fn signed_request(
    device: u32,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: Vec<u8>,
) -> Result<SignedRequest, ApiError> {
    let unsigned = || {
        let detail =
            format!("the headers {DEVICE_HEADER}, {EPOCH_HEADER}, {COUNTER_HEADER} and {SIGNATURE_HEADER} are needed");
        ApiError::new(StatusCode::UNAUTHORIZED, "unsigned", detail)
    };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).ok_or_else(unsigned);
    let number = |name: &str| text(name)?.parse::<u64>().map_err(|_not_a_number| unsigned());
    if number(DEVICE_HEADER)? != u64::from(device) {
        return Err(unsigned());
    }
    Ok(SignedRequest {
        method: method.as_str().to_owned(),
        path: uri.path().to_owned(),
        body,
        device: DeviceId::try_from(device).map_err(|_too_large| unsigned())?,
        epoch: number(EPOCH_HEADER)?,
        counter: number(COUNTER_HEADER)?,
        signature: text(SIGNATURE_HEADER)?.to_owned(),
    })
}
