//! Headers of answers.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// The version of the resource.
pub fn etag() -> Header {
    of(Type::String, "The version of the resource, for `If-Match`.", "\"3\"")
}

/// The state of the resource.
pub(super) fn entity_tag() -> Header {
    of(Type::String, "What is answered, for `If-None-Match`.", "W/\"0a1b2c3d4e5f60718293a4b5c6d7e8f9\"")
}

/// Where the new resource is.
pub fn location() -> Header {
    let path = "/v1/projects/demo/transfers/agent_transfer:019ab2c0-5d00-7000-8000-000000000001:conv-1:chat";
    of(Type::String, "The path of the new resource.", path)
}

/// The next page, as a link.
pub fn next_page() -> Header {
    let example = "<?from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z&limit=100&cursor=AQGas>; rel=\"next\"";
    of(Type::String, "The next page, relative to the request; absent after the last.", example)
}

/// The cursor of the next page.
pub fn next_cursor() -> Header {
    of(Type::String, "The `cursor` of the next page; absent after the last.", "AQGas")
}

/// When to go on.
pub fn go_on_after() -> Header {
    of(Type::Integer, "Seconds to wait before the same request goes on; absent where nothing has to be waited for.", 60)
}

/// When to try again.
pub(super) fn retry_after() -> Header {
    of(Type::Integer, "Seconds to wait before the same request is sent again.", 1)
}

fn of(kind: Type, description: &str, example: impl Into<serde_json::Value>) -> Header {
    let schema = ObjectBuilder::new().schema_type(kind).build();
    HeaderBuilder::new().schema(Some(schema)).description(Some(description)).example(Some(example.into())).build()
}
