use transfer_domain::{Integration, IntegrationId, ProjectId, Provider};
use transfer_store::{PutIntegration, Stage};

use crate::world::{World, integration, project, world};

fn with(id: &str, source: Option<&str>) -> Integration {
    Integration {
        integration_id: IntegrationId::new(id).unwrap(),
        partner_source: source.map(str::to_owned),
        ..integration()
    }
}

fn of(project: &str, integration: Integration) -> Integration {
    Integration { project_id: ProjectId::new(project).unwrap(), ..integration }
}

async fn put(world: &World, integration: &Integration, expected: Option<u64>) -> PutIntegration {
    world.store.put_integration(integration, expected).await.unwrap()
}

async fn by_source(world: &World, source: &str) -> Option<Integration> {
    world.store.integration_by_partner_source(source).await.unwrap()
}

async fn by_id(world: &World, id: &str) -> Option<Integration> {
    world.store.integration_by_id(&IntegrationId::new(id).unwrap()).await.unwrap()
}

#[tokio::test]
async fn an_integration_is_found_in_its_project_by_id_and_by_partner_source() {
    let world = world().await;
    let mut written = with("integration-1", Some("aws.partner/source-1"));
    written.settings = serde_json::json!({ "": [1e300], "host": "" }).as_object().unwrap().clone();
    assert_eq!(put(&world, &written, None).await, PutIntegration::Stored { version: 1 });
    let stored = Some(Integration { version: 1, ..written });
    assert_eq!(world.store.integration(&project(), Provider::named("five9")).await.unwrap(), stored);
    assert_eq!(by_id(&world, "integration-1").await, stored);
    assert_eq!(by_source(&world, "aws.partner/source-1").await, stored);
    assert_eq!(by_id(&world, "integration-2").await, None);
    assert_eq!(by_source(&world, "aws.partner/source-2").await, None);
    assert_eq!(world.store.integration(&project(), Provider::named("genesys")).await.unwrap(), None);
}

#[tokio::test]
async fn a_projects_integrations_are_its_own() {
    let world = world().await;
    for provider in [Provider::named("five9"), Provider::named("genesys")] {
        let one = Integration { provider, ..with(provider.as_str(), None) };
        put(&world, &one, None).await;
    }
    put(&world, &of("project-2", with("elsewhere", None)), None).await;
    world.store.put_settings(&project(), &transfer_domain::TransferSettings::default(), None).await.unwrap();
    let providers: Vec<_> =
        world.store.integrations(&project()).await.unwrap().into_iter().map(|it| it.provider).collect();
    assert_eq!(providers, [Provider::named("five9"), Provider::named("genesys")]);
}

#[tokio::test]
async fn an_integration_is_replaced_only_at_the_expected_version() {
    let world = world().await;
    let one = with("integration-1", None);
    assert_eq!(put(&world, &one, Some(1)).await, PutIntegration::Stale);
    assert_eq!(put(&world, &one, Some(0)).await, PutIntegration::Stored { version: 1 });
    assert_eq!(put(&world, &one, Some(0)).await, PutIntegration::Stale);
    assert_eq!(put(&world, &one, Some(1)).await, PutIntegration::Stored { version: 2 });
    assert_eq!(put(&world, &one, None).await, PutIntegration::Stored { version: 3 });
}

#[tokio::test]
async fn a_new_partner_source_releases_the_old_one() {
    let world = world().await;
    put(&world, &with("integration-1", Some("one")), None).await;
    put(&world, &with("integration-1", Some("two")), None).await;
    assert_eq!(by_source(&world, "one").await, None);
    assert!(by_source(&world, "two").await.is_some());
    put(&world, &with("integration-2", None), None).await;
    assert_eq!(by_source(&world, "two").await, None);
    assert_eq!(by_id(&world, "integration-1").await, None);
    assert_eq!(by_id(&world, "integration-2").await.unwrap().version, 3);
}

#[tokio::test]
async fn a_partner_source_or_id_of_another_project_is_not_taken_over() {
    let world = world().await;
    put(&world, &with("integration-1", Some("one")), None).await;
    let same_source = of("project-2", with("integration-2", Some("one")));
    assert_eq!(put(&world, &same_source, None).await, PutIntegration::PartnerSourceTaken);
    let same_id = of("project-2", with("integration-1", None));
    assert_eq!(put(&world, &same_id, None).await, PutIntegration::IdTaken);
    assert_eq!(by_source(&world, "one").await.unwrap().project_id, project());
    assert_eq!(world.store.integrations(&"project-2".parse().unwrap()).await.unwrap(), []);
}

async fn begin(world: &World, only: Option<Stage>) -> Option<(Stage, Integration)> {
    world.store.begin_removal(&project(), Provider::named("five9"), only).await.unwrap()
}

async fn live(world: &World) -> Option<Integration> {
    world.store.integration(&project(), Provider::named("five9")).await.unwrap()
}

#[tokio::test]
async fn a_deleted_integration_is_found_nowhere() {
    let world = world().await;
    put(&world, &with("integration-1", Some("one")), None).await;
    let (stage, removing) = begin(&world, None).await.unwrap();
    assert_eq!((stage, removing.integration_id.as_str()), (Stage::Live, "integration-1"));
    assert_eq!(
        (live(&world).await, by_id(&world, "integration-1").await, by_source(&world, "one").await),
        (None, None, None)
    );
    assert_eq!(world.store.integrations(&project()).await.unwrap(), []);
    // Nothing comes into its place until its secrets are gone, and who was interrupted can begin again.
    assert_eq!(put(&world, &with("integration-1", None), None).await, PutIntegration::Stale);
    assert_eq!(begin(&world, None).await, Some((Stage::Removing, removing.clone())));
    world.store.finish_removal(&removing).await.unwrap();
    assert_eq!(world.rows().await, []);
    assert_eq!(begin(&world, None).await, None);
}

#[tokio::test]
async fn what_was_made_in_place_of_a_deleted_integration_stays() {
    let world = world().await;
    put(&world, &with("integration-1", None), None).await;
    let (_, removing) = begin(&world, None).await.unwrap();
    world.store.finish_removal(&removing).await.unwrap();
    let next = Integration { version: 100, ..with("integration-2", None) };
    assert_eq!(world.store.prepare_integration(&next).await.unwrap(), (Stage::Preparing, next.clone()));
    assert_eq!(put(&world, &next, Some(100)).await, PutIntegration::Stored { version: 101 });
    world.store.finish_removal(&removing).await.unwrap();
    assert_eq!(live(&world).await.unwrap().integration_id, next.integration_id);
}

#[tokio::test]
async fn an_integration_that_is_prepared_is_none_yet_and_is_prepared_once() {
    let world = world().await;
    let first = Integration { version: 7, ..with("integration-1", None) };
    let prepared = (Stage::Preparing, first.clone());
    assert_eq!(world.store.prepare_integration(&first).await.unwrap(), prepared);
    assert_eq!(world.store.prepare_integration(&with("integration-2", None)).await.unwrap(), prepared);
    assert_eq!((live(&world).await, by_id(&world, "integration-1").await), (None, None));
    assert_eq!(world.store.integrations(&project()).await.unwrap(), []);
    assert_eq!(begin(&world, Some(Stage::Live)).await, None);
    assert_eq!(put(&world, &first, Some(7)).await, PutIntegration::Stored { version: 8 });
    assert_eq!(begin(&world, Some(Stage::Preparing)).await, None);
    assert_eq!(live(&world).await.unwrap().version, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_take_one_partner_source_one_gets_it() {
    let world = world().await;
    let one = of("project-2", with("integration-2", Some("one")));
    let other = of("project-3", with("integration-3", Some("one")));
    let (first, second) = tokio::join!(put(&world, &one, None), put(&world, &other, None));
    let outcomes = [first, second];
    assert!(outcomes.contains(&PutIntegration::Stored { version: 1 }));
    assert!(outcomes.contains(&PutIntegration::PartnerSourceTaken));
}
