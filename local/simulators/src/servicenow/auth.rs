//! Who may call the instance.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use crate::{
    centre::{Answer, Incoming},
    runtime::locked,
};

use super::{ServiceNow, compact::is_compact, config::Auth};

/// Value of `x-b2b-signature` for these bytes: lower-case hex of HMAC-SHA1.
///
/// # Panics
/// Never: the MAC takes keys of any length.
pub fn message_hash(secret: &str, body: &[u8]) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("any key length is valid");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// What the instance thinks of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Let in.
    Known,
    /// 401.
    Unknown,
    /// Noticed only in the instance's log.
    Doubtful(&'static str),
}

pub(super) fn check(instance: &ServiceNow, request: &Incoming) -> Caller {
    let config = &instance.config;
    match &config.auth {
        Auth::Basic => {
            let expected = STANDARD.encode(format!("{}:{}", config.user, config.password));
            known(request.authorization("basic").is_some_and(|sent| same(sent, &expected)))
        }
        Auth::OAuth2 => {
            let now = instance.runtime.options.timer.now_ms();
            let book = locked(&instance.book);
            let expires = request.authorization("bearer").and_then(|it| book.tokens.get(it));
            known(expires.is_some_and(|expires_ms| now < *expires_ms))
        }
        Auth::MessageToken(token) => {
            let body = request.json();
            let sent = request
                .header("token")
                .or_else(|| body.as_ref().and_then(|it| it.get("token")).and_then(Value::as_str));
            doubtful(sent.is_some_and(|sent| same(sent, token)), "wrong message token")
        }
        Auth::MessageHash(secret) => {
            let compact = std::str::from_utf8(&request.body).is_ok_and(is_compact);
            let expected = message_hash(secret, &request.body);
            let sent = request.header("x-b2b-signature");
            let matches = compact && sent.is_some_and(|sent| same(sent, &expected));
            doubtful(matches, "wrong message hash")
        }
    }
}

fn known(right: bool) -> Caller {
    if right { Caller::Known } else { Caller::Unknown }
}

fn doubtful(right: bool, reason: &'static str) -> Caller {
    if right { Caller::Known } else { Caller::Doubtful(reason) }
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// `POST /oauth_token.do`, form only.
pub(super) fn token(instance: &ServiceNow, request: &Incoming) -> Answer {
    let refuse = |status, error: &str, reason: &str| {
        let body = json!({ "error": error, "error_description": reason });
        Answer::refused(status, body, reason)
    };
    if !request.has_content_type("application/x-www-form-urlencoded") {
        return refuse(400, "invalid_request", "the body must be a form");
    }
    let field = |name| request.form_field(name).unwrap_or_default();
    let config = &instance.config;
    if field("client_id") != config.client_id || field("client_secret") != config.client_secret {
        return refuse(401, "server_error", "access_denied");
    }
    let granted = match field("grant_type").as_str() {
        "client_credentials" => true,
        "password" => field("username") == config.user && field("password") == config.password,
        "refresh_token" => locked(&instance.book).refresh_tokens.contains(&field("refresh_token")),
        _ => return refuse(400, "unsupported_grant_type", "unknown grant_type"),
    };
    if !granted {
        return refuse(401, "server_error", "access_denied");
    }
    let (access, refresh) = (instance.runtime.ids.token(), instance.runtime.ids.token());
    let lifetime_ms = i64::from(config.token_seconds) * 1000;
    let expires_ms = instance.runtime.options.timer.now_ms() + lifetime_ms;
    let mut book = locked(&instance.book);
    book.tokens.insert(access.clone(), expires_ms);
    book.refresh_tokens.insert(refresh.clone());
    Answer::taken(
        200,
        Some(json!({
            "access_token": access, "refresh_token": refresh, "scope": "useraccount",
            "token_type": "Bearer", "expires_in": config.token_seconds,
        })),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_of_the_contract() {
        let body = br#"{"requestId":"tr_01J9ZK-0001","userId":"user-77","message":{"text":"hi","typed":true}}"#;
        assert_eq!(message_hash("servicenow-test-secret", body), "8a11927ec846362f2648fc4d39a7ce4251e14ca8");
    }
}
