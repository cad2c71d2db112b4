//! Where Five9's operations are. Each path can be replaced by the setting `pathOverrides`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
#[cfg(feature = "outbound")]
use url::Url;

#[cfg(feature = "outbound")]
use crate::CallError;

/// What a path may hold in braces.
const PLACES: &[&str] = &["conversationId", "orgId", "fileId", "domainId", "deliveryProfileId", "chatId"];

const MAX_CHARS: usize = 512;

macro_rules! operations {
    ($($operation:ident = $path:literal),+ $(,)?) => {
        /// One call of Five9's interfaces.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) enum Operation { $($operation),+ }

        impl Operation {
            #[cfg(any(test, feature = "outbound"))]
            const fn default_path(self) -> &'static str {
                match self { $(Self::$operation => $path),+ }
            }

            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$operation),+];
        }
    };
}

operations! {
    AnonymousAuth = "/appsvcs/rs/svc/auth/anon?cookieless=true",
    Metadata = "/appsvcs/rs/svc/auth/metadata",
    Create = "/appsvcs/rs/svc/conversations",
    Info = "/appsvcs/rs/svc/conversations/{conversationId}/info",
    Message = "/appsvcs/rs/svc/conversations/{conversationId}/messages",
    Acknowledge = "/appsvcs/rs/svc/conversations/{conversationId}/messages/acknowledge",
    Terminate = "/appsvcs/rs/svc/conversations/{conversationId}/terminate",
    FileToken = "/cloudauthsvcs/v1/domains/{orgId}/exchangefdmtoken",
    FilePolicy = "/file-svc/v1/domains/{orgId}/file-upload/file-policies/GENERIC",
    File = "/file-svc/v1/domains/{orgId}/files/{fileId}",
    ChatToken = "/oauth2/v1/token",
    ChatCreate = "/messaging-service/v1/domains/{domainId}/delivery-profiles/{deliveryProfileId}/chats",
    ChatMessage = "/messaging-service/v1/domains/{domainId}/chats/{chatId}/messages",
    ChatTerminate = "/messaging-service/v1/domains/{domainId}/chats/{chatId}:terminate",
}

/// Paths that replace the default ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Paths(pub(crate) BTreeMap<Operation, String>);

impl Paths {
    /// Whether every path begins at the root, is of URL characters, and has known places only.
    pub(crate) fn are_valid(&self) -> bool {
        self.0.values().all(|path| is_valid(path))
    }

    /// The URL of an operation. A value stays within its segment, whatever it is.
    #[cfg(feature = "outbound")]
    pub(crate) fn url(&self, base: &Url, operation: Operation, values: &[(&str, &str)]) -> Result<Url, CallError> {
        let fault = || CallError::Misconfigured { what: "/settings/pathOverrides".to_owned() };
        let template = self.0.get(&operation).map_or(operation.default_path(), String::as_str);
        let (path, query) = template.split_once('?').map_or((template, None), |(path, query)| (path, Some(query)));
        let mut url = base.clone();
        {
            let mut segments = url.path_segments_mut().map_err(|()| fault())?;
            segments.clear();
            for segment in path.trim_start_matches('/').split('/') {
                let filled = values
                    .iter()
                    .fold(segment.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value));
                // A segment of dots would be dropped, and the path be another one.
                if matches!(filled.as_str(), "" | "." | "..") || filled.contains(['{', '}']) {
                    return Err(fault());
                }
                segments.push(&filled);
            }
        }
        url.set_query(query);
        Ok(url)
    }
}

fn is_valid(path: &str) -> bool {
    let known = PLACES.iter().fold(path.to_owned(), |text, name| text.replace(&format!("{{{name}}}"), "x"));
    let Some(rest) = known.strip_prefix('/') else { return false };
    let segments_are_whole =
        rest.split('?').next().is_some_and(|path| path.split('/').all(|segment| !matches!(segment, "" | "." | "..")));
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/?%".contains(c);
    path.chars().count() <= MAX_CHARS && segments_are_whole && rest.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_paths_obey_the_rule_for_replacements() {
        assert!(Operation::ALL.iter().all(|operation| is_valid(operation.default_path())));
        for path in ["", "x", "//evil.example", "/a//b", "/a/../b", "/a b", "/{other}", "/a#b", "/ä", "/{chatId"] {
            assert!(!is_valid(path), "{path}");
        }
    }

    #[cfg(feature = "outbound")]
    #[test]
    fn a_value_cannot_leave_its_place() {
        let base = Url::parse("https://app.five9.com").unwrap();
        let paths = Paths::default();
        let url = |value| paths.url(&base, Operation::Info, &[("conversationId", value)]);
        let path = "https://app.five9.com/appsvcs/rs/svc/conversations";
        assert_eq!(url("8f1c").unwrap().as_str(), format!("{path}/8f1c/info"));
        assert_eq!(url("../x?a=b#c").unwrap().as_str(), format!("{path}/..%2Fx%3Fa=b%23c/info"));
        for value in ["", ".", "..", "{orgId}"] {
            assert!(url(value).is_err(), "{value}");
        }
        let terminate = paths.url(&base, Operation::ChatTerminate, &[("domainId", "d"), ("chatId", "c")]).unwrap();
        assert_eq!(terminate.path(), "/messaging-service/v1/domains/d/chats/c:terminate");
        let replaced = Paths([(Operation::Info, "/v2/{conversationId}?full=1".to_owned())].into());
        let url = replaced.url(&base, Operation::Info, &[("conversationId", "8f1c")]).unwrap();
        assert_eq!(url.as_str(), "https://app.five9.com/v2/8f1c?full=1");
    }
}
