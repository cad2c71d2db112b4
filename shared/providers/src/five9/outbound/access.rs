//! Where and as whom a classic conversation is called: the anonymous session, its data centre and its farm.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use transfer_domain::Conversation;
use url::Url;

use super::super::settings::fields::{Field, Names};
use super::super::settings::{AuthScheme, Settings, host_url};
use super::super::state;
use crate::client::Call;
use crate::{CallError, HostPolicy};

/// The way into one conversation. `Debug` shows nothing of it.
#[derive(Clone)]
pub(super) struct Access {
    token: SecretString,
    farm: Option<String>,
    /// The customer's number; also called the tenant's id.
    pub(super) org: Option<String>,
    /// Where files are kept.
    pub(super) cloud: Option<Url>,
    /// The data centre that has the conversation.
    pub(super) base: Url,
    /// Whether it was told that this is the data centre.
    pub(super) is_told: bool,
    /// Whether it differs from what the session remembers.
    pub(super) moved: bool,
}

impl Access {
    /// The anonymous session that a login was answered with.
    pub(super) fn from_login(
        names: &Names,
        answer: &Value,
        login: &Url,
        policy: HostPolicy,
    ) -> Result<Self, CallError> {
        let unreadable =
            || CallError::NotSent { what: "the login's answer cannot be read".to_owned(), retry_after: None };
        let cloud =
            names.text(answer, Field::CloudUrl).and_then(|url| host_url(url.trim_end_matches('/'), policy).ok());
        Ok(Self {
            token: names.text(answer, Field::TokenId).ok_or_else(unreadable)?.into(),
            farm: names.text(answer, Field::FarmId),
            org: names.text(answer, Field::OrgId),
            cloud,
            base: active_data_centre(names, answer, policy)?.unwrap_or_else(|| login.clone()),
            is_told: true,
            moved: false,
        })
    }

    /// The anonymous session that was begun for an opening.
    pub(super) fn prepared(session: &Conversation, login: &Url, policy: HostPolicy) -> Option<Self> {
        session.facts.state.get(state::TOKEN).is_some().then(|| Self::of_session(session, login, policy))?
    }

    /// What the session remembers. If the opening's answer was lost, the token is not known: it is the conversation's
    /// own id at most tenants, and the data centre is found anew.
    pub(super) fn of_session(session: &Conversation, login: &Url, policy: HostPolicy) -> Option<Self> {
        let remembered = |name: &str| session.facts.state.get(name).and_then(Value::as_str);
        let token = remembered(state::TOKEN).or_else(|| conversation(session))?;
        let base = remembered(state::API_HOST).and_then(|host| host_url(host, policy).ok());
        Some(Self {
            token: token.into(),
            farm: remembered(state::FARM).map(str::to_owned),
            org: remembered(state::ORG).map(str::to_owned),
            cloud: remembered(state::CLOUD).and_then(|url| host_url(url, policy).ok()),
            is_told: base.is_some(),
            moved: false,
            base: base.unwrap_or_else(|| login.clone()),
        })
    }

    /// What the session is to remember.
    pub(super) fn to_state(&self) -> Map<String, Value> {
        let url = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
        let told = [
            (state::TOKEN, Some(self.token.expose_secret().to_owned())),
            (state::FARM, self.farm.clone()),
            (state::API_HOST, Some(url(&self.base))),
            (state::ORG, self.org.clone()),
            (state::CLOUD, self.cloud.as_ref().map(url)),
        ];
        told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))).collect()
    }

    /// Takes another session's place for its own: of the same tenant, so of the same data centre and farm.
    pub(super) fn stay_at(&mut self, place: Self) {
        let Self { farm, org, cloud, base, .. } = place;
        (self.farm, self.org, self.cloud, self.base) = (farm, org, cloud, base);
        (self.is_told, self.moved) = (true, true);
    }

    /// Follows the conversation to the data centre that is active now.
    pub(super) fn follow(
        &mut self,
        names: &Names,
        metadata: &Value,
        farm: Option<String>,
        policy: HostPolicy,
    ) -> Result<(), CallError> {
        if let Some(base) = active_data_centre(names, metadata, policy)? {
            self.base = base;
        }
        self.farm = farm.or_else(|| names.text(metadata, Field::FarmId)).or_else(|| self.farm.take());
        (self.is_told, self.moved) = (true, true);
        Ok(())
    }

    /// The call as one of this conversation's.
    pub(super) fn dress(&self, settings: &Settings, call: Call) -> Result<Call, CallError> {
        let token = self.token.expose_secret();
        let authorization = match settings.auth_scheme {
            AuthScheme::BearerHyphen => format!("Bearer-{token}"),
            AuthScheme::Bearer => format!("Bearer {token}"),
        };
        let call = call.secret_header(http::header::AUTHORIZATION, &authorization)?;
        match &self.farm {
            Some(farm) => call.secret_header(http::HeaderName::from_static("farmid"), farm),
            None => Ok(call),
        }
    }

    /// Whether a text is the token.
    pub(super) fn is_token(&self, text: &str) -> bool {
        self.token.expose_secret() == text
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("moved", &self.moved).finish_non_exhaustive()
    }
}

/// Five9's name of a session's conversation.
pub(super) fn conversation(session: &Conversation) -> Option<&str> {
    session.facts.state.get(state::CONVERSATION).and_then(Value::as_str)
}

/// The API host of the data centre that says that it is active; `None` if none does.
fn active_data_centre(names: &Names, metadata: &Value, policy: HostPolicy) -> Result<Option<Url>, CallError> {
    // Alone the block may come without the object that wraps it in a login's answer.
    let centres = names.value(metadata, Field::DataCenters).or_else(|| {
        let last = names.path(Field::DataCenters).rsplit('.').next()?;
        metadata.get(last)
    });
    let mut centres = centres.and_then(Value::as_array).into_iter().flatten();
    let active = centres.find(|centre| names.value(centre, Field::DataCenterActive) == Some(&Value::Bool(true)));
    let Some(api) = active.and_then(|centre| names.value(centre, Field::DataCenterApiUrls)?.get(0)) else {
        return Ok(None);
    };
    let Some(host) = names.text(api, Field::DataCenterHost) else { return Ok(None) };
    let host = match names.text(api, Field::DataCenterPort) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    };
    let forbidden = |_| CallError::Misconfigured { what: "the data centre's host must not be called".to_owned() };
    host_url(&host, policy).map(Some).map_err(forbidden)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_data_centre_that_is_named_may_be_in_europe_or_canada_and_nowhere_else() {
        let named = |host: &str| {
            let centre = json!({ "active": true, "apiUrls": [{ "host": host, "port": "443" }] });
            active_data_centre(&Names::default(), &json!({ "dataCenters": [centre] }), HostPolicy::Public)
        };
        for host in ["app-scl.five9.com", "app.eu.five9.eu", "app.ca.five9.eu", "app.five9.ca"] {
            assert_eq!(named(host).unwrap().unwrap().as_str(), format!("https://{host}/"));
        }
        for host in ["five9.eu.evil.example", "evilfive9.ca", "169.254.169.254"] {
            assert!(matches!(named(host), Err(CallError::Misconfigured { .. })), "{host}");
        }
    }
}
