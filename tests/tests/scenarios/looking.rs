//! What somebody who watches transfers asks for again and again: lists, how many there are, one of them, how it was, and
//! that what waits is tried now.

use std::time::Duration;

use agent_transfer::{Stack, StackOptions, TestClock};
use chrono::SecondsFormat;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::{Act, Fault, Operation, RequestFault, Taken};
use transfer_domain::Clock as _;
use transfer_providers::GENESYS;
use transfer_tests::api::{Answer, Api, minutes, stack, stack_with, transfer, uuid};

const SECOND: Duration = Duration::from_secs(1);

async fn active(stack: &Stack, api: &Api, conversation: &str) -> String {
    let session = api.create(conversation, "genesys").await;
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join] {
        stack.desk(GENESYS).unwrap().act(&uuid(&session), act).unwrap();
        stack.settle().await.unwrap();
    }
    assert_eq!(api.status(&session).await, "active");
    session
}

/// Whoever asks with the tag of what he knows is told what changed meanwhile, and nothing twice.
async fn told_anew(api: &Api, record: &str, known_tag: &mut String, what: &str) {
    let answer = known(api, record, known_tag).await;
    assert_eq!(answer.status, 200, "{what}");
    *known_tag = tag(&answer);
    assert_eq!(known(api, record, known_tag).await.status, 304, "{what}");
}

/// Every call of the contact centre is answered so, until its faults are cleared.
fn broken(stack: &Stack, operation: Operation, status: u16, taken: Taken, retry_after: Option<u64>) {
    let fault = RequestFault::Status { status, retry_after, taken };
    let faults = [Fault::Request { operation: Some(operation), skip: 0, times: u32::MAX, fault }];
    stack.desk(GENESYS).unwrap().faults(faults);
}

fn now(stack: &Stack) -> String {
    stack.clock().now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn tag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

async fn known(api: &Api, path: &str, tag: &str) -> Answer {
    api.call(Method::GET, path, None, &[("if-none-match", tag)]).await
}

fn sessions(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let items = answer.body["items"].as_array().unwrap().iter();
    items.map(|item| item["sessionId"].as_str().unwrap().to_owned()).collect()
}

async fn listed(api: &Api, query: &str) -> Vec<String> {
    sessions(&api.get(&format!("/transfers?{query}")).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_is_not_sent_again_and_a_duration_is_no_news() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "conv-1").await;
    let record = format!("/transfers/{session}");
    let tasks = ["/inbox/tasks", "/inbox/tasks?include=summary"];
    for path in ["/transfers?status=active", "/transfers/counts", &record].into_iter().chain(tasks) {
        let first = api.get(path).await;
        assert!(tag(&first).starts_with("W/"), "{path}");
        stack.advance(SECOND * 7);
        let again = api.get(path).await;
        assert_eq!(tag(&again), tag(&first), "{path}");
        let same = known(&api, path, &tag(&first)).await;
        assert_eq!((same.status, same.text.as_str(), tag(&same)), (304, "", tag(&first)), "{path}");
        assert_eq!(known(&api, path, "W/\"other\"").await.status, 200);
    }
    let all = ["/transfers", "/transfers/counts", &record, "/inbox/tasks", "/inbox/tasks?include=summary"];
    let mut before = Vec::new();
    for path in all {
        before.push(tag(&api.get(path).await));
    }
    assert_eq!(api.post(&format!("{record}/end"), &json!({})).await.status, 202);
    stack.settle().await.unwrap();
    for (path, before) in all.into_iter().zip(before) {
        assert_eq!(known(&api, path, &before).await.status, 200, "{path} has changed");
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_text_finds_a_transfer_by_any_of_its_names() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "conv-1").await;
    stack.advance(SECOND);
    let other = api.create("conv-2", "genesys").await;
    stack.settle().await.unwrap();
    let theirs = api.detail(&session).await.str("providerSessionId");
    for name in [session.as_str(), &uuid(&session), "conv-1", &theirs] {
        assert_eq!(listed(&api, &format!("q={name}")).await, std::slice::from_ref(&session), "{name}");
        assert_eq!(api.get(&format!("/transfers/counts?q={name}")).await.body["total"], 1, "{name}");
    }
    assert_eq!(listed(&api, "q=contact-1").await, [other.clone(), session.clone()], "both are the contact's");
    assert_eq!(listed(&api, "q=contact-1&status=active").await, std::slice::from_ref(&session), "beside other filters");
    assert_eq!(listed(&api, "q=nobody").await, Vec::<String>::new());
    let mut call = transfer("conv-3", "genesys");
    call["contactId"] = json!("contact-3");
    call["channel"] = json!("voice");
    call["voice"] = json!({ "callId": "call-1", "sipCallId": "f81d4fae-7dec@198.51.100.7" });
    let call = api.post("/transfers", &call).await.str("sessionId");
    for name in ["call-1", "f81d4fae-7dec@198.51.100.7"] {
        assert_eq!(listed(&api, &format!("q={name}")).await, std::slice::from_ref(&call), "{name}");
    }
    let page = api.get("/transfers?q=contact-1&limit=1").await;
    assert_eq!(sessions(&page), [other]);
    let cursor = page.str("nextCursor");
    assert_eq!(listed(&api, &format!("q=contact-1&limit=1&cursor={cursor}")).await, [session]);
    assert_eq!(api.get(&format!("/transfers?q=conv-1&cursor={cursor}")).await.problem(), "invalid-cursor");
    assert_eq!(api.get("/transfers?q=conv-1&contactId=contact-1").await.status, 400);
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_told_anew_when_a_message_is_settled_and_when_the_clock_changes_it() {
    let (stack, api) = stack_with(StackOptions::stepped(TestClock::standing())).await;
    let session = active(&stack, &api, "conv-1").await;
    let record = format!("/transfers/{session}");
    let mut tag = tag(&api.get(&record).await);
    assert_eq!(api.say(&session, "m-1", "Hello?").await.status, 202);
    told_anew(&api, &record, &mut tag, "a message is not delivered yet").await;
    stack.settle().await.unwrap();
    told_anew(&api, &record, &mut tag, "it is delivered, which is not written with the session").await;
    stack.advance(minutes(30));
    told_anew(&api, &record, &mut tag, "it has expired, which is not written yet").await;
    stack.advance(SECOND);
    stack.settle().await.unwrap();
    assert_eq!(api.status(&session).await, "ended");
    told_anew(&api, &record, &mut tag, "its end is written, a moment later").await;

    let mut call = transfer("conv-2", "genesys");
    call["channel"] = "voice".into();
    let call = api.post("/transfers", &call).await.str("sessionId");
    stack.settle().await.unwrap();
    let record = format!("/transfers/{call}");
    tag = self::tag(&api.get(&record).await);
    stack.advance(minutes(61));
    told_anew(&api, &record, &mut tag, "somebody should look").await;
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unconfirmed_stale_or_changed_since_is_found() {
    let (stack, api) = stack().await;
    let call = json!({ "channel": "voice", "conversationSessionId": "call-1" });
    let mut body = transfer("call-1", "genesys");
    body.as_object_mut().unwrap().extend(call.as_object().unwrap().clone());
    let voice = api.post("/transfers", &body).await.str("sessionId");
    stack.settle().await.unwrap();
    let quiet = active(&stack, &api, "conv-1").await;
    assert_eq!(listed(&api, "stale=true").await, Vec::<String>::new());

    broken(&stack, Operation::Open, 500, Taken::Yes, None);
    let lost = api.create("conv-2", "genesys").await;
    stack.settle().await.unwrap();
    stack.desk(GENESYS).unwrap().clear_faults();
    let page = api.get("/transfers?unconfirmed=true").await;
    assert_eq!(sessions(&page), std::slice::from_ref(&lost));
    assert_eq!(page.body["items"][0]["actions"], json!(["refresh", "end", "retry"]));
    assert_eq!(api.get("/transfers/counts?unconfirmed=true").await.body["total"], 1);
    assert_eq!(api.get("/transfers?unconfirmed=false").await.status, 400);

    stack.advance(SECOND * 5);
    let since = api.detail(&quiet).await.str("updatedAt");
    stack.advance(SECOND * 5);
    let now = now(&stack);
    assert_eq!(api.say(&quiet, "m-1", "Hello?").await.status, 202);
    assert_eq!(listed(&api, &format!("updatedAfter={now}")).await, std::slice::from_ref(&quiet));
    assert!(listed(&api, &format!("updatedAfter={since}")).await.contains(&quiet));
    assert_eq!(api.get(&format!("/transfers/counts?updatedAfter={now}")).await.body["total"], 1);

    stack.advance(minutes(61));
    stack.settle().await.unwrap();
    assert_eq!(listed(&api, "stale=true").await, [voice]);
    let counts = api.get("/transfers/counts?stale=true").await.body;
    assert_eq!((&counts["total"], &counts["complete"]), (&json!(1), &json!(true)));
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_say_how_many_a_list_would_show_and_what_became_of_them() {
    let (stack, api) = stack().await;
    let served = active(&stack, &api, "conv-1").await;
    let cancelled = api.create("conv-2", "genesys").await;
    let open = active(&stack, &api, "conv-3").await;
    for over in [&served, &cancelled] {
        assert_eq!(api.post(&format!("/transfers/{over}/end"), &json!({})).await.status, 202);
    }
    stack.settle().await.unwrap();
    let counts = api.get("/transfers/counts").await.body;
    assert_eq!(counts["total"], 3);
    assert_eq!(counts["byStatus"], json!({ "pending": 0, "queued": 0, "active": 1, "post_agent": 0, "ended": 2 }));
    assert_eq!((&counts["byOutcome"]["served"], &counts["complete"]), (&json!(1), &json!(true)));
    let outcomes: u64 = counts["byOutcome"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(outcomes, 2);
    let filtered = api.get("/transfers/counts?status=active&channel=chat").await.body;
    assert_eq!((&filtered["byStatus"], &filtered["byOutcome"]), (&json!({ "active": 1 }), &json!({})));
    let of_outcome = api.get("/transfers/counts?outcome=served").await.body;
    assert_eq!((&of_outcome["total"], &of_outcome["byStatus"]), (&json!(1), &json!({ "ended": 1 })));
    assert_eq!(api.get("/transfers/counts?contactId=contact-1").await.body["total"], 3);
    assert_eq!(api.get("/transfers/counts?limit=1").await.status, 400, "there are no pages");

    // Over by the clock, whoever has written that by then.
    stack.advance(minutes(31));
    let counts = api.get("/transfers/counts").await.body;
    assert_eq!(counts["byStatus"]["active"], 0, "{counts}");
    let outcomes: u64 = counts["byOutcome"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!((outcomes, &counts["byStatus"]["ended"], &counts["total"]), (3, &json!(3), &json!(3)));
    assert_eq!(api.status(&open).await, "ended");
    stack.advance(minutes(25 * 60));
    assert_eq!(api.get("/transfers/counts").await.body["total"], 0, "the retention is over");
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_tells_the_rules_that_it_keeps_to_whatever_is_set_later() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "conv-1").await;
    let settings = json!({ "sessionLifecycle": { "ttlMinutes": { "chat": 5 }, "limits": { "queuedMinutes": 7 } } });
    assert_eq!(api.put("/settings/agent-transfer", &settings).await.status, 200);
    let later = active(&stack, &api, "conv-2").await;
    for (session, rules) in [(&session, (30, 0)), (&later, (5, 7))] {
        let lifetime = api.detail(session).await.body["lifetime"].clone();
        assert_eq!(
            (&lifetime["ttlMinutes"], &lifetime["queuedMinutes"]),
            (&json!(rules.0), &json!(rules.1)),
            "{lifetime}"
        );
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_tells_what_comes_next_what_was_heard_last_and_what_is_not_delivered() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "conv-1").await;
    let detail = api.detail(&session).await.body;
    assert!(["check", "no_reply", "warning"].contains(&detail["nextDue"]["what"].as_str().unwrap()), "{detail}");
    assert!(detail["nextDue"]["at"].as_str().unwrap() > detail["updatedAt"].as_str().unwrap());
    assert_eq!(detail["lastProviderEventAt"], detail["statusChangedAt"], "the joining");
    assert_eq!(detail["undelivered"], json!({ "messages": 0, "oldestAt": null }));
    assert_eq!(detail["actions"], json!(["refresh", "end"]));

    broken(&stack, Operation::Send, 503, Taken::No, None);
    stack.advance(SECOND);
    let first_at = now(&stack);
    assert_eq!(api.say(&session, "m-1", "Hello?").await.status, 202);
    stack.advance(SECOND);
    assert_eq!(api.say(&session, "m-2", "Are you there?").await.status, 202);
    stack.settle().await.unwrap();
    let waiting = api.detail(&session).await.body;
    assert_eq!(waiting["undelivered"], json!({ "messages": 2, "oldestAt": first_at }));
    assert_eq!(waiting["actions"], json!(["refresh", "end", "retry"]));
    let row =
        async |query: &str| api.get(&format!("/transfers?q=conv-1{query}")).await.body["items"][0]["actions"].clone();
    assert_eq!(row("&include=expiresAt").await, waiting["actions"]);
    assert_eq!(row("").await, json!(["refresh", "end"]), "the list alone does not know it");

    stack.desk(GENESYS).unwrap().clear_faults();
    let heard = waiting["lastProviderEventAt"].clone();
    stack.advance(SECOND);
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
    let over = api.detail(&session).await.body;
    assert_eq!(over["lastProviderEventAt"], heard, "our own end is no event of theirs");
    stack.settle().await.unwrap();
    stack.advance(minutes(1));
    stack.settle().await.unwrap();
    assert_eq!(api.detail(&session).await.body["undelivered"]["messages"], 0);
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timeline_tells_the_status_before_and_after_and_the_record_as_it_was_right_after_an_entry() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "conv-1").await;
    let during = api.detail(&session).await.body;
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({ "endedBy": "operator" })).await.status, 202);
    stack.settle().await.unwrap();
    let timeline = api.get(&format!("/transfers/{session}/timeline")).await.body;
    assert!(timeline.get("record").is_none());
    let entries = timeline["items"].as_array().unwrap();
    let moved = |what: &str| {
        let entry = entries.iter().find(|entry| entry["what"] == what).unwrap();
        (entry["statusBefore"].clone(), entry["statusAfter"].clone(), entry["sequence"].as_u64().unwrap())
    };
    let (before, after, first) = moved("requested");
    assert_eq!((before, after), (Value::Null, json!("pending")));
    let (before, after, joined) = moved("representative_joined");
    assert_eq!((before, after), (json!("queued"), json!("active")));
    let (before, after, ended) = moved("ended");
    assert_eq!((before, after), (json!("active"), json!("ended")));

    let at = async |sequence: u64| api.get(&format!("/transfers/{session}/timeline?at={sequence}")).await.body;
    let begun = at(first).await;
    assert_eq!(begun["items"].as_array().unwrap().len(), 1);
    assert_eq!(begun["items"][0]["sequence"].as_u64(), Some(first));
    assert_eq!((&begun["record"]["status"], &begun["record"]["representative"]), (&json!("pending"), &Value::Null));
    assert_eq!(begun["record"]["queue"]["name"], "default");
    let fields =
        ["status", "queue", "representative", "providerSessionId", "endReason", "endedBy", "outcome", "unconfirmed"];
    let talking = at(joined).await["record"].clone();
    for field in fields.into_iter().filter(|field| *field != "representative") {
        assert_eq!(talking[field], during[field], "{field}");
    }
    assert_eq!(talking["representative"]["id"], during["representative"]["id"]);
    assert_eq!(talking["representative"]["name"], Value::Null, "it was looked up after that");
    let over = at(ended).await["record"].clone();
    let record = api.detail(&session).await.body;
    for field in fields {
        assert_eq!(over[field], record[field], "{field}");
    }
    assert_eq!(api.get(&format!("/transfers/{session}/timeline?at=999")).await.status, 404);
    assert_eq!(api.get(&format!("/transfers/{session}/timeline?at=1&after=1")).await.status, 400);
    stack.shutdown().await.unwrap();
}

async fn retry(api: &Api, session: &str) -> Answer {
    api.call(Method::POST, &format!("/transfers/{session}/retry"), None, &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_waits_in_a_long_pause_is_tried_within_seconds_when_somebody_asks() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "conv-1").await;
    let none = retry(&api, &session).await;
    assert_eq!((none.status, none.problem()), (409, "nothing-to-retry"));
    broken(&stack, Operation::Send, 429, Taken::No, Some(300));
    assert_eq!(api.say(&session, "m-1", "line 1").await.status, 202);
    stack.settle().await.unwrap();
    stack.desk(GENESYS).unwrap().clear_faults();
    for _ in 0..12 {
        stack.advance(SECOND * 5);
        stack.settle().await.unwrap();
    }
    assert_eq!(api.detail(&session).await.body["undelivered"]["messages"], 1, "the pause is kept");
    assert_eq!(retry(&api, &session).await.status, 202);
    stack.advance(SECOND * 5);
    stack.settle().await.unwrap();
    assert_eq!(api.detail(&session).await.body["undelivered"]["messages"], 0);
    let sent = api.messages(&session).await.into_iter().filter(|(way, ..)| way == "outbound");
    assert_eq!(sent.map(|(.., delivery)| delivery).collect::<Vec<_>>(), ["delivered"]);
    let there = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
    assert_eq!(there.contact_texts().into_iter().filter(|text| *text == "line 1").count(), 1, "once");
    assert!(api.timeline(&session).await.contains(&"retried".to_owned()));
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_that_waits_is_tried_once_and_one_without_an_answer_is_looked_for() {
    let (stack, api) = stack().await;
    broken(&stack, Operation::Open, 429, Taken::No, Some(60));
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    stack.desk(GENESYS).unwrap().clear_faults();
    assert_eq!(retry(&api, &session).await.status, 202);
    assert_eq!(retry(&api, &session).await.status, 202, "asking again is harmless");
    stack.advance(SECOND * 5);
    stack.settle().await.unwrap();
    assert!(!api.detail(&session).await.str("providerSessionId").is_empty());
    let opened = |contact: &str| stack.desk(GENESYS).unwrap().conversation(contact).is_some();
    assert!(opened(&uuid(&session)));

    broken(&stack, Operation::Open, 500, Taken::Yes, None);
    let lost = api.create("conv-2", "genesys").await;
    stack.settle().await.unwrap();
    assert_eq!(api.detail(&lost).await.body["unconfirmed"], true);
    assert_eq!(retry(&api, &lost).await.status, 202);
    stack.settle().await.unwrap();
    let asked = stack.desk(GENESYS).unwrap().requests();
    let openings = asked.iter().filter(|request| request.operation == Operation::Open);
    assert_eq!(openings.filter(|request| request.body.to_string().contains(&uuid(&lost))).count(), 1, "never twice");
    let nobody = "agent_transfer:019bb1a5-ed00-7000-8000-0000000000ff:nobody:chat";
    assert_eq!(retry(&api, nobody).await.status, 404);
    stack.shutdown().await.unwrap();
}
