//! The profiles, a file a provider.

pub(super) mod five9;
pub(super) mod genesys;
pub(super) mod salesforce;
pub(super) mod servicenow;
pub(super) mod smartassist;
