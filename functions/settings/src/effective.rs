//! `GET /settings/agent-transfer/effective`: what holds for a new session of a channel, and where each value is from.

use std::str::FromStr;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::Serialize;
use serde_json::{Map, Value, json as object};
use transfer_app::settings;
use transfer_aws::Service;
use transfer_domain::{Channel, InvalidPriority, Priority, Provider, QueueName, Timers, TransferSettings};
use transfer_http::{Problem, Query, Scope, authorize, json};
use transfer_providers::{Adapters, Inbound};

/// What holds for a new session of a channel.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct EffectiveSettings {
    /// The channel.
    channel: Channel,
    /// The provider whose integration is shown, too: the one that was asked for, else the project's default.
    #[cfg_attr(feature = "openapi", schema(required))]
    provider: Option<Provider>,
    /// Every value.
    values: Vec<EffectiveValue>,
}

/// A value that holds.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct EffectiveValue {
    /// Which, as a JSON pointer into the settings of the project, or of the integration behind `/integration`. A limit of
    /// the project in whose place the integration has its own is told with that, in the project's unit.
    pointer: String,
    /// What holds.
    value: Value,
    /// Where it is from.
    source: Source,
}

/// Where a value is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
enum Source {
    /// It is what holds where nobody said anything else.
    Default,
    /// The project's settings say something else than the default.
    Project,
    /// The integration's settings say so.
    Integration,
    /// The request that creates the session would say so.
    Request,
}

/// What a request may say in place of the project's routing, as it was asked for.
#[derive(Debug, Default)]
struct Asked {
    provider: Option<Provider>,
    queue: Option<QueueName>,
    priority: Option<AskedPriority>,
}

#[derive(Debug, Clone, Copy)]
struct AskedPriority(Priority);

impl FromStr for AskedPriority {
    type Err = InvalidPriority;

    fn from_str(text: &str) -> Result<Self, InvalidPriority> {
        let number: u8 = text.parse().map_err(|_| InvalidPriority)?;
        Priority::try_from(number).map(Self)
    }
}

impl Asked {
    /// Takes the place of what the project's routing says, where it is something else.
    fn over(&self, values: &mut [EffectiveValue]) {
        let said = [
            ("/defaultRouting/provider", self.provider.map(|it| object!(it))),
            ("/defaultRouting/queue", self.queue.as_ref().map(|it| object!(it))),
            ("/defaultRouting/priority", self.priority.map(|it| object!(it.0))),
        ];
        for (pointer, value) in said {
            let held = values.iter_mut().find(|held| held.pointer == pointer);
            if let (Some(held), Some(value)) = (held, value)
                && held.value != value
            {
                (held.value, held.source) = (value, Source::Request);
            }
        }
    }
}

pub(crate) async fn get(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::SettingsRead)?;
    let mut query = Query::of(request, &["channel", "provider", "queue", "priority"]);
    let channel = query.one::<Channel>("channel");
    let asked = Asked { provider: query.one("provider"), queue: query.one("queue"), priority: query.one("priority") };
    let channel = query.finish_with("channel", channel)?;
    let in_force = settings::in_force(service, &caller.project, asked.provider).await;
    let (settings, integration) = in_force.map_err(|error| Problem::of_failure(&error, error.retry_after()))?;
    let provider = asked.provider.or(settings.default_routing.provider);
    let timers = integration.as_ref().map(|integration| integration.timers).unwrap_or_default();
    let mut values = of_project(&settings, channel, timers);
    asked.over(&mut values);
    if let Some(integration) = integration {
        let schema = adapters.settings_schema(integration.provider).unwrap_or_default();
        values.extend(of_integration(&integration.settings, &schema));
    }
    Ok(json(StatusCode::OK, &EffectiveSettings { channel, provider, values }))
}

/// The limit of the project in whose place an integration may have its own.
const POST_AGENT: &str = "/sessionLifecycle/limits/postAgentMinutes";

/// The leaves of the project's settings. Of what each channel has of its own, that of this channel; of what the integration
/// has in their place, what it has.
fn of_project(settings: &TransferSettings, channel: Channel, timers: Timers) -> Vec<EffectiveValue> {
    let (held, usual) = (object!(settings), object!(TransferSettings::default()));
    let mut values = Vec::new();
    leaves("", &held, &mut |pointer, value| {
        let [.., last] = pointer.split('/').collect::<Vec<_>>()[..] else { return };
        let of_another = Channel::ALL.iter().any(|other| *other != channel && other.as_str() == last);
        if of_another {
            return;
        }
        let own = timers.post_agent_seconds.filter(|_| pointer == POST_AGENT);
        let (value, source) = match own {
            Some(seconds) => (in_minutes(seconds), Source::Integration),
            None if usual.pointer(pointer) == Some(value) => (value.clone(), Source::Default),
            None => (value.clone(), Source::Project),
        };
        values.push(EffectiveValue { pointer: pointer.to_owned(), value, source });
    });
    values
}

/// What the project says in minutes and the integration in seconds: whole where that is so.
fn in_minutes(seconds: u32) -> Value {
    if seconds.is_multiple_of(60) { object!(seconds / 60) } else { object!(f64::from(seconds) / 60.0) }
}

/// The integration's fields, by what its provider's table says of them.
fn of_integration(set: &Map<String, Value>, schema: &Value) -> Vec<EffectiveValue> {
    let fields = schema.pointer("/properties/settings/properties").and_then(Value::as_object).cloned();
    let mut values = Vec::new();
    for (name, field) in fields.unwrap_or_default() {
        let usual = field.get("default");
        let (value, source) = match set.get(&name) {
            Some(held) if Some(held) != usual => (held.clone(), Source::Integration),
            Some(held) => (held.clone(), Source::Default),
            None => match usual {
                Some(usual) => (usual.clone(), Source::Default),
                None => continue,
            },
        };
        values.push(EffectiveValue { pointer: format!("/integration/{name}"), value, source });
    }
    values
}

fn leaves(pointer: &str, value: &Value, each: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| leaves(&format!("{pointer}/{name}"), value, each));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => each(pointer, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_of_the_channel_is_told_with_its_source_and_none_of_another() {
        let mut settings = TransferSettings::default();
        settings.session_lifecycle.ttl_minutes.email = 90;
        settings.patience.messages_seconds = 30;
        let values = of_project(&settings, Channel::Email, Timers::default());
        let of = |pointer: &str| values.iter().find(|it| it.pointer == pointer).map(|it| (it.value.clone(), it.source));
        assert_eq!(of("/sessionLifecycle/ttlMinutes/email"), Some((object!(90), Source::Project)));
        assert_eq!(of("/patience/messagesSeconds"), Some((object!(30), Source::Project)));
        assert_eq!(of("/patience/openingSeconds"), Some((object!(120), Source::Default)));
        assert_eq!(of("/sessionLifecycle/ttlMinutes/chat"), None);
        assert_eq!(of(POST_AGENT), Some((object!(60), Source::Default)));
        let of_integration = of_integration(
            object!({ "a": 1, "b": 2 }).as_object().unwrap(),
            &object!({ "properties": { "settings": { "properties": {
                "a": { "default": 1 }, "b": { "default": 1 }, "c": { "default": true }, "d": {}
            } } } }),
        );
        let told: Vec<_> = of_integration.iter().map(|it| (it.pointer.as_str(), it.value.clone(), it.source)).collect();
        assert_eq!(
            told,
            [
                ("/integration/a", object!(1), Source::Default),
                ("/integration/b", object!(2), Source::Integration),
                ("/integration/c", object!(true), Source::Default),
            ]
        );
    }

    #[test]
    fn what_the_integration_has_in_place_of_the_projects_limit_is_told_as_its_own() {
        let settings = TransferSettings::default();
        for (seconds, told) in [(300, object!(5)), (90, object!(1.5))] {
            let timers = Timers { post_agent_seconds: Some(seconds), ..Timers::default() };
            let values = of_project(&settings, Channel::Chat, timers);
            let limit: Vec<_> = values.iter().filter(|it| it.pointer == POST_AGENT).collect();
            let limit: Vec<_> = limit.iter().map(|it| (&it.value, it.source)).collect();
            assert_eq!(limit, [(&told, Source::Integration)]);
        }
    }
}
