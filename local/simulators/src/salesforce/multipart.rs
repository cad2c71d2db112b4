//! `multipart/form-data`, read completely.

use futures_util::{FutureExt, stream};
use serde_json::Value;

use crate::engine::Incoming;

/// One part of a body.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) content_type: Option<String>,
    pub(super) file_name: Option<String>,
    pub(super) bytes: Vec<u8>,
}

impl Part {
    /// The part as JSON, if it says and is so.
    pub(super) fn json(&self) -> Option<Value> {
        let media = self.content_type.as_deref()?;
        if !media.eq_ignore_ascii_case("application/json") {
            return None;
        }
        serde_json::from_slice(&self.bytes).ok()
    }
}

/// The parts of a request, or `None` if it is not a well-formed form with parts.
pub(super) fn parts(request: &Incoming) -> Option<Vec<Part>> {
    let boundary = multer::parse_boundary(request.header("content-type")?).ok()?;
    let body = request.body.clone();
    let whole = stream::once(std::future::ready(Ok::<_, std::io::Error>(body)));
    // The body is in memory, so reading it never waits.
    read(multer::Multipart::new(whole, boundary)).now_or_never()?
}

async fn read(mut form: multer::Multipart<'_>) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.ok()? {
        parts.push(Part {
            name: field.name()?.to_owned(),
            content_type: field.content_type().map(|it| it.essence_str().to_owned()),
            file_name: field.file_name().map(str::to_owned),
            bytes: field.bytes().await.ok()?.to_vec(),
        });
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method};

    use super::*;

    fn request(content_type: &str, body: &str) -> Incoming {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().unwrap());
        Incoming {
            method: Method::POST,
            path: String::new(),
            query: String::new(),
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn parts_are_read_with_their_types() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"json\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n\
                    --b\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"a.txt\"\r\n\
                    Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
        let parts = parts(&request("multipart/form-data; boundary=b", body)).unwrap();
        assert_eq!(parts[0].json(), Some(serde_json::json!({ "a": 1 })));
        assert_eq!((parts[1].name.as_str(), parts[1].bytes.as_slice()), ("attachments", &b"hello"[..]));
        assert_eq!(parts[1].json(), None);
        assert_eq!(parts[1].file_name.as_deref(), Some("a.txt"));
    }

    #[test]
    fn json_and_broken_forms_are_no_parts() {
        assert!(parts(&request("application/json", "{}")).is_none());
        assert!(parts(&request("multipart/form-data; boundary=b", "--b\r\nno end")).is_none());
    }
}
