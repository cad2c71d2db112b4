//! What this function says about its operations.

use serde_json::{Value, json};
use transfer_app::integrations::{MAX_SIGNING_SECRET, MIN_SIGNING_SECRET};
use transfer_domain::{
    Channel, DETAIL_TYPES, DefaultRouting, Limits, MAX_PATIENCE_SECONDS, MAX_PATTERN_BYTES, MAX_PATTERNS,
    MAX_REPLACEMENT_CHARS, MAX_TTL_MINUTES, OwnPattern, Patience, Priority, Provider, QueueName, Redaction,
    SessionLifecycle, TransferSettings, TtlMinutes, WarningSeconds,
};
use transfer_http::openapi::{Operation, etag, header, items, length, line, maximum, one_of, query, range};
use transfer_http::{Kind, Scope};
use transfer_providers::Adapters;
use utoipa::openapi::Required;
use utoipa::openapi::path::{HttpMethod, ParameterBuilder};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, Type};

use crate::effective::EffectiveSettings;
use crate::endpoints::{self, EndpointRecord};
use crate::integrations::{IntegrationRecord, Listed, PutBody};
use crate::lifecycle::Input;

const SETTINGS: &str = "/v1/projects/{projectId}/settings/agent-transfer";
const EFFECTIVE: &str = "/v1/projects/{projectId}/settings/agent-transfer/effective";
const INTEGRATION: &str = "/v1/projects/{projectId}/integrations/{provider}";

const PUT_INTEGRATION: &str = "Creates or replaces the configuration of a contact centre.

The answer has the `webhookUrl` to enter there and, once, the secrets that were made. Which `settings` and \
`credentials` there are depends on the provider: the schemas with its name. A field that does not fit is named.";

/// The operations.
pub fn operations() -> Vec<Operation> {
    let settings = vec![limited(get_settings()), limited(put_settings()), effective()];
    let integrations = vec![list(), get(), put(), delete()];
    [settings, integrations, endpoints()].concat()
}

fn get_settings() -> Operation {
    Operation::new(HttpMethod::Get, SETTINGS, Scope::SettingsRead)
        .named("Settings", "getSettings")
        .does("Get the settings", "Session lifecycle and default routing. A project that set none has the defaults.")
        .answers::<TransferSettings>(200, "The settings.", settings())
        .with_header("ETag", &etag())
}

fn put_settings() -> Operation {
    Operation::new(HttpMethod::Put, SETTINGS, Scope::SettingsWrite)
        .named("Settings", "putSettings")
        .does("Replace the settings", "What the body leaves out has its default again, but `listShards`, which stays. Open sessions keep their rules.")
        .takes([if_match()])
        .body::<Input>(Required::True, settings())
        .answers::<TransferSettings>(200, "The settings as they stand now.", settings())
        .with_header("ETag", &etag())
        .refuses(&[Kind::Stale])
}

fn effective() -> Operation {
    let words = Channel::ALL.iter().map(|channel| Value::from(channel.as_str()));
    let channel = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
    let example = json!({
        "channel": "chat",
        "provider": "genesys",
        "values": [
            { "pointer": "/sessionLifecycle/ttlMinutes/chat", "value": 45, "source": "project" },
            { "pointer": "/patience/messagesSeconds", "value": 600, "source": "default" },
        ],
    });
    Operation::new(HttpMethod::Get, EFFECTIVE, Scope::SettingsRead)
        .named("Settings", "getEffectiveSettings")
        .does(
            "Get what holds for a channel",
            "Every value that holds for a new session, with where it is from: the default, the project, the integration, or \
             the request that would create it.",
        )
        .takes([query("channel", "The channel.", channel).required(Required::True)])
        .takes_in_query::<Provider>("provider", "The provider whose integration counts; else the project's default.")
        .takes_in_query::<QueueName>("queue", "The queue that the request would name.")
        .takes_in_query::<Priority>("priority", "The priority that the request would name.")
        .answers::<EffectiveSettings>(200, "What holds.", example)
}

fn limited(operation: Operation) -> Operation {
    let limited = operation
        .limit::<SessionLifecycle>("endedRetentionMinutes", maximum(MAX_TTL_MINUTES))
        .limit::<SessionLifecycle>("voiceStaleAfterMinutes", maximum(MAX_TTL_MINUTES))
        .limit::<DefaultRouting>("provider", one_of(providers()))
        .limit::<Redaction>("patterns", items(MAX_PATTERNS))
        .limit::<OwnPattern>("pattern", length(1, MAX_PATTERN_BYTES))
        .limit::<OwnPattern>("replacement", line(1, MAX_REPLACEMENT_CHARS))
        .limit::<Limits>("unconfirmedMinutes", range(1, MAX_TTL_MINUTES));
    let limited = ["pendingMinutes", "queuedMinutes", "firstReplyMinutes", "postAgentMinutes", "handbackMinutes"]
        .iter()
        .fold(limited, |limited, limit| limited.limit::<Limits>(limit, maximum(MAX_TTL_MINUTES)));
    let limited = ["openingSeconds", "messagesSeconds", "closingSeconds"]
        .iter()
        .fold(limited, |limited, what| limited.limit::<Patience>(what, maximum(MAX_PATIENCE_SECONDS)));
    ["chat", "messaging", "email", "campaign", "voice"].iter().fold(limited, |limited, channel| {
        let seconds = maximum(MAX_TTL_MINUTES * 60);
        limited.limit::<TtlMinutes>(channel, maximum(MAX_TTL_MINUTES)).limit::<WarningSeconds>(channel, seconds)
    })
}

/// Those that this deployment has adapters of.
fn providers() -> impl Iterator<Item = String> {
    let known: Vec<_> = Adapters::inbound().providers().map(|provider| provider.to_string()).collect();
    known.into_iter()
}

fn list() -> Operation {
    Operation::new(HttpMethod::Get, "/v1/projects/{projectId}/integrations", Scope::SettingsRead)
        .named("Integrations", "listIntegrations")
        .does("List integrations", "The contact centres that the project is connected to.")
        .takes([query(
            "describe",
            "With `true` the answer also says which `settings` and `credentials` each provider has, as JSON Schema.",
            ObjectBuilder::new().schema_type(Type::Boolean),
        )])
        .answers::<Listed<'_>>(200, "All of them.", json!({ "items": [integration()] }))
}

fn get() -> Operation {
    Operation::new(HttpMethod::Get, INTEGRATION, Scope::SettingsRead)
        .named("Integrations", "getIntegration")
        .does("Get an integration", "The configuration of a contact centre, without secrets.")
        .answers::<IntegrationRecord<'_>>(200, "The integration.", integration())
        .with_header("ETag", &etag())
}

fn put() -> Operation {
    let operation = Operation::new(HttpMethod::Put, INTEGRATION, Scope::SettingsWrite)
        .named("Integrations", "putIntegration")
        .does("Create or replace an integration", PUT_INTEGRATION)
        .takes([if_match()])
        .body::<PutBody>(
            Required::True,
            json!({
                "settings": {
                    "env": "mypurecloud.ie", "integrationId": "8ce2f903-11aa-4c1e-9a35-6a5f3c1d2e01",
                    "partnerSource": "aws.partner/genesys.com/cloud/0f4e3a52-5b1c-4d7e-9a61-2c8d7e6f5a40/transfers",
                },
                "credentials": { "clientId": "client", "clientSecret": "not a secret" },
            }),
        )
        .answers::<IntegrationRecord<'_>>(200, "It was replaced.", integration())
        .answers::<IntegrationRecord<'_>>(201, "It was created.", integration())
        .with_header("ETag", &etag())
        .refuses(&[Kind::Stale])
        .limit::<PutBody>("signingSecret", length(MIN_SIGNING_SECRET, MAX_SIGNING_SECRET));
    ["settings", "credentials"].into_iter().fold(operation, by_provider)
}

/// Says of a part of the body what each provider's table says of it. A deployment may bring a provider of its own.
fn by_provider(mut operation: Operation, part: &str) -> Operation {
    let adapters = Adapters::inbound();
    let mut each = AnyOfBuilder::new();
    for provider in adapters.providers() {
        let schema = adapters
            .settings_schema(provider)
            .and_then(|schema| schema.pointer(&format!("/properties/{part}")).cloned());
        let Some(schema) = schema.and_then(|schema| serde_json::from_value::<Schema>(schema).ok()) else { continue };
        each = each.item(operation.schemas.define(&component(provider, part), schema));
    }
    let others = "Of a provider that is this deployment's own.";
    each = each.item(ObjectBuilder::new().schema_type(Type::Object).description(Some(others)));
    operation.limit::<PutBody>(part, |schema| {
        if let Schema::Object(object) = schema {
            *schema = each.description(object.description.take()).into();
        }
    })
}

/// The name of a schema, such as `GenesysSettings`.
fn component(provider: Provider, part: &str) -> String {
    let capital = |word: &str| -> String {
        word.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }).collect()
    };
    format!("{}{}", capital(provider.as_str()), capital(part))
}

fn delete() -> Operation {
    let description = "Removes an integration with its secrets. Sessions that are open keep running until they end or \
                       expire, but nothing can be sent to the provider any more.";
    Operation::new(HttpMethod::Delete, INTEGRATION, Scope::SettingsWrite)
        .named("Integrations", "deleteIntegration")
        .does("Delete an integration", description)
        .answers_nothing(204, "It is gone.")
}

const PUT_ENDPOINT: &str = "Creates or replaces an endpoint under a name of the project's own; it has at most five.

Events come by POST, signed as Standard Webhooks describe (`webhook-id`, `webhook-timestamp`, `webhook-signature`), of one \
session in their order. What is not answered by 2xx within ten seconds comes again, for three days; 410 switches the \
endpoint off. The secret is shown once, when it is new; what the body leaves out of secrets stays.";

fn endpoints() -> Vec<Operation> {
    let path = "/v1/projects/{projectId}/settings/event-endpoints";
    let one = "/v1/projects/{projectId}/settings/event-endpoints/{endpointId}";
    let list = Operation::new(HttpMethod::Get, path, Scope::SettingsRead)
        .named("Events", "listEventEndpoints")
        .does("List event endpoints", "Where the project gets its events by webhook.")
        .answers::<endpoints::Listed<'_>>(200, "All of them.", json!({ "items": [endpoint()] }));
    let get = Operation::new(HttpMethod::Get, one, Scope::SettingsRead)
        .named("Events", "getEventEndpoint")
        .does("Get an event endpoint", "An endpoint, without its secret.")
        .answers::<EndpointRecord<'_>>(200, "The endpoint.", endpoint())
        .with_header("ETag", &etag());
    let body = json!({
        "url": "https://runtime.example.com/events", "eventTypes": ["message.received", "transfer.ended"],
    });
    let put = Operation::new(HttpMethod::Put, one, Scope::SettingsWrite)
        .named("Events", "putEventEndpoint")
        .does("Create or replace an event endpoint", PUT_ENDPOINT)
        .takes([if_match()])
        .body::<endpoints::PutBody>(Required::True, body)
        .answers::<EndpointRecord<'_>>(200, "It was replaced.", endpoint())
        .answers::<EndpointRecord<'_>>(201, "It was created.", endpoint())
        .with_header("ETag", &etag())
        .refuses(&[Kind::Stale]);
    let put = of_event_types(put);
    let delete = Operation::new(HttpMethod::Delete, one, Scope::SettingsWrite)
        .named("Events", "deleteEventEndpoint")
        .does("Delete an event endpoint", "Removes an endpoint with its secret. What is on its way to it is dropped.")
        .answers_nothing(204, "It is gone.");
    vec![list, get, put, delete]
}

fn of_event_types(mut put: Operation) -> Operation {
    let kinds = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("The detail type of an event."))
        .enum_values(Some(DETAIL_TYPES.iter().copied()));
    let kind = put.schemas.define("EventType", Schema::from(kinds));
    put.limit::<endpoints::PutBody>("eventTypes", items(DETAIL_TYPES.len())).limit::<endpoints::PutBody>(
        "eventTypes",
        |schema| {
            if let Schema::Array(array) = schema {
                array.items = kind.into();
            }
        },
    )
}

fn endpoint() -> Value {
    json!({
        "endpointId": "runtime", "url": "https://runtime.example.com/events",
        "eventTypes": ["message.received", "transfer.ended"], "state": "on", "failingSince": null, "lastError": null,
        "createdAt": "2026-11-20T09:00:00.000Z", "updatedAt": "2026-11-20T09:00:00.000Z", "version": 1_795_395_288_100_u64,
    })
}

fn if_match() -> ParameterBuilder {
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(r#"^"[0-9]{1,18}"$"#));
    header("If-Match", "Replace only this version: the `ETag` of an earlier answer.", schema)
}

fn settings() -> Value {
    json!(TransferSettings::default())
}

fn integration() -> Value {
    json!({
        "provider": "genesys",
        "integrationId": "int-5c1d2e018ce2f9031a2b",
        "settings": { "env": "mypurecloud.ie", "integrationId": "8ce2f903-11aa-4c1e-9a35-6a5f3c1d2e01" },
        "capabilities": {
            "typingIn": false, "typingOut": true, "receipts": "delivered_and_read", "availability": false,
            "attachments": 1, "remoteEnd": true, "queuePosition": false, "waitTime": true, "historyUpload": false,
            "nativePostAgent": true, "messagePromotes": true, "resendsSafely": true,
            "contentIn": {
                "text": "native", "link": "text", "image": "native", "file": "native", "card": "native",
                "choices": "native", "form": "no", "table": "no", "location": "native", "citation": "no",
                "notice": "native",
            },
            "contentOut": {
                "text": "native", "link": "text", "image": "native", "file": "native", "card": "text",
                "choices": "text", "form": "text", "table": "text", "location": "text", "citation": "text",
                "notice": "text",
            },
            "reply": "native",
        },
        "credentialsSet": ["clientId", "clientSecret"],
        "webhookUrl": "https://api.example.com/v1/webhooks/genesys/int-5c1d2e018ce2f9031a2b/{secret}",
        "relayUrl": "https://api.example.com/v1/webhooks/relay/int-5c1d2e018ce2f9031a2b",
        "warnings": [],
        "health": { "state": "healthy", "since": null, "lastError": null },
        "createdAt": "2026-11-20T09:00:00.000Z",
        "updatedAt": "2026-11-20T09:00:00.000Z",
        "version": 1,
    })
}
