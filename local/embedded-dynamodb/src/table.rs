//! The table, as the template defines it.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, StreamSpecification, StreamViewType, TableDescription, TableStatus, TimeToLiveSpecification,
    TimeToLiveStatus,
};

use crate::TableError;

/// How often and how long a new table is waited for.
const WAITS: u32 = 100;
const WAIT: Duration = Duration::from_millis(100);

/// What a template says about its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDefinition {
    pub(crate) key: Key,
    pub(crate) indexes: Vec<Index>,
    pub(crate) time_to_live: Option<String>,
    pub(crate) stream: Option<String>,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Which attributes it holds: `ALL`, `KEYS_ONLY` or `INCLUDE`.
    pub projection: String,
    /// The attributes beside the keys, if `INCLUDE`.
    pub projected: Vec<String>,
    pub(crate) key: Key,
}

/// Names and types of the key attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) partition: (String, String),
    pub(crate) sort: Option<(String, String)>,
}

impl TableDefinition {
    /// The indexes.
    pub fn indexes(&self) -> &[Index] {
        &self.indexes
    }

    /// The same table, from which nothing is removed by itself.
    #[must_use]
    pub fn without_time_to_live(self) -> Self {
        Self { time_to_live: None, ..self }
    }

    /// Creates the table if there is none of that name, waits until it can be used and switches its TTL on. Safe to
    /// repeat; refuses a table with other keys or indexes.
    pub async fn create_in(&self, client: &Client, name: &str) -> Result<(), TableError> {
        let existing = if let Some(table) = describe(client, name).await? {
            table
        } else {
            self.create(client, name).await?;
            active(client, name).await?
        };
        if !self.describes(&existing) {
            return Err(TableError::Differs(name.to_owned()));
        }
        if existing.table_status() != Some(&TableStatus::Active) {
            active(client, name).await?;
        }
        self.enable_time_to_live(client, name).await
    }

    async fn create(&self, client: &Client, name: &str) -> Result<(), TableError> {
        let action = "create the table";
        let built = |error: BuildError| refused(action, error);
        let indexes = self.indexes.iter().map(Index::wire).collect::<Result<Vec<_>, _>>().map_err(built)?;
        let stream = self.stream.as_deref().map(|view| {
            let view = StreamViewType::from(view);
            StreamSpecification::builder().stream_enabled(true).stream_view_type(view).build()
        });
        let created = client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(self.attributes().map_err(built)?))
            .set_key_schema(Some(self.key.wire().map_err(built)?))
            .set_global_secondary_indexes(Some(indexes).filter(|indexes| !indexes.is_empty()))
            .set_stream_specification(stream.transpose().map_err(built)?)
            .send()
            .await;
        match created {
            Ok(_) => Ok(()),
            // Somebody else creates it at the same time.
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), CreateTableError::ResourceInUseException(_)) =>
            {
                Ok(())
            }
            Err(error) => Err(refused(action, error)),
        }
    }

    fn attributes(&self) -> Result<Vec<AttributeDefinition>, BuildError> {
        let mut all: Vec<_> = std::iter::once(&self.key)
            .chain(self.indexes.iter().map(|index| &index.key))
            .flat_map(|key| std::iter::once(&key.partition).chain(&key.sort))
            .collect();
        all.sort();
        all.dedup();
        all.into_iter()
            .map(|(name, kind)| {
                let kind = ScalarAttributeType::from(kind.as_str());
                AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()
            })
            .collect()
    }

    fn describes(&self, table: &TableDescription) -> bool {
        let mut ours: Vec<_> = self.indexes.iter().map(|index| (index.name.as_str(), index.key.names())).collect();
        let mut theirs: Vec<_> = table
            .global_secondary_indexes()
            .iter()
            .map(|index| (index.index_name().unwrap_or_default(), names(index.key_schema())))
            .collect();
        ours.sort();
        theirs.sort();
        self.key.names() == names(table.key_schema()) && ours == theirs
    }

    async fn enable_time_to_live(&self, client: &Client, name: &str) -> Result<(), TableError> {
        let Some(attribute) = &self.time_to_live else { return Ok(()) };
        let action = "look at the TTL";
        let described =
            client.describe_time_to_live().table_name(name).send().await.map_err(|error| refused(action, error))?;
        let status = described.time_to_live_description().and_then(|it| it.time_to_live_status());
        if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
            return Ok(());
        }
        let action = "switch the TTL on";
        let specification = TimeToLiveSpecification::builder()
            .attribute_name(attribute)
            .enabled(true)
            .build()
            .map_err(|error| refused(action, error))?;
        let update = client.update_time_to_live().table_name(name).time_to_live_specification(specification);
        update.send().await.map_err(|error| refused(action, error)).map(drop)
    }
}

impl Index {
    fn wire(&self) -> Result<GlobalSecondaryIndex, BuildError> {
        let projection = Projection::builder()
            .projection_type(ProjectionType::from(self.projection.as_str()))
            .set_non_key_attributes(Some(self.projected.clone()).filter(|projected| !projected.is_empty()))
            .build();
        GlobalSecondaryIndex::builder()
            .index_name(&self.name)
            .set_key_schema(Some(self.key.wire()?))
            .projection(projection)
            .build()
    }
}

impl Key {
    fn wire(&self) -> Result<Vec<KeySchemaElement>, BuildError> {
        let element = |name: &String, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
        let sort = self.sort.iter().map(|(name, _)| element(name, KeyType::Range));
        std::iter::once(element(&self.partition.0, KeyType::Hash)).chain(sort).collect()
    }

    fn names(&self) -> Vec<&str> {
        std::iter::once(&self.partition).chain(&self.sort).map(|(name, _)| name.as_str()).collect()
    }
}

fn names(schema: &[KeySchemaElement]) -> Vec<&str> {
    let mut elements: Vec<_> = schema.iter().collect();
    elements.sort_by_key(|element| element.key_type() != &KeyType::Hash);
    elements.into_iter().map(KeySchemaElement::attribute_name).collect()
}

async fn describe(client: &Client, name: &str) -> Result<Option<TableDescription>, TableError> {
    match client.describe_table().table_name(name).send().await {
        Ok(described) => Ok(described.table),
        Err(SdkError::ServiceError(error))
            if matches!(error.err(), DescribeTableError::ResourceNotFoundException(_)) =>
        {
            Ok(None)
        }
        Err(error) => Err(refused("describe the table", error)),
    }
}

async fn active(client: &Client, name: &str) -> Result<TableDescription, TableError> {
    for _ in 0..WAITS {
        match describe(client, name).await? {
            Some(table) if table.table_status() == Some(&TableStatus::Active) => return Ok(table),
            Some(_) | None => tokio::time::sleep(WAIT).await,
        }
    }
    Err(TableError::NotActive(name.to_owned()))
}

fn refused(action: &'static str, error: impl Into<aws_sdk_dynamodb::Error>) -> TableError {
    TableError::Refused { action, source: Box::new(error.into()) }
}
