use transfer_domain::{Delivery, Message, SendResult, Session, settle_message};
use transfer_store::Commit;

use crate::world::{World, contact_message, integration, later, project, said, world};

/// A session with outbound messages `out-1` … and an inbound one between them.
async fn conversation(world: &World) -> Session {
    let session = world.session("conversation-1").await;
    for n in 1..=3 {
        let current = world.reload(&session).await;
        let sent = contact_message(&current, &format!("out-{n}"), later(n));
        assert_eq!(world.commit(&sent, later(n)).await, Commit::Committed);
        let events = vec![said(&format!("in-{n}"), later(n), "Hello")];
        world.store.apply_events(&integration(), session.transfer_id(), events, later(n)).await.unwrap();
    }
    world.reload(&session).await
}

async fn undelivered(world: &World, session: &Session, after: u64, through: u64) -> Vec<Message> {
    world.store.undelivered(&project(), session.transfer_id(), after, through).await.unwrap()
}

fn ids(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.message_id.as_str()).collect()
}

#[tokio::test]
async fn undelivered_are_the_contacts_unsettled_messages_in_order_and_in_bounds() {
    let world = world().await;
    let session = conversation(&world).await;
    let all = undelivered(&world, &session, 0, u64::MAX).await;
    assert_eq!(ids(&all), ["out-1", "out-2", "out-3"]);
    let delivered = settle_message(&session, &all[0], SendResult::Delivered, later(9));
    world.store.settle(&delivered).await.unwrap();
    assert_eq!(ids(&undelivered(&world, &session, 0, u64::MAX).await), ["out-2", "out-3"]);
    assert_eq!(ids(&undelivered(&world, &session, 0, all[1].sequence).await), ["out-2"]);
    assert_eq!(ids(&undelivered(&world, &session, all[1].sequence + 1, u64::MAX).await), ["out-3"]);
    assert_eq!(ids(&undelivered(&world, &session, u64::MAX, u64::MAX).await), Vec::<&str>::new());
}

#[tokio::test]
async fn of_two_who_begin_the_same_delivery_one_does() {
    let world = world().await;
    let session = conversation(&world).await;
    let message = undelivered(&world, &session, 0, u64::MAX).await.remove(0);
    let project = project();
    let call = || world.store.begin_delivery(&project, session.transfer_id(), &message);
    let (one, other) = tokio::join!(call(), call());
    let begun: Vec<_> = [one.unwrap(), other.unwrap()].into_iter().flatten().collect();
    assert_eq!(begun, [Message { delivery: Delivery::Attempted { attempts: 1 }, ..message }]);
    assert_eq!(undelivered(&world, &session, 0, u64::MAX).await[0], begun[0]);
}

#[tokio::test]
async fn a_retracted_delivery_begins_again_and_an_attempted_one_counts_on() {
    let world = world().await;
    let session = conversation(&world).await;
    let id = session.transfer_id();
    let message = undelivered(&world, &session, 0, u64::MAX).await.remove(0);
    let first = world.store.begin_delivery(&project(), id, &message).await.unwrap().unwrap();
    let second = world.store.begin_delivery(&project(), id, &first).await.unwrap().unwrap();
    assert_eq!(second.delivery, Delivery::Attempted { attempts: 2 });
    assert_eq!(world.store.retract_delivery(&project(), id, &first).await.unwrap(), None);
    let pending = world.store.retract_delivery(&project(), id, &second).await.unwrap();
    assert_eq!(pending, Some(message.clone()));
    assert_eq!(world.store.retract_delivery(&project(), id, &message).await.unwrap(), None);
}

#[tokio::test]
async fn a_settled_message_is_not_begun() {
    let world = world().await;
    let session = conversation(&world).await;
    let message = undelivered(&world, &session, 0, u64::MAX).await.remove(0);
    let delivered = settle_message(&session, &message, SendResult::Delivered, later(9));
    world.store.settle(&delivered).await.unwrap();
    let begun = world.store.begin_delivery(&project(), session.transfer_id(), &message).await.unwrap();
    assert_eq!(begun, None);
    let settled = Message { delivery: Delivery::Delivered, ..message.clone() };
    let begun = world.store.begin_delivery(&project(), session.transfer_id(), &settled).await.unwrap();
    assert_eq!(begun, None);
    let unknown = Message { sequence: 999, ..message };
    let begun = world.store.begin_delivery(&project(), session.transfer_id(), &unknown).await.unwrap();
    assert_eq!(begun, None);
}
