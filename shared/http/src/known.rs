//! What a caller has already: entity tags, and the answer that it need not be sent again.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::io;

use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Request, Response};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::respond::empty;

/// How much of a digest tells two states apart.
const TAG_BYTES: usize = 16;

/// Names the state of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag {
    /// Between the quotes.
    opaque: String,
    weak: bool,
}

impl EntityTag {
    /// A weak tag of a state, from which all follows that is told but what moves by itself, such as a duration: that is
    /// not news. It need not be rendered for that; another release may render it otherwise, so its tags are others.
    pub fn of_state(state: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        state.hash(&mut hasher);
        Self { weak: true, opaque: format!("{:016x}", hasher.finish()) }
    }

    /// A weak tag of what a value says. Give it without what moves by itself.
    ///
    /// By the standard library's keyed hash without a key: it tells apart what one caller asks for again, nobody gains by
    /// making two alike, and it takes a fifteenth of a digest. Another build may give another tag, which costs one answer.
    pub fn of(value: &impl Serialize) -> Self {
        let mut told = Hashed(DefaultHasher::new());
        // What cannot be written as JSON is not answered with any state.
        let written = serde_json::to_writer(&mut told, value).is_ok();
        Self { weak: true, opaque: format!("{:016x}", if written { told.0.finish() } else { 0 }) }
    }

    /// A tag of a representation, byte by byte.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self { opaque: opaque(Sha256::new().chain_update(bytes)), weak: false }
    }

    /// Whether `If-None-Match` names it, by the weak comparison.
    fn is_named_by(&self, request: &Request) -> bool {
        let named = request.headers().get_all(header::IF_NONE_MATCH).into_iter().filter_map(|it| it.to_str().ok());
        named.flat_map(|text| text.split(',')).map(str::trim).any(|tag| {
            let opaque = tag.trim_start_matches("W/").strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            tag == "*" || opaque == Some(&self.opaque)
        })
    }

    fn header(&self) -> Option<HeaderValue> {
        let weak = if self.weak { "W/" } else { "" };
        HeaderValue::try_from(format!("{weak}\"{}\"", self.opaque)).ok()
    }
}

/// What is written is hashed.
struct Hashed(DefaultHasher);

impl io::Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn opaque(hash: Sha256) -> String {
    hex::encode(hash.finalize().get(..TAG_BYTES).unwrap_or_default())
}

/// The answer with its tag, or 304 if the caller names that tag as what it has.
pub fn unless_known(request: &Request, tag: &EntityTag, answer: impl FnOnce() -> Response<Body>) -> Response<Body> {
    let mut response = if tag.is_named_by(request) { empty(StatusCode::NOT_MODIFIED) } else { answer() };
    if let Some(tag) = tag.header() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(tag: &EntityTag, named: Option<&str>) -> u16 {
        let mut request = Request::new(Body::Empty);
        if let Some(named) = named {
            request.headers_mut().insert(header::IF_NONE_MATCH, HeaderValue::from_str(named).unwrap());
        }
        let answer = unless_known(&request, tag, || Response::new(Body::Text("all of it".to_owned())));
        assert_eq!(answer.headers()[header::ETAG], tag.header().unwrap());
        answer.status().as_u16()
    }

    #[test]
    fn who_has_the_state_is_not_sent_it_again() {
        for tag in [EntityTag::of(&"a"), EntityTag::of_bytes(b"a")] {
            let own = tag.header().unwrap().to_str().unwrap().to_owned();
            let (strong, weak) = (own.trim_start_matches("W/"), format!("W/{}", own.trim_start_matches("W/")));
            for known in [&own, strong, &weak, "*", &format!("\"other\", {own}")] {
                assert_eq!(status(&tag, Some(known)), 304, "{known}");
            }
            for other in ["\"other\"", "", strong.trim_matches('"'), "W/", "\""] {
                assert_eq!(status(&tag, Some(other)), 200, "{other}");
            }
            assert_eq!(status(&tag, None), 200);
        }
    }

    #[test]
    fn other_states_have_other_tags() {
        assert_ne!(EntityTag::of(&"a"), EntityTag::of(&"b"));
        assert_eq!(EntityTag::of(&"a"), EntityTag::of(&"a"));
        assert_ne!(EntityTag::of_state(&("a", 1)), EntityTag::of_state(&("a", 2)));
        assert_eq!(EntityTag::of_state(&("a", 1)), EntityTag::of_state(&("a", 1)));
    }
}
