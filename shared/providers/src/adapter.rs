//! The adapter of every provider. What one provider is and does differs by the type of its settings: [`Provides`] says
//! what it is, [`Bound`] reads what it tells, and (feature `outbound`) `Speaks` calls it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::{Map, Value};
use transfer_domain::{Integration, Provider};

use crate::draft::{Fields, Typed, stored, typed, validate};
use crate::{Bound, Capabilities, FieldFault, HostPolicy, Inbound, IntegrationDraft, Unreadable, ValidIntegration};
#[cfg(feature = "outbound")]
use crate::{Calls, Outbound};

/// What a provider is, by the settings of its integrations.
pub trait Provides: Typed + Bound + 'static {
    /// Its name.
    const PROVIDER: Provider;

    /// What it can and cannot do, as far as settings let it.
    const CAPABILITIES: Capabilities;

    /// Whether it signs its webhooks.
    const SIGNS_WEBHOOKS: bool = false;

    /// Whether calls tell the provider addresses that are made with the path secret.
    fn calls_with_path_secret(&self) -> bool {
        false
    }
}

/// The adapter for integrations with settings of this type.
pub struct AdapterOf<S>(PhantomData<fn() -> S>);

impl<S> AdapterOf<S> {
    /// The only one.
    pub const NEW: Self = Self(PhantomData);
}

impl<S> fmt::Debug for AdapterOf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::any::type_name::<S>())
    }
}

impl<S: Provides> Inbound for AdapterOf<S> {
    fn provider(&self) -> Provider {
        S::PROVIDER
    }

    fn capabilities(&self) -> Capabilities {
        S::CAPABILITIES
    }

    fn fields(&self) -> &'static Fields {
        S::FIELDS
    }

    fn validate(&self, draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
        validate::<S>(draft, hosts)
    }

    fn bind(&self, integration: &Integration) -> Result<Arc<dyn Bound>, Unreadable> {
        Ok(Arc::new(stored::<S>(integration)?))
    }

    fn calls_with_path_secret(&self, settings: &Map<String, Value>) -> bool {
        typed::<S>(settings).is_ok_and(|settings| settings.calls_with_path_secret())
    }

    fn signs_webhooks(&self) -> bool {
        S::SIGNS_WEBHOOKS
    }
}

#[cfg(feature = "outbound")]
impl<S: Provides + Calls> Outbound for AdapterOf<S> {
    fn bind_calls(&self, integration: &Integration) -> Result<Arc<dyn Calls>, Unreadable> {
        Ok(Arc::new(stored::<S>(integration)?))
    }
}
