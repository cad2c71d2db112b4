//! A process is killed before and after every I/O of every operation; then its real caller tries again.
//!
//! No hook in the code under test: the proxies in front of the table, the queue, the bus and the contact centre drop
//! everything from the n-th I/O on. What must hold afterwards is the same for every n.

mod attempts;
mod fallback;
mod notices;

use chrono::TimeDelta;
use simulators::{Fault, Operation, Phase, RequestFault, Taken};
use test_database::{EmbeddedOnly, skipped};
use transfer_domain::{Clock as _, Delivery, Opening};
use transfer_providers::{Adapters, GENESYS};
use transfer_store::Erased;
use transfer_tests::fault_proxy::Side;
use transfer_tests::harness::{ApiRequest, Case, Process, Stage, World, answer_of};

/// Where a process was killed; `None` = after all its I/O, before it could answer.
type Cut = Option<(usize, Side)>;

/// Runs `act` once undisturbed to learn its I/O, then once for every place where it can be cut off, each time on a
/// fresh case; after a cut `again` is what the real caller does. `check` must hold every time.
async fn everywhere<T>(
    world: &World,
    prepare: impl AsyncFn(&World, &str) -> T,
    act: impl AsyncFn(&World, &Process, &T),
    again: impl AsyncFn(&World, &T),
    check: impl AsyncFn(&World, &T, &str),
) {
    let case = prepare(world, "undisturbed").await;
    let process = world.process();
    world.faults.clear();
    act(world, &process, &case).await;
    let operations = world.faults.operations();
    world.faults.clear();
    assert!(!operations.is_empty(), "an operation without I/O");
    again(world, &case).await;
    check(world, &case, "undisturbed").await;

    let steps = 1..=operations.len();
    let cuts = steps.flat_map(|step| [(step, Side::Before), (step, Side::After)].map(Some));
    for cut in cuts {
        let place = name(cut, &operations);
        let case = prepare(world, &place.replace(' ', "-")).await;
        let process = world.process();
        world.faults.clear();
        if let Some((step, side)) = cut {
            world.faults.cut(step, side);
        }
        act(world, &process, &case).await;
        world.faults.clear();
        again(world, &case).await;
        check(world, &case, &place).await;
    }
}

fn name(cut: Cut, operations: &[String]) -> String {
    let Some((step, side)) = cut else { return "unanswered".to_owned() };
    let operation: String = operations[step - 1].chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    format!("{side:?} {step} {operation}").to_ascii_lowercase()
}

/// What an opening that went well leaves behind.
const OPENED: [&str; 2] = ["transfer.requested", "transfer.accepted"];
/// What is told until a representative is connected: once by id, as the lifecycle event tells, and once by name.
const JOINED: [&str; 4] =
    ["transfer.requested", "transfer.accepted", "transfer.representative_joined", "transfer.representative_joined"];

/// What is told of a case that began with a connected representative.
fn then(more: &[&'static str]) -> Vec<&'static str> {
    [&JOINED, more].concat()
}

/// One session, one conversation at the contact centre with one opening text, and this story told.
async fn assert_story(world: &World, case: &Case, told: &[&str], place: &str) {
    let session = world.session_of(&case.conversation).await;
    assert_eq!(session.session_id, case.session, "{place}");
    assert_eq!(session.opening, Opening::Opened, "{place}");
    assert_eq!(world.conversations_of(&case.session).len(), 1, "{place}");
    let lines = world.lines_of(&case.session);
    let mut once = lines.clone();
    once.dedup();
    assert_eq!(lines, once, "{place}: a message stands twice on the desktop");
    assert_eq!(world.story_of(&case.session), told, "{place}");
}

#[tokio::test]
async fn a_create_that_is_cut_off_anywhere_and_repeated_makes_one_session() {
    let world = World::start(GENESYS).await;
    let create = async |world: &World, process: &Process, conversation: &str| {
        let request = Case::create_request(world.integration.provider, conversation);
        answer_of(create_transfer::handle(&process.service, request).await)
    };
    Box::pin(everywhere(
        &world,
        async |_, name| name.to_owned(),
        async |world, process, name| {
            create(world, process, name).await;
        },
        async |world, name| {
            let answer = create(world, world.steady(), name).await;
            assert!(matches!(answer.status, 200 | 201), "{name}: {}", answer.body);
            let repeated = create(world, world.steady(), name).await;
            assert_eq!((repeated.status, &repeated.body), (200, &answer.body), "{name}");
            world.settle().await;
        },
        async |world, name, place| {
            let session = world.session_of(name).await.session_id;
            let case = Case { conversation: name.clone(), session };
            assert_story(world, &case, &OPENED, place).await;
        },
    ))
    .await;
}

#[tokio::test]
async fn a_message_that_is_cut_off_anywhere_and_repeated_is_delivered_once() {
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| Case::at(world, name, Stage::Active).await,
        async |_, process, case| {
            case.send(process, "m-1", "Is anybody there?").await;
        },
        async |world, case| {
            let answer = case.send(world.steady(), "m-1", "Is anybody there?").await;
            assert_eq!(answer.status, 202, "{}", answer.body);
            world.settle().await;
        },
        async |world, case, place| assert_one_message_delivered(world, case, place).await,
    ))
    .await;
}

async fn assert_one_message_delivered(world: &World, case: &Case, place: &str) {
    let told = then(&["message.delivered"]);
    assert_story(world, case, &told, place).await;
    let messages = world.messages_of(&case.session).await;
    assert_eq!(messages.len(), 1, "{place}");
    assert_eq!(messages[0].delivery, Delivery::Delivered, "{place}");
    let id = |suffix: u64| format!("{}-m{suffix}", case.session.transfer);
    assert_eq!(world.lines_of(&case.session), [id(0), id(messages[0].sequence)], "{place}");
    assert_eq!(world.session_of(&case.conversation).await.counts.from_contact, 1, "{place}");
}

#[tokio::test]
async fn a_webhook_message_that_is_cut_off_anywhere_and_redelivered_counts_once() {
    let world = World::start(GENESYS).await;
    let post = async |world: &World, process: &Process, case: &Case| {
        let webhook = case.text_webhook(world, &format!("in-{}", case.conversation), "How can I help?");
        answer_of(provider_webhook::handle(&process.service, &Adapters::inbound(), webhook).await)
    };
    Box::pin(everywhere(
        &world,
        async |world, name| Case::at(world, name, Stage::Active).await,
        async |world, process, case| {
            post(world, process, case).await;
        },
        async |world, case| {
            let answer = post(world, world.steady(), case).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            world.settle().await;
        },
        async |world, case, place| {
            let told = then(&["message.received"]);
            assert_story(world, case, &told, place).await;
            assert_eq!(world.messages_of(&case.session).await.len(), 1, "{place}");
            assert_eq!(world.session_of(&case.conversation).await.counts.from_representative, 1, "{place}");
        },
    ))
    .await;
}

#[tokio::test]
async fn a_lifecycle_event_that_is_cut_off_anywhere_and_redelivered_counts_once() {
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| Case::at(world, name, Stage::Active).await,
        async |world, process, case| {
            // A process that was killed has no outcome.
            drop(provider_event::handle(&process.service, &Adapters::inbound(), case.closed_event(world)).await);
        },
        async |world, case| {
            provider_event::handle(&world.service(), &Adapters::inbound(), case.closed_event(world)).await.unwrap();
            world.settle().await;
        },
        async |world, case, place| {
            let told = then(&["transfer.ended"]);
            assert_story(world, case, &told, place).await;
        },
    ))
    .await;
}

#[tokio::test]
async fn an_end_that_is_cut_off_anywhere_and_repeated_ends_it_here_and_there() {
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| Case::at(world, name, Stage::Active).await,
        async |_, process, case| {
            case.end(process).await;
        },
        async |world, case| {
            let answer = case.end(world.steady()).await;
            assert_eq!(answer.status, 202, "{}", answer.body);
            world.settle().await;
        },
        async |world, case, place| assert_ended(world, case, place).await,
    ))
    .await;
}

async fn assert_ended(world: &World, case: &Case, place: &str) {
    let told = then(&["transfer.ended"]);
    assert_story(world, case, &told, place).await;
    assert_eq!(world.conversations_of(&case.session)[0].phase, Phase::Ended, "{place}");
    assert_eq!(world.conversations_of(&case.session)[0].reopened, 0, "{place}");
}

/// The contact's data is erased: what the process answered, if it could.
async fn erase(process: &Process) -> transfer_tests::harness::Answer {
    let route = "POST /v1/projects/{projectId}/contacts/{contactId}/erase";
    let request = ApiRequest::of(route).parameter("contactId", "contact-1");
    answer_of(erase_contact::handle(&process.service, request.build()).await)
}

async fn erase_all(world: &World) {
    for _ in 0..5 {
        let answer = erase(world.steady()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        world.settle().await;
        if answer.body["more"] == false {
            return;
        }
        world.clock.pass(TimeDelta::minutes(2));
    }
    panic!("it never comes to an end");
}

/// Nothing of it is left but digests and that it was erased, and its conversation is over.
async fn assert_erased(world: &World, case: &Case, place: &str) {
    let mut left = world.rows_about(&case.session.transfer.to_string()).await;
    left.extend(world.rows_about("#idempotency#").await);
    left.extend(world.rows_about(&format!("#conversation#{}", case.conversation)).await);
    let has_data = |row: &transfer_tests::harness::Row| {
        let text = |name: &str| row[name].as_s().unwrap().clone();
        !text("sk").starts_with("seen#") && text("type") != "erased"
    };
    left.retain(has_data);
    assert_eq!(left, [], "{place}");
    assert_eq!(world.story_of(&case.session), then(&["transfer.ended"]), "{place}");
    assert_eq!(world.conversations_of(&case.session)[0].phase, Phase::Ended, "{place}");
}

#[tokio::test]
async fn erasing_an_open_session_that_is_cut_off_anywhere_and_repeated_ends_and_removes_it() {
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| Case::at(world, name, Stage::Active).await,
        async |_, process, _| {
            erase(process).await;
        },
        async |world, _| {
            world.settle().await;
            Box::pin(erase_all(world)).await;
        },
        async |world, case, place| assert_erased(world, case, place).await,
    ))
    .await;
}

#[tokio::test]
async fn erasing_an_ended_session_that_is_cut_off_anywhere_and_repeated_leaves_nothing() {
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| {
            let case = Case::at(world, name, Stage::Active).await;
            for event in world.bus().recorded_events() {
                inbox_events::handle(&world.steady().service, event).await.unwrap();
            }
            case.end(world.steady()).await;
            world.settle().await;
            world.clock.pass(TimeDelta::minutes(2));
            case
        },
        async |_, process, _| {
            erase(process).await;
        },
        async |world, _| {
            world.settle().await;
            Box::pin(erase_all(world)).await;
        },
        async |world, case, place| assert_erased(world, case, place).await,
    ))
    .await;
}

#[tokio::test]
async fn an_end_and_a_removal_that_are_relayed_together_leave_nothing_wherever_they_are_cut_off() {
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| {
            let case = Case::at(world, name, Stage::Active).await;
            case.end(world.steady()).await;
            let session = world.session_of(&case.conversation).await;
            let erased = world.steady().service.store.erase(&session, world.clock.now()).await.unwrap();
            assert_eq!(erased, Erased::Removed { task: false });
            case
        },
        async |world, process, _| {
            relay_changes::handle(&process.relay, world.changes().await).await;
        },
        async |world, _| {
            // What was sent is carried out before the records come again.
            while world.deliver_once(world.steady()).await {}
            world.settle().await;
        },
        async |world, case, place| assert_erased(world, case, place).await,
    ))
    .await;
}

#[tokio::test]
async fn a_relayed_batch_that_is_cut_off_anywhere_and_redelivered_tells_the_same() {
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| {
            let case = Case::at(world, name, Stage::Active).await;
            let process = world.steady();
            case.send(process, "m-1", "Is anybody there?").await;
            let webhook = case.text_webhook(world, &format!("in-{name}"), "How can I help?");
            provider_webhook::handle(&process.service, &Adapters::inbound(), webhook).await;
            case.end(process).await;
            case
        },
        async |world, process, _| {
            relay_changes::handle(&process.relay, world.changes().await).await;
        },
        async |world, _| world.settle().await,
        async |world, case, place| {
            let told = then(&["message.delivered", "message.received", "transfer.ended"]);
            assert_story(world, case, &told, place).await;
            assert_eq!(world.lines_of(&case.session).len(), 2, "{place}");
            assert_eq!(world.conversations_of(&case.session)[0].phase, Phase::Ended, "{place}");
        },
    ))
    .await;
}

/// Takes what is ready to be delivered and delivers it, without telling the queue.
async fn deliver_unacknowledged(world: &World, process: &Process) {
    let messages = world.receive_commands();
    assert!(!messages.is_empty(), "no command is ready");
    deliver::handle(process.deliver(), world.command_event(&messages), process.deliver().deadline()).await;
    world.release(&messages);
}

#[tokio::test]
async fn a_delivery_that_is_cut_off_anywhere_reaches_the_representative_once() {
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| {
            let case = Case::at(world, name, Stage::Active).await;
            case.send(world.steady(), "m-1", "Is anybody there?").await;
            world.relay().await;
            case
        },
        async |world, process, _| deliver_unacknowledged(world, process).await,
        async |world, _| world.settle().await,
        async |world, case, place| assert_one_message_delivered(world, case, place).await,
    ))
    .await;
}

#[tokio::test]
async fn a_delivery_that_is_refused_and_cut_off_anywhere_is_told_as_failed_once_and_what_follows_is_delivered() {
    let world = World::start(GENESYS).await;
    let refused = RequestFault::Status { status: 400, retry_after: None, taken: Taken::No };
    let refused = Fault::Request { operation: Some(Operation::Send), skip: 0, times: u32::MAX, fault: refused };
    Box::pin(everywhere(
        &world,
        async |world, name| {
            let case = Case::at(world, name, Stage::Active).await;
            world.centre.faults([refused.clone()]);
            case.send(world.steady(), "m-1", "Is anybody there?").await;
            world.relay().await;
            case
        },
        async |world, process, _| deliver_unacknowledged(world, process).await,
        async |world, _| world.settle().await,
        async |world, case, place| {
            world.centre.clear_faults();
            case.send(world.steady(), "m-2", "Hello?").await;
            world.settle().await;
            assert_story(world, case, &then(&["message.failed", "message.delivered"]), place).await;
            assert_eq!(world.lines_of(&case.session).len(), 2, "{place}: the opening's and the second");
        },
    ))
    .await;
}

#[tokio::test]
async fn a_closing_that_fails_what_waits_and_is_cut_off_anywhere_tells_it_and_closes_the_conversation() {
    let world = World::start(GENESYS).await;
    let down = RequestFault::Status { status: 503, retry_after: None, taken: Taken::No };
    let down = Fault::Request { operation: Some(Operation::Send), skip: 0, times: u32::MAX, fault: down };
    Box::pin(everywhere(
        &world,
        async |world, name| {
            let case = Case::at(world, name, Stage::Active).await;
            world.centre.faults([down.clone()]);
            case.send(world.steady(), "m-1", "Is anybody there?").await;
            case.end(world.steady()).await;
            world.relay().await;
            case
        },
        async |world, process, _| deliver_unacknowledged(world, process).await,
        async |world, _| world.settle().await,
        async |world, case, place| {
            world.centre.clear_faults();
            let told = then(&["message.failed", "transfer.ended"]);
            let mut story = world.story_of(&case.session);
            // The end may be told before what waited is given up.
            story[JOINED.len()..].sort_unstable();
            assert_eq!(story, told, "{place}");
            assert_eq!(world.conversations_of(&case.session)[0].phase, Phase::Ended, "{place}");
        },
    ))
    .await;
}

#[tokio::test]
async fn an_identification_that_is_cut_off_anywhere_tells_the_name_in_the_end() {
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| {
            let case = Case::at(world, name, Stage::Opened).await;
            provider_event::handle(&world.steady().service, &Adapters::inbound(), case.joined_event(world))
                .await
                .unwrap();
            world.relay().await;
            case
        },
        async |world, process, _| deliver_unacknowledged(world, process).await,
        async |world, _| world.settle().await,
        async |world, case, place| {
            assert_story(world, case, &JOINED, place).await;
            let representative = world.session_of(&case.conversation).await.representative().unwrap();
            assert_eq!(representative.name.as_deref(), Some("Representative One"), "{place}");
        },
    ))
    .await;
}

#[tokio::test]
async fn a_closing_that_is_cut_off_anywhere_closes_the_conversation() {
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| {
            let case = Case::at(world, name, Stage::Active).await;
            case.end(world.steady()).await;
            world.relay().await;
            case
        },
        async |world, process, _| deliver_unacknowledged(world, process).await,
        async |world, _| world.settle().await,
        async |world, case, place| assert_ended(world, case, place).await,
    ))
    .await;
}

#[tokio::test]
async fn a_forgetting_that_is_cut_off_anywhere_leaves_nothing() {
    if skipped(EmbeddedOnly::Sweep) {
        return;
    }
    let world = World::start(GENESYS).await;
    Box::pin(everywhere(
        &world,
        async |world, name| {
            let case = Case::at(world, name, Stage::Active).await;
            case.send(world.steady(), "m-1", "Is anybody there?").await;
            world.settle().await;
            world.clock.pass(TimeDelta::minutes(31));
            assert!(world.sweep().await > 0, "nothing expired");
            world.settle().await;
            // It is kept as an ended one until its retention is over.
            world.clock.pass(TimeDelta::days(2));
            assert!(world.sweep().await > 0, "nothing is over");
            world.relay().await;
            case
        },
        async |world, process, _| deliver_unacknowledged(world, process).await,
        async |world, _| world.settle().await,
        async |world, case, place| {
            let told = then(&["message.delivered", "transfer.expired"]);
            assert_eq!(world.story_of(&case.session), told, "{place}");
            let there = world.conversations_of(&case.session);
            assert_eq!(there.iter().map(|it| it.phase).collect::<Vec<_>>(), [Phase::Ended], "{place}");
            for about in [case.session.transfer.to_string(), there[0].id.clone(), format!("#{}", case.conversation)] {
                let mut left = world.rows_about(&about).await;
                // What was seen goes by its own time to live.
                left.retain(|row| !row["sk"].as_s().is_ok_and(|sk| sk.starts_with("seen#")));
                assert_eq!(left.len(), 0, "{place}: rows are left of {about}");
            }
            let opened = world.centre.requests().into_iter().filter(|it| it.operation == Operation::Open);
            let key = case.session.transfer.to_string();
            assert_eq!(opened.filter(|it| it.body["channel"]["from"]["id"] == key.as_str()).count(), 1, "{place}");
        },
    ))
    .await;
}
