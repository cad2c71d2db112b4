//! A client for an endpoint that checks no credentials.

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region};

/// A client for a DynamoDB on this machine, over plain HTTP and with fixed credentials that mean nothing.
pub fn client(endpoint: &str) -> Client {
    client_with(endpoint, Credentials::new("local", "local", None, None, "fixed"))
}

/// The same with credentials by which AWS's DynamoDB Local keeps data apart.
pub fn client_with(endpoint: &str, credentials: Credentials) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        // Plain HTTP: reading the machine's certificates would cost more than a whole test.
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}
