use std::sync::Arc;

use chrono::{DateTime, Utc};

/// Where the services take the time from.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;
