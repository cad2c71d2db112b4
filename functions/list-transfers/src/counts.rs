//! `GET …/transfers/counts`: how many sessions fit the filters of a list.

use std::collections::BTreeMap;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::Serialize;
use transfer_aws::Service;
use transfer_domain::{Outcome, Status};
use transfer_http::{Caller, EntityTag, Problem, Query, json, unless_known};
use transfer_store::Counts;

use crate::{FILTERS, read_filter};

/// How many sessions fit.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TransferCounts))]
#[serde(rename_all = "camelCase")]
pub(crate) struct CountsRecord {
    /// All of them.
    total: u64,
    /// By where they stand: the statuses that are asked for.
    by_status: BTreeMap<Status, u64>,
    /// Of those that have ended, by what became of them; empty if none of these are asked for.
    by_outcome: BTreeMap<Outcome, u64>,
    /// Whether nothing was left out. So many are counted at most; what is left out is older.
    complete: bool,
}

impl From<Counts> for CountsRecord {
    fn from(counts: Counts) -> Self {
        let total = counts.total();
        let Counts { by_status, by_outcome, complete } = counts;
        Self { total, by_status, by_outcome, complete }
    }
}

pub(crate) async fn count(service: &Service, request: &Request, caller: &Caller) -> Result<Response<Body>, Problem> {
    let mut query = Query::of(request, &FILTERS);
    let filter = read_filter(&mut query);
    query.finish()?;
    let counts = transfer_app::count(service, &caller.project, &filter).await;
    let counts = counts.map_err(|error| Problem::of_failure(&error, error.retry_after()))?;
    let counts = CountsRecord::from(counts);
    Ok(unless_known(request, &EntityTag::of(&counts), || json(StatusCode::OK, &counts)))
}
