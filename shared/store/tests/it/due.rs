//! What is due is found by its moment alone, whichever shard it stands in.

use chrono::{DateTime, TimeDelta, Utc};
use transfer_domain::{Session, TransferId};
use transfer_store::Commit;

use crate::world::{World, contact_message, later, project, request, world};

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
    assert!(!due(&world, before).await.contains(&ended.transfer_id()));
    assert!(due(&world, talks.due_at.unwrap()).await.contains(&talks.transfer_id()));
    assert!(due(&world, kept_until).await.contains(&ended.transfer_id()));
}
