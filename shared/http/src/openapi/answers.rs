//! Headers of answers.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// The version of the resource.
pub fn etag() -> Header {
    of(Type::String, "The version of the resource, for `If-Match`.", "\"3\"")
}

/// Where the new resource is.
pub fn location() -> Header {
    let path = "/v1/projects/demo/transfers/agent_transfer:019ab2c0-5d00-7000-8000-000000000001:conv-1:chat";
    of(Type::String, "The path of the new resource.", path)
}

/// When to try again.
pub(super) fn retry_after() -> Header {
    of(Type::Integer, "Seconds to wait before the same request is sent again.", 1)
}

fn of(kind: Type, description: &str, example: impl Into<serde_json::Value>) -> Header {
    let schema = ObjectBuilder::new().schema_type(kind).build();
    HeaderBuilder::new().schema(Some(schema)).description(Some(description)).example(Some(example.into())).build()
}
