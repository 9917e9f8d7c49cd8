//! Whether a call comes from whom it may come: pure.
//!
//! A page in a browser on the same machine can reach a loopback port, too. It always says so (`Origin`,
//! `Sec-Fetch-Site`), and a name that was bent to this machine's address stands in `Host`.

use super::access::Token;
use super::refusal::Refusal;
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HOST, ORIGIN};
use std::net::{IpAddr, SocketAddr};

/// Holds the headers of a call, which came in at address `here`, against the rules.
pub(super) fn check(headers: &HeaderMap, here: SocketAddr, token: Option<&Token>) -> Result<(), Refusal> {
    if headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site") {
        return Err(Refusal::Browser);
    }
    if !only(headers, HOST.as_str()).is_some_and(|host| names(host, here)) {
        return Err(Refusal::ForeignHost);
    }
    match token {
        Some(token) if !only(headers, AUTHORIZATION.as_str()).is_some_and(|said| holds(said, token)) => {
            Err(Refusal::NoToken)
        }
        _ => Ok(()),
    }
}

/// The value of a header that is there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether a Host header means this address. `localhost` is the one name that nobody can bend.
fn names(host: &str, here: SocketAddr) -> bool {
    // A host without a port means that of plain HTTP; what ends in a bracket has none.
    let (name, port) = host.rsplit_once(':').filter(|_| !host.ends_with(']')).unwrap_or((host, "80"));
    let name = name.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(name);
    let is_here = match name.parse::<IpAddr>() {
        Ok(ip) => ip.to_canonical() == here.ip().to_canonical(),
        Err(_) => name.eq_ignore_ascii_case("localhost") && here.ip().to_canonical().is_loopback(),
    };
    is_here && port.parse() == Ok(here.port())
}

fn holds(said: &str, token: &Token) -> bool {
    let (scheme, secret) = said.split_once(' ').unwrap_or_default();
    scheme.eq_ignore_ascii_case("bearer") && token.is(secret.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderName, HeaderValue};

    fn checked(headers: &[(&'static str, &'static str)], here: &str, token: Option<&str>) -> Result<(), Refusal> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        check(&headers, here.parse().unwrap(), token.map(Token::of).as_ref())
    }

    #[test]
    fn only_the_address_it_came_in_at_is_a_host() {
        for (host, here) in [
            ("127.0.0.1:7878", "127.0.0.1:7878"),
            ("localhost:7878", "127.0.0.1:7878"),
            ("LocalHost:7878", "[::1]:7878"),
            ("[::1]:7878", "[::1]:7878"),
            ("127.0.0.1:7878", "[::ffff:127.0.0.1]:7878"),
            ("192.168.1.20", "192.168.1.20:80"),
            ("[::1]", "[::1]:80"),
        ] {
            assert_eq!(checked(&[("host", host)], here, None), Ok(()), "{host} at {here}");
        }
        for (host, here) in [
            ("evil.example:7878", "127.0.0.1:7878"),
            ("127.0.0.1.evil.example:7878", "127.0.0.1:7878"),
            ("127.0.0.1:80", "127.0.0.1:7878"),
            ("127.0.0.1", "127.0.0.1:7878"),
            ("192.168.1.20:7878", "127.0.0.1:7878"),
            ("localhost:7878", "192.168.1.20:7878"),
            (":7878", "127.0.0.1:7878"),
            ("", "127.0.0.1:7878"),
        ] {
            assert_eq!(checked(&[("host", host)], here, None), Err(Refusal::ForeignHost), "{host} at {here}");
        }
        let mut twice = HeaderMap::from_iter([(HOST, HeaderValue::from_static("127.0.0.1:1"))]);
        twice.append(HOST, HeaderValue::from_static("evil.example"));
        assert_eq!(check(&twice, "127.0.0.1:1".parse().unwrap(), None), Err(Refusal::ForeignHost));
    }

    #[test]
    fn pages_may_not_call() {
        for mark in [("origin", "http://127.0.0.1:7878"), ("origin", "null"), ("sec-fetch-site", "none")] {
            let said = checked(&[("host", "127.0.0.1:7878"), mark], "127.0.0.1:7878", None);
            assert_eq!(said, Err(Refusal::Browser), "{mark:?}");
        }
    }

    #[test]
    fn where_there_is_a_secret_it_has_to_be_said() {
        let said = |authorization| {
            checked(
                &[("host", "127.0.0.1:1"), ("authorization", authorization)],
                "127.0.0.1:1",
                Some("sixteen characters"),
            )
        };
        assert_eq!(said("Bearer sixteen characters"), Ok(()));
        assert_eq!(said("bearer sixteen characters"), Ok(()));
        for wrong in ["Bearer", "Bearer ", "Basic sixteen characters", "sixteen characters", "Bearer sixteen character"]
        {
            assert_eq!(said(wrong), Err(Refusal::NoToken), "{wrong}");
        }
        assert_eq!(checked(&[("host", "127.0.0.1:1")], "127.0.0.1:1", Some("x")), Err(Refusal::NoToken));
    }
}
