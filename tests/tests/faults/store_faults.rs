//! The table throttles, conflicts, fails or loses its answer: bounded tries, nothing half-written, nothing twice.

use transfer_providers::{Adapters, GENESYS};
use transfer_tests::fault_proxy::{Fault, Refusal};
use transfer_tests::harness::{Answer, Case, Stage, World, answer_of};

const TRANSACTION: &str = "TransactWriteItems";
/// A try that never ends would make more calls than this.
const MANY: usize = 20;

async fn create(world: &World, conversation: &str) -> Answer {
    let request = Case::create_request(world.integration.provider, conversation);
    answer_of(create_transfer::handle(&world.service(), request).await)
}

/// What a caller is told who may repeat the same request.
fn assert_come_again(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert_eq!(answer.body["type"], "urn:agent-transfer:problem:temporarily-unavailable");
    assert!(answer.retry_after.as_ref().is_some_and(|seconds| seconds.parse::<u32>().is_ok_and(|it| it > 0)));
}

/// A transaction that met another one in its first row.
fn conflict() -> Fault {
    Fault::Answer(Refusal::cancelled(&["TransactionConflict", "None", "None", "None", "None"]))
}

fn throttled_transaction() -> Fault {
    Fault::Answer(Refusal::cancelled(&["None", "ThrottlingError", "None", "None", "None"]))
}

#[tokio::test]
async fn a_create_that_conflicts_a_few_times_succeeds() {
    let world = World::start(GENESYS).await;
    for (conversation, fault) in [("conflict", conflict()), ("throttle", throttled_transaction())] {
        world.faults.clear();
        world.faults.on(TRANSACTION, [fault.clone(), fault.clone(), fault]);
        assert_eq!(create(&world, conversation).await.status, 201, "{conversation}");
        assert_eq!(world.faults.count(TRANSACTION), 4, "{conversation}");
        assert_eq!(world.sessions_of(conversation).await.len(), 1, "{conversation}");
    }
}

#[tokio::test]
async fn a_create_whose_key_is_being_written_by_another_request_is_told_so() {
    let world = World::start(GENESYS).await;
    let busy_key = Fault::Answer(Refusal::cancelled(&["None", "None", "None", "None", "TransactionConflict"]));
    world.faults.on(TRANSACTION, vec![busy_key; MANY]);
    let answer = create(&world, "busy").await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    assert_eq!(answer.body["type"], "urn:agent-transfer:problem:idempotency-in-progress");
    assert!(answer.retry_after.is_some());
    world.faults.clear();
    assert_eq!(create(&world, "busy").await.status, 201, "nothing was written");
}

#[tokio::test]
async fn a_create_that_never_gets_through_gives_up_and_leaves_nothing() {
    let world = World::start(GENESYS).await;
    let faults = [
        ("conflict", conflict()),
        ("throttled", Fault::Answer(Refusal::throttled())),
        ("throttling", Fault::Answer(Refusal::of("com.amazon.coral.availability#ThrottlingException"))),
        ("limit", Fault::Answer(Refusal::of("com.amazonaws.dynamodb.v20120810#RequestLimitExceeded"))),
        ("in-progress", Fault::Answer(Refusal::of("com.amazonaws.dynamodb.v20120810#TransactionInProgressException"))),
        ("internal", Fault::Answer(Refusal::internal())),
        ("dropped", Fault::DropBefore),
    ];
    for (conversation, fault) in faults {
        world.faults.clear();
        world.faults.on(TRANSACTION, vec![fault; MANY]);
        assert_come_again(&create(&world, conversation).await);
        assert!(world.faults.count(TRANSACTION) < MANY, "{conversation}: bounded tries");
        assert_eq!(world.rows_about(conversation).await.len(), 0, "{conversation}: rows of the conversation");
        assert_eq!(world.sessions_of(conversation).await.len(), 0, "{conversation}: sessions");
        world.faults.clear();
        assert_eq!(create(&world, conversation).await.status, 201, "{conversation}: the same request again");
    }
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_the_same_transfer_when_it_is_repeated() {
    let world = World::start(GENESYS).await;
    world.faults.on(TRANSACTION, [Fault::DropAfter]);
    assert_come_again(&create(&world, "lost").await);
    let written = world.session_of("lost").await;

    let answer = create(&world, "lost").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["sessionId"], written.session_id.to_string());
    world.settle().await;
    assert_eq!(world.sessions_of("lost").await.len(), 1);
    assert_eq!(world.conversations_of(&written.session_id).len(), 1);
}

#[tokio::test]
async fn a_try_whose_answer_was_lost_is_recognised_by_the_next_try_of_the_same_request() {
    let world = World::start(GENESYS).await;
    for (conversation, fault) in [("lost-try", Fault::DropAfter), ("dropped-try", Fault::DropBefore)] {
        world.faults.clear();
        world.faults.on(TRANSACTION, [fault]);
        let request = Case::create_request(world.integration.provider, conversation);
        let answer = answer_of(create_transfer::handle(&world.retrying_service(), request).await);
        assert_eq!(answer.status, 201, "{conversation}: {}", answer.body);
        assert_eq!(world.faults.count(TRANSACTION), 2, "{conversation}");
        let session = world.session_of(conversation).await;
        assert_eq!(answer.body["sessionId"], session.session_id.to_string());
    }
}

#[tokio::test]
async fn a_throttled_read_is_answered_with_come_again() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "read", Stage::Created).await;
    world.faults.on("Query", vec![Fault::Answer(Refusal::throttled()); MANY]);
    assert_come_again(&case.record(&world.process()).await);
    world.faults.clear();
    assert_eq!(case.record(&world.process()).await.status, 200);
}

#[tokio::test]
async fn a_message_that_cannot_be_written_is_not_there_and_one_that_conflicts_is_there_once() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "message", Stage::Opened).await;
    world.faults.clear();
    world.faults.on(TRANSACTION, vec![Fault::Answer(Refusal::throttled()); MANY]);
    assert_come_again(&case.send(&world.process(), "m-1", "Is anybody there?").await);
    assert_eq!(world.messages_of(&case.session).await, []);
    assert_eq!(world.session_of("message").await.counts.from_contact, 0);

    world.faults.clear();
    world.faults.on(TRANSACTION, [conflict(), conflict()]);
    assert_eq!(case.send(&world.process(), "m-1", "Is anybody there?").await.status, 202);
    assert_eq!(world.faults.count(TRANSACTION), 3);
    assert_eq!(world.messages_of(&case.session).await.len(), 1);
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_accepted_again_and_stands_once() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "lost-message", Stage::Opened).await;
    world.faults.clear();
    world.faults.on(TRANSACTION, [Fault::DropAfter]);
    assert_come_again(&case.send(&world.process(), "m-1", "Is anybody there?").await);
    assert_eq!(case.send(&world.process(), "m-1", "Is anybody there?").await.status, 202);
    world.settle().await;
    assert_eq!(world.messages_of(&case.session).await.len(), 1);
    assert_eq!(world.lines_of(&case.session).len(), 2, "the opening text and the message");
}

#[tokio::test]
async fn a_webhook_during_a_failure_is_refused_so_that_the_provider_sends_it_again() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "webhook", Stage::Active).await;
    world.faults.clear();
    world.faults.on(TRANSACTION, vec![Fault::Answer(Refusal::internal()); MANY]);
    let post = async || {
        let webhook = case.text_webhook(&world, "in-1", "How can I help?");
        answer_of(provider_webhook::handle(&world.service(), &Adapters::inbound(), webhook).await)
    };
    assert_come_again(&post().await);
    world.faults.clear();
    assert_eq!(post().await.status, 200);
    assert_eq!(world.session_of("webhook").await.counts.from_representative, 1);
}

#[tokio::test]
async fn a_refusal_for_another_reason_is_not_tried_again_and_tells_nothing() {
    let world = World::start(GENESYS).await;
    let rejected = Refusal::of("com.amazonaws.dynamodb.v20120810#AccessDeniedException");
    world.faults.on(TRANSACTION, [Fault::Answer(rejected)]);
    let answer = create(&world, "denied").await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.retry_after, None);
    assert_eq!(world.faults.count(TRANSACTION), 1);
    assert!(!answer.body.to_string().contains("AccessDenied"), "{}", answer.body);
}
