//! Sessions watch over themselves: each thing comes on its second, is told once, and is lost with nothing.

use std::time::{Duration, Instant};

use agent_transfer::{Centre, Driving, Stack, StackOptions};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use simulators::{Act, EndedBy, Fault, Operation, Phase, RequestFault, Taken};
use test_database::{EmbeddedOnly, skipped};
use transfer_domain::Clock as _;
use transfer_tests::api::{Answer, Api, event_types, events, minutes, stack, stack_with, stepped, transfer, uuid};

const PROVIDERS: [&str; 5] = ["genesys", "servicenow", "five9", "smartassist", "salesforce"];
const DAY: u64 = 24 * 60;

fn centre<'a>(stack: &'a Stack, provider: &str) -> &'a Centre {
    stack.centre(provider.parse().unwrap()).unwrap()
}

async fn act(stack: &Stack, provider: &str, session: &str, acts: &[Act]) {
    for one in acts {
        centre(stack, provider).desk().act(&uuid(session), one.clone()).unwrap();
        stack.settle().await.unwrap();
    }
}

/// A session with a representative who has said something.
async fn active(stack: &Stack, api: &Api, provider: &str) -> String {
    let session = queued(stack, api, provider).await;
    act(stack, provider, &session, &[Act::Join, Act::Say("Hello".to_owned())]).await;
    assert_eq!(api.status(&session).await, "active", "{provider}");
    session
}

async fn queued(stack: &Stack, api: &Api, provider: &str) -> String {
    let session = api.create(&format!("conv-{provider}"), provider).await;
    stack.settle().await.unwrap();
    act(stack, provider, &session, &[Act::Accept, Act::Queue]).await;
    session
}

/// Time passes, minute by minute.
async fn pass(stack: &Stack, count: u64) {
    for _ in 0..count {
        stack.advance(minutes(1));
        stack.settle().await.unwrap();
    }
}

/// Time passes until a moment, minute by minute.
async fn pass_until(stack: &Stack, moment: DateTime<Utc>) {
    loop {
        let left = moment - stack.clock().now();
        if left <= TimeDelta::zero() {
            return;
        }
        stack.advance(left.min(TimeDelta::minutes(1)).to_std().unwrap());
        stack.settle().await.unwrap();
    }
}

fn moment(of: &Value) -> DateTime<Utc> {
    of.as_str().unwrap().parse().unwrap()
}

async fn expiry(api: &Api, session: &str) -> DateTime<Utc> {
    moment(&api.detail(session).await.body["expiresAt"])
}

/// How often something was told of a session.
fn told(stack: &Stack, session: &str, kind: &str) -> usize {
    events(stack, session).iter().filter(|event| event["detail-type"] == kind).count()
}

async fn is_listed(api: &Api, session: &str, status: &str) -> bool {
    api.get(&format!("/transfers?status={status}")).await.text.contains(session)
}

fn phase(stack: &Stack, provider: &str, session: &str) -> Phase {
    centre(stack, provider).desk().conversation(&uuid(session)).unwrap().phase
}

/// Changes the limits of waiting of the project.
async fn limit(api: &Api, name: &str, minutes: u32) {
    let mut settings = api.get("/settings/agent-transfer").await.body;
    settings["sessionLifecycle"]["limits"][name] = json!(minutes);
    let stored = api.put("/settings/agent-transfer", &settings).await;
    assert_eq!(stored.status, 200, "{}", stored.text);
}

/// It has ended because its time was over, and every way to it says so.
async fn assert_expired(api: &Api, session: &str, at: DateTime<Utc>) -> Answer {
    let detail = api.detail(session).await;
    assert_eq!(detail.status, 200, "{}", detail.text);
    assert_eq!((detail.str("status"), detail.str("endReason")), ("ended".to_owned(), "expired".to_owned()));
    assert_eq!((moment(&detail.body["endedAt"]), &detail.body["endedBy"]), (at, &json!("system")));
    assert!(is_listed(api, session, "ended").await);
    for open in ["pending", "queued", "active", "post_agent"] {
        assert!(!is_listed(api, session, open).await, "{open}");
    }
    let refused = api.say(session, "too-late", "Hello?").await;
    assert_eq!((refused.status, refused.problem()), (410, "transfer-expired"), "{}", refused.text);
    detail
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_in_which_nobody_writes_ends_at_its_second_and_leaves_its_record() {
    for provider in PROVIDERS {
        let (stack, api) = stack().await;
        let session = active(&stack, &api, provider).await;
        let expires_at = expiry(&api, &session).await;
        pass_until(&stack, expires_at - TimeDelta::seconds(1)).await;
        assert_eq!(api.status(&session).await, "active", "{provider}");
        assert_eq!(told(&stack, &session, "transfer.expired"), 0, "{provider}");

        pass_until(&stack, expires_at).await;
        assert_eq!(told(&stack, &session, "transfer.expired"), 1, "{provider}");
        let detail = assert_expired(&api, &session, expires_at).await;
        assert_eq!(moment(&detail.body["expiresAt"]), expires_at + TimeDelta::days(1), "its retention begins");
        assert_eq!(api.task_status(&session).await, "expired", "{provider}");
        assert_eq!(phase(&stack, provider, &session), Phase::Ended, "{provider} was told to close");
        assert_eq!(told(&stack, &session, "transfer.expiring"), 1, "{provider}");
        assert!(api.timeline(&session).await.contains(&"ended".to_owned()));
        assert!(!api.messages(&session).await.is_empty(), "the transcript stays");

        pass(&stack, 20).await;
        for kind in ["transfer.expired", "transfer.expiring"] {
            assert_eq!(told(&stack, &session, kind), 1, "{provider}: {kind}");
        }
        stack.advance(minutes(DAY));
        stack.settle().await.unwrap();
        assert_eq!(api.detail(&session).await.status, 404, "its retention is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_is_announced_once_and_anew_for_the_next_one() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "genesys").await;
    let first = expiry(&api, &session).await;
    // A message before the announcement: it is not made.
    pass_until(&stack, first - TimeDelta::seconds(121)).await;
    assert_eq!(api.say(&session, "m-1", "Still here").await.status, 202);
    stack.settle().await.unwrap();
    let second = expiry(&api, &session).await;
    pass_until(&stack, second - TimeDelta::seconds(121)).await;
    assert_eq!(told(&stack, &session, "transfer.expiring"), 0);

    pass_until(&stack, second - TimeDelta::seconds(120)).await;
    let announced = |at: DateTime<Utc>| {
        let mut all = events(&stack, &session);
        all.retain(|event| event["detail-type"] == "transfer.expiring");
        all.iter().filter(|event| moment(&event["detail"]["expiresAt"]) == at).count()
    };
    assert_eq!(announced(second), 1);
    // A message after it: the new expiry is announced as well.
    pass(&stack, 1).await;
    assert_eq!(api.say(&session, "m-2", "And here").await.status, 202);
    stack.settle().await.unwrap();
    let third = expiry(&api, &session).await;
    pass_until(&stack, third).await;
    assert_eq!((announced(second), announced(third)), (1, 1));
    assert_eq!(told(&stack, &session, "transfer.expiring"), 2);
    assert_expired(&api, &session, third).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_tables_ttl_is_first_the_same_record_and_one_event_follow() {
    if skipped(EmbeddedOnly::Sweep) {
        return;
    }
    for provider in PROVIDERS {
        let (stack, api) = stack_with(StackOptions { watch: false, ..stepped() }).await;
        let session = active(&stack, &api, provider).await;
        let expires_at = expiry(&api, &session).await;
        stack.advance(minutes(31));
        for _ in 0..2 {
            stack.sweep_expired().await.unwrap();
            stack.settle().await.unwrap();
            stack.redeliver_stream().await.unwrap();
            stack.settle().await.unwrap();
            let ids: std::collections::BTreeSet<_> = events(&stack, &session)
                .iter()
                .filter(|event| event["detail-type"] == "transfer.expired")
                .map(|event| event["detail"]["eventId"].to_string())
                .collect();
            assert_eq!(ids.len(), 1, "{provider}");
            assert_expired(&api, &session, expires_at).await;
            assert_eq!(api.task_status(&session).await, "expired", "{provider}");
            assert_eq!(phase(&stack, provider, &session), Phase::Ended, "{provider} was told to close");
            assert!(!api.messages(&session).await.is_empty(), "the transcript stays");
        }
        stack.advance(minutes(DAY));
        assert_eq!(api.detail(&session).await.status, 404, "its retention is over");
    }
}

/// As when a contact's data is erased: what somebody deletes is not what the table's TTL removes.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_somebody_deletes_is_closed_there_and_does_not_come_back() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "genesys").await;
    let row = [("pk", format!("{}#session#{}", api.project(), uuid(&session))), ("sk", "record".to_owned())];
    let row = row.map(|(name, text)| (name.to_owned(), AttributeValue::S(text)));
    let deletion = stack.dynamodb().delete_item().table_name(&stack.service().config.table);
    deletion.set_key(Some(row.into())).send().await.unwrap();
    stack.settle().await.unwrap();
    pass(&stack, 31).await;
    assert_eq!(api.detail(&session).await.status, 404);
    assert_eq!(phase(&stack, "genesys", &session), Phase::Ended, "nobody sits in an orphaned chat");
    assert_eq!(told(&stack, &session, "transfer.expired"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_clock_alone_it_is_shown_as_ended() {
    let (stack, api) = stack_with(StackOptions { watch: false, ..stepped() }).await;
    let session = active(&stack, &api, "genesys").await;
    let expires_at = expiry(&api, &session).await;
    stack.advance((expires_at - stack.clock().now()).to_std().unwrap());
    let detail = api.detail(&session).await;
    assert_eq!((detail.status, detail.str("endReason").as_str()), (200, "expired"), "{}", detail.text);
    assert_eq!(told(&stack, &session, "transfer.expired"), 0, "nobody has written it yet");
    assert_expired(&api, &session, expires_at).await;
    // Whoever was refused has written it.
    stack.settle().await.unwrap();
    assert_eq!(told(&stack, &session, "transfer.expired"), 1);
    act(&stack, "genesys", &session, &[]).await;
    assert_expired(&api, &session, expires_at).await;
    stack.advance(minutes(DAY));
    assert_eq!(api.detail(&session).await.status, 404, "its retention is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_call_is_announced_once_and_lives_on() {
    let (stack, api) = stack().await;
    let mut body = transfer("conv-1", "genesys");
    body["channel"] = json!("voice");
    let session = api.post("/transfers", &body).await.str("sessionId");
    stack.settle().await.unwrap();
    act(&stack, "genesys", &session, &[Act::Accept, Act::Queue, Act::Join]).await;
    let began = moment(&api.detail(&session).await.body["statusChangedAt"]);
    pass_until(&stack, began + TimeDelta::minutes(60)).await;
    assert_eq!(told(&stack, &session, "transfer.stale"), 0);
    pass(&stack, 70).await;
    assert_eq!(told(&stack, &session, "transfer.stale"), 1);
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), &detail.body["stale"]), ("active", &json!(true)));
    assert!(api.timeline(&session).await.contains(&"stale".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_in_the_queue_for_too_long_is_given_back_and_the_contact_centre_is_told() {
    let (stack, api) = stack().await;
    limit(&api, "queuedMinutes", 7).await;
    let session = queued(&stack, &api, "genesys").await;
    let since = moment(&api.detail(&session).await.body["statusChangedAt"]);
    pass_until(&stack, since + TimeDelta::seconds(7 * 60 - 1)).await;
    assert_eq!(api.status(&session).await, "queued");
    pass(&stack, 1).await;
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), detail.str("endReason").as_str()), ("ended", "no_representatives"));
    assert_eq!(phase(&stack, "genesys", &session), Phase::Ended);
    assert_eq!((told(&stack, &session, "transfer.ended"), told(&stack, &session, "transfer.failed")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_representative_who_says_nothing_is_announced_once() {
    let (stack, api) = stack().await;
    let silent = queued(&stack, &api, "genesys").await;
    let talks = active(&stack, &api, "servicenow").await;
    act(&stack, "genesys", &silent, &[Act::Join]).await;
    pass(&stack, 4).await;
    assert_eq!(told(&stack, &silent, "transfer.silent"), 0);
    pass(&stack, 6).await;
    assert_eq!(told(&stack, &silent, "transfer.silent"), 1);
    assert_eq!(told(&stack, &talks, "transfer.silent"), 0);
    assert_eq!(api.status(&silent).await, "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrap_up_ends_at_its_limit() {
    let (stack, api) = stack().await;
    limit(&api, "postAgentMinutes", 3).await;
    let session = active(&stack, &api, "genesys").await;
    act(&stack, "genesys", &session, &[Act::Leave]).await;
    assert_eq!(api.status(&session).await, "post_agent");
    pass(&stack, 2).await;
    assert_eq!(api.status(&session).await, "post_agent");
    pass(&stack, 2).await;
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), detail.str("endReason").as_str()), ("ended", "representative_ended"));
    assert_eq!(phase(&stack, "genesys", &session), Phase::Ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_of_which_nobody_knows_is_given_up_at_its_limit() {
    let (stack, api) = stack().await;
    let lost = RequestFault::Status { status: 503, retry_after: None, taken: Taken::No };
    let lost = Fault::Request { operation: Some(Operation::Open), skip: 0, times: 1, fault: lost };
    centre(&stack, "genesys").desk().faults([lost]);
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), &detail.body["unconfirmed"]), ("pending", &json!(true)));
    let created_at = moment(&detail.body["createdAt"]);
    pass_until(&stack, created_at + TimeDelta::seconds(9 * 60 + 50)).await;
    assert_eq!(api.status(&session).await, "pending");
    pass(&stack, 1).await;
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), detail.str("endReason").as_str()), ("ended", "unconfirmed"));
    assert!(event_types(&stack, &session).contains(&"transfer.failed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_ticks_that_is_purged_loses_nothing() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "genesys").await;
    let expires_at = expiry(&api, &session).await;
    pass_until(&stack, expires_at - TimeDelta::seconds(30)).await;
    assert!(stack.ticks().counts().unwrap().delayed > 0, "its tick is kept back");
    stack.ticks().purge().unwrap();
    pass(&stack, 1).await;
    assert_eq!(told(&stack, &session, "transfer.expired"), 1);
    assert_expired(&api, &session, expires_at).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_change_makes_due_before_the_next_look_comes_at_its_second() {
    let (stack, api) = stack_with(StackOptions { watch: false, ..stepped() }).await;
    limit(&api, "queuedMinutes", 1).await;
    let session = queued(&stack, &api, "genesys").await;
    let since = moment(&api.detail(&session).await.body["statusChangedAt"]);
    assert_eq!(stack.ticks().counts().unwrap().delayed, 1, "told by the change, nobody has looked");
    pass_until(&stack, since + TimeDelta::seconds(59)).await;
    assert_eq!(api.status(&session).await, "queued");
    stack.advance(Duration::from_secs(1));
    stack.settle().await.unwrap();
    assert_eq!(api.detail(&session).await.str("endReason"), "no_representatives");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_is_left_alone_by_the_ticks_that_were_under_way() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "genesys").await;
    let expires_at = expiry(&api, &session).await;
    pass_until(&stack, expires_at - TimeDelta::seconds(30)).await;
    act(&stack, "genesys", &session, &[Act::Leave, Act::End(EndedBy::Representative)]).await;
    assert_eq!(api.status(&session).await, "ended");
    pass(&stack, 20).await;
    let detail = api.detail(&session).await;
    assert_eq!(detail.str("endReason"), "representative_ended");
    assert_eq!((told(&stack, &session, "transfer.expired"), told(&stack, &session, "transfer.ended")), (0, 1));
}

/// As on a laptop: nobody asks for anything.
#[tokio::test(flavor = "multi_thread")]
async fn it_watches_by_itself() {
    let driving = Driving::Background { sweep: Duration::from_hours(1) };
    let (stack, api) = stack_with(StackOptions { driving, ..stepped() }).await;
    let session = api.create("conv-1", "genesys").await;
    stack.advance(minutes(31));
    let since = Instant::now();
    while told(&stack, &session, "transfer.expired") == 0 {
        assert!(since.elapsed() < Duration::from_secs(30), "it has not ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(api.detail(&session).await.str("endReason"), "expired");
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_to_be_kept_an_ended_session_is_gone_at_once_and_closed_all_the_same() {
    let (stack, api) = stack().await;
    let mut settings = api.get("/settings/agent-transfer").await.body;
    settings["sessionLifecycle"]["endedRetentionMinutes"] = json!(0);
    assert_eq!(api.put("/settings/agent-transfer", &settings).await.status, 200);
    for (number, provider) in PROVIDERS.into_iter().enumerate() {
        let session = active(&stack, &api, provider).await;
        let ends_by_itself = number % 2 == 0;
        if ends_by_itself {
            stack.advance(minutes(31));
            stack.settle().await.unwrap();
        } else {
            assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
        }
        assert_eq!(api.detail(&session).await.status, 404, "{provider}");
        assert!(!is_listed(&api, &session, "ended").await, "{provider}");
        assert_eq!(api.get("/transfers/counts?status=ended").await.body["total"], 0, "{provider}");
        stack.settle().await.unwrap();
        pass(&stack, 1).await;
        assert_eq!(phase(&stack, provider, &session), Phase::Ended, "{provider}");
        let ends = ["transfer.ended", "transfer.expired"].map(|kind| told(&stack, &session, kind));
        assert_eq!(ends.iter().sum::<usize>(), 1, "{provider}");
        for part in ["", "/messages", "/timeline"] {
            assert_eq!(api.get(&format!("/transfers/{session}{part}")).await.status, 404, "{provider}{part}");
        }
    }
}
