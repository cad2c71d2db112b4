//! The gateway's event into a request.
//!
//! The library reads claims as texts, and one of another type (`null`, a number, a list) fails the whole event before
//! any function sees it. Which types the claims of a token have is for its issuer to say, so they are made texts first.

use std::collections::HashMap;
use std::convert::Infallible;
use std::task;

use aws_lambda_events::apigw::{
    ApiGatewayRequestAuthorizer, ApiGatewayRequestAuthorizerJwtDescription, ApiGatewayV2httpRequest,
    ApiGatewayV2httpRequestContext,
};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, Method};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, LambdaEvent, Request, Response, Service, service_fn};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

/// A request as the gateway sends it to a function.
#[derive(Debug)]
pub struct GatewayEvent(LambdaRequest);

impl GatewayEvent {
    /// Reads an event's text.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl<'de> Deserialize<'de> for GatewayEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Event::deserialize(deserializer)?.request().map_err(de::Error::custom)?;
        Ok(Self(LambdaRequest::ApiGatewayV2(event)))
    }
}

impl From<GatewayEvent> for Request {
    fn from(event: GatewayEvent) -> Self {
        event.0.into()
    }
}

/// What of an event a request is made of; all else is passed over. The library's own type holds each field, and reads the
/// text three times for it: a twelfth of what a detail took.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(default)]
    raw_path: String,
    raw_query_string: Option<String>,
    cookies: Option<Vec<String>>,
    headers: Option<HashMap<String, String>>,
    path_parameters: Option<HashMap<String, String>>,
    request_context: Context,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    route_key: Option<String>,
    domain_name: Option<String>,
    stage: Option<String>,
    http: Http,
    authorizer: Option<Authorizer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    method: String,
    source_ip: Option<String>,
}

#[derive(Deserialize)]
struct Authorizer {
    jwt: Option<Jwt>,
}

#[derive(Deserialize)]
struct Jwt {
    claims: Option<HashMap<String, Value>>,
}

impl Event {
    fn request(self) -> Result<ApiGatewayV2httpRequest, &'static str> {
        let mut request = ApiGatewayV2httpRequest::default();
        request.raw_path = Some(self.raw_path);
        request.raw_query_string = self.raw_query_string;
        request.cookies = self.cookies;
        request.headers = headers(self.headers.unwrap_or_default());
        request.path_parameters = self.path_parameters.unwrap_or_default();
        request.request_context = self.request_context.library()?;
        request.body = self.body;
        request.is_base64_encoded = self.is_base64_encoded;
        Ok(request)
    }
}

impl Context {
    fn library(self) -> Result<ApiGatewayV2httpRequestContext, &'static str> {
        let mut context = ApiGatewayV2httpRequestContext::default();
        context.route_key = self.route_key;
        context.domain_name = self.domain_name;
        context.stage = self.stage;
        context.http.method = Method::try_from(self.http.method.as_str()).map_err(|_| "no method of HTTP")?;
        context.http.source_ip = self.http.source_ip;
        context.authorizer = self.authorizer.map(Authorizer::library);
        Ok(context)
    }
}

impl Authorizer {
    fn library(self) -> ApiGatewayRequestAuthorizer {
        let mut authorizer = ApiGatewayRequestAuthorizer::default();
        authorizer.jwt = self.jwt.map(|jwt| {
            let mut checked = ApiGatewayRequestAuthorizerJwtDescription::default();
            let told = jwt.claims.unwrap_or_default().into_iter().filter(|(_, claim)| !claim.is_null());
            checked.claims = told.map(|(name, claim)| (name, as_text(claim))).collect();
            checked
        });
        authorizer
    }
}

/// What is no header costs itself, not the request.
fn headers(all: HashMap<String, String>) -> HeaderMap {
    let read =
        |(name, value): (String, String)| Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?));
    all.into_iter().filter_map(read).collect()
}

/// A handler of requests, as `lambda_http::Adapter` makes it, for the gateway's events.
#[derive(Debug, Clone)]
pub struct Gateway<H>(H);

/// The handler of a function that answers requests.
///
/// What answers a request is some twenty kilobytes until it is done, and is put on the heap before it begins: nothing that
/// surrounds it moves it.
pub fn answering<'a, Answer>(
    handle: impl Fn(Request) -> Answer + Clone + Send + 'a,
) -> Gateway<impl Service<LambdaEvent<LambdaRequest>, Response: Serialize, Error = Infallible, Future: Send + 'a>>
where
    Answer: Future<Output = Response<Body>> + Send + 'a,
{
    let handler = service_fn(move |request| {
        let handle = handle.clone();
        Box::pin(async move { Ok::<_, Infallible>(handle(request).await) })
    });
    Gateway(Adapter::from(handler))
}

impl<H: Service<LambdaEvent<LambdaRequest>>> Service<LambdaEvent<GatewayEvent>> for Gateway<H> {
    type Response = H::Response;
    type Error = H::Error;
    type Future = H::Future;

    fn poll_ready(&mut self, context: &mut task::Context<'_>) -> task::Poll<Result<(), H::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, event: LambdaEvent<GatewayEvent>) -> H::Future {
        self.0.call(LambdaEvent::new(event.payload.0, event.context))
    }
}

/// As the gateway writes claims: a list is `[a b]`.
fn as_text(claim: Value) -> String {
    match claim {
        Value::String(text) => text,
        Value::Array(items) => format!("[{}]", items.into_iter().map(as_text).collect::<Vec<_>>().join(" ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => claim.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use transfer_domain::TokenForm;

    use super::*;
    use crate::{Kind, Scope, authorize};

    fn form(project_claim: &str, scope_prefix: &str) -> TokenForm {
        TokenForm { project_claim: project_claim.to_owned(), scope_prefix: scope_prefix.to_owned(), local_caller: None }
    }

    fn request(claims: &Value, scopes: &Value) -> Request {
        request_by(&json!({ "jwt": { "claims": claims, "scopes": scopes } }))
    }

    fn request_by(authorizer: &Value) -> Request {
        let event = json!({
            "version": "2.0", "routeKey": "GET /v1/projects/{projectId}/transfers",
            "rawPath": "/v1/projects/demo/transfers", "rawQueryString": "", "headers": {},
            "pathParameters": { "projectId": "demo" },
            "requestContext": {
                "accountId": "1", "apiId": "a", "domainName": "api.example.com", "domainPrefix": "api",
                "authorizer": authorizer,
                "http": {
                    "method": "GET", "path": "/v1/projects/demo/transfers", "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1", "userAgent": "test",
                },
                "requestId": "r", "routeKey": "GET /v1/projects/{projectId}/transfers", "stage": "$default",
                "time": "12/Jan/2026:10:00:00 +0000", "timeEpoch": 1_768_212_000_000_i64,
            },
            "isBase64Encoded": false,
        });
        GatewayEvent::read(&event.to_string()).unwrap().into()
    }

    #[test]
    fn claims_of_every_type_are_read() {
        let claims = json!({
            "sub": "user-1", "scope": "transfers:read", "projects": ["demo", "other"], "nickname": null,
            "email_verified": true, "exp": 1_768_212_000, "address": { "country": null },
        });
        for scopes in [json!(null), json!([]), json!(["transfers:read", null]), json!("transfers:read")] {
            let caller = authorize(&request(&claims, &scopes), &form("projects", ""), Scope::TransfersRead).unwrap();
            assert_eq!((caller.subject.as_str(), caller.project.as_str()), ("user-1", "demo"));
        }
    }

    #[test]
    fn scopes_may_stand_in_either_claim_as_text_or_list() {
        let text = json!("transfers:read settings:read");
        let list = json!(["transfers:read", "settings:read"]);
        for name in ["scope", "scp"] {
            for value in [&text, &list, &json!("[transfers:read settings:read]")] {
                let claims = json!({ "sub": "u", "projects": "[demo]", name: value });
                let request = request(&claims, &Value::Null);
                assert!(authorize(&request, &form("projects", ""), Scope::SettingsRead).is_ok(), "{claims}");
                let refused = authorize(&request, &form("projects", ""), Scope::SettingsWrite).unwrap_err();
                assert_eq!(refused.kind(), Kind::Forbidden, "{claims}");
            }
        }
    }
    /// Access tokens as the issuers' own documents show them; the project by what each of them can add to a token.
    #[test]
    fn tokens_of_the_usual_issuers_are_read_as_they_are_issued() {
        let cognito = json!({
            "sub": "1example23456789", "token_use": "access", "version": 2, "client_id": "1example23456789",
            "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_example", "exp": 1_768_212_000,
            "scope": "agent-transfer/transfers:read agent-transfer/inbox:read", "cognito:groups": ["demo"],
        });
        let entra_program = json!({
            "aud": "00000000-0000-0000-0000-000000000001", "ver": "2.0", "sub": "00000000-0000-0000-0000-000000000002",
            "iss": "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000003/v2.0", "azpacr": "1",
            "roles": ["transfers:read", "inbox:read", "demo"],
        });
        let entra_user = json!({
            "aud": "00000000-0000-0000-0000-000000000001", "ver": "2.0", "sub": "pairwise", "scp": "transfers:read inbox:read",
            "iss": "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000003/v2.0", "roles": ["demo"],
        });
        let auth0 = json!({
            "iss": "https://example.eu.auth0.com/", "sub": "example@clients", "aud": "agent-transfer",
            "gty": "client-credentials", "permissions": ["transfers:read", "inbox:read"],
            "https://example.com/projects": ["demo"],
        });
        let keycloak = json!({
            "iss": "https://id.example.com/realms/main", "aud": ["agent-transfer", "account"], "typ": "Bearer",
            "sub": "00000000-0000-0000-0000-000000000004", "realm_access": { "roles": ["offline_access"] },
            "scope": "profile transfers:read inbox:read", "projects": ["demo"],
        });
        let okta = json!({
            "ver": 1, "iss": "https://example.okta.com/oauth2/default", "aud": "agent-transfer", "cid": "0oaexample",
            "scp": ["transfers:read", "inbox:read"], "sub": "0oaexample", "projects": ["demo"],
        });
        for (issuer, claims, form) in [
            ("Amazon Cognito", cognito, form("cognito:groups", "agent-transfer/")),
            ("Entra ID, a program", entra_program, form("roles", "")),
            ("Entra ID, a user", entra_user, form("roles", "")),
            ("Auth0", auth0, form("https://example.com/projects", "")),
            ("Keycloak", keycloak, form("projects", "")),
            ("Okta", okta, form("projects", "")),
        ] {
            let request = request(&claims, &Value::Null);
            for scope in [Scope::TransfersRead, Scope::InboxRead] {
                let caller =
                    authorize(&request, &form, scope).unwrap_or_else(|problem| panic!("{issuer}: {problem:?}"));
                assert_eq!(caller.project.as_str(), "demo", "{issuer}");
            }
            let refused = authorize(&request, &form, Scope::TransfersWrite).unwrap_err();
            assert_eq!(refused.kind(), Kind::Forbidden, "{issuer}");
        }
    }

    #[test]
    fn without_an_authorizer_nobody_calls_but_whom_sam_local_is_told_of() {
        let request = request_by(&Value::Null);
        let refused = authorize(&request, &form("projects", ""), Scope::TransfersRead).unwrap_err();
        assert_eq!(refused.kind(), Kind::Unauthorized);
        let local =
            |projects: &str| TokenForm { local_caller: Some(projects.to_owned()), ..form("cognito:groups", "a/") };
        for scope in Scope::ALL {
            assert_eq!(authorize(&request, &local("other demo"), *scope).unwrap().project.as_str(), "demo");
        }
        let elsewhere = authorize(&request, &local("other"), Scope::TransfersRead).unwrap_err();
        assert_eq!(elsewhere.kind(), Kind::NotFound);
        // Who comes with a token is who the token says.
        let by_token = self::request(&json!({ "sub": "u", "projects": "[demo]" }), &Value::Null);
        let refused = authorize(&by_token, &local("demo"), Scope::TransfersRead).unwrap_err();
        assert_eq!(refused.kind(), Kind::Forbidden);
    }

    #[test]
    fn a_scope_of_another_resource_server_is_none_of_ours() {
        for scope in ["other/transfers:read", "transfers:read", "agent-transfer/transfers:reader", "agent-transfer/"] {
            let request = request(&json!({ "sub": "u", "projects": "[demo]", "scope": scope }), &Value::Null);
            let refused = authorize(&request, &form("projects", "agent-transfer/"), Scope::TransfersRead).unwrap_err();
            assert_eq!(refused.kind(), Kind::Forbidden, "{scope}");
        }
    }
}
