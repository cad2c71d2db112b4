use futures_util::future::join_all;
use transfer_domain::TransferSettings;
use transfer_store::Put;

use crate::world::{project, world};

fn with_queue(queue: &str) -> TransferSettings {
    let mut settings = TransferSettings::default();
    settings.default_routing.queue = queue.parse().unwrap();
    settings
}

#[tokio::test]
async fn a_project_without_settings_has_the_defaults_at_version_zero() {
    let world = world().await;
    let settings = world.store.settings(&project()).await.unwrap();
    assert_eq!((settings.value, settings.version), (TransferSettings::default(), 0));
}

#[tokio::test]
async fn settings_are_replaced_only_at_the_expected_version() {
    let world = world().await;
    let put = async |queue, expected| world.store.put_settings(&project(), &with_queue(queue), expected).await.unwrap();
    assert_eq!(put("one", Some(1)).await, Put::Stale);
    assert_eq!(put("one", Some(0)).await, Put::Stored { version: 1 });
    assert_eq!(put("other", Some(0)).await, Put::Stale);
    assert_eq!(put("two", Some(1)).await, Put::Stored { version: 2 });
    assert_eq!(put("three", None).await, Put::Stored { version: 3 });
    let settings = world.store.settings(&project()).await.unwrap();
    assert_eq!((settings.value, settings.version), (with_queue("three"), 3));
    let other = world.store.settings(&"project-2".parse().unwrap()).await.unwrap();
    assert_eq!(other.version, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_who_expect_the_same_version_one_writes() {
    let world = world().await;
    let project = project();
    let settings: Vec<_> = (0..32).map(|n| with_queue(&format!("queue-{n}"))).collect();
    let writes = settings.iter().map(|settings| world.store.put_settings(&project, settings, Some(0)));
    let outcomes: Vec<_> = join_all(writes).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Put::Stored { version: 1 }).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Put::Stale).count(), 31);
}
