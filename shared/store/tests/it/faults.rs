//! Answers that get lost, conflicts and throttles: what the embedded engine never produces by itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use test_database::{EmbeddedOnly, skipped};
use transfer_domain::{IdempotencyKey, Provider, Session, Status};
use transfer_store::{Commit, Created, Idempotency, ListError, Listing, Put, SessionFilter, Store, StoreError};

use crate::world::{
    TABLE, World, contact_message, integration, joined, later, listing, name, project, request, start, world,
};

#[derive(Debug, Clone)]
enum Fault {
    /// This attempt works.
    None,
    /// The caller gets this answer and the table nothing.
    Answered(String),
    /// The table gets the request and the caller an error.
    AnswerLost,
    /// The caller gets this error and the table nothing.
    Refused(u16, &'static str, &'static str),
}

const THROTTLED: Fault = Fault::Refused(400, "ProvisionedThroughputExceededException", "");
const CONFLICT: Fault = Fault::Refused(
    400,
    "TransactionCanceledException",
    r#","CancellationReasons":[{"Code":"TransactionConflict"},{"Code":"None"}]"#,
);

/// Faults for the next attempts, in order; after the last everything works.
#[derive(Debug, Clone, Default)]
struct Faults(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    next: VecDeque<Fault>,
    under_way: Option<Fault>,
}

impl Intercept for Faults {
    fn name(&self) -> &'static str {
        "faults"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut script = self.0.lock().unwrap();
        script.under_way = script.next.pop_front();
        if matches!(script.under_way, Some(Fault::Refused(..) | Fault::Answered(_))) {
            context.request_mut().headers_mut().insert("x-amz-target", "DynamoDB_20120810.Nothing");
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let error =
            |code, more| format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":""{more}}}"#);
        let (status, body) = match self.0.lock().unwrap().under_way.take() {
            None | Some(Fault::None) => return Ok(()),
            Some(Fault::AnswerLost) => (500, error("InternalServerError", "")),
            Some(Fault::Refused(status, code, more)) => (status, error(code, more)),
            Some(Fault::Answered(body)) => (200_u16, body),
        };
        *context.response_mut() = HttpResponse::new(status.try_into()?, body.into());
        Ok(())
    }
}

/// A store whose calls meet these faults; the SDK makes so many attempts of each.
fn faulty(world: &World, attempts: u32, faults: impl IntoIterator<Item = Fault>) -> Store {
    let script = Faults::default();
    script.0.lock().unwrap().next.extend(faults);
    let retry = RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(std::time::Duration::ZERO);
    let config = world.client.config().to_builder().interceptor(script).retry_config(retry).build();
    Store::new(aws_sdk_dynamodb::Client::from_conf(config), TABLE, world.ids.clone())
}

fn many(fault: &Fault) -> Vec<Fault> {
    vec![fault.clone(); 50]
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_created_when_repeated() {
    let world = world().await;
    let (transition, briefing) = world.transition(request("conversation-1"), start());
    let key = Idempotency { key: IdempotencyKey::new("key-1").unwrap(), fingerprint: "one".to_owned() };
    for idempotency in [None, Some(&key)] {
        let (mut transition, briefing) = (transition.clone(), briefing.clone());
        transition.session.project_id = if idempotency.is_some() { "with-key" } else { "without" }.parse().unwrap();
        let store = faulty(&world, 1, [Fault::AnswerLost]);
        let create = || store.create(&transition, &briefing, idempotency, start());
        assert!(create().await.unwrap_err().retryable());
        assert_eq!(create().await.unwrap(), Created::Created);
        // Beyond the ten minutes of the transaction's token only the rows can tell.
        let later_on = store.create(&transition, &briefing, idempotency, later(700)).await.unwrap();
        assert_eq!(later_on, Created::Created);
    }
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_counts_when_the_sdk_repeats_it() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let alone = crate::world::opening(&session, later(1));
    let committed = faulty(&world, 3, [Fault::AnswerLost]).commit(&alone, later(1)).await.unwrap();
    assert_eq!(committed, Commit::Committed);
    let message = contact_message(&alone.session, "message-1", later(2));
    let committed = faulty(&world, 3, [Fault::AnswerLost]).commit(&message, later(2)).await.unwrap();
    assert_eq!(committed, Commit::Committed);
    assert_eq!(world.reload(&session).await, message.session);
}

#[tokio::test]
async fn a_commit_that_the_caller_repeats_is_seen_or_a_conflict_because_it_could_be_anothers() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let alone = crate::world::opening(&session, later(1));
    let store = faulty(&world, 1, [Fault::AnswerLost]);
    assert!(store.commit(&alone, later(1)).await.unwrap_err().retryable());
    assert_eq!(store.commit(&alone, later(1)).await.unwrap(), Commit::Conflict);
    let message = contact_message(&alone.session, "message-1", later(2));
    let store = faulty(&world, 1, [Fault::AnswerLost]);
    assert!(store.commit(&message, later(2)).await.unwrap_err().retryable());
    assert!(matches!(store.commit(&message, later(2)).await.unwrap(), Commit::Seen { .. }));
}

#[tokio::test]
async fn settings_integrations_tasks_and_deliveries_survive_a_lost_answer() {
    let world = world().await;
    let settings = transfer_domain::TransferSettings::default();
    let put = faulty(&world, 3, [Fault::AnswerLost]).put_settings(&project(), &settings, Some(0)).await.unwrap();
    assert_eq!(put, Put::Stored { version: 1 });
    let session = world.session("conversation-1").await;
    let sent = contact_message(&session, "message-1", later(1));
    world.commit(&sent, later(1)).await;
    let message = world.store.undelivered(&project(), session.transfer_id(), 0, 9).await.unwrap().remove(0);
    let store = faulty(&world, 3, [Fault::AnswerLost]);
    assert!(store.begin_delivery(&project(), session.transfer_id(), &message).await.unwrap().is_some());
    let store = faulty(&world, 3, [Fault::AnswerLost]);
    assert_eq!(store.begin_delivery(&project(), session.transfer_id(), &message).await.unwrap(), None);
    // The read before the write must pass.
    let (store, meter) = faulty(&world, 1, []).metered();
    store.put_integration(&integration(), None).await.unwrap();
    assert_eq!(meter.read().round_trips, 2);
}

#[tokio::test]
async fn conflicts_are_retried_and_given_up() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let message = contact_message(&session, "message-1", later(1));
    let given_up = faulty(&world, 1, many(&CONFLICT)).commit(&message, later(1)).await.unwrap_err();
    assert!(matches!(given_up, StoreError::Unavailable { .. }));
    assert_eq!(world.reload(&session).await, session);
    let committed = faulty(&world, 1, vec![CONFLICT; 3]).commit(&message, later(1)).await.unwrap();
    assert_eq!(committed, Commit::Committed);
    let single = Fault::Refused(400, "TransactionConflictException", "");
    let alone = crate::world::opening(&message.session, later(2));
    assert!(faulty(&world, 1, many(&single)).commit(&alone, later(2)).await.unwrap_err().retryable());
    assert_eq!(faulty(&world, 1, [single]).commit(&alone, later(2)).await.unwrap(), Commit::Committed);
}

#[tokio::test]
async fn throttles_and_failures_of_the_other_side_are_unavailable() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let faults = [
        THROTTLED,
        Fault::Refused(400, "ThrottlingException", ""),
        Fault::Refused(400, "RequestLimitExceeded", ""),
        Fault::Refused(500, "InternalServerError", ""),
        Fault::Refused(503, "ServiceUnavailable", ""),
        Fault::Refused(502, "SomethingElse", ""),
    ];
    for fault in faults {
        let read = faulty(&world, 1, [fault.clone()]).session(&project(), session.transfer_id()).await;
        assert!(matches!(read, Err(StoreError::Unavailable { .. })), "{fault:?}");
        let message = contact_message(&session, "message-1", later(1));
        let written = faulty(&world, 1, [fault.clone()]).commit(&message, later(1)).await;
        assert!(matches!(written, Err(StoreError::Unavailable { .. })), "{fault:?}");
    }
}

#[tokio::test]
async fn a_closed_connection_is_unavailable() {
    if skipped(EmbeddedOnly::Shutdown) {
        return;
    }
    let world = world().await;
    let store = Store::new(world.client.clone(), TABLE, world.ids.clone());
    world.database.shutdown().await;
    assert!(store.settings(&project()).await.unwrap_err().retryable());
}

#[tokio::test]
async fn what_dynamodb_refuses_as_wrong_is_rejected_without_contents() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let wrong = Fault::Refused(400, "ValidationException", "");
    let error = faulty(&world, 1, [wrong]).session(&project(), session.transfer_id()).await.unwrap_err();
    assert!(!error.retryable());
    assert_eq!(error.to_string(), "the table refused GetItem: ValidationException");
    let rejected = Fault::Refused(
        400,
        "TransactionCanceledException",
        r#","CancellationReasons":[{"Code":"None"},{"Code":"ValidationError","Message":"secret"}]"#,
    );
    let message = contact_message(&session, "message-1", later(1));
    let error = faulty(&world, 1, [rejected]).commit(&message, later(1)).await.unwrap_err();
    assert!(!error.retryable());
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[tokio::test]
async fn a_missing_table_is_rejected() {
    let world = world().await;
    let store = Store::new(world.client.clone(), "no-such-table", world.ids.clone());
    assert!(!store.settings(&project()).await.unwrap_err().retryable());
}

fn key_of(session: &Session) -> String {
    let pk = format!("project-1#session#{}", session.transfer_id());
    format!(r#"{{"pk":{{"S":"{pk}"}},"sk":{{"S":"record"}}}}"#)
}

#[tokio::test]
async fn what_a_batch_read_leaves_over_is_asked_for_again() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let left = format!(r#"{{"Responses":{{}},"UnprocessedKeys":{{"{TABLE}":{{"Keys":[{}]}}}}}}"#, key_of(&session));
    let filter = SessionFilter { statuses: vec![Status::Pending], ..SessionFilter::default() };
    let faults = |times| [vec![Fault::None], vec![Fault::Answered(left.clone()); times]].concat();
    let listing = Listing { with_expiry: true, ..listing(10, None) };
    let listed = faulty(&world, 1, faults(2)).list(&project(), &filter, &listing, later(1)).await.unwrap();
    assert_eq!(listed.items.iter().map(|it| &it.session_id).collect::<Vec<_>>(), [&session.session_id]);
    let given_up = faulty(&world, 1, faults(50)).list(&project(), &filter, &listing, later(1)).await;
    assert!(matches!(given_up, Err(ListError::Store(StoreError::Unavailable { .. }))));
}

#[tokio::test]
async fn what_a_batch_write_leaves_over_is_asked_for_again() {
    let world = world().await;
    let (name, event) = (name("name-1"), joined("event-1", later(1)));
    world.store.park(&project(), Provider::named("five9"), &name, &event, later(1)).await.unwrap();
    let (pk, sk) = world.rows().await.remove(0);
    let key = format!(r#"{{"pk":{{"S":"{pk}"}},"sk":{{"S":"{sk}"}}}}"#);
    let left = format!(r#"{{"UnprocessedItems":{{"{TABLE}":[{{"DeleteRequest":{{"Key":{key}}}}}]}}}}"#);
    let unpark = async |times| {
        let store = faulty(&world, 1, vec![Fault::Answered(left.clone()); times]);
        store.unpark(&project(), Provider::named("five9"), &name, std::slice::from_ref(&event)).await
    };
    assert!(unpark(50).await.unwrap_err().retryable());
    assert_eq!(world.rows().await.len(), 1);
    unpark(2).await.unwrap();
    assert_eq!(world.rows().await, []);
}
