//! Configuration: environment variables, read once, in this file only.

use std::net::SocketAddr;

use transfer_app::CallLimit;
use transfer_domain::TokenForm;
use transfer_providers::HostPolicy;
use url::Url;

/// What every function is told by its environment. Functions that do not use a value do not need its variable.
#[derive(Debug, Clone)]
pub struct Config {
    /// `TABLE_NAME`: the DynamoDB table.
    pub table: String,
    /// `EVENT_BUS_NAME`: where events are published.
    pub event_bus: String,
    /// `COMMAND_QUEUE_URL`: the FIFO queue of provider commands.
    pub command_queue_url: String,
    /// `NOTICE_QUEUE_URL`: the FIFO queue of events for endpoints.
    pub notice_queue_url: String,
    /// `TICK_QUEUE_URL`: the queue of sessions that come due.
    pub tick_queue_url: String,
    /// `PARKED_RECORDS_QUEUE_URL`: where stream records that cannot be read are set aside; empty = only logged.
    pub parked_records_queue_url: String,
    /// `MAX_RECEIVES`: how often the function's queue gives out a message before it is a dead letter; 0 = not known.
    pub max_receives: u32,
    /// `SECRETS_PREFIX`: what the names of integration secrets start with.
    pub secrets_prefix: String,
    /// `SECRETS_KEY_ARN`: the key that encrypts new secrets; `None` = the account's own.
    pub secrets_key_arn: Option<String>,
    /// `PUBLIC_BASE_URL`: the API's address as providers see it, without a slash at the end.
    pub public_base_url: String,
    /// `PROJECT_CLAIM`, `SCOPE_PREFIX`: how the issuer writes what a token covers.
    pub tokens: TokenForm,
    /// `CONSOLE_CLIENT_ID` and, with it, `CONSOLE_ISSUER`, `CONSOLE_SCOPES` and `CONSOLE_TOKEN_ORIGIN`: how the console
    /// gets tokens; `None` = it calls the API without.
    pub console_sign_in: Option<ConsoleSignIn>,
    /// `PROVIDER_HOSTS`: `public` or `simulated`.
    pub host_policy: HostPolicy,
    /// `INTEGRATION_RATE_LIMIT` and `INTEGRATION_BURST_LIMIT`: how many callbacks one address may send to one
    /// integration, a second and at once.
    pub callback_limit: CallLimit,
    /// `STAGE`: the deployment's name, which every metric carries.
    pub stage: String,
    /// `AWS_XRAY_DAEMON_ADDRESS`, which Lambda sets: where trace annotations are sent; `None` = nowhere.
    pub xray_daemon: Option<SocketAddr>,
}

/// How the console gets the tokens that it calls the API with: by the authorization code flow with PKCE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleSignIn {
    /// Who issues them, to the letter.
    pub issuer: String,
    /// What the console is called there.
    pub client_id: String,
    /// What it asks for.
    pub scopes: Vec<String>,
    /// Whom its page may ask: the issuer, and where that gives out tokens if it is elsewhere.
    pub origins: Vec<String>,
}

/// The environment does not say what a function needs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A variable without a default is missing or empty.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// A variable has a value outside its set.
    #[error("the environment variable {name} must be {expected}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
    },
    /// `SSL_CERT_FILE` names a file without certificates. The TLS libraries would go on without any root of trust, and
    /// every call would fail later and less clearly.
    #[error("SSL_CERT_FILE: no certificate can be read from {0}")]
    NoCertificates(String),
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What begins a certificate in a bundle.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

impl Config {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(variable)
    }

    /// Reads variables from a function, which answers `None` for those that are not set.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let optional = |name: &'static str| variable(name).filter(|value| !value.is_empty());
        let required = |name: &'static str| optional(name).ok_or(ConfigError::Missing(name));
        let or = |name: &'static str, default: &str| optional(name).unwrap_or_else(|| default.to_owned());
        let number = |name: &'static str, default: u32| {
            let text = optional(name).map_or(Ok(default), |text| text.parse());
            text.map_err(|_| ConfigError::Invalid { name, expected: "a number" })
        };
        Ok(Self {
            table: required("TABLE_NAME")?,
            event_bus: or("EVENT_BUS_NAME", "default"),
            command_queue_url: or("COMMAND_QUEUE_URL", ""),
            notice_queue_url: or("NOTICE_QUEUE_URL", ""),
            tick_queue_url: or("TICK_QUEUE_URL", ""),
            parked_records_queue_url: or("PARKED_RECORDS_QUEUE_URL", ""),
            max_receives: number("MAX_RECEIVES", 0)?,
            secrets_prefix: or("SECRETS_PREFIX", "agent-transfer"),
            secrets_key_arn: optional("SECRETS_KEY_ARN"),
            public_base_url: or("PUBLIC_BASE_URL", "").trim_end_matches('/').to_owned(),
            tokens: TokenForm {
                project_claim: or("PROJECT_CLAIM", "projects"),
                scope_prefix: or("SCOPE_PREFIX", ""),
                local_caller: local_caller(optional),
            },
            console_sign_in: console_sign_in(optional)?,
            host_policy: match or("PROVIDER_HOSTS", "public").as_str() {
                "public" => HostPolicy::Public,
                "simulated" => HostPolicy::Simulated,
                _ => return Err(ConfigError::Invalid { name: "PROVIDER_HOSTS", expected: "public or simulated" }),
            },
            callback_limit: CallLimit {
                rate: number("INTEGRATION_RATE_LIMIT", 100)?,
                burst: number("INTEGRATION_BURST_LIMIT", 400)?,
            },
            stage: or("STAGE", "local"),
            // Annotations are a convenience: an address in another form must not keep a function from starting.
            xray_daemon: optional("AWS_XRAY_DAEMON_ADDRESS").and_then(|address| address.parse().ok()),
        })
    }
}

/// SAM CLI sets the first of them in its containers alone.
fn local_caller(optional: impl Fn(&'static str) -> Option<String>) -> Option<String> {
    let (sam_local, projects) = (optional("AWS_SAM_LOCAL"), optional("LOCAL_CALLER_PROJECTS"));
    projects.filter(|_| sam_local.as_deref() == Some("true"))
}

/// What is asked for unless it is said: everything that the console does.
const CONSOLE_SCOPES: &str =
    "openid transfers:read transfers:write settings:read settings:write inbox:read inbox:write";

fn console_sign_in(optional: impl Fn(&'static str) -> Option<String>) -> Result<Option<ConsoleSignIn>, ConfigError> {
    let (client_id, issuer) = (optional("CONSOLE_CLIENT_ID"), optional("CONSOLE_ISSUER"));
    let (scopes, elsewhere) = (optional("CONSOLE_SCOPES"), optional("CONSOLE_TOKEN_ORIGIN"));
    let Some(client_id) = client_id else { return Ok(None) };
    let origin = |name: &'static str, text: &str| {
        let url = Url::parse(text).ok().filter(|url| url.origin().is_tuple());
        let origin = url.map(|url| url.origin().ascii_serialization());
        origin.ok_or(ConfigError::Invalid { name, expected: "a URL" })
    };
    let issuer = issuer.ok_or(ConfigError::Missing("CONSOLE_ISSUER"))?;
    let elsewhere = elsewhere.map(|text| origin("CONSOLE_TOKEN_ORIGIN", &text)).transpose()?;
    let mut origins = vec![origin("CONSOLE_ISSUER", &issuer)?];
    origins.extend(elsewhere);
    origins.dedup();
    let scopes = scopes.unwrap_or_else(|| CONSOLE_SCOPES.to_owned());
    let scopes = scopes.split_whitespace().map(str::to_owned).collect();
    Ok(Some(ConsoleSignIn { issuer, client_id, scopes, origins }))
}

/// The bundle of root certificates, where one is named, for who calls others than AWS.
///
/// # Errors
///
/// There are none in it.
pub fn check_public_roots() -> Result<(), ConfigError> {
    check_certificates(variable("SSL_CERT_FILE"))
        .inspect_err(|error| tracing::error!(%error, "the function cannot start"))
}

/// Reading a bundle is also faster at start than the folders that are searched without it.
pub(crate) fn check_certificates(bundle: Option<String>) -> Result<(), ConfigError> {
    let Some(bundle) = bundle.filter(|path| !path.is_empty()) else { return Ok(()) };
    let text = std::fs::read(&bundle).unwrap_or_default();
    let has_any = text.windows(CERTIFICATE.len()).any(|window| window == CERTIFICATE);
    if has_any { Ok(()) } else { Err(ConfigError::NoCertificates(bundle)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_of_certificates_that_is_none_is_named() {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        for path in ["/nowhere/ca-bundle.crt", manifest] {
            let error = check_certificates(Some(path.to_owned())).unwrap_err();
            assert_eq!(error.to_string(), format!("SSL_CERT_FILE: no certificate can be read from {path}"));
        }
        assert_eq!(check_certificates(None), Ok(()));
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error = Config::read(|_| None).unwrap_err();
        assert_eq!(error.to_string(), "the environment variable TABLE_NAME is not set");
    }

    #[test]
    fn somebody_without_a_token_is_known_under_sam_local_alone() {
        let caller = |sam_local: &'static str, projects: &'static str| {
            let variables = [("AWS_SAM_LOCAL", sam_local), ("LOCAL_CALLER_PROJECTS", projects)];
            let set = variables.into_iter().filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>();
            local_caller(|name| set.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(caller("true", "demo").as_deref(), Some("demo"));
        for (sam_local, projects) in [("", "demo"), ("false", "demo"), ("1", "demo"), ("true", "")] {
            assert_eq!(caller(sam_local, projects), None, "{sam_local} {projects}");
        }
    }

    fn console(variables: &[(&'static str, &'static str)]) -> Result<Option<ConsoleSignIn>, ConfigError> {
        console_sign_in(|name| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_console_asks_the_issuer_and_where_that_gives_out_tokens() {
        let client = ("CONSOLE_CLIENT_ID", "console");
        let issuer = ("CONSOLE_ISSUER", "https://id.example.com/pool/");
        let sign_in = console(&[client, issuer, ("CONSOLE_TOKEN_ORIGIN", "https://tokens.example.com")]);
        let sign_in = sign_in.unwrap().unwrap();
        assert_eq!(sign_in.issuer, "https://id.example.com/pool/", "to the letter");
        assert_eq!(sign_in.origins, ["https://id.example.com", "https://tokens.example.com"]);
        assert!(sign_in.scopes.contains(&"transfers:read".to_owned()));
        assert_eq!(console(&[issuer]), Ok(None), "nobody signs in without a client");
        assert_eq!(console(&[client]), Err(ConfigError::Missing("CONSOLE_ISSUER")));
        assert!(console(&[client, ("CONSOLE_ISSUER", "id.example.com")]).is_err());
    }

    #[test]
    fn hosts_are_public_unless_said_otherwise() {
        let read = |hosts: &'static str| {
            Config::read(move |name| match name {
                "TABLE_NAME" => Some("transfers".to_owned()),
                "PROVIDER_HOSTS" => Some(hosts.to_owned()),
                _ => None,
            })
        };
        assert_eq!(read("").unwrap().host_policy, HostPolicy::Public);
        assert_eq!(read("simulated").unwrap().host_policy, HostPolicy::Simulated);
        assert!(read("anything").is_err());
    }
}
