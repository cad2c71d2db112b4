//! Names become addresses once, every address is checked, and the connection is made to what was checked.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::HostPolicy;
use crate::hosts::may_connect;

/// The name leads to an address that must not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the host leads to an address that must not be called")]
pub(super) struct ForbiddenAddress;

#[derive(Debug, Clone, Copy)]
pub(super) struct GuardedResolver {
    hosts: HostPolicy,
}

impl GuardedResolver {
    pub(super) const fn new(hosts: HostPolicy) -> Self {
        Self { hosts }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let hosts = self.hosts;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed = all_allowed(found, hosts)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// All or nothing: a name of the provider's own has no business beside a private address.
fn all_allowed(found: Vec<SocketAddr>, hosts: HostPolicy) -> Result<Vec<SocketAddr>, ForbiddenAddress> {
    if found.iter().all(|address| may_connect(address.ip(), hosts)) { Ok(found) } else { Err(ForbiddenAddress) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_forbidden_address_among_many_is_enough_to_refuse() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        assert!(all_allowed(addresses(&["8.8.8.8:0", "1.1.1.1:0"]), HostPolicy::Public).is_ok());
        assert!(all_allowed(addresses(&["8.8.8.8:0", "169.254.169.254:0"]), HostPolicy::Public).is_err());
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_resolved_for_simulations_only() {
        let resolve = |hosts| GuardedResolver::new(hosts).resolve("localhost".parse().unwrap());
        assert!(resolve(HostPolicy::Simulated).await.is_ok());
        let refused = resolve(HostPolicy::Public).await.err().unwrap();
        assert!(refused.downcast_ref::<ForbiddenAddress>().is_some());
    }
}
