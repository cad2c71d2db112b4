use transfer_domain::Session;
use transfer_store::ListError;

use crate::world::{World, integration, joined, later, project, said, world};

async fn conversation(world: &World) -> Session {
    let session = world.session("conversation-1").await;
    let events = (0..7)
        .flat_map(|n| [said(&format!("message-{n}"), later(n), "Hello"), joined(&format!("event-{n}"), later(n))]);
    let events = events.collect();
    world.store.apply_events(&integration(), session.transfer_id(), events, later(9)).await.unwrap();
    session
}

#[tokio::test]
async fn messages_are_paged_oldest_first() {
    let world = world().await;
    let session = conversation(&world).await;
    let mut ids = Vec::new();
    let mut sizes = Vec::new();
    let mut after = None;
    loop {
        let page = world.store.messages(&project(), session.transfer_id(), after.as_deref(), 3).await.unwrap();
        sizes.push(page.items.len());
        ids.extend(page.items.into_iter().map(|message| message.message_id.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [3, 3, 1]);
    assert_eq!(ids, (0..7).map(|n| format!("message-{n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_full_last_page_has_no_next() {
    let world = world().await;
    let session = conversation(&world).await;
    let page = world.store.messages(&project(), session.transfer_id(), None, 7).await.unwrap();
    assert_eq!((page.items.len(), page.next), (7, None));
}

#[tokio::test]
async fn the_timeline_is_in_the_order_of_acceptance() {
    let world = world().await;
    let session = conversation(&world).await;
    let first = world.store.timeline(&project(), session.transfer_id(), None, None, 5).await.unwrap();
    let rest = world.store.timeline(&project(), session.transfer_id(), None, first.next.as_deref(), 100).await.unwrap();
    let numbers: Vec<_> = first.items.iter().chain(&rest.items).map(|entry| entry.sequence).collect();
    assert_eq!(numbers.len(), 7);
    assert!(numbers.is_sorted_by(|one, next| one < next));
    assert_eq!(rest.next, None);
}

#[tokio::test]
async fn a_session_without_rows_has_an_empty_page() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let page = world.store.messages(&project(), session.transfer_id(), None, 10).await.unwrap();
    assert_eq!((page.items, page.next), (vec![], None));
}

#[tokio::test]
async fn a_position_of_something_else_is_refused() {
    let world = world().await;
    let session = conversation(&world).await;
    let id = session.transfer_id();
    let timeline = world.store.timeline(&project(), id, None, None, 1).await.unwrap().next.unwrap();
    let messages = world.store.messages(&project(), id, None, 1).await.unwrap().next.unwrap();
    let truncated = &messages[..messages.len() - 4];
    let shouted = messages.to_uppercase();
    for wrong in [timeline.as_str(), truncated, &shouted, "", "!", "c2Vzc2lvbg"] {
        let refused = world.store.messages(&project(), id, Some(wrong), 1).await;
        assert_eq!(refused, Err(ListError::InvalidCursor), "{wrong}");
    }
}
