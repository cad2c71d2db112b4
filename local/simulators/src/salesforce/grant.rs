//! `POST /services/oauth2/token`: the JWT bearer flow. Earlier tokens stay valid.

use serde_json::json;

use crate::engine::{Answer, Desk, Incoming};

use super::{
    Salesforce,
    assertion::{self, Expected},
};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

pub(super) fn token(org: &Desk<Salesforce>, request: &Incoming) -> Answer {
    let refuse = |error, reason| Answer::no_token(400, error, reason);
    if !request.has_content_type("application/x-www-form-urlencoded") {
        return refuse("invalid_request", "the body must be a form");
    }
    if request.form_field("grant_type").as_deref() != Some(GRANT_TYPE) {
        return refuse("unsupported_grant_type", "grant type not supported");
    }
    let Some(sent) = request.form_field("assertion") else {
        return refuse("invalid_request", "missing required parameter: assertion");
    };
    let config = &org.config;
    let expected = Expected {
        issuer: &config.consumer_key,
        subject: &config.username,
        audience: &config.audience,
        unit: config.expiry_unit,
    };
    if let Err(doubt) = assertion::check(&org.own.key, &sent, org.now_ms(), &expected) {
        let error = if doubt.starts_with("client") { "invalid_client_id" } else { "invalid_grant" };
        return refuse(error, doubt);
    }
    let token = format!("{}!AQ{}", config.org_id, org.runtime.ids.token());
    org.admit(&token, config.token_seconds);
    // How long it lives is the org's session policy, and the answer does not say it.
    let body = json!({
        "access_token": token,
        "instance_url": "https://acme.my.salesforce.com",
        "token_type": "Bearer",
        "scope": "interaction_api",
    });
    Answer::taken(200, Some(body))
}
