//! The part of the JWT authorizer, for one machine: it reads tokens and believes them.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// The claims of a token.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims(Map<String, Value>);

/// A request does not pass: its token cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unauthorized;

impl Claims {
    /// What a caller without a token may do on this machine: everything in the project of the path.
    pub fn of_everybody(project: &str) -> Self {
        let claims = json!({ "sub": "local", "iss": "local", "projects": [project], "scope": all_scopes() });
        Self(claims.as_object().cloned().unwrap_or_default())
    }

    /// The claims of a request. Without an `Authorization` header the caller may do everything in `project`; a token is
    /// read and its signature is not checked. What it may do is for the functions to say.
    pub fn of_request(headers: &HeaderMap, project: &str) -> Result<Self, Unauthorized> {
        let Some(authorization) = headers.get(AUTHORIZATION) else {
            return Ok(Self::of_everybody(project));
        };
        let authorization = authorization.to_str().map_err(|_| Unauthorized)?;
        Self::decode(authorization).ok_or(Unauthorized)
    }

    /// As the authorizer gives them to a function: every value but null is a text, a list is `[a b]`.
    pub fn rendered(&self) -> BTreeMap<&str, Option<String>> {
        let text = |value: &Value| (!value.is_null()).then(|| rendered(value));
        self.0.iter().map(|(name, value)| (name.as_str(), text(value))).collect()
    }

    fn decode(authorization: &str) -> Option<Self> {
        let token = match authorization.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            Some(_) => return None,
            // The authorizer takes a bare token too.
            None => authorization,
        };
        let mut parts = token.split('.');
        let (Some(head), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return None;
        };
        read_part(head)?;
        read_part(claims).map(Self)
    }
}

fn all_scopes() -> String {
    transfer_http::Scope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

fn read_part(part: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn rendered(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("[{}]", values.iter().map(rendered).collect::<Vec<_>>().join(" ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(authorization: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, authorization.parse().unwrap())])
    }

    fn token(claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", part(&json!({ "alg": "none" })), part(claims))
    }

    #[test]
    fn a_token_speaks_for_its_own_projects_only() {
        let token = token(&json!({ "sub": "u-1", "projects": ["a", "b"], "scope": "transfers:read", "exp": 1 }));
        let headers = request(&format!("Bearer {token}"));
        let claims = Claims::of_request(&headers, "c").unwrap();
        let rendered = claims.rendered();
        assert_eq!(rendered["projects"].as_deref(), Some("[a b]"));
        assert_eq!(rendered["exp"].as_deref(), Some("1"));
    }

    #[test]
    fn a_token_that_cannot_be_read_is_refused() {
        for broken in ["Bearer x", "Bearer a.b", "Bearer a.b.c", "Basic dTpw", "Bearer e30.e30.e30.e30", "Bearer"] {
            assert_eq!(Claims::of_request(&request(broken), "a"), Err(Unauthorized), "{broken}");
        }
    }

    #[test]
    fn without_a_token_everything_in_the_project_of_the_path_is_allowed() {
        let claims = Claims::of_request(&HeaderMap::new(), "a").unwrap();
        let rendered = claims.rendered();
        assert_eq!(rendered["projects"].as_deref(), Some("[a]"));
        assert_eq!(rendered["scope"].as_deref(), Some(all_scopes().as_str()));
    }
}
