//! AWS clients: of the endpoints in this process, or of a DynamoDB elsewhere.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use transfer_aws::SdkConfig;

/// Configuration of clients of an endpoint on this machine, which checks no signatures.
pub(crate) fn local(endpoint: &str) -> SdkConfig {
    at(endpoint, "local", Credentials::new("local", "local", None, None, "fixed"))
}

/// Configuration of clients of an endpoint that speaks plain HTTP, with credentials that it may keep data apart by.
pub(crate) fn at(endpoint: &str, region: &str, credentials: Credentials) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(10))
        .build();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        // Plain HTTP: there is no reason to read the machine's certificates.
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}
