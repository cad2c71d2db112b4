//! DynamoDB inside the process: in memory or in a file, with the template's table.
//!
//! [`EmbeddedDynamoDb`] serves the DynamoDB and DynamoDB Streams APIs on loopback, so that everything else speaks to
//! it with the ordinary SDK. [`table_from_template`] reads the table out of the deployment's template and
//! [`TableDefinition::create_in`] creates it, here or in AWS's DynamoDB Local: the table is defined once.

mod beside;
mod client;
mod engine;
mod error;
mod file;
mod table;
mod template;

pub use beside::Beside;
pub use client::{client, client_with};
pub use engine::{EmbeddedDynamoDb, Storage};
pub use error::{EmbeddedError, TableError, TemplateError};
pub use table::{Index, TableDefinition};
pub use template::table_from_template;
