use std::convert::Infallible;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use transfer_domain::{Ids, SessionId, Task, TaskSignal, TaskStatus};
use transfer_store::{ListError, Upserted};

use crate::world::{World, integration, later, project, request, start, world};

pub(crate) fn task(world: &World, at: DateTime<Utc>) -> Task {
    let id = world.ids.transfer_id(at);
    let request = request("conversation-1");
    Task {
        project_id: project(),
        task_id: id,
        session_id: SessionId { transfer: id, conversation: request.conversation_session_id, channel: request.channel },
        contact_id: request.contact_id,
        agent: request.agent,
        provider: integration().provider,
        list_shards: transfer_domain::ListShards::default(),
        priority: transfer_domain::Priority::USUAL,
        status: TaskStatus::Pending,
        assignee: None,
        reason: None,
        resolution: None,
        created_at: at,
        updated_at: at,
        closed_at: None,
        expires_at: None,
        sequence: 1,
        closed_by: None,
        version: 1,
    }
}

async fn put(world: &World, task: &Task, expected: Option<u64>) -> bool {
    world.store.put_task(task, expected, start()).await.unwrap()
}

#[tokio::test]
async fn a_task_is_written_only_at_the_expected_version() {
    let world = world().await;
    let first = task(&world, start());
    let claimed = first.claim("operator-1", later(1)).unwrap();
    let other = first.claim("operator-2", later(1)).unwrap();
    assert!(!put(&world, &claimed, Some(1)).await);
    assert!(put(&world, &first, None).await);
    assert!(!put(&world, &other, None).await);
    assert!(put(&world, &claimed, Some(1)).await);
    assert!(!put(&world, &other, Some(1)).await);
    let stored = world.store.task(&project(), first.task_id, later(2)).await.unwrap();
    assert_eq!(stored, Some(claimed));
    let elsewhere = world.store.task(&"project-2".parse().unwrap(), first.task_id, later(2)).await.unwrap();
    assert_eq!(elsewhere, None);
}

#[tokio::test]
async fn an_expired_task_counts_as_absent() {
    let world = world().await;
    let first = task(&world, start());
    let resolved = first.resolve(None, start(), Some(1)).unwrap();
    assert!(put(&world, &resolved, None).await);
    let read = async |at| world.store.task(&project(), first.task_id, later(at)).await.unwrap();
    assert_eq!(read(59).await, Some(resolved));
    assert_eq!(read(60).await, None);
    let listed =
        world.store.tasks(&project(), &[], transfer_domain::ListShards::default(), 10, None, later(60)).await.unwrap();
    assert_eq!(listed.items, []);
    assert!(!world.store.put_task(&first, None, later(59)).await.unwrap());
    assert!(world.store.put_task(&first, None, later(60)).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_signals_for_one_task_all_count() {
    let world = world().await;
    let first = task(&world, start());
    let project = project();
    assert!(world.store.put_task(&first, None, start()).await.unwrap());
    let upserts = (2..10).map(|sequence| {
        let first = first.clone();
        world.store.upsert_task(&project, first.task_id, later(1), move |stored| {
            let signal = if sequence == 5 { TaskSignal::Joined } else { TaskSignal::Waiting };
            let task = stored.unwrap_or(&first);
            Ok::<_, Infallible>(task.apply(signal, sequence, later(1), 60))
        })
    });
    for outcome in join_all(upserts).await {
        assert!(matches!(outcome.unwrap(), Upserted::Stored(_) | Upserted::Unchanged(Some(_))));
    }
    let stored = world.store.task(&project, first.task_id, later(2)).await.unwrap().unwrap();
    assert_eq!((stored.status, stored.sequence), (TaskStatus::InProgress, 5));
}

#[tokio::test]
async fn a_refused_decision_writes_nothing() {
    let world = world().await;
    let first = task(&world, start());
    let refused = world.store.upsert_task(&project(), first.task_id, later(1), |_| Err("no")).await.unwrap();
    assert_eq!(refused, Upserted::Refused("no"));
    let nothing = world.store.upsert_task(&project(), first.task_id, later(1), |_| Ok::<_, Infallible>(None)).await;
    assert_eq!(nothing.unwrap(), Upserted::Unchanged(None));
}

#[tokio::test]
async fn tasks_are_listed_by_status_newest_first() {
    let world = world().await;
    let mut ids = Vec::new();
    for n in 0..10 {
        let mut one = task(&world, later(n));
        if n % 2 == 0 {
            one.status = TaskStatus::InProgress;
        }
        assert!(put(&world, &one, None).await);
        ids.push((one.task_id, one.status));
    }
    ids.reverse();
    let list = async |statuses: &[TaskStatus], cursor: Option<&str>| {
        let page = world
            .store
            .tasks(&project(), statuses, transfer_domain::ListShards::default(), 4, cursor, later(20))
            .await
            .unwrap();
        (page.items.into_iter().map(|task| task.task_id).collect::<Vec<_>>(), page.next_cursor)
    };
    let all: Vec<_> = ids.iter().map(|(id, _)| *id).collect();
    let (first, next) = list(&[], None).await;
    assert_eq!(first, all[..4]);
    let (second, _) = list(&[], next.as_deref()).await;
    assert_eq!(second, all[4..8]);
    let (waiting, _) = list(&[TaskStatus::Pending], None).await;
    let pending: Vec<_> = ids.iter().filter(|(_, status)| *status == TaskStatus::Pending).map(|(id, _)| *id).collect();
    assert_eq!(waiting, pending[..4]);
    let refused = world
        .store
        .tasks(
            &project(),
            &[TaskStatus::Pending],
            transfer_domain::ListShards::default(),
            4,
            next.as_deref(),
            later(20),
        )
        .await;
    assert_eq!(refused, Err(ListError::InvalidCursor));
}
