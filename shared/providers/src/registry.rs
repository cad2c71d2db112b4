//! Which providers there are. A new one is a folder and a line in each of the two functions.
//!
//! They are two functions so that a program which only verifies and parses links no HTTP client.

use transfer_domain::Provider;

#[cfg(feature = "outbound")]
use crate::Outbound;
use crate::{Inbound, five9, genesys, salesforce, servicenow, smartassist};

/// The pure half of a provider; `None` if this build has no adapter for it.
pub fn inbound(provider: Provider) -> Option<&'static dyn Inbound> {
    match provider {
        Provider::SmartAssist => Some(&smartassist::SmartAssist),
        Provider::Five9 => Some(&five9::Five9),
        Provider::Genesys => Some(&genesys::Genesys),
        Provider::ServiceNow => Some(&servicenow::ServiceNow),
        Provider::Salesforce => Some(&salesforce::Salesforce),
    }
}

/// The calling half of a provider; `None` if this build has no adapter for it.
#[cfg(feature = "outbound")]
pub fn outbound(provider: Provider) -> Option<&'static dyn Outbound> {
    match provider {
        Provider::SmartAssist => Some(&smartassist::SmartAssist),
        Provider::Five9 => Some(&five9::Five9),
        Provider::Genesys => Some(&genesys::Genesys),
        Provider::ServiceNow => Some(&servicenow::ServiceNow),
        Provider::Salesforce => Some(&salesforce::Salesforce),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_adapter_answers_for_the_provider_it_is_registered_for() {
        for provider in Provider::ALL.iter().copied() {
            if let Some(adapter) = inbound(provider) {
                assert_eq!(adapter.provider(), provider);
            }
        }
        assert!(inbound(Provider::Genesys).is_some());
        assert!(inbound(Provider::ServiceNow).is_some());
        assert!(inbound(Provider::Salesforce).is_some());
        assert!(inbound(Provider::SmartAssist).is_some());
    }

    #[cfg(feature = "outbound")]
    #[test]
    fn what_can_be_heard_can_be_called() {
        for provider in Provider::ALL.iter().copied() {
            assert_eq!(inbound(provider).is_some(), outbound(provider).is_some(), "{provider}");
        }
    }
}
