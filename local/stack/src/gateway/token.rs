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

/// Why a request does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The token cannot be read.
    Unauthorized,
    /// The token has none of the route's scopes.
    Forbidden,
}

impl Claims {
    /// What a caller without a token may do on this machine: everything in the project of the path.
    pub fn of_everybody(project: &str) -> Self {
        let claims = json!({ "sub": "local", "iss": "local", "projects": [project], "scope": all_scopes() });
        Self(claims.as_object().cloned().unwrap_or_default())
    }

    /// The claims of a request under a route that needs one of `scopes`. Without an `Authorization` header the
    /// caller may do everything in `project`; a token is read and its signature is not checked.
    pub fn of_request(headers: &HeaderMap, scopes: &[String], project: &str) -> Result<Self, Refused> {
        let Some(authorization) = headers.get(AUTHORIZATION) else {
            return Ok(Self::of_everybody(project));
        };
        let authorization = authorization.to_str().map_err(|_| Refused::Unauthorized)?;
        let claims = Self::decode(authorization).ok_or(Refused::Unauthorized)?;
        if scopes.is_empty() || claims.scopes().any(|own| scopes.iter().any(|scope| scope == own)) {
            Ok(claims)
        } else {
            Err(Refused::Forbidden)
        }
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

    fn scopes(&self) -> impl Iterator<Item = &str> {
        let claim = self.0.get("scope").or_else(|| self.0.get("scp"));
        let listed = claim.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        claim.and_then(Value::as_str).into_iter().flat_map(str::split_ascii_whitespace).chain(listed)
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
    fn a_token_speaks_for_its_own_projects_and_scopes_only() {
        let token = token(&json!({ "sub": "u-1", "projects": ["a", "b"], "scope": "transfers:read", "exp": 1 }));
        let headers = request(&format!("Bearer {token}"));
        let claims = Claims::of_request(&headers, &["transfers:read".to_owned()], "c").unwrap();
        let rendered = claims.rendered();
        assert_eq!(rendered["projects"].as_deref(), Some("[a b]"));
        assert_eq!(rendered["exp"].as_deref(), Some("1"));
        let refused = Claims::of_request(&headers, &["transfers:write".to_owned()], "a").unwrap_err();
        assert_eq!(refused, Refused::Forbidden);
    }

    #[test]
    fn a_token_that_cannot_be_read_is_refused() {
        for broken in ["Bearer x", "Bearer a.b", "Bearer a.b.c", "Basic dTpw", "Bearer e30.e30.e30.e30", "Bearer"] {
            let refused = Claims::of_request(&request(broken), &[], "a").unwrap_err();
            assert_eq!(refused, Refused::Unauthorized, "{broken}");
        }
    }

    #[test]
    fn without_a_token_everything_in_the_project_of_the_path_is_allowed() {
        for scope in transfer_http::Scope::ALL {
            let claims = Claims::of_request(&HeaderMap::new(), &[scope.as_str().to_owned()], "a").unwrap();
            assert_eq!(claims.rendered()["projects"].as_deref(), Some("[a]"));
        }
    }
}
