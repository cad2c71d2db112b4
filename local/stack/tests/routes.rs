//! Routes are the template's, matched as an HTTP API matches them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use agent_transfer::gateway::Function;
use agent_transfer::routes::{RouteError, RouteTable, TEMPLATE};

fn routes() -> RouteTable {
    RouteTable::from_template(TEMPLATE).unwrap()
}

/// The key of the matching route, and its parameters in the order of their names.
fn matched(method: &str, path: &str) -> Option<(String, Vec<String>)> {
    let routes = routes();
    let found = routes.find(method, path)?;
    Some((found.route.key.clone(), found.parameters.into_values().collect()))
}

fn is(method: &str, path: &str, key: &str, parameters: &[&str]) {
    let parameters = parameters.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(matched(method, path), Some((key.to_owned(), parameters)), "{method} {path}");
}

#[test]
fn every_route_of_the_api_is_found_with_its_parameters() {
    let session = "agent_transfer:0193a5c0-7e2b-7abc-8def-0123456789ab:c-1:chat";
    is("POST", "/v1/projects/p/transfers", "POST /v1/projects/{projectId}/transfers", &["p"]);
    is("GET", "/v1/projects/p/transfers", "GET /v1/projects/{projectId}/transfers", &["p"]);
    let below = |rest: &str| format!("/v1/projects/p/transfers/{session}{rest}");
    for (method, rest) in
        [("GET", ""), ("GET", "/messages"), ("GET", "/timeline"), ("POST", "/messages"), ("POST", "/end")]
    {
        let key = format!("{method} /v1/projects/{{projectId}}/transfers/{{sessionId}}{rest}");
        is(method, &below(rest), &key, &["p", session]);
    }
    is("GET", "/v1/projects/p/settings/agent-transfer", "GET /v1/projects/{projectId}/settings/agent-transfer", &["p"]);
    for method in ["GET", "PUT", "DELETE"] {
        let key = format!("{method} /v1/projects/{{projectId}}/integrations/{{provider}}");
        is(method, "/v1/projects/p/integrations/genesys", &key, &["p", "genesys"]);
    }
    is(
        "POST",
        "/v1/projects/p/inbox/tasks/t/claim",
        "POST /v1/projects/{projectId}/inbox/tasks/{taskId}/claim",
        &["p", "t"],
    );
}

#[test]
fn a_literal_wins_over_a_parameter_and_a_parameter_over_the_rest() {
    is("POST", "/v1/webhooks/relay/i-1", "POST /v1/webhooks/relay/{integrationId}", &["i-1"]);
    is("POST", "/v1/webhooks/relay/i-1/raw", "POST /v1/webhooks/relay/{integrationId}/raw", &["i-1"]);
    let any = "ANY /v1/webhooks/{provider}/{target}/{secret}";
    is("POST", "/v1/webhooks/genesys/i-1/s", any, &["genesys", "s", "i-1"]);
    is("PUT", "/v1/webhooks/genesys/i-1/s", any, &["genesys", "s", "i-1"]);
    let rest = "ANY /v1/webhooks/{provider}/{target}/{secret}/{rest+}";
    is("GET", "/v1/webhooks/five9/i-1/s/a/b%2Fc", rest, &["five9", "a/b/c", "s", "i-1"]);
}

#[test]
fn the_console_is_at_the_root_and_its_assets_are_below_their_digest() {
    is("GET", "/", "GET /", &[]);
    is("HEAD", "/", "HEAD /", &[]);
    let asset = "GET /console/assets/{digest}/{path+}";
    is("GET", "/console/assets/0a1b/app/main.js", asset, &["0a1b", "app/main.js"]);
    is("GET", "/console/config.json", "GET /console/config.json", &[]);
    assert_eq!(matched("POST", "/"), None);
}

#[test]
fn a_route_that_fits_the_path_but_not_the_method_gives_way() {
    is("GET", "/v1/webhooks/relay/i-1/raw", "ANY /v1/webhooks/{provider}/{target}/{secret}", &["relay", "raw", "i-1"]);
    assert_eq!(matched("PATCH", "/v1/projects/p/transfers"), None);
}

#[test]
fn what_is_not_in_the_template_is_not_found() {
    for path in [
        "",
        "/v1",
        "/v1/projects//transfers",
        "/v1/projects/p/transfers/",
        "/v1/projects/p/transfers/s/other",
        "/V1/projects/p/transfers",
        "/v1/projects/p/transfers/s/messages/more",
        "/v1/webhooks/genesys/i-1",
        "/v1/webhooks/genesys/i-1/s/",
        "/v1/webhooks/relay",
    ] {
        assert_eq!(matched("GET", path), None, "{path}");
    }
}

#[test]
fn parameters_are_decoded_segment_by_segment() {
    is("GET", "/v1/projects/a%20b/transfers", "GET /v1/projects/{projectId}/transfers", &["a b"]);
    is("GET", "/v1/projects/a%2Fb/transfers", "GET /v1/projects/{projectId}/transfers", &["a/b"]);
}

#[test]
fn only_webhooks_and_the_console_itself_take_no_token() {
    let routes = routes();
    for route in routes.routes() {
        let (_, path) = route.key.split_once(' ').unwrap();
        let open = path.starts_with("/v1/webhooks/") || path == "/" || path.starts_with("/console/");
        assert_eq!(route.needs_token, !open, "{}", route.key);
    }
}

#[test]
fn a_route_to_an_unknown_function_is_refused() {
    let template = "
Resources:
  Other:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/other
      Events:
        Any: { Type: HttpApi, Properties: { Method: ANY, Path: /x } }
";
    let error = RouteTable::from_template(template).unwrap_err();
    assert!(matches!(error, RouteError::UnknownFunction(name) if name == "functions/other"));
    assert_eq!(Function::named("other"), None);
}
