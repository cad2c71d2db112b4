//! The public REST API: availability, and conversations as the account sees them.

use serde_json::{Value, json};

use crate::{
    act::Phase,
    centre::{Answer, Incoming},
    runtime::locked,
    script::Script,
    shape::{Refusal, optional_list},
    timer::rfc3339,
};

use super::{
    SmartAssist,
    book::{Case, Participant},
    config::{Availability, ClaimRules},
    routes::{bad_token, refuse},
    token::{self, Expected},
};

const STATUSES: [&str; 6] = ["ACTIVE", "CLOSED", "IDLE", "OPEN", "OVERDUE", "TERMINATED"];
const MOST_RESULTS: usize = 100;

/// `/agentassist/api/v1/public/{appId}/…`, with `auth` and `accountId`.
pub(super) fn answer(account: &SmartAssist, request: &Incoming, app: &str, rest: &[&str]) -> Answer {
    let expected = Expected {
        client_id: &account.config.rest_client_id,
        rules: ClaimRules::Documented,
        now_ms: account.runtime.options.timer.now_ms(),
    };
    let token = request.header("auth").unwrap_or_default();
    let checked = token::check(&account.rest_key, token, expected, &mut locked(&account.book).tokens);
    if let Err(doubt) = checked {
        return bad_token(account, doubt);
    }
    if request.header("accountid") != Some(account.config.account_id.as_str()) {
        return bad_token(account, "another accountId");
    }
    if app != account.config.stream_id {
        return refuse(account, 404, "the app does not exist");
    }
    match (request.method.as_str(), rest) {
        ("POST", ["agents", "availability"]) => availability(account, request),
        ("GET", ["conversations"]) => list(account, request),
        ("GET", ["conversations", "sessions", session]) => find(account, |_, case| case.bot_session == *session),
        ("GET", ["conversations", id]) => find(account, |known, _| known == *id),
        _ => refuse(account, 404, "no such resource"),
    }
}

fn availability(account: &SmartAssist, request: &Incoming) -> Answer {
    let body = request.json().filter(Value::is_object).unwrap_or(Value::Null);
    for list in ["/skillIds", "/queueIds", "/agentIds"] {
        let strings = optional_list(&body, list).map(|it| it.iter().all(Value::is_string));
        match strings {
            Ok(true) if body.pointer(list).is_some() => {}
            Ok(_) => return refuse(account, 400, &format!("{list} must be an array of strings")),
            Err(Refusal(problem)) => return refuse(account, 400, &problem),
        }
    }
    // Without a word from a test, what scripts say of new conversations holds.
    let nobody = account.runtime.script_for("") == Script::NoAgents;
    let found = if nobody { Availability::Nobody } else { *locked(&account.availability) };
    let available = match found {
        Availability::Free => vec![person(account, Some(3))],
        Availability::Full => vec![person(account, Some(0))],
        Availability::Unmeasured => vec![person(account, None)],
        Availability::Nobody => Vec::new(),
    };
    let body = json!({ "AVAILABLE": available, "BUSY": [], "OFFLINE": [], "AWAY": [] });
    Answer::taken(200, Some(body))
}

fn person(account: &SmartAssist, free: Option<u32>) -> Value {
    let who = account.runtime.options.representative(0);
    let (first, last) = who.name.split_once(' ').unwrap_or((who.name.as_str(), ""));
    let mut person = json!({
        "_id": format!("a-{}", who.id), "userId": format!("u-{}", who.id),
        "firstName": first, "lastName": last, "isDigitalEnabled": true,
    });
    if let (Some(free), Some(fields)) = (free, person.as_object_mut()) {
        let capacity = json!({ "liveChat": {
            "isEnabled": true, "totalCapacity": 3, "usedCapacity": 3_u32.saturating_sub(free), "availableCapacity": free,
        }});
        fields.insert("channelCapacity".to_owned(), capacity);
    }
    person
}

/// Only what has reached a queue is a conversation of the contact centre.
fn is_known(case: &Case) -> bool {
    case.queued_ms.is_some()
}

fn find(account: &SmartAssist, wanted: impl Fn(&str, &Case) -> bool) -> Answer {
    let book = locked(&account.book);
    match book.cases.iter().find(|(id, case)| is_known(case) && wanted(id.as_str(), case)) {
        Some((id, case)) => Answer::taken(200, Some(document(account, id, case))).about(id),
        None => refuse(account, 404, "the conversation does not exist"),
    }
}

fn list(account: &SmartAssist, request: &Incoming) -> Answer {
    let number = |name, default| request.query_parameter(name).map_or(Ok(default), |it| it.parse::<usize>());
    let (Ok(skip), Ok(limit)) = (number("skip", 0), number("limit", 10)) else {
        return refuse(account, 400, "skip and limit must be numbers");
    };
    let wanted = request.query_parameter("status");
    if wanted.as_deref().is_some_and(|it| !STATUSES.contains(&it)) {
        return refuse(account, 400, "the status is not known");
    }
    let book = locked(&account.book);
    let results: Vec<Value> = book
        .order
        .iter()
        .rev()
        .filter_map(|id| Some((id, book.cases.get(id)?)))
        .filter(|(_, case)| is_known(case) && wanted.as_deref().is_none_or(|it| it == status(case)))
        .skip(skip)
        .take(limit.min(MOST_RESULTS))
        .map(|(id, case)| document(account, id, case))
        .collect();
    Answer::taken(200, Some(json!({ "results": results })))
}

fn status(case: &Case) -> &'static str {
    match case.phase {
        Phase::New | Phase::Queued | Phase::Offered => "OPEN",
        Phase::Connected => "ACTIVE",
        Phase::Left => "IDLE",
        Phase::Ended if case.meta_status == Some("SYSTEM_DROP_OFF") => "TERMINATED",
        Phase::Ended => "CLOSED",
    }
}

fn document(account: &SmartAssist, id: &str, case: &Case) -> Value {
    let time = |ms: Option<i64>| ms.map(rfc3339);
    let accepted_ms = case.participants.first().map(|it| it.started_ms);
    let wait_ms = case.queued_ms.zip(accepted_ms).map(|(from, to)| (to - from).max(0));
    let mut participants: Vec<Value> = case.participants.iter().map(|it| participant(account, case, it)).collect();
    if participants.is_empty() {
        participants.push(json!({
            "queueId": account.config.queue_id, "queueName": account.config.queue_name,
            "queueStartTime": time(case.queued_ms),
        }));
    }
    let transfers: Vec<Value> = case
        .transfers_ms
        .iter()
        .map(|ms| {
            json!({
                "transferredType": "QUEUE", "transferredTo": [account.config.queue_id],
                "transferredAt": rfc3339(*ms), "systemTransfer": false,
            })
        })
        .collect();
    let mut document = json!({
        "conversationId": id, "status": status(case), "participants": participants, "transferDetails": transfers,
        "acceptedAt": time(accepted_ms), "endTime": time(case.ended_ms), "waitTime": wait_ms,
        "botSessionId": case.bot_session,
        "dispositions": { "status": [], "remarks": "", "metaStatus": case.meta_status },
    });
    if let (true, Some(fields)) = (account.config.rest_shows_custom_data, document.as_object_mut()) {
        fields.insert("customData".to_owned(), case.custom_data.clone());
    }
    document
}

/// As in the vendor's samples, a participant stays `ACTIVE` even when everything is over.
fn participant(account: &SmartAssist, case: &Case, it: &Participant) -> Value {
    json!({
        "queueId": account.config.queue_id, "queueName": account.config.queue_name,
        "queueStartTime": case.queued_ms.map(rfc3339),
        "agentId": it.who.id, "name": it.who.name, "status": "ACTIVE",
        "assignedAt": rfc3339(it.started_ms), "startTimeStamp": rfc3339(it.started_ms),
        "endTimeStamp": it.ended_ms.map(rfc3339),
    })
}
