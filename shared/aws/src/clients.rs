//! AWS clients, by what the environment says and nothing else: no file, no metadata service, no token service is asked.
//!
//! Lambda sets region and credentials; a laptop's shell has the same variables. Calls have time limits: the SDK has none
//! by default, and a call must end before its function does.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::endpoint::{EndpointFuture, EndpointResolverParams, ResolveEndpoint};
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::shared::IntoShared as _;
use aws_smithy_types::endpoint::Endpoint;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::ConfigError;
use crate::config::{check_certificates, variable};

/// Amazon's own certificate authorities, at which every certificate of AWS's public endpoints ends.
/// <https://www.amazontrust.com/repository/>, "Root CAs"
const AMAZON_ROOTS: &str = include_str!("../roots/amazon.pem");

/// What the names of regions of AWS's standard partition begin with: there, an endpoint's name is the service's, the
/// region's and `amazonaws.com`.
const STANDARD_REGIONS: [&str; 9] = ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"];

/// The variable that names the endpoint of all services.
const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// The services that are called: their ids in the SDK, and their names in endpoints.
const SERVICES: [(&str, &str); 5] = [
    ("DynamoDB", "dynamodb"),
    ("DynamoDB Streams", "streams.dynamodb"),
    ("EventBridge", "events"),
    ("SQS", "sqs"),
    ("Secrets Manager", "secretsmanager"),
];

/// The configuration that all clients of a process share.
///
/// # Errors
///
/// A variable is missing, or the certificates cannot be read that an endpoint outside AWS needs.
pub fn sdk_config() -> Result<SdkConfig, ConfigError> {
    of(variable)
}

fn of(variable: fn(&str) -> Option<String>) -> Result<SdkConfig, ConfigError> {
    let optional = |name: &str| variable(name).filter(|value| !value.is_empty());
    let required = |name: &'static str| optional(name).ok_or(ConfigError::Missing(name));
    let region = optional("AWS_REGION").or_else(|| optional("AWS_DEFAULT_REGION"));
    let region = region.ok_or(ConfigError::Missing("AWS_REGION"))?;
    let credentials = Credentials::new(
        required("AWS_ACCESS_KEY_ID")?,
        required("AWS_SECRET_ACCESS_KEY")?,
        optional("AWS_SESSION_TOKEN"),
        None,
        "environment",
    );
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(5))
        .build();
    let endpoints = Endpoints { variable, of_aws: Endpoints::of_aws(&region, &optional) };
    let trust = if endpoints.are_amazons() {
        TrustStore::empty()
    } else {
        check_certificates(optional("SSL_CERT_FILE"))?;
        TrustStore::default()
    };
    let trust = trust.with_pem_certificate(AMAZON_ROOTS);
    let tls = TlsContext::builder().with_trust_store(trust).build();
    let tls = tls.map_err(|_| ConfigError::Invalid { name: "SSL_CERT_FILE", expected: "a bundle of certificates" })?;
    // One for all: each would make connections of its own.
    let http_client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(tls).build_https();
    Ok(SdkConfig::builder()
        // Pinned: a newer SDK must not change timeouts or retries by itself.
        .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::v2026_01_12())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .service_config(endpoints)
        .use_fips(is_true(optional("AWS_USE_FIPS_ENDPOINT")))
        .use_dual_stack(is_true(optional("AWS_USE_DUALSTACK_ENDPOINT")))
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .http_client(ConnectsWhenCalled(http_client))
        .build())
}

/// The client of the table. Where its endpoint is known, the SDK's rules are not asked at each call.
pub(crate) fn dynamodb(sdk: &SdkConfig) -> aws_sdk_dynamodb::Client {
    let mut config = aws_sdk_dynamodb::config::Builder::from(sdk);
    let key = ServiceConfigKey::builder().service_id("DynamoDB").env(ENDPOINT_URL).profile("endpoint_url").build().ok();
    if let Some(url) = key.and_then(|key| sdk.service_config()?.load_config(key)) {
        let known = Known(Endpoint::builder().url(url).build());
        config.set_endpoint_resolver(Some(known.into_shared()));
    }
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// An endpoint that follows from no call.
#[derive(Debug)]
struct Known(Endpoint);

impl ResolveEndpoint for Known {
    fn resolve_endpoint<'a>(&'a self, _: &'a EndpointResolverParams) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(self.0.clone()))
    }
}

/// An HTTP client that reads certificates when it connects first, and not once for each client of a service as well, only
/// to find out whether they can be read: they are compiled in, or were checked above.
#[derive(Debug)]
struct ConnectsWhenCalled(SharedHttpClient);

impl HttpClient for ConnectsWhenCalled {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }
}

fn is_true(value: Option<String>) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Where services are: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, or the endpoint of AWS, which needs no table of
/// all partitions where it follows from the region.
struct Endpoints {
    variable: fn(&str) -> Option<String>,
    /// What follows a service's name in AWS's endpoints; `None` = the SDK's own rules find them.
    of_aws: Option<String>,
}

impl Endpoints {
    fn of_aws(region: &str, optional: &impl Fn(&str) -> Option<String>) -> Option<String> {
        let (first, rest) = region.split_once('-')?;
        // `us-gov-…` is a partition of its own with the same names, `us-iso-…` are others with others.
        let is_standard = STANDARD_REGIONS.contains(&first) && !rest.starts_with("iso");
        let variants = ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"];
        let has_variant = variants.into_iter().any(|name| is_true(optional(name)));
        (is_standard && !has_variant).then(|| format!("{region}.amazonaws.com"))
    }

    /// What somebody has set for a service.
    fn given(&self, service: &str) -> Option<String> {
        let optional = |name: &str| (self.variable)(name).filter(|value| !value.is_empty());
        if is_true(optional("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) {
            return None;
        }
        let own = format!("AWS_ENDPOINT_URL_{}", service.to_uppercase().replace(' ', "_"));
        optional(&own).or_else(|| optional(ENDPOINT_URL))
    }

    /// Whether whatever is called over TLS shows a certificate of Amazon's.
    fn are_amazons(&self) -> bool {
        SERVICES.iter().all(|(id, _)| match self.given(id) {
            Some(url) => url.starts_with("http://"),
            None => self.of_aws.is_some(),
        })
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        // What is called here is configured by nothing else.
        if key.env() != ENDPOINT_URL {
            return None;
        }
        self.given(key.service_id()).or_else(|| {
            let (_, name) = SERVICES.iter().find(|(id, _)| *id == key.service_id())?;
            Some(format!("https://{name}.{}", self.of_aws.as_ref()?))
        })
    }
}

impl std::fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoints").field("of_aws", &self.of_aws).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
    use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;

    use super::*;

    fn key(service: &str) -> ServiceConfigKey<'_> {
        let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        key.build().unwrap()
    }

    fn endpoints(region: &str, variable: fn(&str) -> Option<String>) -> Endpoints {
        Endpoints { variable, of_aws: Endpoints::of_aws(region, &variable) }
    }

    fn nothing(_: &str) -> Option<String> {
        None
    }

    fn plain(name: &str) -> Option<String> {
        (name == "AWS_ENDPOINT_URL").then(|| "http://127.0.0.1:3002".to_owned())
    }

    fn fips(name: &str) -> Option<String> {
        (name == "AWS_USE_FIPS_ENDPOINT").then(|| "true".to_owned())
    }

    fn emulated(name: &str) -> Option<String> {
        match name {
            "AWS_ENDPOINT_URL" => Some("http://127.0.0.1:3002".to_owned()),
            "AWS_ENDPOINT_URL_SECRETS_MANAGER" => Some("https://secrets.example.com".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn an_endpoint_follows_from_the_region_where_the_partition_is_the_standard_one() {
        let at = |region, service| endpoints(region, nothing).load_config(key(service));
        let expected = "https://streams.dynamodb.eu-west-1.amazonaws.com";
        assert_eq!(at("eu-west-1", "DynamoDB Streams").as_deref(), Some(expected));
        assert_eq!(at("us-gov-west-1", "SQS").as_deref(), Some("https://sqs.us-gov-west-1.amazonaws.com"));
        for elsewhere in ["cn-north-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1", "local"] {
            assert_eq!(at(elsewhere, "DynamoDB"), None, "the SDK knows {elsewhere}");
        }
    }

    #[test]
    fn what_somebody_has_set_wins_and_the_service_s_own_variable_most() {
        let given = endpoints("eu-west-1", emulated);
        assert_eq!(given.load_config(key("DynamoDB")).as_deref(), Some("http://127.0.0.1:3002"));
        assert_eq!(given.load_config(key("Secrets Manager")).as_deref(), Some("https://secrets.example.com"));
    }

    #[test]
    fn the_machine_s_certificates_are_for_what_is_not_amazon_s() {
        assert!(endpoints("eu-west-1", nothing).are_amazons());
        assert!(!endpoints("eu-west-1", emulated).are_amazons(), "another server, by TLS");
        assert!(!endpoints("cn-north-1", nothing).are_amazons());
        assert!(endpoints("local", plain).are_amazons(), "nobody is called by TLS");
        assert_eq!(endpoints("us-east-1", fips).load_config(key("SQS")), None, "another name");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(of(nothing).unwrap_err(), ConfigError::Missing("AWS_REGION"));
        let error = of(|name| (name == "AWS_DEFAULT_REGION").then(|| "eu-west-1".to_owned())).unwrap_err();
        assert_eq!(error, ConfigError::Missing("AWS_ACCESS_KEY_ID"));
    }

    #[test]
    fn the_pinned_roots_are_amazon_s_five_and_make_a_client() {
        assert_eq!(AMAZON_ROOTS.matches("-----BEGIN CERTIFICATE-----").count(), 5);
        let config = of(|name| match name {
            "AWS_REGION" => Some("eu-west-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("none".to_owned()),
            _ => None,
        });
        let config = config.unwrap();
        assert_eq!(config.region().map(Region::as_ref), Some("eu-west-1"));
        // Whoever connects reads each of them.
        let mut components = RuntimeComponentsBuilder::for_tests();
        components.set_time_source(Some(SharedTimeSource::new(SystemTimeSource::new())));
        let components = components.build().unwrap();
        let connector = config.http_client().unwrap().http_connector(&HttpConnectorSettings::default(), &components);
        assert!(format!("{connector:?}").contains("Connector"), "{connector:?}");
    }
}
