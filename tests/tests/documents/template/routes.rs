//! Routes and scopes: what the gateway lets through, and what the functions ask of a token.

use std::collections::{BTreeMap, BTreeSet};

use agent_transfer::routes::{RouteTable, TEMPLATE};
use lambda_http::{Body, Request, Response};
use serde_json::json;
use transfer_http::{Route, Scope};
use transfer_providers::{Adapters, GENESYS};
use transfer_tests::harness::{ApiRequest, Process, World, answer_of};

use super::reading::{Template, list, texts, written};

/// The functions behind the API, by folder.
async fn call(process: &Process, function: &str, request: Request) -> Response<Body> {
    let service = &process.service;
    match function {
        "create-transfer" => create_transfer::handle(service, request).await,
        "list-transfers" => list_transfers::handle(service, request).await,
        "get-transfer" => get_transfer::handle(service, request).await,
        "event-deliveries" => event_deliveries::handle(&process.deliveries(), request).await,
        "transfer-events" => transfer_events::handle(service, request).await,
        "export-transfers" => export_transfers::handle(service, request).await,
        "erase-contact" => erase_contact::handle(service, request).await,
        "mcp" => mcp::handle(service, &mcp::ApiCaller::new().unwrap(), request).await,
        "send-message" => send_message::handle(service, &Adapters::inbound(), &process.commands(), request).await,
        "end-transfer" => end_transfer::handle(service, request).await,
        "settings" => settings::handle(service, &Adapters::inbound(), request).await,
        "test-integration" => test_integration::handle(&process.tester(), request).await,
        "inbox" => inbox::handle(service, request).await,
        other => panic!("no test knows how to call {other}"),
    }
}

/// The function of each route.
fn functions_by_route(template: &Template) -> BTreeMap<String, String> {
    let mut routes = BTreeMap::new();
    for function in template.functions() {
        for source in function.sources_of("HttpApi") {
            let text = |name: &str| source.properties[name].as_str().unwrap();
            let key = format!("{} {}", text("Method"), text("Path"));
            assert_eq!(written(&source.properties["ApiId"]), "${Api}", "{key}");
            assert!(routes.insert(key.clone(), function.binary.to_owned()).is_none(), "{key} stands twice");
        }
    }
    routes
}

/// What a token must be good for on a route; nothing where no token is asked for.
pub(crate) fn scope_of(key: &str) -> Option<Scope> {
    let (method, path) = key.split_once(' ').unwrap();
    Some(match (method, path) {
        (_, path) if path.starts_with("/v1/webhooks/") || path == "/" || path.starts_with("/console/") => return None,
        (_, path) if path.ends_with("/transfers/export") => Scope::TransfersExport,
        (_, path) if path.ends_with("/erase") => Scope::TransfersErase,
        (_, path) if path.ends_with("/mcp") => Scope::TransfersWrite,
        ("GET", path) if path.contains("/transfers") => Scope::TransfersRead,
        (_, path) if path.contains("/transfers") => Scope::TransfersWrite,
        ("GET", path) if path.contains("/inbox/") => Scope::InboxRead,
        (_, path) if path.contains("/inbox/") => Scope::InboxWrite,
        ("GET", _) => Scope::SettingsRead,
        (_, _) => Scope::SettingsWrite,
    })
}

/// With every scope but the route's own, a function refuses; with the route's own alone it does not.
#[tokio::test]
async fn each_function_asks_for_the_scope_of_the_route() {
    let template = Template::read();
    let world = World::start(GENESYS).await;
    let process = world.steady();
    let functions = functions_by_route(&template);
    for route in RouteTable::from_template(TEMPLATE).unwrap().routes() {
        let Some(own) = scope_of(&route.key) else { continue };
        let others: Vec<&str> = Scope::ALL.iter().filter(|it| **it != own).map(|scope| scope.as_str()).collect();
        for (granted, allowed) in [(own.as_str().to_owned(), true), (others.join(" "), false)] {
            let request = ["sessionId", "taskId", "provider"]
                .iter()
                .fold(ApiRequest::of(&route.key).with_scopes(&granted), |it, name| it.parameter(name, "unknown"))
                .json(&json!({}));
            let answer = answer_of(Box::pin(call(process, &functions[&route.key], request.build())).await);
            assert_eq!(answer.status != 403, allowed, "{} with {granted}: {}", route.key, answer.body);
            assert_ne!(answer.status, 500, "{}: {}", route.key, answer.body);
        }
    }
}

#[test]
fn the_routes_of_the_template_are_those_that_the_code_knows() {
    let deployed = RouteTable::from_template(TEMPLATE).unwrap();
    let deployed: BTreeSet<&str> = deployed.routes().iter().map(|route| route.key.as_str()).collect();
    let known: Vec<String> = Route::ALL.iter().map(|route| format!("{} {}", route.method(), route.path())).collect();
    assert_eq!(deployed, known.iter().map(String::as_str).collect());
    assert_eq!(deployed.len(), known.len(), "none stands twice");
}

#[test]
fn only_webhooks_and_the_console_itself_go_without_a_token() {
    let template = Template::read();
    let functions = functions_by_route(&template);
    for route in RouteTable::from_template(TEMPLATE).unwrap().routes() {
        let is_open = ["provider-webhook", "serve-console"].contains(&functions[&route.key].as_str());
        assert_eq!(!route.needs_token, is_open, "{}", route.key);
        assert_eq!(route.key.contains(" /v1/projects/"), !is_open, "{}", route.key);
    }
    // A gateway knows scopes in two claims alone, and without what an issuer writes before them.
    let text = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml"));
    assert!(!text.unwrap().contains("AuthorizationScopes"), "scopes are left to the functions");
    let auth = &template.properties("Api")["Auth"];
    assert_eq!(auth["DefaultAuthorizer"].as_str(), Some("Jwt"));
    let jwt = &auth["Authorizers"]["Jwt"]["JwtConfiguration"];
    assert_eq!(written(&jwt["issuer"]), "${JwtIssuer}");
    let mut audience = Vec::new();
    texts(&jwt["audience"], &mut audience);
    assert_eq!(audience, [",", "JwtAudience"], "split where there are several");
}

#[test]
fn every_route_is_throttled_and_webhooks_apart_from_the_rest() {
    let template = Template::read();
    let api = template.properties("Api");
    let limits =
        |of: &serde_yaml_ng::Value| (written(&of["ThrottlingRateLimit"]), written(&of["ThrottlingBurstLimit"]));
    assert_eq!(limits(&api["DefaultRouteSettings"]), ("${ApiRateLimit}".into(), "${ApiBurstLimit}".into()));
    let own = api["RouteSettings"].as_mapping().unwrap();
    for limited in own.values() {
        assert_eq!(limits(limited), ("${WebhookRateLimit}".into(), "${WebhookBurstLimit}".into()));
    }
    let own: BTreeSet<&str> = own.keys().map(|key| key.as_str().unwrap()).collect();
    let routes = RouteTable::from_template(TEMPLATE).unwrap();
    let webhooks = routes.routes().iter().map(|route| route.key.as_str()).filter(|key| key.contains(" /v1/webhooks/"));
    assert_eq!(own, webhooks.collect());
}

/// What one caller may send to one integration, by a function that has as many instances as it needs for it.
#[test]
fn one_caller_of_one_integration_cannot_use_up_a_route_of_webhooks() {
    let template = Template::read();
    let default = |name: &str| template.section("Parameters")[name]["Default"].as_u64().unwrap();
    assert!(default("IntegrationRateLimit") * 10 <= default("WebhookRateLimit"));
    assert!(default("IntegrationBurstLimit") * 5 <= default("WebhookBurstLimit"));
}

#[test]
fn the_default_endpoint_can_be_closed_where_there_is_another_one() {
    let template = Template::read();
    let api = template.properties("Api");
    assert_eq!(written(&api["DisableExecuteApiEndpoint"]), "if HasNoDefaultEndpoint, true, false");
    assert_eq!(template.section("Parameters")["DisableDefaultEndpoint"]["Default"].as_str(), Some("false"));
    let mut rule = Vec::new();
    texts(&template.section("Rules")["OwnDomain"], &mut rule);
    for address in ["DomainName", "PublicBaseUrl"] {
        assert!(rule.contains(&address.to_owned()), "{rule:?}");
    }
}

/// No page of others may call the API unless its origin is given, and then with what the API asks for.
#[test]
fn pages_of_others_may_call_the_api_from_the_origins_that_are_given() {
    let template = Template::read();
    assert_eq!(template.section("Parameters")["CorsAllowedOrigins"]["Default"].as_str(), Some(""));
    let cors = &template.properties("Api")["CorsConfiguration"];
    let mut origins = Vec::new();
    texts(&cors["AllowOrigins"], &mut origins);
    assert_eq!(origins, ["HasCorsOrigins", ",", "CorsAllowedOrigins", "https://nobody.invalid"]);
    assert!(cors["AllowCredentials"].is_null(), "tokens come in a header, never by a cookie");
    let allowed = list(&cors["AllowMethods"]);
    for route in RouteTable::from_template(TEMPLATE).unwrap().routes().iter().filter(|route| route.needs_token) {
        let method = route.key.split(' ').next().unwrap().to_owned();
        assert!(method == "ANY" || allowed.contains(&method), "{}", route.key);
    }
}

#[test]
fn the_access_log_tells_the_route_and_never_the_path_the_query_or_who_called() {
    let template = Template::read();
    let format = template.properties("Api")["AccessLogSettings"]["Format"].as_str().unwrap();
    let fields: serde_json::Value = serde_json::from_str(format).unwrap();
    let variables: BTreeSet<&str> = fields.as_object().unwrap().values().map(|it| it.as_str().unwrap()).collect();
    for wanted in ["$context.routeKey", "$context.status", "$context.requestId"] {
        assert!(variables.contains(wanted), "{wanted}");
    }
    for variable in variables {
        let told = ["path", "querystring", "identity", "claims", "domainname"];
        assert!(
            !told.iter().any(|word| variable.to_lowercase().contains(word)),
            "{variable} may tell a secret or a person"
        );
    }
}
