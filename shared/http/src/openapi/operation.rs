//! One operation of the API.

use std::collections::BTreeSet;

use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{HttpMethod, Operation as Described, Parameter};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{Array, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, RefOr, Required, ResponseBuilder};

use super::schemas::{Schemas, Shape};
use super::{answers, parameters};
use crate::{Kind, Scope};

/// The name of the security scheme: the gateway's token.
const TOKEN: &str = "token";

/// One operation, as the function that answers it describes it.
#[derive(Clone)]
pub struct Operation {
    /// Its method.
    pub method: HttpMethod,
    /// Its path, as the gateway's routes name it.
    pub path: &'static str,
    /// What it asks of a token; `None` if it takes no token.
    pub scope: Option<Scope>,
    /// The problems that it can answer with.
    pub problems: BTreeSet<Kind>,
    /// The schemas that it names.
    pub schemas: Schemas,
    /// Everything else.
    pub described: Described,
}

impl Operation {
    /// An operation under a project, for tokens of this scope.
    pub fn new(method: HttpMethod, path: &'static str, scope: Scope) -> Self {
        let mut operation = Self::without_token(method, path);
        operation.scope = Some(scope);
        operation.described.security = Some(vec![SecurityRequirement::new(TOKEN, [scope.as_str()])]);
        operation.refuses(&[Kind::Unauthorized, Kind::Forbidden, Kind::NotFound])
    }

    /// An operation that takes no token.
    pub fn without_token(method: HttpMethod, path: &'static str) -> Self {
        let mut schemas = Schemas::default();
        let mut described = Described::new();
        let parameters = parameters::path(path, &mut schemas);
        described.parameters = Some(parameters.into_iter().map(RefOr::T).collect());
        // Said explicitly: not even a default of the whole document applies.
        described.security = Some(vec![]);
        let problems = BTreeSet::from([Kind::Internal, Kind::Unavailable]);
        Self { method, path, scope: None, problems, schemas, described }
    }

    /// Its name for generated clients, under a tag.
    #[must_use]
    pub fn named(mut self, tag: &str, id: &str) -> Self {
        self.described.tags = Some(vec![tag.to_owned()]);
        self.described.operation_id = Some(id.to_owned());
        self
    }

    /// What it does: in one line, and in more.
    #[must_use]
    pub fn does(mut self, summary: &str, description: &str) -> Self {
        self.described.summary = Some(summary.to_owned());
        self.described.description = Some(description.to_owned());
        self
    }

    /// Parameters beside those of its path.
    #[must_use]
    pub fn takes(mut self, parameters: impl IntoIterator<Item = impl Into<Parameter>>) -> Self {
        let parameters = parameters.into_iter().map(|parameter| RefOr::T(parameter.into()));
        self.described.parameters.get_or_insert_default().extend(parameters);
        self.refuses(&[Kind::Malformed])
    }

    /// A parameter whose schema is a type's.
    #[must_use]
    pub fn takes_in_query<T: ToSchema>(mut self, name: &str, description: &str) -> Self {
        let schema = self.schemas.refer::<T>();
        self.takes([parameters::query(name, description, schema)])
    }

    /// A list parameter whose values have a type's schema.
    #[must_use]
    pub fn takes_several_in_query<T: ToSchema>(mut self, name: &str, description: &str) -> Self {
        let schema = Array::new(self.schemas.refer::<T>());
        self.takes([parameters::query(name, description, Schema::Array(schema))])
    }

    /// Takes in a type that only a generic one names.
    #[must_use]
    pub fn mentions<T: ToSchema>(mut self) -> Self {
        self.schemas.refer::<T>();
        self
    }

    /// A JSON body.
    #[must_use]
    pub fn body<T: ToSchema>(mut self, required: Required, example: Value) -> Self {
        let schema = self.schemas.refer::<T>();
        let content = ContentBuilder::new().schema(Some(schema)).example(Some(example));
        self = self.body_of("application/json", content);
        if let Some(RefOr::T(body)) = &mut self.described.request_body {
            body.required = Some(required);
        }
        self.refuses(&[Kind::Malformed, Kind::TooLarge, Kind::UnsupportedMediaType, Kind::InvalidFields])
    }

    /// A body of any kind.
    #[must_use]
    pub fn body_of(mut self, media_type: &str, content: ContentBuilder) -> Self {
        let body = RequestBodyBuilder::new().content(media_type, content.build()).required(Some(Required::True));
        self.described.request_body = Some(RefOr::T(body.build()));
        self
    }

    /// Adds the limit of a property that its validation has.
    #[must_use]
    pub fn limit<T: ToSchema>(mut self, property: &str, limit: impl FnOnce(&mut Schema)) -> Self {
        self.schemas.refine::<T>(property, limit);
        self
    }

    /// Says that at least one of these properties must be there, and not empty. Comes after the limits of properties:
    /// what it makes of the type is no plain object any more.
    #[must_use]
    pub fn needs_one_of<T: ToSchema>(mut self, properties: &[&str]) -> Self {
        self.schemas.needs_one_of::<T>(properties);
        self
    }

    /// A success with a JSON body.
    #[must_use]
    pub fn answers<T: ToSchema>(mut self, status: u16, description: &str, example: Value) -> Self {
        let schema = self.schemas.refer::<T>();
        self.answers_with(status, description, schema, example)
    }

    /// A success with a JSON body of a generic type, under a name of its own.
    #[must_use]
    pub fn answers_as<T: ToSchema>(mut self, name: &str, status: u16, description: &str, example: Value) -> Self {
        let schema = self.schemas.refer_as::<T>(name);
        self.answers_with(status, description, schema, example)
    }

    fn answers_with(mut self, status: u16, description: &str, schema: Shape, example: Value) -> Self {
        let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
        let response = ResponseBuilder::new().description(description).content("application/json", content);
        self.described.responses.responses.insert(status.to_string(), response.into());
        self
    }

    /// A success with JSON Lines, each of which is a `T`.
    #[must_use]
    pub fn answers_lines_of<T: ToSchema>(mut self, status: u16, description: &str, example: Value) -> Self {
        let schema = self.schemas.refer::<T>();
        let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
        let response = ResponseBuilder::new().description(description).content("application/jsonl", content);
        self.described.responses.responses.insert(status.to_string(), response.into());
        self
    }

    /// A success without a body.
    #[must_use]
    pub fn answers_nothing(mut self, status: u16, description: &str) -> Self {
        let response = ResponseBuilder::new().description(description);
        self.described.responses.responses.insert(status.to_string(), response.into());
        self
    }

    /// Its success has an `ETag`, and is not sent again to who names that in `If-None-Match`. Comes after the success.
    #[must_use]
    pub fn unless_known(mut self) -> Self {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let tag = parameters::header("If-None-Match", "The `ETag` of an answer that the caller has.", text);
        self.described.parameters.get_or_insert_default().push(RefOr::T(tag.into()));
        self.answers_nothing(304, "It is what the caller has.").with_header("ETag", &answers::entity_tag())
    }

    /// A header of every success so far.
    #[must_use]
    pub fn with_header(mut self, name: &str, header: &Header) -> Self {
        for response in self.described.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                response.headers.insert(name.to_owned(), RefOr::T(header.clone()));
            }
        }
        self
    }

    /// Problems beside those that every such operation has.
    #[must_use]
    pub fn refuses(mut self, kinds: &[Kind]) -> Self {
        self.problems.extend(kinds);
        self
    }
}
