use futures_util::future::join_all;
use transfer_domain::{EndReason, EndedBy, EventKind, Integration, IntegrationId, Status};
use transfer_store::{Applied, AppliedTo};

use crate::world::{event, integration, joined, later, linked, name, project, queued, said, start, world};

fn applied(applied: usize, duplicates: usize, outcome: AppliedTo) -> Applied {
    let after_end = if outcome == AppliedTo::AfterEnd { applied } else { 0 };
    Applied { applied, after_end, duplicates, outcome }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_identical_messages_at_once_are_one() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let id = session.transfer_id();
    let (project, integration) = (project(), integration());
    let deliveries = (0..50).map(|_| {
        let events = vec![said("message-1", later(1), "Hello")];
        world.store.apply_events(&integration, id, events, later(2))
    });
    let outcomes: Vec<_> = join_all(deliveries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes.iter().map(|outcome| outcome.applied).sum::<usize>(), 1);
    assert_eq!(outcomes.iter().map(|outcome| outcome.duplicates).sum::<usize>(), 49);
    assert_eq!(world.store.messages(&project, id, None, 100).await.unwrap().items.len(), 1);
    assert_eq!(world.reload(&session).await.version, session.version + 2);
}

#[tokio::test]
async fn new_events_among_known_ones_are_applied() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let apply = async |events| {
        world.store.apply_events(&integration(), session.transfer_id(), events, later(10)).await.unwrap()
    };
    let first = vec![queued("event-1", later(1), "sales"), said("message-1", later(2), "Hello")];
    assert_eq!(apply(first.clone()).await, applied(2, 0, AppliedTo::Live));
    assert_eq!(apply(first.clone()).await, applied(0, 2, AppliedTo::Live));
    let mut more = first;
    more.extend([joined("event-2", later(3)), joined("event-2", later(3))]);
    assert_eq!(apply(more).await, applied(1, 3, AppliedTo::Live));
    assert_eq!(world.reload(&session).await.status(), Status::Active);
}

#[tokio::test]
async fn more_events_than_one_transaction_holds_are_applied_in_several() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let long = "x".repeat(20_000);
    let events: Vec<_> = (0..130)
        .map(|n| {
            if n % 10 == 0 {
                said(&format!("message-{n}"), later(n), &long)
            } else {
                joined(&format!("event-{n}"), later(n))
            }
        })
        .collect();
    let outcome = world.store.apply_events(&integration(), session.transfer_id(), events.clone(), later(200)).await;
    assert_eq!(outcome.unwrap(), applied(130, 0, AppliedTo::Live));
    let again = world.store.apply_events(&integration(), session.transfer_id(), events, later(201)).await;
    assert_eq!(again.unwrap(), applied(0, 130, AppliedTo::Live));
}

#[tokio::test]
async fn events_tell_what_they_came_upon() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let apply = async |id, events, at| world.store.apply_events(&integration(), id, events, later(at)).await.unwrap();
    let id = session.transfer_id();
    let ended = EventKind::Ended { by: EndedBy::Representative, reason: EndReason::RepresentativeEnded };
    let ends = vec![event("event-1", later(1), ended)];
    assert_eq!(apply(id, ends, 1).await, applied(1, 0, AppliedTo::Live));
    assert_eq!(apply(id, vec![joined("event-2", later(2))], 2).await, applied(1, 0, AppliedTo::AfterEnd));
    assert_eq!(world.reload(&session).await.status(), Status::Ended);
    assert_eq!(apply(id, vec![joined("event-3", later(3))], 1 << 30).await, applied(0, 0, AppliedTo::Missing));
    let expired = world.session("conversation-2").await;
    let id = expired.transfer_id();
    let at_expiry = (expired.expires_at.unwrap() - start()).num_seconds();
    assert_eq!(apply(id, vec![joined("event-4", later(4))], at_expiry).await, applied(1, 0, AppliedTo::AfterEnd));
    assert_eq!(world.reload(&expired).await.end().map(|end| end.reason), Some(EndReason::Expired));
    assert_eq!(apply(id, vec![joined("event-5", later(5))], 1 << 30).await, applied(0, 0, AppliedTo::Missing));
    let unknown = transfer_domain::Ids::transfer_id(&*world.ids, start());
    assert_eq!(apply(unknown, vec![joined("event-1", later(1))], 1).await, applied(0, 0, AppliedTo::Missing));
}

#[tokio::test]
async fn an_event_counts_though_the_name_it_tells_belongs_to_another_session() {
    let world = world().await;
    let [one, other] = [world.session("conversation-1").await, world.session("conversation-2").await];
    for (session, id) in [(&one, "event-1"), (&other, "event-2")] {
        let events = vec![linked(joined(id, later(1)), "name-1")];
        let outcome = world.store.apply_events(&integration(), session.transfer_id(), events, later(1)).await;
        assert_eq!(outcome.unwrap(), applied(1, 0, AppliedTo::Live));
    }
    assert_eq!(world.reload(&one).await.provider_session_id(), Some(&name("name-1")));
    assert_eq!(world.reload(&other).await.provider_session_id(), None);
    assert_eq!(world.reload(&other).await.status(), Status::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn different_events_at_once_are_all_applied() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let (project, integration, id) = (project(), integration(), session.transfer_id());
    let deliveries = (0..8).map(|n| {
        let events = vec![said(&format!("message-{n}"), later(n), "Hello")];
        world.store.apply_events(&integration, id, events, later(20))
    });
    for outcome in join_all(deliveries).await {
        assert_eq!(outcome.unwrap(), applied(1, 0, AppliedTo::Live));
    }
    assert_eq!(world.store.messages(&project, id, None, 100).await.unwrap().items.len(), 8);
}

#[tokio::test]
async fn another_integration_of_the_project_finds_no_session() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let other = Integration { integration_id: IntegrationId::new("integration-2").unwrap(), ..integration() };
    let events = vec![said("message-1", later(1), "Hello")];
    let outcome = world.store.apply_events(&other, session.transfer_id(), events, later(2)).await.unwrap();
    assert_eq!(outcome, applied(0, 0, AppliedTo::Missing));
    assert_eq!(world.reload(&session).await, session);
}
