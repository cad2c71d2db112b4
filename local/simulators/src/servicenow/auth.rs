//! Who may call the instance.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::engine::{Answer, Incoming, same};

use super::{Instance, compact::is_compact, config::Auth};

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

pub(super) fn check(desk: &Instance, request: &Incoming) -> Caller {
    let config = &desk.config;
    let (right, otherwise) = match &config.auth {
        Auth::Basic => (request.is_basic(&config.user, &config.password), Caller::Unknown),
        Auth::OAuth2 => (desk.knows_bearer(request), Caller::Unknown),
        Auth::MessageToken(token) => {
            let body = request.json();
            let sent = request
                .header("token")
                .or_else(|| body.as_ref().and_then(|it| it.get("token")).and_then(Value::as_str));
            (sent.is_some_and(|sent| same(sent, token)), Caller::Doubtful("wrong message token"))
        }
        Auth::MessageHash(secret) => {
            let compact = std::str::from_utf8(&request.body).is_ok_and(is_compact);
            let expected = message_hash(secret, &request.body);
            let sent = request.header("x-b2b-signature");
            let matches = compact && sent.is_some_and(|sent| same(sent, &expected));
            (matches, Caller::Doubtful("wrong message hash"))
        }
    };
    if right { Caller::Known } else { otherwise }
}

/// `POST /oauth_token.do`, form only.
pub(super) fn token(desk: &Instance, request: &Incoming) -> Answer {
    if !request.has_content_type("application/x-www-form-urlencoded") {
        return Answer::no_token(400, "invalid_request", "the body must be a form");
    }
    let field = |name| request.form_field(name).unwrap_or_default();
    let denied = || Answer::no_token(401, "server_error", "access_denied");
    let config = &desk.config;
    if field("client_id") != config.client_id || field("client_secret") != config.client_secret {
        return denied();
    }
    let granted = match field("grant_type").as_str() {
        "client_credentials" => true,
        "password" => field("username") == config.user && field("password") == config.password,
        "refresh_token" => desk.book().own.contains(&field("refresh_token")),
        _ => return Answer::no_token(400, "unsupported_grant_type", "unknown grant_type"),
    };
    if !granted {
        return denied();
    }
    let (access, refresh) = (desk.runtime.ids.token(), desk.runtime.ids.token());
    desk.admit(&access, config.token_seconds);
    desk.book().own.insert(refresh.clone());
    let body = json!({
        "access_token": access, "refresh_token": refresh, "scope": "useraccount",
        "token_type": "Bearer", "expires_in": config.token_seconds,
    });
    Answer::taken(200, body)
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
