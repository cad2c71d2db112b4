use serde_json::{Map, json};
use transfer_domain::{Envelope, Session};
use transfer_store::{FeedCursor, FeedEntry, FeedPage, ListError, Meter};

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
    let mut after = "0".to_owned();
    loop {
        let page = world.store.messages(&project(), session.transfer_id(), Some(&after), 3).await.unwrap();
        sizes.push(page.items.len());
        ids.extend(page.items.into_iter().map(|message| message.message_id.to_string()));
        after = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!(sizes, [3, 3, 1]);
    assert_eq!(ids, (0..7).map(|n| format!("message-{n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn after_the_last_page_it_can_be_gone_on_from() {
    let world = world().await;
    let session = conversation(&world).await;
    let page = world.store.messages(&project(), session.transfer_id(), None, 7).await.unwrap();
    assert_eq!((page.items.len(), page.more), (7, false));
    let rest = world.store.messages(&project(), session.transfer_id(), Some(&page.next), 7).await.unwrap();
    assert_eq!((rest.items, rest.more, rest.next), (vec![], false, page.next.clone()));
    let more = vec![said("message-7", later(8), "And now?")];
    world.store.apply_events(&integration(), session.transfer_id(), more, later(9)).await.unwrap();
    let rest = world.store.messages(&project(), session.transfer_id(), Some(&page.next), 7).await.unwrap();
    let texts: Vec<_> = rest.items.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["And now?"]);
}

#[tokio::test]
async fn the_timeline_is_in_the_order_of_acceptance() {
    let world = world().await;
    let session = conversation(&world).await;
    let first = world.store.timeline(&project(), session.transfer_id(), None, None, 5).await.unwrap();
    let rest = world.store.timeline(&project(), session.transfer_id(), None, Some(&first.next), 100).await.unwrap();
    let numbers: Vec<_> = first.items.iter().chain(&rest.items).map(|entry| entry.sequence).collect();
    assert_eq!(numbers.len(), 7);
    assert!(numbers.is_sorted_by(|one, next| one < next));
    assert!(first.more && !rest.more);
}

#[tokio::test]
async fn a_session_without_rows_has_an_empty_page() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let page = world.store.messages(&project(), session.transfer_id(), None, 10).await.unwrap();
    assert_eq!((page.items, page.more, page.next.as_str()), (vec![], false, "0"));
}

#[tokio::test]
async fn a_position_of_something_else_is_refused() {
    let world = world().await;
    let session = conversation(&world).await;
    let id = session.transfer_id();
    for wrong in ["", "!", "-1", "+1", "01", "1.0", " 1", "18446744073709551616", "bWVzc2FnZSM"] {
        let refused = world.store.messages(&project(), id, Some(wrong), 1).await;
        assert_eq!(refused, Err(ListError::InvalidCursor), "{wrong}");
        let refused = world.store.timeline(&project(), id, None, Some(wrong), 1).await;
        assert_eq!(refused, Err(ListError::InvalidCursor), "{wrong}");
    }
}

fn told(number: usize, text: &str) -> Envelope {
    let detail: Map<_, _> =
        [("eventId".to_owned(), json!(number.to_string())), ("text".to_owned(), json!(text))].into_iter().collect();
    Envelope { detail_type: "message.received".to_owned(), time: later(1), detail }
}

async fn publish(world: &World, session: &Session, record: &str, event: &Envelope, seconds: i64) {
    let entry = FeedEntry::of(&session.project_id, session.transfer_id(), (record, 0), event).unwrap();
    assert_eq!(world.store.publish(&[&entry], later(seconds)).await, Ok(vec![true]));
}

async fn feed(world: &World, session: &Session, after: &FeedCursor, limit: u8, seconds: i64) -> FeedPage {
    world.store.feed(&project(), session.transfer_id(), after, limit, later(seconds)).await.unwrap()
}

#[tokio::test]
async fn a_feed_is_paged_in_the_order_of_publication_and_a_repetition_is_one_event() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let long = "A card that was declined. ".repeat(200);
    for (record, event) in [("9", told(0, "a")), ("10", told(1, &long)), ("11", told(2, "c")), ("12", told(2, "c"))] {
        publish(&world, &session, record, &event, 1).await;
    }
    let page = feed(&world, &session, &FeedCursor::default(), 2, 2).await;
    assert_eq!((page.session, page.events, page.more), (None, vec![told(0, "a"), told(1, &long)], true));
    let page = feed(&world, &session, &page.next, 2, 2).await;
    assert_eq!(page.session.map(|it| it.session_id), Some(session.session_id.clone()));
    assert_eq!((page.events, page.more), (vec![told(2, "c")], false));
    let page = feed(&world, &session, &page.next, 2, 2).await;
    assert_eq!((page.events, page.more), (vec![], false));
}

#[tokio::test]
async fn what_becomes_visible_behind_what_was_read_is_read_all_the_same() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    publish(&world, &session, "2", &told(2, "later"), 2).await;
    let page = feed(&world, &session, &FeedCursor::default(), 10, 2).await;
    assert_eq!(page.events, [told(2, "later")]);
    publish(&world, &session, "1", &told(1, "earlier"), 1).await;
    let page = feed(&world, &session, &page.next, 10, 11).await;
    assert_eq!(page.events, [told(1, "earlier")]);
    assert_eq!(feed(&world, &session, &page.next, 10, 30).await.events, []);
}

#[tokio::test]
async fn where_nothing_follows_a_feed_costs_one_read_of_half_a_unit_whatever_the_session_has() {
    let world = world().await;
    let session = conversation(&world).await;
    for number in 10..40 {
        publish(&world, &session, &number.to_string(), &told(number, "Hello"), 1).await;
    }
    let all = feed(&world, &session, &FeedCursor::default(), 100, 60).await;
    assert_eq!(all.events.len(), 30);
    let (store, meter): (_, Meter) = world.store.metered();
    let page = store.feed(&project(), session.transfer_id(), &all.next, 100, later(60)).await.unwrap();
    assert_eq!((page.events, page.next), (vec![], all.next));
    let consumed = meter.take();
    assert_eq!((consumed.read_units, consumed.round_trips), (0.5, 1));
}

#[tokio::test]
async fn an_event_is_found_by_its_id() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    publish(&world, &session, "1", &told(1, "a"), 1).await;
    let of = |id: &'static str| world.store.event_of(&session.project_id, session.transfer_id(), id);
    assert_eq!((of("1").await.unwrap(), of("2").await.unwrap()), (Some(told(1, "a")), None));
}

#[tokio::test]
async fn of_one_project_no_feed_of_another_is_read() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    publish(&world, &session, "1", &told(0, "a"), 1).await;
    let other = "other".parse().unwrap();
    let page = world.store.feed(&other, session.transfer_id(), &FeedCursor::default(), 10, later(2)).await.unwrap();
    assert_eq!((page.session, page.events), (None, vec![]));
}
