use test_database::{EmbeddedOnly, skipped};
use transfer_store::{Commit, Forgotten};

use crate::world::{
    contact_message, integration, joined, later, linked, name, project, request, said, start, world, world_at,
};

#[tokio::test]
async fn nothing_of_a_forgotten_session_is_left() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let id = session.transfer_id();
    let mut events = vec![linked(joined("event-1", later(1)), "name-1")];
    events.extend((0..40).map(|n| said(&format!("message-{n}"), later(2), "Hello")));
    world.store.apply_events(&integration(), id, events, later(2)).await.unwrap();
    let last = world.reload(&session).await;
    assert!(world.store.expire(&project(), id, last.expires_at.unwrap()).await.unwrap());
    assert_eq!(world.store.forget(&last).await.unwrap(), Forgotten::Forgotten);
    let left = world.rows().await;
    assert!(left.iter().all(|(_, sk)| sk.starts_with("seen#")), "identities go by their own time: {left:?}");
    assert_eq!(left.len(), 40);
    assert_eq!(world.store.forget(&last).await.unwrap(), Forgotten::Forgotten);
}

#[tokio::test]
async fn a_session_that_stands_is_not_forgotten() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let before = world.rows().await;
    assert_eq!(world.store.forget(&session).await.unwrap(), Forgotten::StillThere);
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn forgetting_leaves_guard_and_link_of_another_session() {
    let world = world().await;
    let old = world.session("conversation-1").await;
    let expiry = old.expires_at.unwrap();
    let new = world.session_of(request("conversation-1"), expiry).await;
    let events = vec![linked(joined("event-1", expiry), "name-1")];
    world.store.apply_events(&integration(), new.transfer_id(), events, expiry).await.unwrap();
    // The old one has expired, and its retention is over, too.
    let mut last = world.reload(&old).await;
    assert!(world.store.expire(&project(), last.transfer_id(), last.expires_at.unwrap()).await.unwrap());
    last.names = transfer_domain::Names::from(name("name-1"));
    let others: Vec<_> = {
        let rows = world.rows().await;
        rows.into_iter().filter(|(pk, _)| !pk.contains(&last.transfer_id().to_string())).collect()
    };
    assert_eq!(world.store.forget(&last).await.unwrap(), Forgotten::Forgotten);
    assert_eq!(world.rows().await, others);
    let found = world.store.find_linked(&project(), new.provider, &name("name-1")).await.unwrap();
    assert_eq!(found, Some(new.transfer_id()));
}

#[tokio::test]
async fn the_ttl_removes_a_sessions_record_and_what_hangs_on_it_stays_until_it_is_forgotten() {
    if skipped(EmbeddedOnly::Sweep) {
        return;
    }
    let world = world_at(later(3600)).await;
    let session = world.session("conversation-1").await;
    let kept = world.session_of(request("conversation-2"), later(3600)).await;
    let message = contact_message(&session, "message-1", start());
    assert_eq!(world.commit(&message, start()).await, Commit::Committed);
    assert_eq!(world.database.sweep_expired().await, 1);
    let id = session.transfer_id();
    assert_eq!(world.store.session(&project(), id).await.unwrap(), None);
    assert_eq!(world.store.messages(&project(), id, None, 10).await.unwrap().items.len(), 1);
    assert_eq!(world.store.forget(&message.session).await.unwrap(), Forgotten::Forgotten);
    assert_eq!(world.store.messages(&project(), id, None, 10).await.unwrap().items.len(), 0);
    assert_eq!(world.reload(&kept).await, kept);
}
