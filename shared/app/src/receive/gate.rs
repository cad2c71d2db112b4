//! Who is let in.

use std::sync::{Arc, LazyLock};

use chrono::DateTime;
use transfer_domain::{Hears, Integration, IntegrationId, Provider, SecretsInUse, Timers};
use transfer_providers::{Adapters, Bound, GENESYS, Inbound, IntegrationSecrets};
use transfer_store::StoreError;

use crate::{Failure, Service};

/// Two secrets of the length of ours that nobody has.
const NOBODYS: [&str; 2] = ["nobody-has-this-secret-0000000000000000001", "nobody-has-this-secret-0000000000000000002"];
const NOBODYS_SETTINGS: [(&str, &str); 2] = [("env", "mypurecloud.com"), ("integrationId", "nobody")];
const NOBODYS_RELAY: &str = "whsec_bm9ib2R5LWhhcy10aGlzLXNlY3JldC0wMDAwMDAwMDE=";

/// What stands in for an integration that there is not, so that a request for it is checked for as long as any other.
static NOBODY: LazyLock<Option<(Arc<Integration>, IntegrationSecrets)>> = LazyLock::new(|| {
    let integration = Integration {
        project_id: "nobody".parse().ok()?,
        integration_id: IntegrationId::new("nobody").ok()?,
        provider: GENESYS,
        settings: NOBODYS_SETTINGS.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect(),
        partner_source: None,
        targets: Vec::new(),
        hears: Hears::default(),
        timers: Timers::default(),
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
        version: 0,
        secrets: SecretsInUse::default(),
    };
    let secrets = IntegrationSecrets {
        path_secrets: NOBODYS.map(Into::into).into(),
        signing_secrets: NOBODYS.map(Into::into).into(),
        relay_secrets: vec![NOBODYS_RELAY.into()],
        ..IntegrationSecrets::default()
    };
    Some((Arc::new(integration), secrets))
});

/// Who is at the gate: the integration that the address names, and how the check of the request went.
pub(crate) enum Visitor<T, E> {
    /// The request is authentic.
    Authentic(Arc<Integration>, T),
    /// It is not, or there is no such integration.
    Refused { provider: Option<Provider>, why: E },
}

/// Checks a request with the secrets of the integration that its address names. What is known may be old: before a
/// request is refused, it is checked once more with what stands there now, if that is something else.
pub(crate) async fn check<T, E>(
    service: &Service,
    id: Option<&IntegrationId>,
    verify: impl Fn(&Arc<Integration>, &IntegrationSecrets) -> Result<T, E>,
    unknown: E,
) -> Result<Visitor<T, E>, Failure> {
    let known = match id {
        Some(id) => service.directory.integration_by_id(id).await?,
        None => None,
    };
    let Some(known) = known else {
        drop(NOBODY.as_ref().map(|(integration, secrets)| verify(integration, secrets)));
        let changed = changed(service, id).await?;
        return match changed {
            Some(changed) => once(service, changed, &verify).await,
            None => Ok(Visitor::Refused { provider: None, why: unknown }),
        };
    };
    match once(service, known, &verify).await? {
        Visitor::Refused { provider, why } => match changed(service, id).await? {
            Some(changed) => once(service, changed, &verify).await,
            None => Ok(Visitor::Refused { provider, why }),
        },
        authentic @ Visitor::Authentic(..) => Ok(authentic),
    }
}

async fn once<T, E>(
    service: &Service,
    integration: Arc<Integration>,
    verify: &impl Fn(&Arc<Integration>, &IntegrationSecrets) -> Result<T, E>,
) -> Result<Visitor<T, E>, Failure> {
    crate::about_project(&integration.project_id);
    let secrets = service.secrets.inbound(&integration).await?;
    Ok(match verify(&integration, &secrets) {
        Ok(proof) => Visitor::Authentic(integration, proof),
        Err(why) => {
            tracing::info!(integration.id = %integration.integration_id, outcome = "unauthentic", "a webhook was refused");
            Visitor::Refused { provider: Some(integration.provider), why }
        }
    })
}

async fn changed(service: &Service, id: Option<&IntegrationId>) -> Result<Option<Arc<Integration>>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    service.directory.changed_integration_by_id(id).await
}

/// An integration's adapter; `None` if this build has none for it, or its settings cannot be read, which is ours to mend.
pub(crate) fn bound(adapters: &Adapters<dyn Inbound>, integration: &Arc<Integration>) -> Option<Arc<dyn Bound>> {
    let unreadable = |error: &_| {
        tracing::error!(integration.id = %integration.integration_id, error = %error, "an integration cannot be used");
    };
    adapters.bound(integration)?.inspect_err(unreadable).ok()
}
