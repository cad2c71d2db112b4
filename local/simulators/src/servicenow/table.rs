//! The Table API, as far as a conversation can be looked up by it: `sys_cs_conversation` by the session that the caller
//! named, and `interaction` by the conversation. Only what is asked for in this one form is found.

use serde_json::{Value, json};

use crate::engine::{Answer, Incoming, Phase, Refusal, refuse};

use super::{
    Instance,
    auth::{self, Caller},
};

/// Everything below it is a table.
pub(super) const TABLES: &str = "/api/now/table/";

pub(super) fn look_up(desk: &Instance, request: &Incoming) -> Result<Answer, Refusal> {
    if auth::check(desk, request) != Caller::Known {
        return Err(refuse(401, "Required to provide Auth information"));
    }
    let query = request.query_parameter("sysparm_query").unwrap_or_default();
    let (column, wanted) = query.split_once('=').unwrap_or_default();
    let mut book = desk.book();
    let row = match (request.path.strip_prefix(TABLES), column) {
        (Some("sys_cs_conversation"), "session.device_id") => {
            book.of_contact(wanted).map(|case| json!({ "sys_id": conversation_of(&case.id) }))
        }
        (Some("interaction"), "channel_metadata_document") => book.case(&conversation_of(wanted)).map(|case| {
            let state = if case.phase == Phase::Ended { "Closed Complete" } else { "Work in Progress" };
            json!({ "sys_id": case.id, "state": state })
        }),
        (Some("sys_cs_conversation" | "interaction"), _) => None,
        (_, _) => return Err(refuse(400, "Invalid table")),
    };
    let found: Vec<Value> = row.into_iter().collect();
    Ok(Answer::taken(200, json!({ "result": found })))
}

/// The id of an interaction's conversation, and the other way round: each row has one of its own.
fn conversation_of(interaction: &str) -> String {
    interaction.chars().rev().collect()
}
