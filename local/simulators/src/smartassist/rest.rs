//! The public REST API: availability, and conversations as the account sees them.

use serde_json::{Value, json};

use crate::engine::{Answer, Incoming, Phase, Refusal, Script, bad, locked, optional_list, refuse, rfc3339, with};

use super::{
    Account, Case, Participant,
    config::{Availability, ClaimRules},
    routes::bad_token,
    token::{self, Expected},
};

const STATUSES: [&str; 6] = ["ACTIVE", "CLOSED", "IDLE", "OPEN", "OVERDUE", "TERMINATED"];
const MOST_RESULTS: usize = 100;

/// `/agentassist/api/v1/public/{appId}/…`, with `auth` and `accountId`.
pub(super) fn answer(account: &Account, request: &Incoming, app: &str, rest: &[&str]) -> Result<Answer, Refusal> {
    let (client_id, now_ms) = (&account.config.rest_client_id, account.now_ms());
    let expected = Expected { client_id, rules: ClaimRules::Documented, now_ms };
    let token = request.header("auth").unwrap_or_default();
    token::check(&account.own.rest_key, token, expected, &mut account.book().own).map_err(bad_token)?;
    if request.header("accountid") != Some(account.config.account_id.as_str()) {
        return Err(bad_token("another accountId"));
    }
    if app != account.config.stream_id {
        return Err(refuse(404, "the app does not exist"));
    }
    match (request.method.as_str(), rest) {
        ("POST", ["agents", "availability"]) => availability(account, request),
        ("GET", ["conversations"]) => list(account, request),
        ("GET", ["conversations", "sessions", session]) => find(account, |case| case.own.bot_session == *session),
        ("GET", ["conversations", id]) => find(account, |case| case.id == *id),
        _ => Err(refuse(404, "no such resource")),
    }
}

fn availability(account: &Account, request: &Incoming) -> Result<Answer, Refusal> {
    let body = request.json().filter(Value::is_object).unwrap_or(Value::Null);
    for list in ["/skillIds", "/queueIds", "/agentIds"] {
        let strings = optional_list(&body, list)?.iter().all(Value::is_string);
        if !strings || body.pointer(list).is_none() {
            return Err(bad(format!("{list} must be an array of strings")));
        }
    }
    // Without a word from a test, what scripts say of new conversations holds.
    let nobody = account.runtime.script_for("") == Script::NoAgents;
    let found = if nobody { Availability::Nobody } else { *locked(&account.own.availability) };
    let available = match found {
        Availability::Free => vec![person(account, Some(3))],
        Availability::Full => vec![person(account, Some(0))],
        Availability::Unmeasured => vec![person(account, None)],
        Availability::Nobody => Vec::new(),
    };
    Ok(Answer::taken(200, json!({ "AVAILABLE": available, "BUSY": [], "OFFLINE": [], "AWAY": [] })))
}

fn person(account: &Account, free: Option<u32>) -> Value {
    let who = account.runtime.options.representative(0);
    let (first, last) = who.name.split_once(' ').unwrap_or((who.name.as_str(), ""));
    let person = json!({
        "_id": format!("a-{}", who.id), "userId": format!("u-{}", who.id),
        "firstName": first, "lastName": last, "isDigitalEnabled": true,
    });
    let capacity = free.map(|free| {
        json!({ "liveChat": {
            "isEnabled": true, "totalCapacity": 3, "usedCapacity": 3_u32.saturating_sub(free), "availableCapacity": free,
        }})
    });
    with(person, json!({ "channelCapacity": capacity }))
}

/// Only what has reached a queue is a conversation of the contact centre.
fn is_known(case: &Case) -> bool {
    case.own.queued_ms.is_some()
}

fn find(account: &Account, wanted: impl Fn(&Case) -> bool) -> Result<Answer, Refusal> {
    let book = account.book();
    let found = book.cases.iter().find(|case| is_known(case) && wanted(case));
    let case = found.ok_or_else(|| refuse(404, "the conversation does not exist"))?;
    Ok(Answer::taken(200, document(account, case)).about(&case.id))
}

fn list(account: &Account, request: &Incoming) -> Result<Answer, Refusal> {
    let number = |name, default| {
        let parsed = request.query_parameter(name).map_or(Ok(default), |it| it.parse::<usize>());
        parsed.map_err(|_| bad("skip and limit must be numbers"))
    };
    let (skip, limit) = (number("skip", 0)?, number("limit", 10)?);
    let wanted = request.query_parameter("status");
    if wanted.as_deref().is_some_and(|it| !STATUSES.contains(&it)) {
        return Err(bad("the status is not known"));
    }
    let book = account.book();
    let results: Vec<Value> = book
        .cases
        .iter()
        .rev()
        .filter(|case| is_known(case) && wanted.as_deref().is_none_or(|it| it == status(case)))
        .skip(skip)
        .take(limit.min(MOST_RESULTS))
        .map(|case| document(account, case))
        .collect();
    Ok(Answer::taken(200, json!({ "results": results })))
}

fn status(case: &Case) -> &'static str {
    match case.phase {
        Phase::New | Phase::Queued | Phase::Offered => "OPEN",
        Phase::Connected => "ACTIVE",
        Phase::Left => "IDLE",
        Phase::Ended if case.own.meta_status == Some("SYSTEM_DROP_OFF") => "TERMINATED",
        Phase::Ended => "CLOSED",
    }
}

fn document(account: &Account, case: &Case) -> Value {
    let own = &case.own;
    let time = |ms: Option<i64>| ms.map(rfc3339);
    let accepted_ms = own.participants.first().map(|it| it.started_ms);
    let wait_ms = own.queued_ms.zip(accepted_ms).map(|(from, to)| (to - from).max(0));
    let mut participants: Vec<Value> = own.participants.iter().map(|it| participant(account, case, it)).collect();
    if participants.is_empty() {
        participants.push(json!({
            "queueId": account.config.queue_id, "queueName": account.config.queue_name,
            "queueStartTime": time(own.queued_ms),
        }));
    }
    let transfer = |ms: &i64| {
        json!({
            "transferredType": "QUEUE", "transferredTo": [account.config.queue_id],
            "transferredAt": rfc3339(*ms), "systemTransfer": false,
        })
    };
    let transfers: Vec<Value> = own.transfers_ms.iter().map(transfer).collect();
    let document = json!({
        "conversationId": case.id, "status": status(case), "participants": participants, "transferDetails": transfers,
        "acceptedAt": time(accepted_ms), "endTime": time(own.ended_ms), "waitTime": wait_ms,
        "botSessionId": own.bot_session,
        "dispositions": { "status": [], "remarks": "", "metaStatus": own.meta_status },
    });
    let shown = account.config.rest_shows_custom_data.then_some(&own.custom_data);
    with(document, json!({ "customData": shown }))
}

/// As in the vendor's samples, a participant stays `ACTIVE` even when everything is over.
fn participant(account: &Account, case: &Case, it: &Participant) -> Value {
    json!({
        "queueId": account.config.queue_id, "queueName": account.config.queue_name,
        "queueStartTime": case.own.queued_ms.map(rfc3339),
        "agentId": it.who.id, "name": it.who.name, "status": "ACTIVE",
        "assignedAt": rfc3339(it.started_ms), "startTimeStamp": rfc3339(it.started_ms),
        "endTimeStamp": it.ended_ms.map(rfc3339),
    })
}
