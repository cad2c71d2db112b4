//! Parameters of paths, queries and headers.

use transfer_domain::{ContactId, EndpointId, IntegrationId, ProjectId, Provider, SessionId, TransferId};
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::limits::{MAX_POSITION, POSITION};
use super::schemas::{Schemas, Shape};

/// The parameters of a path, by the names that every route uses.
pub(super) fn path(path: &str, schemas: &mut Schemas) -> Vec<Parameter> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            let (schema, description) = of_path(name, schemas);
            parameter(name, ParameterIn::Path, description, schema).required(Required::True).build()
        })
        .collect()
}

fn of_path(name: &str, schemas: &mut Schemas) -> (Shape, &'static str) {
    match name {
        "projectId" => (schemas.refer::<ProjectId>(), "The project. The token must cover it."),
        "sessionId" => (schemas.refer::<SessionId>(), "The transfer session; colons may be percent-encoded."),
        "contactId" => (schemas.refer::<ContactId>(), "The end user, percent-encoded."),
        "taskId" => (schemas.refer::<TransferId>(), "The task: the uuid within the session's id."),
        "provider" => (schemas.refer::<Provider>(), "The contact centre's product, such as `genesys`."),
        "integrationId" => (schemas.refer::<IntegrationId>(), "The integration, as in its `relayUrl`."),
        "endpointId" => (schemas.refer::<EndpointId>(), "The event endpoint, by the project's name of it."),
        "deliveryId" => (word(), "The delivery, as in the list."),
        "target" => (schemas.refer::<IntegrationId>(), "The integration, as in its `webhookUrl`."),
        "secret" => (word(), "The path secret, as in the integration's `webhookUrl`."),
        _ => (word(), "What the contact centre adds to the address; may have slashes."),
    }
}

fn word() -> Shape {
    ObjectBuilder::new().schema_type(Type::String).into()
}

/// A parameter of the query. A list may stand several times, once for each value.
pub fn query(name: &str, description: &str, schema: impl Into<Shape>) -> ParameterBuilder {
    parameter(name, ParameterIn::Query, description, schema.into())
        .required(Required::False)
        .style(Some(ParameterStyle::Form))
        .explode(Some(true))
}

/// How many items a page has at most.
pub fn page_limit(default: u8, max: u8) -> ParameterBuilder {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(max))
        .default(Some(default.into()));
    query("limit", "How many items the page has at most.", schema)
}

/// How long an answer may wait for something to tell, in seconds.
pub fn wait_seconds(longest: u64) -> ParameterBuilder {
    let schema =
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(longest)).default(Some(0.into()));
    query("waitSeconds", "How long the answer waits for something to tell.", schema)
}

/// Where a page continues: what the page before gave out under another name.
pub fn position(name: &str, description: &str) -> ParameterBuilder {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(MAX_POSITION))
        .pattern(Some(POSITION));
    query(name, description, schema)
}

/// A header of the request.
pub fn header(name: &str, description: &str, schema: impl Into<Shape>) -> ParameterBuilder {
    parameter(name, ParameterIn::Header, description, schema.into()).required(Required::False)
}

fn parameter(name: &str, place: ParameterIn, description: &str, schema: Shape) -> ParameterBuilder {
    ParameterBuilder::new().name(name).parameter_in(place).description(Some(description)).schema(Some(schema))
}
