//! Requests become the events that API Gateway sends, and its own answers are given where it would give them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{IpAddr, Ipv4Addr};

use agent_transfer::gateway::{Arrival, Claims, render};
use agent_transfer::routes::{RouteTable, TEMPLATE};
use agent_transfer::{Stack, StackOptions, TestClock};
use axum::http::{HeaderMap, Request};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use lambda_http::RequestExt as _;
use serde_json::{Value, json};

fn event(request: Request<&[u8]>) -> Value {
    let (parts, body) = request.into_parts();
    let routes = RouteTable::from_template(TEMPLATE).unwrap();
    let matched = routes.find(parts.method.as_str(), parts.uri.path()).unwrap();
    let claims = matched.route.needs_token.then(|| Claims::of_everybody("demo"));
    let arrival = Arrival {
        source: IpAddr::V4(Ipv4Addr::LOCALHOST),
        at: DateTime::from_timestamp_millis(1_795_341_603_004).unwrap(),
        request_id: "JKJaXmPLvHcESHA=",
        claims: claims.as_ref(),
    };
    render(&parts, body, &matched, &arrival)
}

#[test]
fn an_api_request_becomes_the_gateways_event() {
    let request = Request::post("/v1/projects/demo/transfers/a%20b/messages?status=a&status=b&x=%C3%A4+c")
        .header("Host", "127.0.0.1:3000")
        .header("Content-Type", "application/json; charset=utf-8")
        .header("User-Agent", "curl/8")
        .header("X-Twice", "one")
        .header("X-Twice", "two")
        .header("Cookie", "a=1; b=2")
        .body(br#"{"text":"hello"}"#.as_slice())
        .unwrap();
    insta::assert_json_snapshot!(event(request));
}

#[test]
fn a_webhook_comes_without_an_authorizer_and_a_body_that_is_no_text_in_base64() {
    let request = Request::put("/v1/webhooks/five9/i-1/s/a/b")
        .header("Host", "localhost")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(b"a=1\xff".as_slice())
        .unwrap();
    insta::assert_json_snapshot!(event(request));
}

#[test]
fn the_event_gives_the_function_back_what_was_sent() {
    for (kind, body) in [
        ("application/json", b"{\"a\":1}".as_slice()),
        ("application/json", b"\xff\xfe".as_slice()),
        ("application/octet-stream", b"plain".as_slice()),
    ] {
        let request = Request::post("/v1/projects/demo/transfers?limit=1")
            .header("Host", "localhost")
            .header("Content-Type", kind)
            .body(body)
            .unwrap();
        let request: lambda_http::Request =
            transfer_http::GatewayEvent::read(&event(request).to_string()).unwrap().into();
        assert_eq!(request.body().as_ref(), body, "{kind}");
        assert_eq!(request.path_parameters().first("projectId"), Some("demo"));
        assert_eq!(request.query_string_parameters().first("limit"), Some("1"));
    }
}

fn bearer(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("Bearer {}.{}.", part(&json!({ "alg": "none" })), part(claims))
}

async fn get(stack: &Stack, path: &str, authorization: Option<&str>) -> (u16, HeaderMap, Value) {
    let mut request = reqwest::Client::new().get(format!("{}{path}", stack.base_url()));
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.json().await.unwrap())
}

#[tokio::test]
async fn the_gateway_itself_answers_unknown_routes_and_tokens_that_do_not_fit() {
    let options = StackOptions { demo: false, ..StackOptions::stepped(TestClock::standing()) };
    let stack = Stack::start(options).await.unwrap();
    let list = "/v1/projects/p/transfers";

    let (status, headers, body) = get(&stack, "/v1/nothing", None).await;
    assert_eq!((status, body), (404, json!({ "message": "Not Found" })));
    assert!(headers.contains_key("apigw-requestid"));
    let (status, _, body) = get(&stack, list, Some("Bearer nonsense")).await;
    assert_eq!((status, body), (401, json!({ "message": "Unauthorized" })));
    let wrong_scope = bearer(&json!({ "sub": "u", "projects": ["p"], "scope": "inbox:read" }));
    let (status, _, body) = get(&stack, list, Some(&wrong_scope)).await;
    assert_eq!((status, &body["type"]), (403, &json!("urn:agent-transfer:problem:forbidden")), "by the function");
    let other_project = bearer(&json!({ "sub": "u", "projects": ["q"], "scope": "transfers:read" }));
    assert_eq!(get(&stack, list, Some(&other_project)).await.0, 404);
    let right = bearer(&json!({ "sub": "u", "projects": ["q", "p"], "scope": "transfers:read" }));
    assert_eq!(get(&stack, list, Some(&right)).await.0, 200);
    assert_eq!(get(&stack, list, None).await.0, 200);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn more_than_a_function_can_take_is_refused_by_the_gateway() {
    let options = StackOptions { demo: false, ..StackOptions::stepped(TestClock::standing()) };
    let stack = Stack::start(options).await.unwrap();
    let url = format!("{}/v1/projects/p/transfers", stack.base_url());
    let post = |bytes: usize| {
        let request = reqwest::Client::new().post(&url).header("content-type", "application/octet-stream");
        request.body(vec![0_u8; bytes]).send()
    };
    // In base64 it is a third more.
    let response = post(5 * 1024 * 1024).await.unwrap();
    assert_eq!(response.status().as_u16(), 413);
    assert_eq!(response.json::<Value>().await.unwrap(), json!({ "message": "Request Entity Too Large" }));
    // What fits is the function's to judge.
    let response = post(1024).await.unwrap();
    assert_eq!(response.status().as_u16(), 415);
    stack.shutdown().await.unwrap();
}
