//! What is asked: from method, path and body to a call. Pure.

use super::refusal::Refusal;
use hyper::Method;
use serde::Deserialize;

/// What a queue system can ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// The next visitor was called.
    Called,
    /// A visitor has been served.
    Served,
    /// Whether this counter serves.
    State,
}

impl Call {
    /// The call with this method and path.
    pub(super) fn of(method: &Method, path: &str) -> Result<Self, Refusal> {
        let (call, needed, name) = match path {
            "/v1/visits/called" => (Call::Called, Method::POST, "POST"),
            "/v1/visits/served" => (Call::Served, Method::POST, "POST"),
            "/v1/state" => (Call::State, Method::GET, "GET"),
            _ => return Err(Refusal::NoSuchCall),
        };
        if *method == needed { Ok(call) } else { Err(Refusal::Method(name)) }
    }
}

/// What a call about a visit may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    #[serde(default)]
    service: Option<String>,
}

/// The code of the service in a body. No body, or an empty one, is a visit of whatever kind.
pub(super) fn service_code(body: &[u8]) -> Result<Option<String>, Refusal> {
    let body = body.trim_ascii();
    if body.is_empty() {
        return Ok(None);
    }
    // A list would be read as the values of an object in their order.
    if !body.starts_with(b"{") {
        return Err(Refusal::Unreadable("it is no object".to_owned()));
    }
    let about: About = serde_json::from_slice(body).map_err(|error| Refusal::Unreadable(error.to_string()))?;
    Ok(about.service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_three_calls() {
        assert_eq!(Call::of(&Method::POST, "/v1/visits/called"), Ok(Call::Called));
        assert_eq!(Call::of(&Method::POST, "/v1/visits/served"), Ok(Call::Served));
        assert_eq!(Call::of(&Method::GET, "/v1/state"), Ok(Call::State));
        assert_eq!(Call::of(&Method::GET, "/v1/visits/called"), Err(Refusal::Method("POST")));
        assert_eq!(Call::of(&Method::POST, "/v1/state"), Err(Refusal::Method("GET")));
        for path in ["/", "/v1/visits", "/v1/visits/called/", "/v2/state", "//v1/state"] {
            assert_eq!(Call::of(&Method::GET, path), Err(Refusal::NoSuchCall), "{path}");
        }
    }

    #[test]
    fn a_body_names_a_service_or_nothing() {
        for (body, code) in [
            ("", None),
            (" \n", None),
            ("{}", None),
            (r#"{ "service": null }"#, None),
            (r#"{ "service": "ktp_el" }"#, Some("ktp_el")),
        ] {
            assert_eq!(service_code(body.as_bytes()).unwrap().as_deref(), code, "{body}");
        }
        for body in ["ktp_el", "[]", r#"["kk"]"#, "null", r#"{ "servise": "kk" }"#, r#"{ "service": 7 }"#, "{", "\u{1}"]
        {
            assert!(matches!(service_code(body.as_bytes()), Err(Refusal::Unreadable(_))), "{body}");
        }
    }
}
