//! Erasing sessions: all at once or nothing, and nothing comes back.

use std::convert::Infallible;

use test_database::{EmbeddedOnly, skipped};
use transfer_domain::{IdempotencyKey, Session, Task};
use transfer_store::{Consumed, Created, Erased, Forgotten, Idempotency, Upserted};

use crate::tasks::task;
use crate::world::{World, contact_message, later, project, request, start, world};

/// An ended session that was created with a key, and its task.
async fn ended(world: &World, key: &str) -> (Session, Task) {
    let idempotency = Idempotency { key: IdempotencyKey::new(key).unwrap(), fingerprint: "one".to_owned() };
    let (transition, briefing) = world.transition(request(key), start());
    let created = world.store.create(&transition, &briefing, Some(&idempotency), start()).await.unwrap();
    assert_eq!(created, Created::Created);
    let session = transition.session;
    let task = Task { task_id: session.transfer_id(), session_id: session.session_id.clone(), ..task(world, start()) };
    assert!(world.store.put_task(&task, None, start()).await.unwrap());
    world.end(&session, later(1)).await;
    (world.reload(&session).await, task)
}

#[tokio::test]
async fn an_erased_session_leaves_nothing_but_that_it_was_erased() {
    let world = world().await;
    let (session, _) = ended(&world, "conversation-1").await;
    assert_eq!(world.store.erase(&session, later(100)).await.unwrap(), Erased::Removed { task: true });
    assert_eq!(world.store.forget(&session).await.unwrap(), Forgotten::Forgotten);
    let left = world.rows().await;
    assert_eq!(left, [(format!("{}#task#{}", project(), session.transfer_id()), "task".to_owned())]);
    assert_eq!(world.store.erase(&session, later(101)).await.unwrap(), Erased::Removed { task: false }, "again");
    assert_eq!(world.rows().await, left);
}

#[tokio::test]
async fn an_erased_session_gets_no_task_again_until_nobody_repeats_anything() {
    let world = world().await;
    let (session, task) = ended(&world, "conversation-1").await;
    world.store.erase(&session, later(100)).await.unwrap();
    let (id, month) = (task.task_id, 30 * 24 * 3600);
    let begin = async |at| {
        let decide = |stored: Option<&Task>| {
            assert_eq!(stored, None);
            Ok::<_, Infallible>(Some(task.clone()))
        };
        world.store.upsert_task(&project(), id, later(at), decide).await.unwrap()
    };
    for at in [101, month] {
        assert_eq!(world.store.task(&project(), id, later(at)).await.unwrap(), None);
        assert!(!world.store.put_task(&task, None, later(at)).await.unwrap());
        assert_eq!(begin(at).await, Upserted::Unchanged(None));
    }
    assert!(matches!(begin(month + 101).await, Upserted::Stored(_)));
}

#[tokio::test]
async fn a_session_that_changed_since_it_was_loaded_is_not_erased() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let message = contact_message(&session, "m-1", later(1));
    world.commit(&message, later(1)).await;
    let before = world.rows().await;
    assert_eq!(world.store.erase(&session, later(2)).await.unwrap(), Erased::Changed);
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn a_key_that_was_used_again_for_another_session_stays_with_it() {
    let world = world().await;
    let (old, _) = ended(&world, "conversation-1").await;
    let key = Idempotency { key: IdempotencyKey::new("conversation-1").unwrap(), fingerprint: "two".to_owned() };
    let (transition, briefing) = world.transition(request("conversation-2"), later(90_000));
    let created = world.store.create(&transition, &briefing, Some(&key), later(90_000)).await.unwrap();
    assert_eq!(created, Created::Created);
    world.store.erase(&old, later(90_001)).await.unwrap();
    let kept = world.rows().await.into_iter().filter(|(pk, _)| pk.contains("#idempotency#")).count();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn a_contacts_sessions_are_found_newest_first_and_nobody_elses() {
    let world = world().await;
    let (first, _) = ended(&world, "conversation-1").await;
    let second = world.session_of(request("conversation-2"), later(5)).await;
    let mut other = request("conversation-3");
    other.contact_id = "contact-12".parse().unwrap();
    world.session_of(other, later(6)).await;
    let contact = first.contact_id.clone();
    let all = world.store.sessions_of_contact(&project(), &contact, 100).await.unwrap();
    assert_eq!((all.sessions, all.more), (vec![second.clone(), first], false));
    let newest = world.store.sessions_of_contact(&project(), &contact, 1).await.unwrap();
    assert_eq!((newest.sessions, newest.more), (vec![second], true));
}

#[tokio::test]
async fn erasing_costs_what_is_said() {
    if skipped(EmbeddedOnly::Capacity) {
        return;
    }
    let world = world().await;
    let (session, _) = ended(&world, "conversation-1").await;
    let (store, meter) = world.store.metered();
    store.sessions_of_contact(&project(), &session.contact_id, 100).await.unwrap();
    let Consumed { read_units, .. } = meter.read();
    assert!(read_units <= 1.5, "to find it: {read_units}");
    let (store, meter) = world.store.metered();
    store.erase(&session, later(100)).await.unwrap();
    let Consumed { read_units, write_units, round_trips, .. } = meter.read();
    let within = (read_units <= 2.0, write_units <= 10.0, round_trips <= 3);
    assert_eq!(within, (true, true, true), "{read_units} read, {write_units} written, {round_trips} trips");
    println!("{read_units} read, {write_units} written, {round_trips} trips");
}
