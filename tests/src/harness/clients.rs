//! SDK clients of endpoints on this machine.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use transfer_aws::SdkConfig;

/// Plain HTTP, short times, and no retries of the SDK's own: whatever is tried again
/// is tried again by the code under test.
pub(super) fn config(endpoint: &str, credentials: Credentials) -> SdkConfig {
    config_with(endpoint, credentials, RetryConfig::disabled())
}

/// The same with the SDK's retries, without its waits.
pub(super) fn retrying_config(endpoint: &str, credentials: Credentials) -> SdkConfig {
    let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1));
    config_with(endpoint, credentials, retries)
}

/// Credentials that mean nothing.
pub(super) fn local() -> Credentials {
    Credentials::new("local", "local", None, None, "fixed")
}

fn config_with(endpoint: &str, credentials: Credentials, retries: RetryConfig) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(10))
        .build();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(timeouts)
        .retry_config(retries)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}
