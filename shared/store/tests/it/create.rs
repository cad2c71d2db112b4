use std::collections::HashSet;

use futures_util::future::join_all;
use test_database::{EmbeddedOnly, skipped};
use transfer_domain::{EndReason, IdempotencyKey, Session, SessionId};
use transfer_store::{Commit, Created, Idempotency, SessionFilter};

use crate::world::{World, contact_message, later, listing, project, request, start, world};

fn idempotency(key: &str, fingerprint: &str) -> Idempotency {
    Idempotency { key: IdempotencyKey::new(key).unwrap(), fingerprint: fingerprint.to_owned() }
}

async fn create_with_key(world: &World, conversation: &str, key: &Idempotency, at: i64) -> Created {
    let (transition, briefing) = world.transition(request(conversation), later(at));
    world.store.create(&transition, &briefing, Some(key), later(at)).await.unwrap()
}

#[tokio::test]
async fn what_was_created_is_read_back() {
    let world = world().await;
    let mut request = request("conversation-1");
    let awkward = r#"{"":{"deep":[1.50e300,null,""]},"n":89490200001234567890123}"#;
    request.request.metadata = serde_json::from_str(awkward).unwrap();
    request.request.briefing.skills = vec!["billing".to_owned()];
    let (transition, briefing) = world.transition(request, start());
    let created = world.store.create(&transition, &briefing, None, start()).await.unwrap();
    assert_eq!(created, Created::Created);
    let session = world.reload(&transition.session).await;
    assert_eq!(session, transition.session);
    let stored = world.store.request(&project(), session.transfer_id()).await.unwrap();
    assert_eq!(stored.as_ref().map(|stored| stored.metadata.as_str()), Some(awkward));
    assert_eq!(stored, Some(briefing));
    let whole = world.store.whole_session(&project(), session.transfer_id(), start()).await.unwrap().unwrap();
    assert_eq!((whole.session, &whole.request), (session, stored.as_ref().unwrap()));
}

#[tokio::test]
async fn a_session_of_another_project_is_not_found() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let other = "project-2".parse().unwrap();
    assert_eq!(world.store.session(&other, session.transfer_id()).await.unwrap(), None);
    assert_eq!(world.store.request(&other, session.transfer_id()).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_concurrent_creates_for_one_conversation_exactly_one_succeeds() {
    let crowd = if skipped(EmbeddedOnly::Crowd) { 20 } else { 200 };
    let world = world().await;
    let transitions: Vec<_> = (0..crowd).map(|_| world.transition(request("conversation-1"), start())).collect();
    let creates =
        transitions.iter().map(|(transition, briefing)| world.store.create(transition, briefing, None, start()));
    let outcomes: Vec<_> = join_all(creates).await.into_iter().map(Result::unwrap).collect();
    let winners: Vec<_> =
        outcomes.iter().zip(&transitions).filter(|(outcome, _)| **outcome == Created::Created).collect();
    assert_eq!(winners.len(), 1);
    let winner = winners[0].1.0.session.session_id.clone();
    let named: HashSet<SessionId> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Created::ConversationOpen(id) => Some(id.clone()),
            Created::Created => None,
            other @ (Created::Repeated(_)
            | Created::KeyReused
            | Created::InProgress
            | Created::NoPredecessor
            | Created::NotFollowed(_)) => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(named, HashSet::from([winner]));
}

#[tokio::test]
async fn a_repeated_key_answers_what_it_answered_first() {
    let world = world().await;
    let key = idempotency("key-1", "fingerprint");
    let (transition, request) = world.transition(request("conversation-1"), start());
    let created = world.store.create(&transition, &request, Some(&key), start()).await.unwrap();
    assert_eq!(created, Created::Created);
    world.commit(&contact_message(&transition.session, "message-1", later(5)), later(5)).await;
    let as_it_was = Session { changes: vec![], ..transition.session };
    let repeated = create_with_key(&world, "conversation-1", &key, 60).await;
    assert_eq!(repeated, Created::Repeated(Box::new(Session { due_at: None, ..as_it_was })));
}

#[tokio::test]
async fn a_key_used_for_another_request_is_refused_and_creates_nothing() {
    let world = world().await;
    create_with_key(&world, "conversation-1", &idempotency("key-1", "one"), 0).await;
    let before = world.rows().await.len();
    let reused = create_with_key(&world, "conversation-2", &idempotency("key-1", "other"), 0).await;
    assert_eq!(reused, Created::KeyReused);
    assert_eq!(world.rows().await.len(), before);
}

#[tokio::test]
async fn a_key_is_free_again_after_a_day_though_its_record_still_stands() {
    let world = world().await;
    let day = 24 * 3600;
    create_with_key(&world, "conversation-1", &idempotency("key-1", "one"), 0).await;
    let other = idempotency("key-1", "other");
    assert_eq!(create_with_key(&world, "conversation-2", &other, day - 1).await, Created::KeyReused);
    assert_eq!(create_with_key(&world, "conversation-2", &other, day).await, Created::Created);
}

#[tokio::test]
async fn keys_of_two_projects_are_two_keys() {
    let world = world().await;
    let key = idempotency("key-1", "one");
    create_with_key(&world, "conversation-1", &key, 0).await;
    let (mut transition, briefing) = world.transition(request("conversation-1"), start());
    transition.session.project_id = "project-2".parse().unwrap();
    let created = world.store.create(&transition, &briefing, Some(&key), start()).await.unwrap();
    assert_eq!(created, Created::Created);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_creates_with_one_key_one_creates_and_the_others_get_its_answer() {
    let world = world().await;
    let key = idempotency("key-1", "one");
    let transitions: Vec<_> = (0..64).map(|_| world.transition(request("conversation-1"), start())).collect();
    let creates =
        transitions.iter().map(|(transition, briefing)| world.store.create(transition, briefing, Some(&key), start()));
    let outcomes: Vec<_> = join_all(creates).await.into_iter().map(Result::unwrap).collect();
    let winner = outcomes.iter().position(|outcome| *outcome == Created::Created).unwrap();
    let winner = &transitions[winner].0.session.session_id;
    let of_winner = |outcome: &&Created| matches!(outcome, Created::Repeated(first) if first.session_id == *winner);
    assert_eq!(outcomes.iter().filter(of_winner).count(), 63);
}

#[tokio::test]
async fn an_open_session_holds_its_conversation_until_the_second_it_expires() {
    let world = world().await;
    let old = world.session("conversation-1").await;
    let expiry = old.expires_at.unwrap();
    let before = expiry - chrono::TimeDelta::seconds(1);
    let held = world.create(request("conversation-1"), before).await;
    assert_eq!(held, Created::ConversationOpen(old.session_id.clone()));
    assert_eq!(world.create(request("conversation-1"), expiry).await, Created::Created);
}

#[tokio::test]
async fn an_ended_session_does_not_hold_its_conversation() {
    let world = world().await;
    let old = world.session("conversation-1").await;
    world.end(&old, later(10)).await;
    let new = world.session_of(request("conversation-1"), later(20)).await;
    let held = world.create(request("conversation-1"), later(30)).await;
    assert_eq!(held, Created::ConversationOpen(new.session_id.clone()));
    let filter = SessionFilter { conversation: Some("conversation-1".parse().unwrap()), ..SessionFilter::default() };
    let had = world.store.list(&project(), &filter, &listing(10, None), later(30)).await.unwrap();
    let ids: Vec<_> = had.items.into_iter().map(|it| it.session_id).collect();
    assert_eq!(ids, [new.session_id, old.session_id], "newest first");
}

#[tokio::test]
async fn a_removed_session_does_not_hold_its_conversation() {
    let world = world().await;
    let old = world.session("conversation-1").await;
    assert!(world.store.expire(&project(), old.transfer_id(), old.expires_at.unwrap()).await.unwrap());
    assert_eq!(world.create(request("conversation-1"), old.expires_at.unwrap()).await, Created::Created);
}

#[tokio::test]
async fn a_late_write_of_the_replaced_session_cannot_touch_the_new_one() {
    let world = world().await;
    let old = world.session("conversation-1").await;
    let expiry = old.expires_at.unwrap();
    let message = contact_message(&old, "message-1", later(1));
    let end = transfer_domain::end(&old, transfer_domain::EndedBy::Agent, later(1)).unwrap();
    let new = world.session_of(request("conversation-1"), expiry).await;
    let over = world.reload(&old).await;
    assert_eq!(over.end().map(|end| end.reason), Some(EndReason::Expired));
    // By a clock that is behind as well: what was decided before its end is decided anew, on a session that has ended.
    for now in [expiry, later(1)] {
        for late in [&message, &end] {
            assert_eq!(world.commit(late, now).await, Commit::Conflict);
        }
    }
    assert_eq!(world.reload(&old).await, over);
    let held = world.create(request("conversation-1"), expiry).await;
    assert_eq!(held, Created::ConversationOpen(new.session_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_creates_over_an_expired_session_exactly_one_succeeds() {
    let world = world().await;
    let old = world.session("conversation-1").await;
    let now = old.expires_at.unwrap();
    let transitions: Vec<_> = (0..50).map(|_| world.transition(request("conversation-1"), now)).collect();
    let creates = transitions.iter().map(|(transition, briefing)| world.store.create(transition, briefing, None, now));
    let outcomes: Vec<_> = join_all(creates).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Created::Created).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_renewal_and_a_new_create_at_expiry_only_one_wins() {
    for round in 0..20 {
        let world = world().await;
        let old = world.session("conversation-1").await;
        let expiry = old.expires_at.unwrap();
        let in_time = expiry - chrono::TimeDelta::seconds(1);
        let message = contact_message(&old, "message-1", in_time);
        let (transition, briefing) = world.transition(request("conversation-1"), expiry);
        let (renewed, created) = tokio::join!(
            world.store.commit(&message, in_time),
            world.store.create(&transition, &briefing, None, expiry)
        );
        match created.unwrap() {
            Created::ConversationOpen(_) => assert_eq!(renewed.unwrap(), Commit::Committed, "round {round}"),
            Created::Created => {
                assert_eq!(renewed.unwrap(), Commit::Conflict, "round {round}");
                assert!(world.reload(&old).await.is_ended(), "round {round}");
            }
            other @ (Created::Repeated(_)
            | Created::KeyReused
            | Created::InProgress
            | Created::NoPredecessor
            | Created::NotFollowed(_)) => panic!("{other:?}"),
        }
    }
}
