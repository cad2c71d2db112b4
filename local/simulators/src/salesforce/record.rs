//! Calls about the records of a conversation: opened without a message, acknowledged, ended.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{Act, Answer, EndedBy, Refusal, Stamp, optional_list, required_choice, required_text, transfer_id};

use super::{
    Book, Case, Org,
    book::{Product, of_sender},
    config::{AckTimestamp, EmptyOpen, EndApi},
    desk,
    interaction::{attributes, end_user},
    refusal::{self, coded, object},
};

/// Most acknowledgements of one call.
const MOST_ACKNOWLEDGEMENTS: usize = 25;

/// `POST /conversation`: the conversation of a channel address and end user, opened if there is none.
pub(super) fn open(org: &Arc<Org>, body: &Value) -> Result<Answer, Refusal> {
    check_channel(org, body, refusal::OPEN_CHANNEL)?;
    let attributes = attributes(body, &org.config)?;
    let [_] = optional_list(body, "/participants").map_err(coded(refusal::OPEN_PARTICIPANTS))? else {
        return Err(object(refusal::OPEN_PARTICIPANTS, "one participant is required, the end user"));
    };
    let from = end_user(body, "/participants/0")?;
    let mut book = org.book();
    let case = match of_sender(&mut book, &from) {
        Some(_) => of_sender(&mut book, &from).ok_or_else(unknown)?,
        None => desk::open(org, &mut book, &from)?,
    };
    org.runtime.update_conversation(&case.id, |it| it.attributes.extend(attributes));
    if case.cues.is_none() && org.config.empty_open == EmptyOpen::RoutedAtOnce {
        org.route(case);
    }
    let body = json!({ "conversationIdentifier": case.id, "messagingSessionId": case.own.session.id, "success": true });
    Ok(Answer::taken(202, body).about(&case.id))
}

fn unknown() -> Refusal {
    object(refusal::CONVERSATION, "The conversation identifier is not valid.")
}

fn check_channel(org: &Org, body: &Value, code: u32) -> Result<(), Refusal> {
    let sent = required_text(body, "/channelAddressIdentifier").map_err(coded(code))?;
    if sent != org.config.channel_address_identifier {
        return Err(object(refusal::CHANNEL, "The channelAddressIdentifier provided does not exist."));
    }
    Ok(())
}

/// `POST /acknowledgement`.
pub(super) fn acknowledge(org: &Org, body: &Value) -> Result<Answer, Refusal> {
    let subject = end_user(body, "/sender")?;
    let id = known_conversation(&mut org.book(), body, &subject)?.id.clone();
    let acknowledgements = optional_list(body, "/acknowledgements").map_err(coded(refusal::PARAMETERS))?;
    if acknowledgements.is_empty() || acknowledgements.len() > MOST_ACKNOWLEDGEMENTS {
        return Err(object(refusal::PARAMETERS, "/acknowledgements must have 1 to 25 items"));
    }
    let read = acknowledgements.iter().map(|it| acknowledgement(org, it));
    let receipts = read.collect::<Result<Vec<_>, _>>()?;
    org.runtime.update_conversation(&id, |it| it.receipts.extend(receipts));
    Ok(Answer::taken(200, json!({ "success": true })).about(id))
}

fn acknowledgement(org: &Org, item: &Value) -> Result<(String, String), Refusal> {
    let text = |pointer| required_text(item, pointer).map_err(coded(refusal::PARAMETERS));
    let kinds = ["Delivered", "Read"];
    let kind = required_choice(item, "/acknowledgementType", &kinds).map_err(coded(refusal::PARAMETERS))?;
    let time = item.get("acknowledgementTimestamp");
    let timed = match org.config.ack_timestamp {
        AckTimestamp::Number => time.is_some_and(Value::is_i64),
        AckTimestamp::Text => time.and_then(Value::as_str).is_some_and(|it| it.parse::<i64>().is_ok()),
    };
    if !timed {
        return Err(object(refusal::PARAMETERS, "/acknowledgementTimestamp is not of the accepted type"));
    }
    // The vendor's spelling.
    let created = text("/acknowledgmentCreatedConversationEntryIdentifier")?;
    if uuid::Uuid::parse_str(created).is_err() {
        return Err(object(refusal::PARAMETERS, "/acknowledgmentCreatedConversationEntryIdentifier must be a UUID"));
    }
    Ok((text("/acknowledgedConversationEntryIdentifier")?.to_owned(), kind.to_owned()))
}

fn known_conversation<'a>(book: &'a mut Book, body: &Value, subject: &str) -> Result<&'a mut Case, Refusal> {
    let id = required_text(body, "/conversationIdentifier").map_err(coded(refusal::CONVERSATION))?;
    let own = |it: &&mut Case| it.contact == subject && matches!(it.own.product, Product::Byoc);
    book.case(id).filter(own).ok_or_else(unknown)
}

/// `POST /messagingSession`, documented for a product of partners with their own routing.
pub(super) fn end(org: &Org, body: &Value) -> Result<Answer, Refusal> {
    if org.config.end_api == EndApi::Refused {
        return Err(object(refusal::INTEGRATION, "Specified custom integration is invalid."));
    }
    check_channel(org, body, refusal::CHANNEL)?;
    let subject = transfer_id(body, "/endUserClientId").map_err(coded(refusal::END_USER))?.to_owned();
    let operations = ["End", "Inactivate"];
    let operation = required_choice(body, "/operation", &operations).map_err(coded(refusal::PARAMETERS))?;
    required_choice(body, "/operationBy", &["EndUser"]).map_err(coded(refusal::PARAMETERS))?;
    let mut book = org.book();
    let case = known_conversation(&mut book, body, &subject)?;
    let act = if operation == "End" {
        Act::End(EndedBy::Contact)
    } else {
        required_text(body, "/sessionId").map_err(coded(refusal::PARAMETERS))?;
        Act::Leave
    };
    org.act(case, act, Stamp::default()).map_err(|error| object(refusal::PARAMETERS, error.to_string()))?;
    Ok(Answer::taken(200, json!({ "success": true })).about(&case.id))
}
