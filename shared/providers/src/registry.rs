//! Which providers there are. A new one is a folder and its line in [`adapters!`].
//!
//! The pure and the calling halves are two lists, so that a program which only verifies and parses links no HTTP client.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use transfer_domain::{Integration, ProjectId, Provider};

use crate::{AdapterOf, Bound, Inbound, Unreadable, five9, genesys, salesforce, servicenow, smartassist};
#[cfg(feature = "outbound")]
use crate::{Calls, Outbound};

/// More bound adapters than this in one process are forgotten rather than remembered.
const MAX_BOUND: usize = 1024;

/// What a program uses of adapters: `dyn Inbound`, or `dyn Outbound` to make calls as well.
pub trait Adapter {
    /// What it is once it is bound to an integration.
    type Bound: ?Sized + Send + Sync;

    /// Which provider.
    fn provider(&self) -> Provider;

    /// Binds it.
    fn bound(&self, integration: &Integration) -> Result<Arc<Self::Bound>, Unreadable>;
}

impl Adapter for dyn Inbound + '_ {
    type Bound = dyn Bound;

    fn provider(&self) -> Provider {
        Inbound::provider(self)
    }

    fn bound(&self, integration: &Integration) -> Result<Arc<dyn Bound>, Unreadable> {
        self.bind(integration)
    }
}

#[cfg(feature = "outbound")]
impl Adapter for dyn Outbound + '_ {
    type Bound = dyn Calls;

    fn provider(&self) -> Provider {
        Inbound::provider(self)
    }

    fn bound(&self, integration: &Integration) -> Result<Arc<dyn Calls>, Unreadable> {
        self.bind_calls(integration)
    }
}

/// The adapters that a program works with: those of the pure halves (`dyn Inbound`) or of the calling ones
/// (`dyn Outbound`).
pub struct Adapters<A: Adapter + ?Sized + 'static> {
    all: Arc<[&'static A]>,
    bound: Arc<Mutex<Bindings<A>>>,
}

/// What integrations' adapters are, each as long as whoever holds the integration in memory does.
type Bindings<A> = HashMap<(ProjectId, Provider), (Weak<Integration>, Arc<<A as Adapter>::Bound>)>;

macro_rules! adapters {
    ($($settings:ty),+ $(,)?) => {
        impl Adapters<dyn Inbound> {
            /// The pure halves of this build.
            pub fn inbound() -> Self {
                const ALL: &[&dyn Inbound] = &[$(&AdapterOf::<$settings>::NEW),+];
                Self::of(Arc::from(ALL))
            }
        }

        #[cfg(feature = "outbound")]
        impl Adapters<dyn Outbound> {
            /// The calling halves of this build.
            pub fn outbound() -> Self {
                const ALL: &[&dyn Outbound] = &[$(&AdapterOf::<$settings>::NEW),+];
                Self::of(Arc::from(ALL))
            }
        }
    };
}

adapters! {
    smartassist::Settings,
    salesforce::Settings,
    servicenow::Settings,
    five9::Settings,
    genesys::Settings,
}

#[cfg(feature = "outbound")]
impl Adapters<dyn Outbound> {
    /// The pure halves of the same adapters.
    pub fn pure(&self) -> Adapters<dyn Inbound> {
        Adapters::of(self.all.iter().map(|adapter| *adapter as &dyn Inbound).collect())
    }
}

impl<A: Adapter + ?Sized> Adapters<A> {
    fn of(all: Arc<[&'static A]>) -> Self {
        Self { all, bound: Arc::default() }
    }

    /// The adapter of a provider, if there is one.
    pub fn get(&self, provider: Provider) -> Option<&'static A> {
        self.all.iter().copied().find(|adapter| adapter.provider() == provider)
    }

    /// The adapter of an integration, bound to its settings; `None` if this build has none for its provider. It is bound
    /// once for as long as the integration is held in memory.
    pub fn bound(&self, integration: &Arc<Integration>) -> Option<Result<Arc<A::Bound>, Unreadable>> {
        let adapter = self.get(integration.provider)?;
        let key = (integration.project_id.clone(), integration.provider);
        let mut bindings = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, bound)) = bindings.get(&key)
            && of.as_ptr() == Arc::as_ptr(integration)
        {
            return Some(Ok(Arc::clone(bound)));
        }
        let bound = match adapter.bound(integration) {
            Ok(bound) => bound,
            Err(unreadable) => return Some(Err(unreadable)),
        };
        if bindings.len() >= MAX_BOUND {
            bindings.clear();
        }
        bindings.insert(key, (Arc::downgrade(integration), Arc::clone(&bound)));
        Some(Ok(bound))
    }

    /// The providers that there are adapters for.
    pub fn providers(&self) -> impl Iterator<Item = Provider> + '_ {
        self.all.iter().map(|adapter| adapter.provider())
    }

    /// These and one more, for a build that brings an adapter of its own; of two for one provider the first is used.
    #[must_use]
    pub fn with(&self, adapter: &'static A) -> Self {
        Self::of(self.all.iter().copied().chain([adapter]).collect())
    }
}

impl Adapters<dyn Inbound> {
    /// JSON Schema of the `settings` and `credentials` of a provider's integrations, if there is an adapter for it.
    pub fn settings_schema(&self, provider: Provider) -> Option<serde_json::Value> {
        self.get(provider).map(|adapter| adapter.fields().schema())
    }
}

impl<A: Adapter + ?Sized> Clone for Adapters<A> {
    fn clone(&self) -> Self {
        Self { all: Arc::clone(&self.all), bound: Arc::clone(&self.bound) }
    }
}

impl<A: Adapter + ?Sized> fmt::Debug for Adapters<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.providers()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_provider_has_one_adapter_which_is_found_by_its_name() {
        let adapters = Adapters::inbound();
        let providers: BTreeSet<Provider> = adapters.providers().collect();
        assert_eq!(providers.len(), adapters.providers().count());
        for provider in providers {
            assert_eq!(adapters.get(provider).unwrap().provider(), provider);
        }
    }

    #[cfg(feature = "outbound")]
    #[test]
    fn what_can_be_heard_can_be_called() {
        assert!(Adapters::inbound().providers().eq(Adapters::outbound().providers()));
    }
}
