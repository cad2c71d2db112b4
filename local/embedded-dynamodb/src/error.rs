//! What can go wrong, each in one line that a person at a laptop can act on.

use std::path::PathBuf;

/// Why the embedded database does not start or sweep.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The file is damaged.
    #[error("the data file {} is damaged ({detail}); move it away to start with an empty one", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The file belongs to something else.
    #[error("the data file {} is not a database of this service; nothing in it was changed: name another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// No such file can be.
    #[error("the data file {} cannot be opened ({detail}); name a file in a folder that is there and may be written", path.display())]
    Unopenable {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// Another process has the file.
    #[error("the data file {} is in use by another stack", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The engine refused.
    #[error("the embedded database failed: {0}")]
    Engine(String),
    /// The endpoint cannot be served.
    #[error("the embedded database has no endpoint")]
    Endpoint(#[source] std::io::Error),
}

/// Why a template gives no table.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is no YAML, or the table's properties have another shape.
    #[error("the template cannot be read")]
    Unreadable(#[from] serde_yaml_ng::Error),
    /// It has no table, or several.
    #[error("the template has {0} tables instead of one")]
    Tables(usize),
    /// An index or the table uses an attribute that is not defined, or has no partition key.
    #[error("the keys of {0} are incomplete")]
    Keys(String),
}

/// Why a table is not there.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// DynamoDB refused.
    #[error("DynamoDB refused to {action}")]
    Refused {
        /// What was asked for.
        action: &'static str,
        /// Its answer.
        #[source]
        source: Box<aws_sdk_dynamodb::Error>,
    },
    /// A table of that name exists and has other keys or indexes.
    #[error("the table {0} exists and differs from the template")]
    Differs(String),
    /// It did not become active.
    #[error("the table {0} does not become active")]
    NotActive(String),
}
