use std::collections::HashMap;

use chrono::TimeDelta;
use transfer_domain::{Closed, Direction, EndReason, EndedBy, SendResult, Session, end, settle_message};
use transfer_store::{Commit, RowType, Transacted, row_type, session_from_image};

use crate::world::{World, contact_message, event, joined, later, linked, project, said, source, start, world};

fn seen_messages(ids: &[&str]) -> Commit {
    Commit::Seen { events: vec![], messages: ids.iter().map(|id| source(id)).collect() }
}

fn seen_events(ids: &[&str]) -> Commit {
    Commit::Seen { events: ids.iter().map(|id| source(id)).collect(), messages: vec![] }
}

async fn messages(world: &World, session: &Session) -> Vec<String> {
    let page = world.store.messages(&project(), session.transfer_id(), None, 100).await.unwrap();
    page.items.into_iter().map(|message| message.message_id.to_string()).collect()
}

#[tokio::test]
async fn a_committed_decision_is_read_back_whole() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let events = [
        linked(joined("event-1", later(5)), "provider-session-1"),
        said("message-1", later(6), "Good morning"),
        event("event-2", later(7), transfer_domain::EventKind::Survey { rating: -4, scale_max: 5 }),
    ];
    let transition = crate::world::applied(&session, &events, later(8));
    assert_eq!(world.commit(&transition, later(8)).await, Commit::Committed);
    assert_eq!(world.reload(&session).await, transition.session);
    assert_eq!(messages(&world, &session).await, ["message-1"]);
    let timeline = world.store.timeline(&project(), session.transfer_id(), None, None, 100).await.unwrap();
    let what: Vec<_> = timeline.items.iter().map(|entry| entry.what.as_str()).collect();
    assert_eq!(what, ["representative_joined", "survey"]);
}

#[tokio::test]
async fn a_decision_on_an_older_version_is_a_conflict_and_writes_nothing() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let first = contact_message(&session, "message-1", later(1));
    let second = contact_message(&session, "message-2", later(1));
    assert_eq!(world.commit(&first, later(1)).await, Commit::Committed);
    assert_eq!(world.commit(&second, later(1)).await, Commit::Conflict);
    assert_eq!(messages(&world, &session).await, ["message-1"]);
}

#[tokio::test]
async fn the_session_alone_is_fenced_like_a_transaction() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let first = crate::world::opening(&session, later(1));
    let second = crate::world::opening(&session, later(2));
    let at_expiry = session.expires_at.unwrap();
    assert_eq!(world.commit(&second, at_expiry).await, Commit::Gone);
    assert_eq!(world.commit(&first, later(1)).await, Commit::Committed);
    assert_eq!(world.commit(&second, later(2)).await, Commit::Conflict);
    assert_eq!(world.reload(&session).await, first.session);
    world.store.expire(&project(), session.transfer_id(), at_expiry).await.unwrap();
    assert_eq!(world.commit(&second, later(2)).await, Commit::Gone);
}

#[tokio::test]
async fn of_two_identical_decisions_only_one_was_committed() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let call = crate::world::opening(&session, later(1));
    assert_eq!(world.commit(&call, later(1)).await, Commit::Committed);
    assert_eq!(world.commit(&call, later(1)).await, Commit::Conflict);
}

#[tokio::test]
async fn what_comes_after_the_end_is_fenced_by_the_session_too() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    world.end(&session, later(1)).await;
    let ended = world.reload(&session).await;
    let late = crate::world::applied(&ended, &[said("message-1", later(9), "too late")], later(10));
    let mut elsewhere = late.clone();
    elsewhere.based_on += 1;
    assert_eq!(world.commit(&elsewhere, later(10)).await, Commit::Conflict);
    assert_eq!(world.commit(&late, ended.expires_at.unwrap()).await, Commit::Gone);
    assert_eq!(world.commit(&late, later(10)).await, Commit::Committed);
    assert_eq!(world.commit(&late, later(10)).await, seen_messages(&["message-1"]));
    let after = world.reload(&session).await;
    assert_eq!((after.status(), after.phase, after.expires_at), (ended.status(), ended.phase, ended.expires_at));
    assert_eq!(messages(&world, &session).await, ["message-1"]);
}

#[tokio::test]
async fn a_message_id_is_taken_once_in_each_direction() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    assert_eq!(world.commit(&contact_message(&session, "id-1", later(1)), later(1)).await, Commit::Committed);
    let session = world.reload(&session).await;
    let again = contact_message(&session, "id-1", later(2));
    assert_eq!(world.commit(&again, later(2)).await, seen_messages(&["id-1"]));
    let other_way = crate::world::applied(&session, &[said("id-1", later(2), "Hello")], later(2));
    assert_eq!(world.commit(&other_way, later(2)).await, Commit::Committed);
    assert_eq!(messages(&world, &session).await, ["id-1", "id-1"]);
}

#[tokio::test]
async fn an_accepted_message_is_known_by_its_identity() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    assert_eq!(world.commit(&contact_message(&session, "id-1", later(1)), later(1)).await, Commit::Committed);
    let accepted = async |project: &str, direction, id| {
        let project = project.parse().unwrap();
        world.store.accepted(&project, session.transfer_id(), direction, &source(id)).await.unwrap()
    };
    assert!(accepted("project-1", Direction::Outbound, "id-1").await);
    assert!(!accepted("project-1", Direction::Inbound, "id-1").await);
    assert!(!accepted("project-1", Direction::Outbound, "id-2").await);
    assert!(!accepted("project-2", Direction::Outbound, "id-1").await);
}

#[tokio::test]
async fn a_seen_identity_is_named_rather_than_a_conflict() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let once = crate::world::applied(&session, &[joined("event-1", later(1))], later(1));
    assert_eq!(world.commit(&once, later(1)).await, Commit::Committed);
    let stale = crate::world::applied(&session, &[joined("event-1", later(1)), joined("event-2", later(3))], later(4));
    assert_eq!(world.commit(&stale, later(4)).await, seen_events(&["event-1"]));
}

#[tokio::test]
async fn nothing_is_written_from_the_second_of_expiry_on() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let expiry = session.expires_at.unwrap();
    let message = contact_message(&session, "message-1", expiry - TimeDelta::milliseconds(1));
    assert_eq!(world.commit(&message, expiry + TimeDelta::seconds(1)).await, Commit::Gone);
    assert_eq!(world.commit(&message, expiry).await, Commit::Gone);
    assert_eq!(world.reload(&session).await, session);
    assert_eq!(world.commit(&message, expiry - TimeDelta::milliseconds(1)).await, Commit::Committed);
    assert!(world.reload(&session).await.expires_at > session.expires_at);
}

#[tokio::test]
async fn an_expired_session_is_gone_rather_than_a_conflict_or_seen() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let first = contact_message(&session, "message-1", later(1));
    assert_eq!(world.commit(&first, later(1)).await, Commit::Committed);
    let expiry = world.reload(&session).await.expires_at.unwrap();
    let mut again = first.clone();
    again.session.updated_at = later(2);
    assert_eq!(world.commit(&again, expiry).await, Commit::Gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_races_expiry_extends_the_session_or_is_refused() {
    for _ in 0..20 {
        let world = world().await;
        let session = world.session("conversation-1").await;
        let expiry = session.expires_at.unwrap();
        let message = contact_message(&session, "message-1", expiry - TimeDelta::seconds(1));
        let project = project();
        let (committed, expired) = tokio::join!(
            world.store.commit(&message, expiry - TimeDelta::seconds(1)),
            world.store.expire(&project, session.transfer_id(), expiry)
        );
        let stored = world.store.session(&project, session.transfer_id()).await.unwrap();
        match committed.unwrap() {
            Commit::Committed => {
                assert!(!expired.unwrap());
                assert_eq!(stored, Some(message.session));
            }
            Commit::Gone => {
                assert!(expired.unwrap());
                assert_eq!(stored, None);
            }
            other @ (Commit::Seen { .. } | Commit::Conflict | Commit::LinkTaken) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_session_is_expired_only_when_its_time_has_come() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let (id, expiry) = (session.transfer_id(), session.expires_at.unwrap());
    assert!(!world.store.expire(&project(), id, expiry - TimeDelta::seconds(1)).await.unwrap());
    assert!(world.store.expire(&project(), id, expiry).await.unwrap());
    assert!(!world.store.expire(&project(), id, expiry).await.unwrap());
    let mut eternal = crate::world::request("conversation-2");
    eternal.channel = transfer_domain::Channel::Voice;
    let eternal = world.session_of(eternal, start()).await;
    assert!(!world.store.expire(&project(), eternal.transfer_id(), later(1 << 40)).await.unwrap());
}

#[tokio::test]
async fn a_provider_session_id_belongs_to_one_session() {
    let world = world().await;
    let [one, other] = [world.session("conversation-1").await, world.session("conversation-2").await];
    let mine = crate::world::applied(&one, &[linked(joined("event-1", later(1)), "name-1")], later(1));
    assert_eq!(world.commit(&mine, later(1)).await, Commit::Committed);
    let taken = crate::world::applied(&other, &[linked(joined("event-2", later(1)), "name-1")], later(1));
    assert_eq!(world.commit(&taken, later(1)).await, Commit::LinkTaken);
    assert_eq!(world.reload(&other).await, other);
}

#[tokio::test]
async fn a_message_is_settled_once() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let sent = contact_message(&session, "message-1", later(1));
    assert_eq!(world.commit(&sent, later(1)).await, Commit::Committed);
    let page = world.store.messages(&project(), session.transfer_id(), None, 1).await.unwrap();
    let message = &page.items[0];
    let session = world.reload(&session).await;
    let settled = |outcome| settle_message(&session, message, outcome, later(2));
    world.store.settle(&settled(SendResult::Delivered)).await.unwrap();
    world.store.settle(&settled(SendResult::Failed { reason: "refused".to_owned() })).await.unwrap();
    let page = world.store.messages(&project(), session.transfer_id(), None, 1).await.unwrap();
    assert_eq!(
        page.items,
        [transfer_domain::Message { delivery: transfer_domain::Delivery::Delivered, ..message.clone() }]
    );
    let unknown = transfer_domain::Message { sequence: 999, ..message.clone() };
    world.store.settle(&settle_message(&session, &unknown, SendResult::Delivered, later(3))).await.unwrap();
    assert_eq!(messages(&world, &session).await, ["message-1"], "nothing is made of what is gone");
}

#[tokio::test]
async fn a_transition_that_names_an_identity_twice_is_refused() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let twice = crate::world::applied(&session, &[joined("event-1", later(1)), joined("event-1", later(1))], later(1));
    let error = world.store.commit(&twice, later(1)).await.unwrap_err();
    assert!(!error.retryable());
}

#[tokio::test]
async fn a_decision_is_made_again_after_a_conflict() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let mut asked = 0;
    let other = contact_message(&session, "message-1", later(1));
    assert_eq!(world.commit(&other, later(1)).await, Commit::Committed);
    let outcome = world
        .store
        .transact(&project(), session.transfer_id(), later(2), |current| {
            asked += 1;
            // The first decision is made on what was there before.
            let based_on = if asked == 1 { &session } else { current };
            end(based_on, EndedBy::Contact, later(2)).map(Some)
        })
        .await
        .unwrap();
    assert!(matches!(outcome, Transacted::Committed(_)));
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn a_decision_that_always_conflicts_is_given_up() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    world.commit(&contact_message(&session, "message-1", later(1)), later(1)).await;
    let stale = contact_message(&session, "message-2", later(2));
    let outcome = world
        .store
        .transact(&project(), session.transfer_id(), later(2), |_| Ok::<_, Closed>(Some(stale.clone())))
        .await;
    assert!(outcome.unwrap_err().retryable());
}

#[tokio::test]
async fn a_decision_tells_why_nothing_was_written() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let id = session.transfer_id();
    let nothing = |_: &Session| Ok::<Option<transfer_domain::Transition>, Closed>(None);
    let decide = async |id, at| world.store.transact(&project(), id, at, nothing).await.unwrap();
    assert_eq!(decide(id, later(1)).await, Transacted::Unchanged(Box::new(session.clone())));
    let unknown = transfer_domain::Ids::transfer_id(&*world.ids, start());
    assert_eq!(decide(unknown, later(1)).await, Transacted::Missing);
    let refused = world
        .store
        .transact(&project(), id, later(1), |_| Err::<Option<transfer_domain::Transition>, _>(Closed::Ended))
        .await
        .unwrap();
    assert_eq!(refused, Transacted::Refused(Closed::Ended));
    world.commit(&contact_message(&session, "message-1", later(1)), later(1)).await;
    let again = |session: &Session| Ok::<_, Closed>(Some(contact_message(session, "message-1", later(2))));
    let again = world.store.transact(&project(), id, later(2), again).await.unwrap();
    assert!(matches!(again, Transacted::Seen { messages, .. } if messages == [source("message-1")]));
    // Whoever comes when its time is over finds it ended, and writes that.
    let silent = world.session("conversation-2").await;
    let over = decide(silent.transfer_id(), silent.expires_at.unwrap()).await;
    let Transacted::Unchanged(over) = over else { panic!("{over:?}") };
    assert_eq!(over.end().map(|end| end.reason), Some(EndReason::Expired));
    assert_eq!(world.reload(&silent).await, *over);
}

#[tokio::test]
async fn an_image_of_a_session_is_its_session_and_of_anything_else_nothing() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let items = world.client.scan().table_name(crate::world::TABLE).send().await.unwrap().items.unwrap();
    let images: Vec<serde_dynamo::Item> = items.into_iter().map(Into::into).collect();
    for image in images {
        let expected = (row_type(&image) == Some(RowType::Session)).then(|| session.clone());
        assert_eq!(session_from_image(image).unwrap(), expected);
    }
    let mut broken = HashMap::<String, serde_dynamo::AttributeValue>::new();
    assert_eq!(session_from_image(broken.clone().into()).unwrap(), None);
    broken.insert("type".to_owned(), serde_dynamo::AttributeValue::S("session".to_owned()));
    assert!(!session_from_image(broken.into()).unwrap_err().retryable());
}
