use transfer_domain::{EventKind, Provider};
use transfer_store::{AppliedTo, Commit, Parking};

use crate::world::{World, event, integration, joined, later, linked, name, project, said, world};

const PROVIDER: Provider = Provider::named("five9");

async fn park(world: &World, event: &transfer_domain::ProviderEvent, at: i64) -> Parking {
    world.store.park(&project(), PROVIDER, &name("name-1"), event, later(at)).await.unwrap()
}

async fn parked(world: &World, at: i64) -> Vec<transfer_domain::ProviderEvent> {
    world.store.parked(&project(), PROVIDER, &name("name-1"), later(at)).await.unwrap()
}

#[tokio::test]
async fn parked_events_come_back_in_the_order_of_their_arrival_and_once() {
    let world = world().await;
    let typing = |on| {
        let mut event = event("unused", later(1), EventKind::Typing { on });
        event.source_id = None;
        event
    };
    let events = [said("z", later(9), "first"), typing(true), joined("a", later(3)), typing(false)];
    for event in events.iter().chain(&events) {
        assert_eq!(park(&world, event, 10).await, Parking::Parked);
    }
    assert_eq!(parked(&world, 11).await, events);
    world.store.unpark(&project(), PROVIDER, &name("name-1"), &events[..2]).await.unwrap();
    assert_eq!(parked(&world, 11).await, events[2..]);
}

#[tokio::test]
async fn a_parked_event_is_gone_after_fifteen_minutes_and_can_be_parked_again() {
    let world = world().await;
    let event = joined("event-1", later(1));
    park(&world, &event, 0).await;
    assert_eq!(parked(&world, 899).await.len(), 1);
    assert_eq!(parked(&world, 900).await.len(), 0);
    park(&world, &event, 900).await;
    assert_eq!(parked(&world, 901).await.len(), 1);
}

#[tokio::test]
async fn an_event_of_a_linked_conversation_is_not_parked() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    assert_eq!(world.store.find_linked(&project(), PROVIDER, &name("name-1")).await.unwrap(), None);
    let events = vec![linked(joined("event-1", later(1)), "name-1")];
    world.store.apply_events(&integration(), session.transfer_id(), events, later(1)).await.unwrap();
    let found = world.store.find_linked(&project(), PROVIDER, &name("name-1")).await.unwrap();
    assert_eq!(found, Some(session.transfer_id()));
    let late = joined("event-2", later(2));
    assert_eq!(park(&world, &late, 2).await, Parking::Linked(session.transfer_id()));
    assert_eq!(parked(&world, 3).await, []);
    let other = "project-2".parse().unwrap();
    assert_eq!(world.store.find_linked(&other, PROVIDER, &name("name-1")).await.unwrap(), None);
    assert_eq!(world.store.find_linked(&project(), Provider::named("genesys"), &name("name-1")).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_races_the_link_is_parked_before_it_or_sent_to_the_session() {
    for _ in 0..20 {
        let world = world().await;
        let session = world.session("conversation-1").await;
        let link = crate::world::applied(&session, &[linked(joined("event-1", later(1)), "name-1")], later(1));
        let event = said("message-1", later(2), "Hello");
        let (committed, parking) = tokio::join!(world.store.commit(&link, later(2)), park(&world, &event, 2));
        assert_eq!(committed.unwrap(), Commit::Committed);
        // What the link's follower finds is what was parked: the event is never lost between the two.
        let waiting = parked(&world, 3).await;
        match parking {
            Parking::Parked => assert_eq!(waiting, [event]),
            Parking::Linked(to) => {
                assert_eq!(to, session.transfer_id());
                assert_eq!(waiting, []);
                let outcome = world.store.apply_events(&integration(), to, vec![event], later(3)).await.unwrap();
                assert_eq!(outcome.outcome, AppliedTo::Live);
            }
        }
    }
}
