//! `POST …/receipts`: the representative's messages reached the contact, or were read. They are kept on the messages;
//! the answer says what the provider is told of them.

use std::collections::HashSet;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::{Deserialize, Serialize};
use transfer_app::receipts::{self, NotKept};
use transfer_aws::Service;
use transfer_domain::{ProjectId, ReceiptState, SourceId};
use transfer_http::{FieldError, Fields, Problem, json, json_body, session_id};
use transfer_providers::{Adapters, Inbound};

use crate::Taken;

/// As many as the most sparing provider takes in one call (Salesforce: 25).
pub(crate) const MAX_MESSAGES: usize = 25;

/// How far messages of the representative came at the contact.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NewReceipts))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReceiptsBody {
    /// The messages, by the `messageId` that the messages' list shows.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<SourceId>, required))]
    message_ids: Vec<String>,
    /// How far they came.
    state: ReceiptState,
}

/// The answer.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AcceptedReceipts))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Accepted {
    /// As it was said.
    state: ReceiptState,
    /// It was taken.
    status: Taken,
    /// What the provider is told; null if nothing, because it takes no receipts or its conversation is not open.
    #[cfg_attr(feature = "openapi", schema(required))]
    provider_told: Option<ReceiptState>,
}

pub(crate) async fn take(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
    project: &ProjectId,
) -> Result<Response<Body>, Problem> {
    let body: ReceiptsBody = json_body(request)?;
    let state = body.state;
    let ids = body.validate()?;
    let id = session_id(request)?;
    let provider_told = receipts::take(service, adapters, project, &id, &ids, state).await;
    let provider_told = provider_told.map_err(|error| match error {
        NotKept::Session(error) => error.into(),
        NotKept::Unknown(unknown) => Problem::invalid_fields(unknown_ids(&ids, &unknown)),
    })?;
    Ok(json(StatusCode::ACCEPTED, &Accepted { state, status: Taken::Accepted, provider_told }))
}

impl ReceiptsBody {
    /// The ids in their order; one that stands twice is named by its second place.
    fn validate(self) -> Result<Vec<SourceId>, Problem> {
        let mut fields = Fields::default();
        let count = self.message_ids.len();
        fields.rule((1..=MAX_MESSAGES).contains(&count), "/messageIds", "must be 1 to 25 ids");
        let mut once = HashSet::new();
        let mut ids = Vec::with_capacity(count.min(MAX_MESSAGES));
        for (index, text) in self.message_ids.iter().enumerate().take(MAX_MESSAGES) {
            let pointer = format!("/messageIds/{index}");
            fields.rule(once.insert(text), &pointer, "stands twice");
            ids.extend(fields.required::<SourceId>(&pointer, Some(text)));
        }
        fields.finish()?;
        Ok(ids)
    }
}

fn unknown_ids(ids: &[SourceId], unknown: &[SourceId]) -> Vec<FieldError> {
    let faults = ids.iter().enumerate().filter(|(_, id)| unknown.contains(id));
    faults
        .map(|(index, _)| FieldError::new(format!("/messageIds/{index}"), "is no message of the contact centre"))
        .collect()
}
