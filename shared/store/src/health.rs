//! How the contact centres of a project's integrations answer.

use transfer_domain::{IntegrationHealth, ProjectId};

use crate::call::Condition;
use crate::keys::{HEALTH, Key, project_partition};
use crate::rows::{attribute_of, take_value, text, value};
use crate::{RowType, Store, StoreError};

impl Store {
    /// Notes how an integration's contact centre answers now. Several processes tell, each what it saw: the last one counts.
    pub async fn put_health(&self, health: &IntegrationHealth) -> Result<(), StoreError> {
        let values = [(":health", attribute_of(value::HEALTH, health)?), (":type", text(RowType::Health.as_str()))];
        let key = Key::health(&health.project_id, health.provider);
        let update = "SET #health = :health, #type = :type";
        self.update_if(&key, update, &Condition::new("", values), |request| request).await.map(drop)
    }

    /// What is known of a project's integrations.
    pub async fn health(&self, project: &ProjectId) -> Result<Vec<IntegrationHealth>, StoreError> {
        let rows = self.query_prefix(&project_partition(project), HEALTH).await?;
        rows.into_iter().map(|mut row| take_value(&mut row, value::HEALTH)).collect()
    }
}
