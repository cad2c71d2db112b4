//! Requests as the events that API Gateway sends to a function (HTTP API, payload format 2.0).

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::token::Claims;
use crate::routes::Matched;

/// What the gateway adds to a request.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// Who called.
    pub source: IpAddr,
    /// When.
    pub at: DateTime<Utc>,
    /// The gateway's name of the request.
    pub request_id: &'a str,
    /// The claims of the checked token; `None` on a route that takes no token.
    pub claims: Option<&'a Claims>,
}

/// The event of a request.
pub fn render(parts: &Parts, body: &[u8], matched: &Matched<'_>, arrival: &Arrival<'_>) -> Value {
    let query = parts.uri.query().unwrap_or_default();
    let mut event = Map::new();
    let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
    put("version", "2.0".into());
    put("routeKey", matched.route.key.clone().into());
    put("rawPath", parts.uri.path().into());
    put("rawQueryString", query.into());
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        put("cookies", cookies.into());
    }
    put("headers", json!(headers(&parts.headers, arrival)));
    if !query.is_empty() {
        put("queryStringParameters", json!(query_parameters(query)));
    }
    if !matched.parameters.is_empty() {
        put("pathParameters", json!(matched.parameters));
    }
    put("requestContext", context(parts, matched, arrival));
    let text = if is_text(&parts.headers) { std::str::from_utf8(body).ok() } else { None };
    match text {
        _ if body.is_empty() => {}
        Some(text) => drop(put("body", text.into())),
        None => drop(put("body", STANDARD.encode(body).into())),
    }
    put("isBase64Encoded", (!body.is_empty() && text.is_none()).into());
    Value::Object(event)
}

fn context(parts: &Parts, matched: &Matched<'_>, arrival: &Arrival<'_>) -> Value {
    let host = header(&parts.headers, &HOST);
    let mut context = json!({
        "accountId": aws_loopback::ACCOUNT,
        "apiId": "local",
        "domainName": host,
        "domainPrefix": host.split(['.', ':']).next().unwrap_or_default(),
        "http": {
            "method": parts.method.as_str(),
            "path": parts.uri.path(),
            "protocol": format!("{:?}", parts.version),
            "sourceIp": arrival.source.to_string(),
            "userAgent": header(&parts.headers, &USER_AGENT),
        },
        "requestId": arrival.request_id,
        "routeKey": matched.route.key,
        "stage": "$default",
        "time": arrival.at.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "timeEpoch": arrival.at.timestamp_millis(),
    });
    if let (Some(claims), Some(fields)) = (arrival.claims, context.as_object_mut()) {
        // Of the route's scopes, which has none.
        let jwt = json!({ "claims": claims.rendered(), "scopes": null });
        fields.insert("authorizer".to_owned(), json!({ "jwt": jwt }));
    }
    context
}

/// Lower-case names, repeated headers joined with commas, cookies apart, and what the gateway says about the caller.
fn headers<'a>(headers: &'a HeaderMap, arrival: &Arrival<'_>) -> BTreeMap<&'a str, String> {
    let own = headers.keys().filter(|name| **name != COOKIE).map(|name| (name.as_str(), joined(headers, name)));
    let mut all: BTreeMap<_, _> = own.collect();
    let port = header(headers, &HOST).rsplit_once(':').map_or_else(|| "80".to_owned(), |(_, port)| port.to_owned());
    all.insert("x-forwarded-port", port);
    all.insert("x-forwarded-proto", "http".to_owned());
    all.entry("x-forwarded-for")
        .and_modify(|hops| *hops = format!("{hops}, {}", arrival.source))
        .or_insert_with(|| arrival.source.to_string());
    all
}

fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    values.join(",")
}

fn header(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(COOKIE).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    lines.flat_map(|line| line.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>()).collect()
}

/// Decoded; repeated parameters joined with commas.
fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    parameters
}

/// What the gateway passes on as it is; everything else goes in base64.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = header(headers, &CONTENT_TYPE).to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/")
        || matches!(kind, "application/json" | "application/xml" | "application/javascript")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}
