//! Requests into values.

use lambda_http::http::header;
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt};
use serde::de::DeserializeOwned;
use serde_json::Value;
use transfer_domain::strict::{Strict, Unreadable, half_characters, read_object};
use transfer_domain::{ContactId, IdempotencyKey, SessionId};

use crate::{FieldError, Kind, Problem};

/// The largest body of an API request, in bytes.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// The API's own domain name that the request came by. The gateway fills it in, not the caller.
fn domain_name(request: &Request) -> Option<String> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.domain_name.clone(),
        #[expect(clippy::allow_attributes, reason = "the enum has more variants when other features are unified in")]
        #[allow(unreachable_patterns, clippy::wildcard_enum_match_arm)]
        _ => None,
    }
}

/// The API's address as providers see it. Without one in the configuration it is the one that the caller used: an API
/// that is made of its functions cannot be named in their environment.
pub fn public_address(configured: &str, request: &Request) -> String {
    match domain_name(request) {
        Some(domain) if configured.is_empty() => format!("https://{domain}"),
        Some(_) | None => configured.to_owned(),
    }
}

/// The address that the request came from, as the gateway saw it.
pub fn source_address(request: &Request) -> Option<String> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.clone(),
        #[expect(clippy::allow_attributes, reason = "the enum has more variants when other features are unified in")]
        #[allow(unreachable_patterns, clippy::wildcard_enum_match_arm)]
        _ => None,
    }
}

/// A path parameter. The gateway has decoded it; what still looks encoded was encoded twice, and is what it says.
pub fn path_parameter(request: &Request, name: &str) -> Option<String> {
    request.path_parameters_ref()?.first(name).map(str::to_owned)
}

/// The session id of the path. One that cannot exist is answered like one that does not.
pub fn session_id(request: &Request) -> Result<SessionId, Problem> {
    let id = path_parameter(request, "sessionId").and_then(|text| text.parse().ok());
    let id: SessionId = id.ok_or_else(|| Problem::new(Kind::NotFound))?;
    tracing::Span::current().record("transfer.id", tracing::field::display(id.transfer));
    Ok(id)
}

/// The contact of the path. One that cannot exist is answered like a path that does not.
pub fn contact_id(request: &Request) -> Result<ContactId, Problem> {
    let id = path_parameter(request, "contactId").and_then(|text| text.parse().ok());
    id.ok_or_else(|| Problem::new(Kind::NotFound))
}

/// The raw body. Refuses more than `limit` bytes.
pub fn raw_body(request: &Request, limit: usize) -> Result<&[u8], Problem> {
    let bytes: &[u8] = match request.body() {
        Body::Text(text) => text.as_bytes(),
        Body::Binary(bytes) => bytes,
        // Empty, or of a kind that the library may add.
        Body::Empty | _ => &[],
    };
    if bytes.len() > limit {
        return Err(Problem::new(Kind::TooLarge).with_detail(format!("at most {limit} bytes are accepted")));
    }
    Ok(bytes)
}

/// The JSON body as `T`. A field that does not fit is named by its JSON pointer.
pub fn json_body<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|text| text.split(';').next()).map(|text| text.trim().to_ascii_lowercase());
    if essence.as_deref() != Some("application/json") {
        return Err(Problem::new(Kind::UnsupportedMediaType));
    }
    parse_json(raw_body(request, MAX_BODY_BYTES)?)
}

/// The JSON body as `T`, or `T`'s default when there is none.
pub fn optional_json_body<T: DeserializeOwned + Default>(request: &Request) -> Result<T, Problem> {
    if raw_body(request, MAX_BODY_BYTES)?.is_empty() { Ok(T::default()) } else { json_body(request) }
}

fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // In two steps, so that a text that cannot be read and a field that does not fit are told apart.
    let fields = read_object(bytes).map_err(|fault| unreadable(bytes, fault))?;
    serde_path_to_error::deserialize(Strict(Value::Object(fields))).map_err(|error| {
        let field = FieldError::new(json_pointer(error.path()), error.inner().to_string());
        if error.inner().is_list_for_fields() {
            Problem::malformed("a list stands where an object must stand").with_errors(vec![field])
        } else {
            Problem::invalid_fields(vec![field])
        }
    })
}

/// A text with half a character is a field that does not fit, not a body that cannot be read.
fn unreadable(bytes: &[u8], fault: Unreadable) -> Problem {
    let halves = match fault {
        Unreadable::NotJson { .. } => half_characters(bytes),
        Unreadable::Twice { .. } | Unreadable::TooDeep | Unreadable::NotAnObject => Vec::new(),
    };
    if halves.is_empty() {
        return Problem::malformed(format!("the body cannot be read: {fault}"));
    }
    let half = |pointer| FieldError::new(pointer, "has half a character: a surrogate without the other of its pair");
    Problem::invalid_fields(halves.into_iter().map(half).collect())
}

fn json_pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// The caller's `Idempotency-Key`, if there is one.
pub fn idempotency_key(request: &Request) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = request.headers().get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().and_then(|text| IdempotencyKey::new(text).ok());
    match (key, values.next()) {
        (Some(key), None) => Ok(Some(key)),
        (Some(_), Some(_)) | (None, _) => Err(Problem::malformed(
            "Idempotency-Key must be one value of 1 to 255 visible ASCII characters without commas",
        )),
    }
}

/// The query of a request: every parameter must be known, and only the repeatable ones may stand twice.
#[derive(Debug)]
pub struct Query<'a> {
    request: &'a Request,
    errors: Vec<FieldError>,
}

impl<'a> Query<'a> {
    /// Reads the query, refusing parameters that are not in `known`.
    pub fn of(request: &'a Request, known: &[&str]) -> Self {
        let parameters = request.query_string_parameters_ref();
        let mut unknown: Vec<_> = parameters
            .map(|parameters| parameters.iter().map(|(name, _)| name.to_owned()).collect())
            .unwrap_or_default();
        unknown.sort();
        unknown.dedup();
        let errors = unknown
            .into_iter()
            .filter(|name| !known.contains(&name.as_str()))
            .map(|name| FieldError::new(format!("?{name}"), format!("is not known; known are {}", known.join(", "))))
            .collect();
        Self { request, errors }
    }

    /// All values of a repeatable parameter. The gateway joins repetitions with commas.
    pub fn all<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Vec<T> {
        let texts: Vec<String> = self.raw(name).iter().flat_map(|value| value.split(',')).map(str::to_owned).collect();
        texts.iter().filter_map(|text| self.parse(name, text)).collect()
    }

    /// The value of a parameter that may stand once.
    pub fn one<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Option<T> {
        let values = self.raw(name);
        match values.as_slice() {
            [] => None,
            [value] => self.parse(name, value),
            [_, _, ..] => {
                self.errors.push(FieldError::new(format!("?{name}"), "may stand only once"));
                None
            }
        }
    }

    /// Adds a fault that only the caller of this type can see.
    pub fn refuse(&mut self, name: &str, detail: impl Into<String>) {
        self.errors.push(FieldError::new(format!("?{name}"), detail));
    }

    /// Closes the reading: 400 with every fault, if there were any.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.refusal()) }
    }

    /// As [`Self::finish`], with the value of a parameter that must be there.
    pub fn finish_with<T>(mut self, name: &str, value: Option<T>) -> Result<T, Problem> {
        let pointer = format!("?{name}");
        let Some(value) = value else {
            if !self.errors.iter().any(|error| error.pointer == pointer) {
                self.refuse(name, "is required");
            }
            return Err(self.refusal());
        };
        self.finish().map(|()| value)
    }

    fn refusal(self) -> Problem {
        Problem::malformed("the query is not valid").with_errors(self.errors)
    }

    fn raw(&self, name: &str) -> Vec<String> {
        let values = self.request.query_string_parameters_ref().and_then(|parameters| parameters.all(name));
        values.unwrap_or_default().into_iter().map(str::to_owned).collect()
    }

    fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, name: &str, text: &str) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.errors.push(FieldError::new(format!("?{name}"), error.to_string()));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderValue;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Somebody {
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        home: Home,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Home {
        #[serde(default)]
        floor: u8,
    }

    fn refused(body: &str) -> (u16, String) {
        let response = parse_json::<Somebody>(body.as_bytes()).unwrap_err().into_response();
        let Body::Text(text) = response.body() else { panic!("text") };
        (response.status().as_u16(), text.clone())
    }

    #[test]
    fn an_object_is_read_with_what_is_in_it() {
        let somebody: Somebody = parse_json(br#"{"name":"a","home":{"floor":3}}"#).unwrap();
        assert_eq!((somebody.name.as_deref(), somebody.home.floor), (Some("a"), 3));
    }

    #[test]
    fn a_list_is_no_object_at_the_top_and_below() {
        for body in ["[]", r#"["somebody"]"#, r#"{"home":[3]}"#, r#"{"home":[]}"#] {
            assert_eq!(refused(body).0, 400, "{body}");
        }
        assert!(refused(r#"{"home":[3]}"#).1.contains(r#""pointer":"/home""#));
    }

    #[test]
    fn a_field_that_stands_twice_is_refused() {
        for body in [r#"{"name":"a","name":"a"}"#, r#"{"home":{"floor":1,"floor":2}}"#] {
            assert_eq!(refused(body).0, 400, "{body}");
        }
    }

    #[test]
    fn half_a_character_is_a_field_that_does_not_fit_and_named() {
        let (status, text) = refused(r#"{"name":"a \ud83d","home":{"floor":3}}"#);
        assert_eq!(status, 422, "{text}");
        assert!(text.contains(r#""pointer":"/name""#) && text.contains("half a character"), "{text}");
        let whole: Somebody = parse_json(br#"{"name":"\ud83d\ude00"}"#).unwrap();
        assert_eq!(whole.name.as_deref(), Some("\u{1f600}"));
        for body in [r#"{"name":"\ud83d""#, r#"{"name":"\ud8"}"#, r#"{"name":"\ud83d","name":"a"}"#] {
            assert_eq!(refused(body).0, 400, "{body}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named_and_neither_types_nor_values_are_told() {
        let cases = [
            (r#"{"home":{"floor":"s3cret"}}"#, "/home/floor", "must be a whole number of 0 to 255"),
            (r#"{"name":{"s3cret":1}}"#, "/name", "must be a text"),
            (r#"{"home":"s3cret"}"#, "/home", "must be an object"),
        ];
        for (body, pointer, words) in cases {
            let (status, text) = refused(body);
            let document: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(status, 422, "{text}");
            assert_eq!(document["errors"], serde_json::json!([{ "pointer": pointer, "detail": words }]));
            assert!(!text.contains("s3cret"), "{text}");
        }
    }

    #[test]
    fn two_idempotency_keys_are_refused_also_when_the_gateway_has_joined_them() {
        let key = |values: &[&'static str]| {
            let mut request = Request::default();
            for value in values {
                request.headers_mut().append("idempotency-key", HeaderValue::from_static(value));
            }
            idempotency_key(&request).map(|key| key.map(|key| key.as_str().to_owned())).map_err(|it| it.kind())
        };
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&["k-1"]), Ok(Some("k-1".to_owned())));
        for twice in [&["k-1", "k-2"][..], &["k-1,k-2"], &["k-1, k-2"], &["k-1,"], &["k-1,k-1"]] {
            assert_eq!(key(twice), Err(Kind::Malformed), "{twice:?}");
        }
    }

    #[test]
    fn what_still_looks_encoded_in_a_path_is_not_decoded_again() {
        let parameters = |value: &str| {
            let all = std::collections::HashMap::from([("id".to_owned(), vec![value.to_owned()])]);
            Request::default().with_path_parameters(all)
        };
        assert_eq!(path_parameter(&parameters("a%3Ab"), "id").unwrap(), "a%3Ab");
        assert_eq!(path_parameter(&parameters("a:b"), "id").unwrap(), "a:b");
    }
}
