//! Erasing a contact's data, through HTTP: everything of theirs goes, and nothing of anybody else's.

use agent_transfer::Stack;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::{Act, Fault, Operation, Phase, RequestFault, Taken};
use test_database::{EmbeddedOnly, skipped};
use transfer_providers::GENESYS;
use transfer_tests::api::{Answer, Api, event_types, events, minutes, stack, transfer, uuid};
use transfer_tests::receiver::{Receiver, connect};

/// Whose data is erased: with what a path takes only in its encoded form.
const CONTACT: &str = "Canary +49 / äö?%";
const OTHER: &str = "Sparrow";

/// What is in all that a contact says and is told.
fn word(contact: &str) -> &str {
    contact.split(' ').next().unwrap()
}

fn of_contact(contact: &str, conversation: &str) -> Value {
    let word = word(contact);
    let mut body = transfer(conversation, "genesys");
    body["contactId"] = json!(contact);
    body["summary"] = json!(format!("{word} summary"));
    body["contact"] = json!({ "name": word, "email": format!("{word}@example.com") });
    body["history"] = json!([{ "role": "contact", "text": format!("{word} history") }]);
    body["metadata"] = json!({ "note": word });
    body
}

async fn create(api: &Api, contact: &str, conversation: &str, key: &str) -> Answer {
    let body = of_contact(contact, conversation);
    let created = api.call(Method::POST, "/transfers", Some(&body), &[("Idempotency-Key", key)]).await;
    assert!(created.status < 300, "{}", created.text);
    created
}

/// A transfer that somebody talks in.
async fn talking(stack: &Stack, api: &Api, contact: &str, conversation: &str) -> String {
    let key = stack.service().ids.secret().chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let session = create(api, contact, conversation, &key).await.str("sessionId");
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join, Act::Say(format!("{} answer", word(contact)))] {
        stack.desk(GENESYS).unwrap().act(&uuid(&session), act).unwrap();
        stack.settle().await.unwrap();
    }
    assert_eq!(api.say(&session, "m-1", &format!("{} question", word(contact))).await.status, 202);
    stack.settle().await.unwrap();
    session
}

async fn end(stack: &Stack, api: &Api, session: &str) {
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
    stack.settle().await.unwrap();
}

fn path_of(contact: &str) -> String {
    let encoded = percent_encoding::utf8_percent_encode(contact, percent_encoding::NON_ALPHANUMERIC);
    format!("/contacts/{encoded}/erase")
}

async fn erase(api: &Api, contact: &str) -> Answer {
    let answer = api.call(Method::POST, &path_of(contact), None, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

/// The answer's sessions as `(session, status)`.
fn told(answer: &Answer) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let sessions = answer.body["sessions"].as_array().unwrap();
    sessions.iter().map(|it| (text(&it["sessionId"]), text(&it["status"]))).collect()
}

/// Repeats it until nothing is left, as it asks to; gives what was removed.
async fn erase_all(stack: &Stack, api: &Api, contact: &str) -> (Vec<String>, u64) {
    let (mut removed, mut tasks) = (Vec::new(), 0);
    for _ in 0..50 {
        let answer = erase(api, contact).await;
        stack.settle().await.unwrap();
        removed.extend(told(&answer).into_iter().filter(|(_, status)| status == "removed").map(|(session, _)| session));
        tasks += answer.body["tasks"].as_u64().unwrap();
        if answer.body["more"] == false {
            removed.sort();
            return (removed, tasks);
        }
        if let Some(seconds) = answer.headers.get("retry-after") {
            stack.advance(std::time::Duration::from_secs(seconds.to_str().unwrap().parse().unwrap()));
            stack.settle().await.unwrap();
        }
    }
    panic!("it never comes to an end");
}

/// Every row of the table, as its key and its text.
async fn rows(stack: &Stack) -> Vec<(String, String, String)> {
    let (mut rows, mut start) = (Vec::new(), None);
    let table = stack.dynamodb().list_tables().send().await.unwrap().table_names.unwrap().remove(0);
    loop {
        let page = stack.dynamodb().scan().table_name(&table).set_exclusive_start_key(start).send().await.unwrap();
        for row in page.items.unwrap_or_default() {
            let text = |name: &str| row[name].as_s().unwrap().clone();
            rows.push((text("pk"), text("sk"), format!("{row:?}")));
        }
        start = page.last_evaluated_key;
        if start.is_none() {
            return rows;
        }
    }
}

/// What still stands of the contact and of their sessions, beside digests and notes that a session was erased.
async fn left_of(stack: &Stack, sessions: &[String]) -> Vec<(String, String)> {
    let ids: Vec<String> = sessions.iter().map(|session| uuid(session)).collect();
    let rows = rows(stack).await.into_iter().filter(|(_, sk, text)| {
        let about = ids.iter().any(|id| text.contains(id.as_str()));
        let without_data = sk.starts_with("seen#") || text.contains(r#"S("erased")"#);
        text.contains(word(CONTACT)) || (about && !without_data)
    });
    rows.map(|(pk, sk, _)| (pk, sk)).collect()
}

async fn task(api: &Api, session: &str) -> u16 {
    api.get(&format!("/inbox/tasks/{}", uuid(session))).await.status
}

fn phase(stack: &Stack, session: &str) -> Phase {
    let all = stack.desk(GENESYS).unwrap().conversations();
    all.into_iter().find(|it| it.contact_key == uuid(session)).unwrap().phase
}

#[tokio::test(flavor = "multi_thread")]
async fn open_ended_and_expired_sessions_of_a_contact_go_with_all_that_hangs_on_them_and_nobody_elses() {
    let (stack, api) = stack().await;
    let other = talking(&stack, &api, OTHER, "conv-4").await;
    let expired = talking(&stack, &api, CONTACT, "conv-1").await;
    stack.advance(minutes(25));
    assert_eq!(api.say(&other, "m-2", "Still there").await.status, 202);
    stack.settle().await.unwrap();
    stack.advance(minutes(6));
    stack.settle().await.unwrap();
    assert_eq!(api.detail(&expired).await.str("endReason"), "expired");
    let ended = talking(&stack, &api, CONTACT, "conv-2").await;
    end(&stack, &api, &ended).await;
    // One of a conversation that had one before.
    let open = [talking(&stack, &api, CONTACT, "conv-3").await, talking(&stack, &api, CONTACT, "conv-2").await];
    let seen = async || (api.detail(&other).await.body["version"].clone(), api.messages(&other).await);
    let before = seen().await;

    let first = erase(&api, CONTACT).await;
    stack.settle().await.unwrap();
    let status_of = |session: &String| told(&first).into_iter().find(|(it, _)| it == session).unwrap().1;
    assert!(open.iter().all(|session| status_of(session) == "ending"), "{}", first.text);
    assert_eq!((&first.body["more"], first.body["sessions"].as_array().unwrap().len()), (&json!(true), 4));
    for session in &open {
        let record = api.detail(session).await;
        assert_eq!((record.str("status"), record.str("endReason")), ("ended".to_owned(), "operator_ended".to_owned()));
        assert_eq!(event_types(&stack, session).last().unwrap(), "transfer.ended", "everybody is told");
    }
    let (_, tasks) = erase_all(&stack, &api, CONTACT).await;
    assert_eq!(tasks + first.body["tasks"].as_u64().unwrap(), 4);
    let all: Vec<String> = [expired, ended].into_iter().chain(open).collect();
    assert_eq!(left_of(&stack, &all).await, []);
    for session in &all {
        assert_eq!((api.detail(session).await.status, task(&api, session).await), (404, 404), "{session}");
        assert_eq!(phase(&stack, session), Phase::Ended, "{session}");
    }
    assert_eq!(seen().await, before);
    assert_eq!((task(&api, &other).await, phase(&stack, &other)), (200, Phase::Connected));
    assert_eq!(stack.dead_commands().counts().unwrap().visible, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_repeated_or_replayed_after_the_removal_brings_nothing_back() {
    let (stack, api) = stack().await;
    let session = create(&api, CONTACT, "conv-1", "key-1").await.str("sessionId");
    stack.settle().await.unwrap();
    let (removed, tasks) = erase_all(&stack, &api, CONTACT).await;
    assert_eq!((removed, tasks), (vec![session.clone()], 1));
    let told = events(&stack, &session);
    assert!(told.iter().any(|event| event["detail-type"] == "transfer.ended"));
    for event in told.iter().chain(told.iter().rev()) {
        inbox_events::handle(stack.service(), event.clone()).await.unwrap();
    }
    stack.settle().await.unwrap();
    assert_eq!(task(&api, &session).await, 404);
    assert_eq!(api.get("/inbox/tasks").await.body["items"], json!([]));
    let resolve = api.post(&format!("/inbox/tasks/{}/resolve", uuid(&session)), &json!({})).await;
    assert_eq!(resolve.status, 404);
    assert_eq!(events(&stack, &session).len(), told.len(), "nothing more is told");

    let again = erase(&api, CONTACT).await;
    assert_eq!((&again.body["sessions"], &again.body["tasks"]), (&json!([]), &json!(0)));
    assert_eq!((&again.body["more"], again.headers.get("retry-after")), (&json!(false), None));
    let anew = create(&api, CONTACT, "conv-1", "key-1").await;
    assert_eq!(anew.status, 201, "the key is not remembered");
    assert_ne!(anew.str("sessionId"), session);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_sessions_than_one_request_does_are_erased_by_several() {
    let (stack, api) = stack().await;
    let mut all = Vec::new();
    for number in 0..60 {
        all.push(create(&api, CONTACT, &format!("conv-{number}"), &format!("key-{number}")).await.str("sessionId"));
        stack.advance(std::time::Duration::from_millis(5));
    }
    stack.settle().await.unwrap();
    let first = erase(&api, CONTACT).await;
    let newest: Vec<_> = all.iter().rev().take(25).map(|session| (session.clone(), "ending".to_owned())).collect();
    assert_eq!((told(&first), &first.body["more"]), (newest, &json!(true)));
    assert_eq!(first.headers.get("retry-after"), None, "there is more to be done at once");
    stack.settle().await.unwrap();
    let (removed, _) = erase_all(&stack, &api, CONTACT).await;
    assert_eq!(removed, all);
    assert_eq!(left_of(&stack, &all).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_of_events_at_an_endpoint_is_said_and_tells_nothing_of_the_contact() {
    let (stack, api) = stack().await;
    let receiver = Receiver::start().await;
    connect(&api, "runtime", &receiver, &[]).await;
    let session = talking(&stack, &api, CONTACT, "conv-1").await;
    end(&stack, &api, &session).await;
    assert!(receiver.taken().len() > 5);
    let (removed, _) = erase_all(&stack, &api, CONTACT).await;
    assert_eq!(removed, [session.as_str()]);
    let copies = erase(&api, CONTACT).await.body["notErased"].clone();
    assert!(copies.as_array().unwrap().contains(&json!("deliveries")), "{copies}");
    let left = left_of(&stack, std::slice::from_ref(&session)).await;
    assert_eq!(left.len(), receiver.taken().len());
    for (pk, sk, text) in rows(&stack).await {
        assert!(!text.contains(word(CONTACT)), "{pk} {sk}");
        if left.contains(&(pk.clone(), sk.clone())) {
            assert!(pk.contains("#notices#") && text.contains("expiresAt"), "{pk} {sk}: {text}");
        }
    }
    if skipped(EmbeddedOnly::Sweep) {
        return;
    }
    stack.advance(minutes(8 * 24 * 60));
    stack.sweep_expired().await.unwrap();
    assert_eq!(left_of(&stack, &[session]).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_removed_only_once_the_contact_centre_knows_of_its_end() {
    let (stack, api) = stack().await;
    let session = talking(&stack, &api, CONTACT, "conv-1").await;
    let down = RequestFault::Status { status: 503, retry_after: None, taken: Taken::No };
    let fault = Fault::Request { operation: Some(Operation::End), skip: 0, times: 8, fault: down };
    stack.desk(GENESYS).unwrap().faults([fault]);
    for _ in 0..3 {
        let answer = erase(&api, CONTACT).await;
        assert_eq!(told(&answer), [(session.clone(), "ending".to_owned())]);
        assert_eq!(answer.headers["retry-after"], "60");
        stack.settle().await.unwrap();
        stack.advance(std::time::Duration::from_secs(61));
    }
    assert_eq!(phase(&stack, &session), Phase::Connected);
    let (removed, _) = erase_all(&stack, &api, CONTACT).await;
    assert_eq!(removed, [session.as_str()]);
    assert_eq!(phase(&stack, &session), Phase::Ended);
    assert_eq!(left_of(&stack, &[session]).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_time_is_over_and_that_the_table_still_holds_is_erased_too() {
    let (stack, api) = stack().await;
    let session = talking(&stack, &api, CONTACT, "conv-1").await;
    end(&stack, &api, &session).await;
    stack.advance(minutes(25 * 60));
    assert_eq!(api.detail(&session).await.status, 404);
    assert_ne!(left_of(&stack, std::slice::from_ref(&session)).await, []);
    assert_eq!(erase_all(&stack, &api, CONTACT).await.0, [session.as_str()]);
    assert_eq!(left_of(&stack, &[session]).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_needs_its_own_right_and_reaches_no_other_project() {
    let (stack, api) = stack().await;
    let session = talking(&stack, &api, CONTACT, "conv-1").await;
    let may = |scope: &str, project: &str| {
        api.with_claims(&json!({ "sub": "u-1", "projects": [project], "scope": scope, "exp": 4_000_000_000_u64 }))
    };
    let post = async |api: &Api| api.call(Method::POST, &path_of(CONTACT), None, &[]).await;
    let without = "transfers:read transfers:write transfers:export settings:write inbox:write";
    assert_eq!(post(&may(without, "demo")).await.status, 403);
    assert_eq!(post(&may("transfers:erase", "other")).await.status, 404);
    let elsewhere = post(&may("transfers:erase", "other").in_project("other")).await;
    assert_eq!((elsewhere.status, &elsewhere.body["sessions"]), (200, &json!([])));
    assert_eq!(api.status(&session).await, "active");
    let allowed = post(&may("transfers:erase", "demo")).await;
    assert_eq!(told(&allowed), [(session, "ending".to_owned())]);
    let query = api.call(Method::POST, &format!("{}?all=true", path_of("nobody")), None, &[]).await;
    assert_eq!((query.status, query.problem()), (400, "malformed-request"));
}
