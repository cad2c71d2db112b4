//! The console's page, its assets and its configuration, as a browser gets them.

use std::sync::Arc;

use agent_transfer::Stack;
use lambda_http::{Body, Request, Response};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use serve_console::{Console, Offer};
use transfer_aws::{Config, ConsoleSignIn, Service};
use transfer_domain::TokenForm;
use transfer_providers::GENESYS;
use transfer_tests::api::{stack, stack_with, stepped};
use transfer_tests::harness::{ApiRequest, World, answer_of};

const FOR_EVER: &str = "public, max-age=31536000, immutable";

async fn ask(stack: &Stack, method: Method, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let client: Client = simulators::plain_http().build().unwrap();
    let request = client.request(method, format!("{}{path}", stack.base_url()));
    headers.iter().fold(request, |it, (name, value)| it.header(*name, *value)).send().await.unwrap()
}

fn header(response: &reqwest::Response, name: &str) -> String {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// The address of the page's first script.
async fn first_script(stack: &Stack) -> String {
    let page = ask(stack, Method::GET, "/", &[]).await.text().await.unwrap();
    let (_, behind) = page.split_once("src=\"/console/assets/").unwrap();
    format!("/console/assets/{}", behind.split('"').next().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_asked_for_each_time_and_sent_once() {
    let (stack, _) = stack().await;
    let page = ask(&stack, Method::GET, "/?project=demo&view=transfers", &[]).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
    assert_eq!(header(&page, "cache-control"), "no-cache");
    let tag = header(&page, "etag");
    let known = ask(&stack, Method::GET, "/", &[("if-none-match", &tag)]).await;
    assert_eq!((known.status(), header(&known, "etag")), (StatusCode::NOT_MODIFIED, tag));
    assert_eq!(header(&known, "cache-control"), "no-cache");
    assert!(known.bytes().await.unwrap().is_empty());
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_may_load_and_ask_nothing_but_what_is_here() {
    let (stack, _) = stack().await;
    let page = ask(&stack, Method::GET, "/", &[]).await;
    let policy = header(&page, "content-security-policy");
    let rules: Vec<&str> = policy.split("; ").collect();
    assert_eq!(
        rules,
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    );
    assert_eq!(header(&page, "x-content-type-options"), "nosniff");
    assert_eq!(header(&page, "referrer-policy"), "no-referrer");
    assert_eq!(header(&page, "cross-origin-opener-policy"), "same-origin");
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_is_kept_for_ever_and_an_old_or_unknown_one_is_not_there() {
    let (stack, _) = stack().await;
    let script = first_script(&stack).await;
    let asset = ask(&stack, Method::GET, &script, &[]).await;
    assert_eq!(asset.status(), StatusCode::OK);
    assert_eq!(header(&asset, "content-type"), "text/javascript; charset=utf-8");
    assert_eq!(header(&asset, "cache-control"), FOR_EVER);
    assert_eq!(header(&asset, "x-content-type-options"), "nosniff");
    let digest = script.split('/').nth(3).unwrap();
    for other in [
        script.replace(digest, &"0".repeat(digest.len())),
        format!("/console/assets/{digest}/app/other.js"),
        format!("/console/assets/{digest}/index.html"),
        format!("/console/assets/{digest}/..%2f..%2fCargo.toml"),
    ] {
        assert_eq!(ask(&stack, Method::GET, &other, &[]).await.status(), StatusCode::NOT_FOUND, "{other}");
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_takes_gzip_gets_it_and_reads_the_same() {
    let (stack, _) = stack().await;
    let plain = ask(&stack, Method::GET, "/", &[]).await;
    assert_eq!((header(&plain, "content-encoding"), header(&plain, "vary")), (String::new(), "accept-encoding".into()));
    let plain = plain.bytes().await.unwrap();
    let less = ask(&stack, Method::GET, "/", &[("accept-encoding", "br, gzip")]).await;
    assert_eq!((header(&less, "content-encoding"), header(&less, "vary")), ("gzip".into(), "accept-encoding".into()));
    let less = less.bytes().await.unwrap();
    let mut read = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*less), &mut read).unwrap();
    assert_eq!(read, plain);
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn head_answers_as_get_does_without_a_body() {
    let (stack, _) = stack().await;
    let script = first_script(&stack).await;
    for path in ["/", &script, "/console/config.json"] {
        let get = ask(&stack, Method::GET, path, &[]).await;
        let head = ask(&stack, Method::HEAD, path, &[]).await;
        assert_eq!(head.status(), get.status(), "{path}");
        for name in ["content-type", "cache-control", "etag", "content-security-policy"] {
            assert_eq!(header(&head, name), header(&get, name), "{path} {name}");
        }
        assert!(head.bytes().await.unwrap().is_empty());
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_laptop_the_console_is_offered_the_demo_and_the_simulators_at_its_own_address() {
    let (stack, api) = stack().await;
    let config: Value = ask(&stack, Method::GET, "/console/config.json", &[]).await.json().await.unwrap();
    assert_eq!((&config["signIn"], &config["projects"]), (&Value::Null, &json!(["demo"])));
    let simulators = config["simulators"].as_array().unwrap();
    assert_eq!(simulators.len(), stack.centres().len());
    // A project of one's own is connected by what is offered.
    for simulator in simulators {
        let path = format!("/v1/projects/own/integrations/{}", simulator["provider"].as_str().unwrap());
        let put = reqwest::Client::new().put(format!("{}{path}", stack.base_url())).json(&simulator["integration"]);
        let put = put.send().await.unwrap();
        // The bus has one source, and `demo` has it.
        let taken = simulator["integration"]["settings"].get("partnerSource").is_some();
        assert_eq!(put.status(), if taken { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CREATED }, "{path}");
    }
    let genesys = simulators.iter().find(|it| it["provider"] == "genesys").unwrap()["path"].as_str().unwrap();

    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let uuid = transfer_tests::api::uuid(&session);
    let joined = ask(&stack, Method::POST, &format!("{genesys}/conversations/{uuid}/join"), &[]).await;
    assert!(joined.status().is_success(), "{}", joined.status());
    stack.settle().await.unwrap();
    assert_eq!(api.status(&session).await, "active");
    let state: Value = ask(&stack, Method::GET, &format!("{genesys}/state"), &[]).await.json().await.unwrap();
    assert!(state["conversations"].to_string().contains(&uuid));
    // As people know it, and as the simulator does.
    for id in [&session, &uuid] {
        let said = reqwest::Client::new().post(format!("{}{genesys}/conversations/{id}/say", stack.base_url()));
        let said = said.json(&json!({ "text": "Hello" })).send().await.unwrap();
        assert_eq!(said.status(), StatusCode::NO_CONTENT, "{id}");
    }
    for none in ["/local/simulators/other/state", "/local/simulators"] {
        assert_eq!(ask(&stack, Method::GET, none, &[]).await.status(), StatusCode::NOT_FOUND, "{none}");
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_demo_no_project_is_offered() {
    let (stack, _) = stack_with(agent_transfer::StackOptions { demo: false, ..stepped() }).await;
    let config: Value = ask(&stack, Method::GET, "/console/config.json", &[]).await.json().await.unwrap();
    assert_eq!(config["projects"], json!([]));
    stack.shutdown().await.unwrap();
}

async fn deployed(sign_in: Option<ConsoleSignIn>, route: &str) -> Response<Body> {
    let world = World::start(GENESYS).await;
    let service = world.service();
    let tokens = TokenForm { project_claim: "project_id".to_owned(), ..service.config.tokens.clone() };
    let config = Config { console_sign_in: sign_in, tokens, ..(*service.config).clone() };
    let console = Console::new(Service { config: Arc::new(config), ..service }, &Offer::default());
    let request: Request = ApiRequest::without_token(route).build();
    serve_console::handle(&console, &request)
}

#[tokio::test]
async fn a_deployment_says_how_to_sign_in_and_offers_nothing() {
    let sign_in = ConsoleSignIn {
        issuer: "https://id.example.com/".to_owned(),
        client_id: "console".to_owned(),
        scopes: vec!["openid".to_owned(), "transfers:read".to_owned()],
        origins: vec!["https://id.example.com".to_owned()],
    };
    let config = answer_of(deployed(Some(sign_in.clone()), "GET /console/config.json").await).body;
    let expected = json!({
        "signIn": {
            "issuer": "https://id.example.com/", "clientId": "console", "scopes": ["openid", "transfers:read"],
        },
        "projectClaim": "project_id",
        "projects": [],
        "simulators": null,
    });
    assert_eq!(config, expected);
    assert_eq!(answer_of(deployed(None, "GET /console/config.json").await).body["signIn"], Value::Null);
    let page = deployed(Some(sign_in), "GET /").await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("connect-src 'self' https://id.example.com;"), "{policy}");
}
