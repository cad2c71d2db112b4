//! The API as an OpenAPI 3.1 document.
//!
//! Each function describes its own operations, beside their handler and from the types that are on the wire; here they
//! are put together. `docs/openapi.json` is this document, held to it by a test.

use std::collections::BTreeSet;

use serde_json::Value;
use transfer_http::Kind;
use transfer_http::openapi::{Operation, Schemas, failure_responses, gateway_answer};
use utoipa::openapi::path::Paths;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::server::{ServerBuilder, ServerVariableBuilder};
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{
    Components, ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, Response,
};

const DESCRIPTION: &str = "Hands conversations of AI agents to humans in contact centres and follows them to their end.

JSON in camelCase, times in RFC 3339 UTC. Every record has all of its fields; what is not there is null. Unknown \
fields of a request are refused.

Failures are problem documents (RFC 9457) with a stable `type`; `errors` names every field that breaks a rule, by \
JSON pointer (`?name` for a parameter of the query). What a token does not cover is answered like what does not \
exist. After 503, and after 409 `idempotency-in-progress`, the same request may be repeated when `Retry-After` is over.

What happens to a transfer is told by events: on the bus, by webhook (`/settings/event-endpoints`), and to whoever asks (`GET …/events`). Their schemas \
stand in `events/schemas`.";

const TOKEN: &str = "A token of the configured issuer, with the operation's scope. Its claim (`projects` unless \
                     configured otherwise) lists the projects that it covers.";

/// Every operation, as the functions describe them.
pub fn operations() -> Vec<Operation> {
    [
        create_transfer::openapi::operations(),
        list_transfers::openapi::operations(),
        get_transfer::openapi::operations(),
        transfer_events::openapi::operations(),
        export_transfers::openapi::operations(),
        erase_contact::openapi::operations(),
        end_transfer::openapi::operations(),
        send_message::openapi::operations(),
        settings::openapi::operations(),
        test_integration::openapi::operations(),
        event_deliveries::openapi::operations(),
        inbox::openapi::operations(),
        provider_webhook::openapi::operations(),
    ]
    .concat()
}

/// The document.
pub fn document() -> OpenApi {
    let mut paths = Paths::new();
    let mut schemas = Schemas::default();
    let mut components = ComponentsBuilder::new();
    let mut named = BTreeSet::new();
    for mut operation in operations() {
        for (status, (name, response)) in failures(&mut operation) {
            let reference = Ref::from_response_name(&name);
            operation.described.responses.responses.insert(status.to_string(), reference.into());
            if named.insert(name.clone()) {
                components = components.response(name, response);
            }
        }
        schemas.merge(operation.schemas);
        paths.add_path_operation(operation.path, vec![operation.method], operation.described);
    }
    let components = components.schema("GatewayAnswer", gateway_answer()).schemas_from_iter(schemas);
    let components = components.security_scheme("token", token()).build();
    described(paths, components)
}

/// The document as the local stack serves it: there a token may be left out.
pub fn local_document() -> OpenApi {
    let mut document = document();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        let secured = operations.into_iter().flatten().filter_map(|operation| operation.security.as_mut());
        for security in secured.filter(|security| !security.is_empty()) {
            security.push(SecurityRequirement::default());
        }
    }
    document
}

/// The document as it is checked in.
pub fn text() -> Result<String, serde_json::Error> {
    Ok(extensions_sorted(&document().to_pretty_json()?))
}

/// A document in lines whose extensions (`x-…`), which the library keeps in no order, stand by their names.
fn extensions_sorted(document: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = document.lines().peekable();
    let mut sorted = String::new();
    while let Some(line) = lines.next() {
        let mut members = Vec::new();
        let mut next = line.trim_start().starts_with("\"x-").then_some(line);
        while let Some(first) = next {
            let mut member = first.to_owned();
            while member.ends_with(['{', '[']) || member.lines().last().map(indent) > Some(indent(first)) {
                let Some(line) = lines.next() else { break };
                member.push('\n');
                member.push_str(line);
            }
            members.push(member);
            next = lines.next_if(|line| line.trim_start().starts_with("\"x-") && indent(line) == indent(first));
        }
        if members.is_empty() {
            sorted.push_str(line);
            sorted.push('\n');
            continue;
        }
        let goes_on = members.last().is_some_and(|last| last.ends_with(','));
        for member in &mut members {
            member.truncate(member.trim_end_matches(',').len());
        }
        members.sort();
        sorted.push_str(&members.join(",\n"));
        sorted.push_str(if goes_on { ",\n" } else { "\n" });
    }
    sorted
}

/// The document as JSON.
pub fn json() -> Value {
    serde_json::json!(document())
}

fn failures(operation: &mut Operation) -> Vec<(u16, (String, Response))> {
    let kinds: BTreeSet<Kind> = operation.problems.clone();
    failure_responses(&kinds, &mut operation.schemas).into_iter().collect()
}

fn described(paths: Paths, components: Components) -> OpenApi {
    let license = LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0"));
    let info = InfoBuilder::new()
        .title("Agent Transfer")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license.build()));
    let api = ServerVariableBuilder::new().default_value("https://api.example.com").description(Some("Its address."));
    let deployed = ServerBuilder::new().url("{api}").description(Some("A deployment.")).parameter("api", api);
    let local = ServerBuilder::new().url("/").description(Some("Where this document comes from."));
    OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([local.build(), deployed.build()]))
        .paths(paths)
        .components(Some(components))
        .tags(Some(tags()))
        .build()
}

fn token() -> SecurityScheme {
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(TOKEN));
    SecurityScheme::Http(scheme.build())
}

fn tags() -> Vec<Tag> {
    let tags = [
        ("Transfers", "One hand-off from its request to its end."),
        ("Messages", "What the contact and the representative say to each other."),
        ("Events", "What happens to transfers: for those who ask, and by webhook."),
        ("Privacy", "All of a project's data out, and a contact's data away."),
        ("Settings", "What a project decides for itself."),
        ("Integrations", "The contact centres that a project is connected to."),
        ("Inbox", "Escalation tasks, one for each transfer."),
        ("Webhooks", "Callbacks of contact centres. They prove themselves; no token."),
    ];
    tags.map(|(name, description)| TagBuilder::new().name(name).description(Some(description)).build()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::extensions_sorted;

    #[test]
    fn extensions_stand_by_their_names_and_nothing_else_moves() {
        let document = "{\n  \"b\": {\n    \"x-b\": {\n      \"is\": [\n        1\n      ]\n    },\n    \"x-a\": []\n  },\n  \"x-d\": true,\n  \"x-c\": [\n    2\n  ],\n  \"a\": 1\n}";
        let expected = "{\n  \"b\": {\n    \"x-a\": [],\n    \"x-b\": {\n      \"is\": [\n        1\n      ]\n    }\n  },\n  \"x-c\": [\n    2\n  ],\n  \"x-d\": true,\n  \"a\": 1\n}\n";
        assert_eq!(extensions_sorted(document), expected);
    }
}
