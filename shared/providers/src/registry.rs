//! Which providers there are. A new one is a folder and its line in [`adapters!`].
//!
//! The pure and the calling halves are two lists, so that a program which only verifies and parses links no HTTP client.

use std::sync::Arc;

use transfer_domain::Provider;

#[cfg(feature = "outbound")]
use crate::Outbound;
use crate::{Inbound, five9, genesys, salesforce, servicenow, smartassist};

/// The adapters that a program works with: those of the pure halves (`dyn Inbound`) or of the calling ones
/// (`dyn Outbound`).
#[derive(Debug)]
pub struct Adapters<A: ?Sized + 'static> {
    all: Arc<[&'static A]>,
}

macro_rules! adapters {
    ($($adapter:expr),+ $(,)?) => {
        impl Adapters<dyn Inbound> {
            /// The pure halves of this build.
            pub fn inbound() -> Self {
                const ALL: &[&dyn Inbound] = &[$(&$adapter),+];
                Self { all: Arc::from(ALL) }
            }
        }

        #[cfg(feature = "outbound")]
        impl Adapters<dyn Outbound> {
            /// The calling halves of this build.
            pub fn outbound() -> Self {
                const ALL: &[&dyn Outbound] = &[$(&$adapter),+];
                Self { all: Arc::from(ALL) }
            }
        }
    };
}

adapters! {
    smartassist::SmartAssist,
    salesforce::Salesforce,
    servicenow::ServiceNow,
    five9::Five9,
    genesys::Genesys,
}

#[cfg(feature = "outbound")]
impl Adapters<dyn Outbound> {
    /// The pure halves of the same adapters.
    pub fn pure(&self) -> Adapters<dyn Inbound> {
        Adapters { all: self.all.iter().map(|adapter| *adapter as &dyn Inbound).collect() }
    }
}

impl<A: Inbound + ?Sized> Adapters<A> {
    /// The adapter of a provider, if there is one.
    pub fn get(&self, provider: Provider) -> Option<&'static A> {
        self.all.iter().copied().find(|adapter| adapter.provider() == provider)
    }

    /// JSON Schema of the `settings` and `credentials` of a provider's integrations, if there is an adapter for it.
    pub fn settings_schema(&self, provider: Provider) -> Option<serde_json::Value> {
        self.get(provider).map(|adapter| adapter.fields().schema())
    }

    /// The providers that there are adapters for.
    pub fn providers(&self) -> impl Iterator<Item = Provider> + '_ {
        self.all.iter().map(|adapter| adapter.provider())
    }

    /// These and one more, for a build that brings an adapter of its own; of two for one provider the first is used.
    #[must_use]
    pub fn with(&self, adapter: &'static A) -> Self {
        Self { all: self.all.iter().copied().chain([adapter]).collect() }
    }
}

impl<A: ?Sized> Clone for Adapters<A> {
    fn clone(&self) -> Self {
        Self { all: Arc::clone(&self.all) }
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
