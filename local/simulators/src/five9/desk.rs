//! What the contact's side does, in either flavour: conversations begin, messages arrive, conversations end.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::json;

use crate::engine::{Answer, Phase, Refusal, Said, bad, refuse};

use super::{
    Book, Case, Tenant,
    webhook::{self, Target},
};

/// A conversation that is wanted.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) id: String,
    pub(super) external_id: String,
    pub(super) token: Option<String>,
    pub(super) target: Target,
    pub(super) attributes: BTreeMap<String, String>,
}

/// Unless the script refuses conversations of this contact.
pub(super) fn check_script(desk: &Tenant, external_id: &str) -> Result<(), Refusal> {
    if desk.rejects(external_id) { Err(bad("the campaign takes no conversations")) } else { Ok(()) }
}

/// Begins a conversation and its script. A repeat begins another one: creates are not idempotent.
pub(super) fn open(desk: &Arc<Tenant>, book: &mut Book, opening: Opening) {
    let Opening { id, external_id, token, target, attributes } = opening;
    let own = super::Kept {
        token,
        transferring: false,
        announced: false,
        events: 0,
        messages: 0,
        participant: None,
        inactive_reads: desk.config.inactive_reads,
        callbacks: desk.lane(&webhook::carrier(desk, target)),
    };
    desk.route(desk.open(book, desk.case(id, &external_id, own), |it| it.attributes = attributes));
}

/// Unless it is over.
pub(super) fn check_open(desk: &Tenant, case: &Case) -> Result<(), Refusal> {
    if case.phase == Phase::Ended { Err(gone(desk, &case.id)) } else { Ok(()) }
}

/// Shows a message of the contact; nothing recognises a repeat.
pub(super) fn take_message(desk: &Tenant, case: &Case, text: &str) {
    desk.hear(case, Said { text: text.to_owned(), ..Said::default() });
    case.cue(text);
}

/// Ends a conversation for the contact.
pub(super) fn end(desk: &Tenant, case: &mut Case) -> Result<Answer, Refusal> {
    desk.end(case).map_err(|_| gone(desk, &case.id))?;
    Ok(Answer::taken(200, json!({})).about(&case.id))
}

fn gone(desk: &Tenant, id: &str) -> Refusal {
    refuse(desk.config.gone_status, "the conversation has ended").about(id)
}
