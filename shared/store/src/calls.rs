//! Which sessions a call is of.

use transfer_domain::{CallId, ProjectId, TransferId};

use crate::call::placeholders;
use crate::keys::{attribute, call_partition, transfer_of};
use crate::rows::text;
use crate::{Store, StoreError};

/// How many sessions of one call are found, the newest.
const MOST: i32 = 20;

impl Store {
    /// The newest sessions of a call, at most 20.
    pub(crate) async fn sessions_of_call(
        &self,
        project: &ProjectId,
        call: &CallId,
    ) -> Result<Vec<TransferId>, StoreError> {
        let condition = "#pk = :pk";
        let query = self
            .client
            .query()
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(condition)))
            .expression_attribute_values(":pk", text(call_partition(project, call)))
            .scan_index_forward(false)
            .limit(MOST);
        let rows = self.query(query).await?.items.into_iter().flatten();
        let named = |row: crate::rows::Row| row.get(attribute::SK)?.as_s().ok().and_then(|uuid| transfer_of(uuid));
        Ok(rows.filter_map(named).collect())
    }
}
