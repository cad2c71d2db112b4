//! A DynamoDB for one test, with the template's table in it.
//!
//! It is embedded in the test's process. With `AWS_ENDPOINT_URL_DYNAMODB` it is a part of the DynamoDB Local there, which
//! keeps the data of different access keys apart: the same tests then hold on AWS's own engine. What that engine does
//! not do when a test wants it is an [`EmbeddedOnly`].

#![expect(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "a test that has no database fails")]

mod skip;

use std::sync::Arc;

use aws_credential_types::Credentials;
use embedded_dynamodb::{EmbeddedDynamoDb, Storage, client_with, table_from_template};
use tokio::net::TcpListener;
use transfer_domain::Clock;

pub use skip::{EmbeddedOnly, skipped};

/// The DynamoDB that tests are to use instead of the embedded one.
#[expect(clippy::disallowed_methods, reason = "the tests' own switch, not configuration of the service")]
pub fn elsewhere() -> Option<String> {
    std::env::var("AWS_ENDPOINT_URL_DYNAMODB").ok().filter(|endpoint| !endpoint.is_empty())
}

/// A name that nothing else has: databases elsewhere outlive a test.
pub fn unique() -> String {
    format!("test{:032x}", rand::random::<u128>())
}

/// A database of a test's own.
#[derive(Debug)]
pub struct TestDatabase {
    engine: Engine,
    credentials: Credentials,
}

#[derive(Debug)]
enum Engine {
    Embedded(EmbeddedDynamoDb),
    Elsewhere(String),
}

impl TestDatabase {
    /// A database with the template's table, under this name. `clock` decides what [`Self::sweep_expired`] removes.
    pub async fn start(clock: Arc<dyn Clock>, table: &str) -> Self {
        let mut definition = table_from_template(include_str!("../../../template.yaml")).unwrap();
        let engine = if let Some(endpoint) = elsewhere() {
            // It goes by its own clock, which knows nothing of the test's.
            definition = definition.without_time_to_live();
            Engine::Elsewhere(endpoint)
        } else {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            Engine::Embedded(EmbeddedDynamoDb::start(Storage::Memory, clock, listener).await.unwrap())
        };
        let database = Self { engine, credentials: Credentials::new(unique(), "local", None, None, "fixed") };
        definition.create_in(&database.client(), table).await.unwrap();
        database
    }

    /// Of DynamoDB and its streams.
    pub fn endpoint(&self) -> String {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.endpoint(),
            Engine::Elsewhere(endpoint) => endpoint.clone(),
        }
    }

    /// What clients must present to meet this database.
    pub fn credentials(&self) -> Credentials {
        self.credentials.clone()
    }

    /// A client with the SDK's defaults.
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        client_with(&self.endpoint(), self.credentials())
    }

    /// Removes what has expired by the test's clock; tells how many items went. A test that needs it asks [`skipped`]
    /// first.
    pub async fn sweep_expired(&self) -> usize {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.sweep_expired().await.unwrap(),
            Engine::Elsewhere(endpoint) => panic!("{endpoint} removes items by its own clock"),
        }
    }

    /// Stops answering. A test that needs it asks [`skipped`] first.
    pub async fn shutdown(self) {
        match self.engine {
            Engine::Embedded(embedded) => embedded.shutdown().await.unwrap(),
            Engine::Elsewhere(endpoint) => panic!("{endpoint} is used by other tests"),
        }
    }
}
