//! What our own side cannot do while a command is carried out waits its time: it uses up no patience with the contact
//! centre, and what was accepted is done in the end (`docs/architecture.md`, "Who retries what").

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use simulators::{Act, EndedBy, Phase};
use transfer_domain::{Clock as _, Delivery};
use transfer_providers::{Adapters, GENESYS};
use transfer_tests::fault_proxy::{Fault, Refusal, Side};
use transfer_tests::harness::{COMMAND_QUEUE, Case, DEAD_LETTERS, Process, Stage, World};

/// More than any patience with an opening or a message.
const TRIES: usize = 25;

/// What waits to be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    Opening,
    Message,
    Closing,
}

const ALL: [Waits; 3] = [Waits::Opening, Waits::Message, Waits::Closing];

/// A transfer with a command that is ready.
async fn waiting(world: &World, conversation: &str, what: Waits) -> Case {
    let stage = if what == Waits::Opening { Stage::Announced } else { Stage::Active };
    let case = Case::at(world, conversation, stage).await;
    match what {
        Waits::Opening => {}
        Waits::Message => assert_eq!(case.send(world.steady(), "m-1", "line 1").await.status, 202),
        Waits::Closing => assert_eq!(case.end(world.steady()).await.status, 202),
    }
    world.relay().await;
    case
}

/// It was done once, and the session is where it should be.
async fn assert_done(world: &World, case: &Case, what: Waits, place: &str) {
    let there = world.conversations_of(&case.session);
    assert_eq!(there.len(), 1, "{place}: one conversation");
    let record = case.record(world.steady()).await.body;
    let ended = what == Waits::Closing;
    assert_eq!(record["status"] == "ended", ended, "{place}: {record}");
    assert_eq!(there[0].phase == Phase::Ended, ended, "{place}");
    let said = there[0].contact_texts().into_iter().filter(|text| *text == "line 1").count();
    assert_eq!(said, usize::from(what == Waits::Message), "{place}");
    if what == Waits::Message {
        let sent = world.messages_of(&case.session).await;
        let sent: Vec<_> = sent.iter().filter(|it| it.message_id.as_str() == "m-1").map(|it| &it.delivery).collect();
        assert_eq!(sent, [&Delivery::Delivered], "{place}");
    }
    assert_eq!(world.queue(DEAD_LETTERS).counts().unwrap().visible, 0, "{place}");
}

/// The calls of AWS that carrying it out makes, each once.
async fn calls_of(world: &World, what: Waits) -> BTreeSet<String> {
    waiting(world, "undisturbed", what).await;
    let process = world.process();
    world.faults.clear();
    while world.deliver_once(&process).await {}
    let calls = world.faults.operations().into_iter().filter(|operation| !operation.contains(' ')).collect();
    world.faults.clear();
    calls
}

/// Tries it again and again; how often it came.
async fn deliver_in_vain(world: &World, process: impl Fn() -> Process) -> usize {
    for came in 0..TRIES {
        if !world.deliver_once(&process()).await {
            return came;
        }
        world.clock.pass(TimeDelta::seconds(30));
    }
    TRIES
}

#[tokio::test(flavor = "multi_thread")]
async fn what_aws_refuses_while_a_command_is_carried_out_uses_up_no_patience() {
    for what in ALL {
        let world = World::start(GENESYS).await;
        let calls = calls_of(&world, what).await;
        assert!(calls.len() > 1, "{what:?}: the table and the secrets: {calls:?}");
        let mut needed = Vec::new();
        for call in calls {
            let place = format!("{what:?}-{call}");
            let case = waiting(&world, &place, what).await;
            world.faults.on(&call, vec![Fault::Answer(Refusal::throttled()); 1000]);
            if deliver_in_vain(&world, || world.process()).await == TRIES {
                needed.push(call);
            }
            world.faults.clear();
            world.settle().await;
            assert_done(&world, &case, what, &place).await;
        }
        let table_and_secrets = ["GetItem", "GetSecretValue"].map(str::to_owned);
        assert!(table_and_secrets.iter().all(|call| needed.contains(call)), "{what:?}: {needed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_process_dies_again_and_again_is_carried_out_by_the_first_that_lives() {
    for what in ALL {
        let world = World::start(GENESYS).await;
        let case = waiting(&world, "conv-1", what).await;
        let dying = || {
            world.faults.clear();
            world.faults.cut(1, Side::After);
            world.process()
        };
        assert_eq!(deliver_in_vain(&world, dying).await, TRIES);
        world.faults.clear();
        world.settle().await;
        assert_done(&world, &case, what, "afterwards").await;
    }
}

/// As a dead letter is lost, for which nobody cares.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_lost_is_asked_for_again_by_its_session() {
    for (what, within) in [(Waits::Opening, 6), (Waits::Message, 6), (Waits::Closing, 16)] {
        let world = World::start(GENESYS).await;
        let case = waiting(&world, "conv-1", what).await;
        let queue = world.queue(COMMAND_QUEUE);
        let lost = world.receive_commands();
        assert!(!lost.is_empty());
        for message in lost {
            queue.delete(&message.receipt_handle).unwrap();
        }
        for _ in 0..within {
            world.clock.pass(TimeDelta::minutes(1));
            world.watch(world.steady()).await.unwrap();
            while world.tick_once(world.steady()).await {}
            world.settle().await;
        }
        assert_done(&world, &case, what, &format!("{what:?} in {within} minutes")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_messages_to_a_slow_contact_centre_stop_in_time_and_go_on_in_order() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Announced).await;
    let lines: Vec<String> = (0..12).map(|number| format!("line {number}")).collect();
    for line in &lines {
        assert_eq!(case.send(world.steady(), &line.replace(' ', "-"), line).await.status, 202);
    }
    // The opening brings all that waits, as one command.
    world.deliver_once(world.steady()).await;
    world.relay().await;
    let process = world.process();
    let seen = || -> Vec<String> {
        let there = world.conversations_of(&case.session);
        let texts = there.iter().flat_map(simulators::Conversation::contact_texts);
        texts.filter(|text| text.starts_with("line")).map(str::to_owned).collect()
    };
    let mut invocations = 0;
    while seen().len() < lines.len() {
        let began = (seen().len(), world.clock.now());
        let commands = world.receive_commands();
        assert!(!commands.is_empty(), "what is left comes again: {:?}", seen());
        world.clock.run(TimeDelta::milliseconds(250));
        let batch = world.command_event(&commands);
        let answer = deliver::handle(process.deliver(), batch, process.deliver().deadline()).await;
        world.clock.run(TimeDelta::zero());
        if answer.batch_item_failures.is_empty() {
            for command in commands {
                world.queue(COMMAND_QUEUE).delete(&command.receipt_handle).unwrap();
            }
        }
        let took = world.clock.now() - began.1;
        assert!(took < TimeDelta::from_std(deliver::TIME).unwrap(), "{took}: it stops in time");
        assert_eq!(seen(), lines[..seen().len()], "in their order, each once");
        invocations += 1;
        assert!(invocations < 50, "{:?}", seen());
        world.relay().await;
        world.clock.pass(TimeDelta::minutes(1));
    }
    assert!(invocations > 1, "they take longer than one invocation may");
    world.settle().await;
    assert_eq!(case.record(world.steady()).await.body["status"], json!("pending"));
    assert!(world.messages_of(&case.session).await.iter().all(|message| message.delivery == Delivery::Delivered));
}

/// A text that comes after the end takes the conversation up again there, and a human would be given a dead chat.
#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_a_text_brought_back_after_its_end_is_closed() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    let ended_at = world.clock.now();
    world.centre.act(&case.provider_conversation(&world), Act::End(EndedBy::Representative));
    world.clock.pass(TimeDelta::seconds(2));
    assert_eq!(case.send(world.steady(), "m-1", "line 1").await.status, 202);
    world.settle().await;
    let phase = || world.conversations_of(&case.session)[0].phase;
    assert_ne!(phase(), Phase::Ended, "it is back");
    tell_end(&world, &case, ended_at).await;
    assert_eq!(case.record(world.steady()).await.body["endReason"], "representative_ended");
    assert_eq!(phase(), Phase::Ended, "nobody is given a dead chat");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_whose_last_text_came_long_before_its_end_is_not_asked_for() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    assert_eq!(case.send(world.steady(), "m-1", "line 1").await.status, 202);
    world.settle().await;
    world.clock.pass(TimeDelta::seconds(60));
    world.centre.act(&case.provider_conversation(&world), Act::End(EndedBy::Representative));
    let before = world.centre.requests().len();
    tell_end(&world, &case, world.clock.now()).await;
    assert_eq!(case.record(world.steady()).await.body["endReason"], "representative_ended");
    assert_eq!(world.centre.requests().len(), before);
}

async fn tell_end(world: &World, case: &Case, at: DateTime<Utc>) {
    let event = case.closed_event_at(world, at.timestamp_millis());
    provider_event::handle(&world.steady().service, &Adapters::inbound(), event).await.unwrap();
    world.settle().await;
}
