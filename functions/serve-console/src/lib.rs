//! The console: `GET /`, its assets under `/console/assets/{digest}/`, and `/console/config.json`, which says how it signs
//! in. It is the same for everybody, so none of them takes a token; what it shows it gets from the API.

mod files;

use std::sync::Arc;

use lambda_http::http::{HeaderName, HeaderValue, StatusCode, header};
use lambda_http::{Body, Request, Response};
use serde::Serialize;
use transfer_aws::{ConsoleSignIn, Service};
use transfer_domain::{ProjectId, Provider};
use transfer_http::{EntityTag, Kind, Problem, Route, json, no_such_route, path_parameter, respond, unless_known};

use crate::files::{File, Files};

/// How long an asset may be kept: its address changes with it.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// What the function works with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Console {
    service: Service,
    served: Arc<Served>,
}

#[derive(Debug)]
struct Served {
    files: Files,
    page_tag: EntityTag,
    policy: String,
    config: ConfigRecord,
}

/// What the console is offered to begin with. Nothing in a deployment.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    /// Projects to choose from.
    pub projects: Vec<ProjectId>,
    /// Simulated contact centres to play with; `None` where there are none.
    pub simulators: Option<Vec<SimulatorRecord>>,
}

/// A simulated contact centre.
#[derive(Debug, Clone, Serialize)]
pub struct SimulatorRecord {
    /// Which provider it plays.
    pub provider: Provider,
    /// Where its control API is, at the console's own address.
    pub path: String,
    /// What an integration is put with that points to it.
    pub integration: serde_json::Value,
}

/// How the console signs in, and what it can offer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigRecord {
    sign_in: Option<SignInRecord>,
    project_claim: String,
    projects: Vec<ProjectId>,
    simulators: Option<Vec<SimulatorRecord>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SignInRecord {
    issuer: String,
    client_id: String,
    scopes: Vec<String>,
}

impl From<&ConsoleSignIn> for SignInRecord {
    fn from(sign_in: &ConsoleSignIn) -> Self {
        let ConsoleSignIn { issuer, client_id, scopes, origins: _ } = sign_in;
        Self { issuer: issuer.clone(), client_id: client_id.clone(), scopes: scopes.clone() }
    }
}

impl Console {
    /// The console as it is built in, for a service's configuration.
    pub fn new(service: Service, offer: &Offer) -> Self {
        let files = Files::embedded();
        let sign_in = service.config.console_sign_in.as_ref();
        let config = ConfigRecord {
            sign_in: sign_in.map(Into::into),
            project_claim: service.config.tokens.project_claim.clone(),
            projects: offer.projects.clone(),
            simulators: offer.simulators.clone(),
        };
        let page_tag = EntityTag::of_bytes(&files.page.bytes);
        let policy = policy(sign_in.map_or(&[], |sign_in| &sign_in.origins));
        Self { service, served: Arc::new(Served { files, page_tag, policy, config }) }
    }
}

/// Answers the routes of the console.
pub fn handle(console: &Console, request: &Request) -> Response<Body> {
    let route = Route::of(request);
    console.service.metrics.came_by(route);
    respond(answer(&console.served, route, request))
}

fn answer(served: &Served, route: Option<Route>, request: &Request) -> Result<Response<Body>, Problem> {
    match route {
        Some(Route::ShowConsole) => Ok(page(served, request)),
        Some(Route::ShowConsoleAsset) => asset(served, request),
        Some(Route::ShowConsoleConfig) => Ok(json(StatusCode::OK, &served.config)),
        Some(Route::ProbeConsole) => Ok(without_body(page(served, request))),
        Some(Route::ProbeConsoleAsset) => asset(served, request).map(without_body),
        Some(Route::ProbeConsoleConfig) => Ok(without_body(json(StatusCode::OK, &served.config))),
        Some(_) | None => Err(no_such_route()),
    }
}

fn page(served: &Served, request: &Request) -> Response<Body> {
    let mut response = unless_known(request, &served.page_tag, || of_file(&served.files.page, request));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    if let Ok(policy) = HeaderValue::from_str(&served.policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn asset(served: &Served, request: &Request) -> Result<Response<Body>, Problem> {
    let parameter = |name| path_parameter(request, name).unwrap_or_default();
    let file = served.files.asset(&parameter("digest"), &parameter("path"));
    let mut response = of_file(file.ok_or_else(|| Problem::new(Kind::NotFound))?, request);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    Ok(response)
}

fn of_file(file: &File, request: &Request) -> Response<Body> {
    let compressed = file.compressed().filter(|_| takes_gzip(request));
    let body = match (compressed, std::str::from_utf8(&file.bytes)) {
        (Some(less), _) => Body::Binary(less.to_vec()),
        (None, Ok(text)) => Body::Text(text.to_owned()),
        (None, Err(_)) => Body::Binary(file.bytes.to_vec()),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    if let Ok(media_type) = HeaderValue::from_str(&file.media_type) {
        headers.insert(header::CONTENT_TYPE, media_type);
    }
    if compressed.is_some() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Whether the caller names gzip, and not to refuse it.
fn takes_gzip(request: &Request) -> bool {
    let named = request.headers().get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|text| text.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
        is_gzip && weight.is_none_or(|weight| weight > 0.0)
    })
}

fn without_body(response: Response<Body>) -> Response<Body> {
    response.map(|_| Body::Empty)
}

/// What the page may load, and whom it may ask: this address, and the issuer of its tokens.
fn policy(origins: &[String]) -> String {
    let asked: String = origins.iter().flat_map(|origin| [" ", origin]).collect();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'{asked}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_name_it_and_do_not_refuse_it() {
        let takes = |value: &'static str| {
            let mut request = Request::new(Body::Empty);
            request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            takes_gzip(&request)
        };
        for named in ["gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.5"] {
            assert!(takes(named), "{named}");
        }
        for other in ["", "br", "gzip;q=0", "x-gzip", "br, gzip; q=0.0"] {
            assert!(!takes(other), "{other}");
        }
    }

    #[test]
    fn the_policy_lets_the_page_ask_the_issuer_and_nobody_else() {
        assert!(policy(&[]).contains("connect-src 'self';"));
        let origins = ["https://id.example.com".to_owned(), "https://token.example.com".to_owned()];
        assert!(policy(&origins).contains("connect-src 'self' https://id.example.com https://token.example.com;"));
    }
}
