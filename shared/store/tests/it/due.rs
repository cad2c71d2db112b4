//! What is due is found by its moment alone, whichever shard it stands in.

use chrono::{DateTime, TimeDelta, Utc};
use transfer_domain::{Session, TransferId};
use transfer_store::{Commit, DueFrom};

use crate::world::{World, applied, contact_message, joined, later, linked, project, request, world};

async fn due(world: &World, until: DateTime<Utc>) -> Vec<TransferId> {
    let found = world.store.due(until).await.unwrap();
    assert!(found.iter().all(|(owner, _)| *owner == project()));
    let mut found: Vec<_> = found.into_iter().map(|(_, transfer)| transfer).collect();
    found.sort_unstable();
    found
}

/// One a minute.
async fn sessions(world: &World) -> Vec<Session> {
    let mut sessions = Vec::new();
    for n in 0..12 {
        sessions.push(world.session_of(request(&format!("conversation-{n}")), later(n * 60)).await);
    }
    sessions
}

#[tokio::test]
async fn what_is_due_until_a_moment_is_found_and_nothing_else() {
    let world = world().await;
    let sessions = sessions(&world).await;
    let ids: Vec<_> = sessions.iter().map(Session::transfer_id).collect();
    let moment = |n: usize| sessions[n].due_at.unwrap();
    assert!(due(&world, moment(0) - TimeDelta::seconds(1)).await.is_empty());
    for n in [0, 4, 11] {
        assert_eq!(due(&world, moment(n)).await, ids[..=n], "{n}");
    }
}

#[tokio::test]
async fn a_message_leaves_what_is_due_and_an_end_moves_it() {
    let world = world().await;
    let sessions = sessions(&world).await;
    let (talks, ended) = (&sessions[0], &sessions[1]);
    assert_eq!(world.commit(&contact_message(talks, "m-1", later(700)), later(700)).await, Commit::Committed);
    world.end(ended, later(700)).await;
    let kept_until = world.reload(ended).await.expires_at.unwrap();
    let before = ended.due_at.unwrap();
    assert!(before < kept_until);
    assert!(due(&world, talks.due_at.unwrap()).await.contains(&talks.transfer_id()));
    // Nothing is to be closed at the contact centre, and the table's TTL removes it.
    for until in [before, kept_until] {
        assert!(!due(&world, until).await.contains(&ended.transfer_id()), "{until}");
    }
}

#[tokio::test]
async fn one_that_ended_is_due_while_its_conversation_is_to_be_closed() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let opened = applied(&session, &[linked(joined("event-1", later(1)), "name-1")], later(1));
    assert_eq!(world.commit(&opened, later(1)).await, Commit::Committed);
    world.end(&world.reload(&session).await, later(700)).await;
    let ended = world.reload(&session).await;
    assert!(ended.due_at < ended.expires_at);
    let moment = ended.due_at.unwrap();
    assert_eq!(due(&world, moment - TimeDelta::seconds(1)).await, []);
    assert_eq!(due(&world, moment).await, [ended.transfer_id()]);
}

#[tokio::test]
async fn what_is_due_is_read_page_by_page_and_of_each_shard_the_longest_due_first() {
    let world = world().await;
    let mut expected: Vec<_> =
        sessions(&world).await.iter().map(|session| (session.transfer_id(), session.due_at.unwrap())).collect();
    let until = expected.last().unwrap().1;
    let (mut found, mut pages, mut next) = (Vec::new(), 0, Some(DueFrom::default()));
    while let Some(from) = next.take() {
        let page = world.store.due_page(until, from, Some(2)).await.unwrap();
        assert!(page.sessions.iter().all(|due| due.project == project()));
        let moments: Vec<_> = page.sessions.iter().map(|due| due.at).collect();
        assert!(moments.len() <= 8, "two of each of four shards");
        found.extend(page.sessions.into_iter().map(|due| (due.transfer, due.at)));
        next = page.after;
        pages += 1;
    }
    assert!(pages > 1);
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}
