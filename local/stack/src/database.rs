//! The table: in this process or elsewhere.

use std::sync::Arc;

use aws_credential_types::Credentials;
use embedded_dynamodb::{Beside, EmbeddedDynamoDb, table_from_template};
use tokio::net::TcpListener;
use transfer_aws::SdkConfig;
use transfer_domain::Clock;

use crate::aws;
use crate::error::StackError;
use crate::listen;
use crate::options::{Elsewhere, Storage};
use crate::routes::TEMPLATE;

/// The table's name in this process.
const TABLE: &str = "agent-transfer";

/// A DynamoDB with the table in it.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) endpoint: String,
    pub(crate) table: String,
    pub(crate) client: aws_sdk_dynamodb::Client,
    pub(crate) streams: aws_sdk_dynamodbstreams::Client,
    pub(crate) stream_arn: String,
    pub(crate) embedded: Option<Arc<EmbeddedDynamoDb>>,
    /// What else is kept; `None` = in memory.
    pub(crate) beside: Option<Arc<Beside>>,
}

impl Database {
    /// Starts or finds the database and makes sure that the table is there.
    pub(crate) async fn open(
        storage: &Storage,
        clock: Arc<dyn Clock>,
        listener: TcpListener,
    ) -> Result<Self, StackError> {
        match storage {
            Storage::Memory => Self::embed(embedded_dynamodb::Storage::Memory, clock, listener).await,
            Storage::File(path) => Self::embed(embedded_dynamodb::Storage::File(path.clone()), clock, listener).await,
            Storage::Elsewhere(elsewhere) => {
                let (tables, streams) = elsewhere.clients()?;
                let endpoint = elsewhere.endpoint.clone();
                let beside = elsewhere.beside.as_deref().map(Beside::open).transpose()?.map(Arc::new);
                let database = Self::with_table(&tables, &streams, endpoint, &elsewhere.table, None).await?;
                Ok(Self { beside, ..database })
            }
        }
    }

    async fn embed(
        storage: embedded_dynamodb::Storage,
        clock: Arc<dyn Clock>,
        listener: TcpListener,
    ) -> Result<Self, StackError> {
        let endpoint = listen::url(&listener)?;
        let embedded = EmbeddedDynamoDb::start(storage, clock, listener).await?;
        let sdk = aws::local(&endpoint);
        Self::with_table(&sdk, &sdk, endpoint, TABLE, Some(embedded)).await
    }

    async fn with_table(
        tables: &SdkConfig,
        streams: &SdkConfig,
        endpoint: String,
        table: &str,
        embedded: Option<EmbeddedDynamoDb>,
    ) -> Result<Self, StackError> {
        let client = aws_sdk_dynamodb::Client::new(tables);
        let streams = aws_sdk_dynamodbstreams::Client::new(streams);
        table_from_template(TEMPLATE)?.create_in(&client, table).await?;
        let described = client.describe_table().table_name(table).send().await;
        let stream_arn = described.ok().and_then(|answer| answer.table).and_then(|table| table.latest_stream_arn);
        let stream_arn = stream_arn.ok_or_else(|| StackError::NoStream(table.to_owned()))?;
        let beside = embedded.as_ref().and_then(EmbeddedDynamoDb::beside);
        let embedded = embedded.map(Arc::new);
        Ok(Self { endpoint, table: table.to_owned(), client, streams, stream_arn, embedded, beside })
    }
}

impl Elsewhere {
    /// Configurations for tables and for streams.
    fn clients(&self) -> Result<(SdkConfig, SdkConfig), StackError> {
        if self.endpoint.starts_with("http://") {
            let region = self.region.as_deref().unwrap_or("local");
            let access_key = self.access_key.as_deref().unwrap_or("local");
            let sdk = aws::at(&self.endpoint, region, Credentials::new(access_key, "local", None, None, "fixed"));
            return Ok((sdk.clone(), sdk));
        }
        if self.region.is_none() {
            return Err(StackError::MissingVariable("AWS_REGION"));
        }
        let sdk = transfer_aws::sdk_config()?;
        let tables = sdk.to_builder().endpoint_url(&self.endpoint).build();
        // Streams have an endpoint of their own, which the SDK knows by the region.
        Ok((tables, sdk))
    }
}
