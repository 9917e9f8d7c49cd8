//! `/api/v1/devices/{id}/…`: what enrolled kiosks send and fetch. Every answer is signed.

use super::problem::ApiError;
use crate::domain::ids::DeviceId;
use crate::protocol::EvaluationServer;
use crate::protocol::signing::{
    COUNTER_HEADER, DEVICE_HEADER, EPOCH_HEADER, SIGNATURE_HEADER, SignedReply, SignedRequest,
};
use crate::server::http::AppState;
use crate::server::service::ServiceError;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

type ApiResult = Result<Response, ApiError>;

pub(super) async fn batches(
    State(state): State<AppState>,
    Path(device): Path<u32>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let request = signed_request(device, &method, &uri, &headers, body.to_vec())?;
    Ok(respond(state.service.submit(&request).await?))
}

pub(super) async fn config(
    State(state): State<AppState>,
    Path(device): Path<u32>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> ApiResult {
    let request = signed_request(device, &method, &uri, &headers, Vec::new())?;
    let device = state.service.authenticate(&request).await?;
    let roster = state.service.roster(&device).await?;
    sign(&state, &request, &roster).await
}

pub(super) async fn cards(
    State(state): State<AppState>,
    Path(device): Path<u32>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> ApiResult {
    let request = signed_request(device, &method, &uri, &headers, Vec::new())?;
    let device = state.service.authenticate(&request).await?;
    let cards = state.service.cards(&device).await?;
    sign(&state, &request, &cards).await
}

async fn sign(state: &AppState, request: &SignedRequest, body: &impl Serialize) -> ApiResult {
    let body = serde_json::to_vec(body).map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(respond(state.service.sign(request, body).await?))
}

fn respond(reply: SignedReply) -> Response {
    let headers = [(header::CONTENT_TYPE.as_str(), "application/json"), (SIGNATURE_HEADER, &reply.signature)];
    (StatusCode::OK, headers, reply.body).into_response()
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
