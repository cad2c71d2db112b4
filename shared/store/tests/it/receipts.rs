//! Receipts: which messages they are for, and what is written.

use transfer_domain::{Message, ReceiptState, Session, SourceId};
use transfer_store::{Receipted, Store};

use crate::world::{World, contact_message, integration, later, project, said, source, world};

/// A session with two messages of the representative and one of the contact, all with ids of their own.
async fn conversation(world: &World) -> Session {
    let session = world.session("conversation-1").await;
    let events = vec![said("in-1", later(1), "Hello"), said("in-2", later(2), "Are you there?")];
    world.store.apply_events(&integration(), session.transfer_id(), events, later(2)).await.unwrap();
    let session = world.reload(&session).await;
    world.commit(&contact_message(&session, "out-1", later(3)), later(3)).await;
    world.reload(&session).await
}

fn ids(texts: &[&str]) -> Vec<SourceId> {
    texts.iter().map(|text| source(text)).collect()
}

async fn record(store: &Store, session: &Session, texts: &[&str], state: ReceiptState) -> Receipted {
    store.record_receipts(session.clone(), &ids(texts), state, later(10)).await.unwrap()
}

async fn receipts(world: &World, session: &Session) -> Vec<(String, Option<ReceiptState>)> {
    let page = world.store.messages(&project(), session.transfer_id(), None, 25).await.unwrap();
    let of = |message: Message| (message.message_id.to_string(), message.receipt.map(|receipt| receipt.state));
    page.items.into_iter().map(of).collect()
}

#[tokio::test]
async fn a_receipt_stands_on_its_message_and_is_one_change_of_the_session() {
    let world = world().await;
    let session = conversation(&world).await;
    let Receipted::Recorded(noted) = record(&world.store, &session, &["in-2"], ReceiptState::Delivered).await else {
        panic!("recorded");
    };
    assert_eq!((noted.version, noted.changes.len()), (session.version + 1, 1));
    assert_eq!(noted.expires_at, session.expires_at);
    let delivered = Some(ReceiptState::Delivered);
    let expected = [("in-1", None), ("in-2", delivered), ("out-1", None)].map(|(id, at)| (id.to_owned(), at));
    assert_eq!(receipts(&world, &session).await, expected);
    let again = record(&world.store, &world.reload(&session).await, &["in-2"], ReceiptState::Delivered).await;
    assert_eq!(again, Receipted::Recorded(noted.clone()), "nothing is written twice");
    assert_eq!(world.reload(&session).await.version, noted.version);
}

#[tokio::test]
async fn unknown_ids_and_the_contacts_own_are_named_and_nothing_is_written() {
    let world = world().await;
    let session = conversation(&world).await;
    let answer = record(&world.store, &session, &["in-1", "nowhere", "out-1"], ReceiptState::Read).await;
    assert_eq!(answer, Receipted::Unknown(ids(&["nowhere", "out-1"])));
    assert_eq!(world.reload(&session).await, session);
}

#[tokio::test]
async fn a_receipt_on_an_old_look_at_the_session_takes_nothing_back() {
    let world = world().await;
    let session = conversation(&world).await;
    record(&world.store, &session, &["in-1"], ReceiptState::Read).await;
    // The same look at the session, from before the message was read.
    let Receipted::Recorded(_) = record(&world.store, &session, &["in-1", "in-2"], ReceiptState::Delivered).await
    else {
        panic!("recorded");
    };
    let told = receipts(&world, &session).await;
    assert_eq!(told[0].1, Some(ReceiptState::Read));
    assert_eq!(told[1].1, Some(ReceiptState::Delivered));
}

#[tokio::test]
async fn an_expired_session_takes_no_receipt() {
    let world = world().await;
    let session = conversation(&world).await;
    let expiry = session.expires_at.unwrap();
    let answer = world.store.record_receipts(session.clone(), &ids(&["in-1"]), ReceiptState::Read, expiry).await;
    assert_eq!(answer.unwrap(), Receipted::Expired);
    assert_eq!(world.reload(&session).await, session);
}
