//! What this function says about its operation.

use serde_json::json;
use transfer_http::Scope;
use transfer_http::openapi::Operation;
use utoipa::openapi::path::HttpMethod;

use crate::IntegrationTest;

const DESCRIPTION: &str = "Tries within ten seconds whether the contact centre can be reached and takes the credentials, \
                           whether somebody would take a conversation, where that can be asked, and whether the API can \
                           be reached by callbacks. Nothing is opened.";

/// The operation.
pub fn operations() -> Vec<Operation> {
    let path = "/v1/projects/{projectId}/integrations/{provider}/test";
    let example = json!({
        "passed": false,
        "findings": [
            { "step": "settings", "outcome": "ok", "detail": null },
            { "step": "address", "outcome": "ok", "detail": null },
            { "step": "credentials", "outcome": "failed", "detail": "misconfigured: the token endpoint refuses the credentials: 401" },
            { "step": "queue", "outcome": "not_checked", "detail": "this contact centre cannot be asked" },
            { "step": "callback", "outcome": "ok", "detail": null },
        ],
    });
    vec![
        Operation::new(HttpMethod::Post, path, Scope::SettingsWrite)
            .named("Integrations", "testIntegration")
            .does("Test an integration", DESCRIPTION)
            .answers::<IntegrationTest<'_>>(200, "What was found.", example),
    ]
}
