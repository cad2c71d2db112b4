//! An integration and its secrets are stored apart. Whatever is refused, breaks off, overlaps or is repeated: what is in
//! use goes on working, and no secret outlives its integration.

use lambda_http::Request;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use simulators::genesys::signature;
use transfer_aws::Service;
use transfer_domain::{Integration, IntegrationId};
use transfer_providers::{Adapters, GENESYS};
use transfer_store::Stage;
use transfer_tests::fault_proxy::Side;
use transfer_tests::harness::{Answer, ApiRequest, GENESYS_SECRET, PATH_SECRET, World, answer_of};

/// What a contact centre needs to call back.
#[derive(Debug, Clone, PartialEq)]
struct Keys {
    integration: String,
    path: String,
    signing: String,
}

impl Keys {
    /// As the world gave them to its integration.
    fn of(world: &World) -> Self {
        let integration = world.integration.integration_id.to_string();
        Self { integration, path: PATH_SECRET.to_owned(), signing: GENESYS_SECRET.to_owned() }
    }

    /// As an answer showed them.
    fn shown(answer: &Answer) -> Self {
        let url = answer.body["webhookUrl"].as_str().unwrap();
        let mut parts = url.rsplit('/').map(str::to_owned);
        let (path, integration) = (parts.next().unwrap(), parts.next().unwrap());
        Self { integration, path, signing: answer.body["signingSecret"].as_str().unwrap().to_owned() }
    }

    /// A callback about nothing that we know.
    fn callback(&self) -> Request {
        let body = br#"{"type":"Receipt"}"#.to_vec();
        ApiRequest::without_token("ANY /v1/webhooks/{provider}/{target}/{secret}")
            .parameter("provider", "genesys")
            .parameter("target", self.integration.as_str())
            .parameter("secret", self.path.as_str())
            .header("content-type", "application/json")
            .header("x-hub-signature-256", signature(&self.signing, &body))
            .raw(body)
            .build()
    }

    /// The status of a callback at a function.
    async fn knock(&self, service: &Service) -> u16 {
        answer_of(provider_webhook::handle(service, &Adapters::inbound(), self.callback()).await).status
    }
}

async fn request(service: &Service, method: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Answer {
    let route = format!("{method} /v1/projects/{{projectId}}/integrations/{{provider}}");
    let mut request = ApiRequest::of(&route).parameter("provider", "genesys");
    if let Some(body) = body {
        request = request.json(body);
    }
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    answer_of(settings::handle(service, &Adapters::inbound(), request.build()).await)
}

async fn put(service: &Service, body: &Value) -> Answer {
    request(service, "PUT", Some(body), &[]).await
}

async fn delete(service: &Service) -> Answer {
    request(service, "DELETE", None, &[]).await
}

/// The body that replaces the world's integration by the same, and more.
fn body(world: &World, more: &Value) -> Value {
    let mut body = json!({ "settings": world.integration.settings });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn whole(world: &World) -> Value {
    body(world, &json!({ "credentials": { "clientId": "client-1", "clientSecret": "client-secret-1" } }))
}

async fn stored(world: &World) -> Option<(Stage, Integration)> {
    let store = &world.steady().service.store;
    store.integration_in_any_stage(&world.integration.project_id, GENESYS).await.unwrap()
}

/// Every secret that is kept, by name.
fn kept(world: &World) -> Value {
    world.aws.secrets().export()
}

fn names(world: &World) -> Vec<String> {
    kept(world).as_object().unwrap().keys().cloned().collect()
}

/// What calls of the integration that is in use are made with, at a function that was just started.
async fn client_secret(world: &World) -> String {
    let (_, integration) = stored(world).await.unwrap();
    let secrets = world.service().secrets.outbound(&integration).await.unwrap();
    secrets.credentials["clientSecret"].expose_secret().to_owned()
}

/// Runs `act` once undisturbed to count its I/O, then once for every place where it can be cut off.
async fn everywhere(world: &World, prepare: impl AsyncFn(), act: impl AsyncFn(&Service), check: impl AsyncFn(&str)) {
    prepare().await;
    let service = world.service();
    world.faults.clear();
    act(&service).await;
    let operations = world.faults.operations();
    assert!(operations.len() > 2, "{operations:?}");
    for step in 1..=operations.len() {
        for side in [Side::Before, Side::After] {
            world.faults.clear();
            prepare().await;
            let service = world.service();
            world.faults.clear();
            world.faults.cut(step, side);
            act(&service).await;
            world.faults.clear();
            check(&format!("{side:?} {step} {}", operations[step - 1])).await;
        }
    }
}

#[tokio::test]
async fn a_put_that_is_cut_off_anywhere_leaves_secrets_that_work_and_can_be_repeated() {
    let world = World::start(GENESYS).await;
    let steady = &world.steady().service;
    let old = Keys::of(&world);
    let change = body(&world, &json!({ "credentials": { "clientSecret": "another" }, "rotateSecrets": true }));
    everywhere(
        &world,
        async || {
            let back = body(
                &world,
                &json!({ "credentials": { "clientSecret": "client-secret-1" }, "retireNewSecrets": true }),
            );
            assert_eq!(put(steady, &back).await.status, 200);
        },
        async |service| drop(put(service, &change).await),
        async |place| {
            assert_eq!(old.knock(&world.service()).await, 200, "{place}");
            // Both halves are of one writing.
            let integration = stored(&world).await.unwrap().1;
            let inbound = world.service().secrets.inbound(&integration).await.unwrap();
            let in_use = if inbound.path_secrets.len() == 2 { "another" } else { "client-secret-1" };
            assert_eq!(client_secret(&world).await, in_use, "{place}");
            // Whoever had no answer asks again.
            let again = put(steady, &change).await;
            assert!(matches!(again.status, 200 | 422), "{place}: {}", again.body);
            assert_eq!(old.knock(&world.service()).await, 200, "{place}");
            let new = if again.status == 200 {
                again
            } else {
                let more = json!({ "retireNewSecrets": true, "rotateSecrets": true });
                put(steady, &body(&world, &more)).await
            };
            assert_eq!(new.status, 200, "{place}: {}", new.body);
            assert_eq!(old.knock(&world.service()).await, 200, "{place}");
            assert_eq!(Keys::shown(&new).knock(&world.service()).await, 200, "{place}");
            assert_eq!(client_secret(&world).await, "another", "{place}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_first_put_that_is_cut_off_anywhere_can_be_repeated_or_taken_back() {
    let world = World::start(GENESYS).await;
    let steady = &world.steady().service;
    let whole = whole(&world);
    let prepare = async || {
        delete(steady).await;
        assert_eq!((names(&world), stored(&world).await), (vec![], None));
    };
    everywhere(
        &world,
        prepare,
        async |service| drop(put(service, &whole).await),
        async |place| {
            let known = stored(&world).await.map(|(_, integration)| integration.integration_id);
            let known = known.map_or("nobody".to_owned(), |id| format!("/{id}/"));
            assert!(names(&world).iter().all(|name| name.contains(&known)), "{place}: secrets that nobody knows of");
            let again = put(steady, &whole).await;
            assert!(matches!(again.status, 200 | 201), "{place}: {}", again.body);
            let shown = if again.status == 201 {
                again
            } else {
                put(steady, &body(&world, &json!({ "rotateSecrets": true }))).await
            };
            assert_eq!(Keys::shown(&shown).knock(&world.service()).await, 200, "{place}");
            assert_eq!(names(&world).len(), 2, "{place}");
        },
    )
    .await;
    everywhere(
        &world,
        prepare,
        async |service| drop(put(service, &whole).await),
        async |place| {
            assert!(matches!(delete(steady).await.status, 204 | 404), "{place}");
            assert_eq!((names(&world), stored(&world).await), (vec![], None), "{place}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_delete_that_is_cut_off_anywhere_and_repeated_leaves_nothing() {
    let world = World::start(GENESYS).await;
    let steady = &world.steady().service;
    let prepare = async || {
        let made = put(steady, &whole(&world)).await;
        assert!(matches!(made.status, 200 | 201), "{}", made.body);
    };
    everywhere(
        &world,
        prepare,
        async |service| drop(delete(service).await),
        async |place| {
            assert!(
                names(&world).is_empty() || stored(&world).await.is_some(),
                "{place}: secrets outlive their integration"
            );
            let again = delete(steady).await;
            assert!(matches!(again.status, 204 | 404), "{place}: {}", again.body);
            assert_eq!((names(&world), stored(&world).await), (vec![], None), "{place}");
            let rows = world.rows_about("int-").await;
            assert!(rows.is_empty(), "{place}: {rows:?}");
        },
    )
    .await;
    // What a delete left, a put clears away, too.
    everywhere(
        &world,
        prepare,
        async |service| drop(delete(service).await),
        async |place| {
            let made = put(steady, &whole(&world)).await;
            assert!(matches!(made.status, 200 | 201), "{place}: {}", made.body);
            assert_eq!(names(&world).len(), 2, "{place}: {:?}", names(&world));
        },
    )
    .await;
}

#[tokio::test]
async fn a_put_that_is_refused_changes_nothing() {
    let world = World::start(GENESYS).await;
    let service = &world.service();
    let (before, secrets) = (stored(&world).await, kept(&world));
    let rotate = json!({ "credentials": { "clientSecret": "another" }, "rotateSecrets": true });
    let mut wrong = body(&world, &rotate);
    wrong["settings"]["env"] = json!("nowhere");
    let mut foreign = body(&world, &rotate);
    foreign["settings"]["partnerSource"] =
        json!("aws.partner/genesys.com/cloud/32aa07aa-0000-4000-8000-000000000001/other");
    let other = Integration {
        project_id: "other".parse().unwrap(),
        integration_id: IntegrationId::new("int-other").unwrap(),
        partner_source: Some(foreign["settings"]["partnerSource"].as_str().unwrap().to_owned()),
        ..world.integration.clone()
    };
    service.store.put_integration(&other, None).await.unwrap();
    for (body, headers, status) in [
        (body(&world, &rotate), &[("if-match", "\"1\"")][..], 412),
        (wrong, &[], 422),
        (foreign, &[], 422),
        (body(&world, &json!({ "signingSecret": "short" })), &[], 422),
        (body(&world, &json!({ "signingSecret": "x".repeat(257) })), &[], 422),
        (body(&world, &json!({ "signingSecret": "x".repeat(65_000) })), &[], 422),
        (body(&world, &json!({ "credentials": { "clientSecret": "x".repeat(9_000) } })), &[], 422),
        (body(&world, &json!({ "rotateSecrets": true, "retireOldSecrets": true })), &[], 422),
        (body(&world, &json!({ "retireNewSecrets": true, "retireOldSecrets": true })), &[], 422),
    ] {
        for _ in 0..2 {
            let answer = request(service, "PUT", Some(&body), headers).await;
            assert_eq!(answer.status, status, "{}", answer.body);
            assert_eq!((stored(&world).await, kept(&world)), (before.clone(), secrets.clone()), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn of_two_puts_at_once_one_is_refused_and_the_other_works() {
    let world = World::start(GENESYS).await;
    for round in 0..4 {
        let (one, other) = (world.service(), world.service());
        let change = |name: &str| {
            let credentials = json!({ "clientSecret": format!("{name}-{round}") });
            body(
                &world,
                &json!({ "credentials": credentials, "signingSecret": format!("signing-secret-{name}-{round}") }),
            )
        };
        let (first, second) = (change("first"), change("second"));
        let (first, second) = tokio::join!(put(&one, &first), put(&other, &second));
        let won = match (first.status, second.status) {
            (200, 412) => "first",
            (412, 200) => "second",
            other => panic!("{other:?}"),
        };
        assert_eq!(client_secret(&world).await, format!("{won}-{round}"));
        let keys = Keys { signing: format!("signing-secret-{won}-{round}"), ..Keys::of(&world) };
        assert_eq!(keys.knock(&world.service()).await, 200);
        let retire = body(&world, &json!({ "retireOldSecrets": true }));
        assert_eq!(put(&one, &retire).await.status, 200);
    }
}

#[tokio::test]
async fn two_secrets_are_valid_until_one_is_retired_and_a_third_is_refused() {
    let world = World::start(GENESYS).await;
    let service = &world.service();
    let old = Keys::of(&world);
    let rotate = body(&world, &json!({ "rotateSecrets": true }));
    let new = Keys::shown(&put(service, &rotate).await);
    for third in [rotate, body(&world, &json!({ "signingSecret": "a-third-signing-secret" }))] {
        let refused = put(service, &third).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        let detail = refused.body["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("retireOldSecrets"), "{detail}");
    }
    assert_eq!((old.knock(&world.service()).await, new.knock(&world.service()).await), (200, 200));
    for _ in 0..2 {
        assert_eq!(put(service, &body(&world, &json!({ "retireOldSecrets": true }))).await.status, 200);
        assert_eq!((old.knock(&world.service()).await, new.knock(&world.service()).await), (404, 200));
    }
    let newest = Keys::shown(&put(service, &body(&world, &json!({ "rotateSecrets": true }))).await);
    for _ in 0..2 {
        assert_eq!(put(service, &body(&world, &json!({ "retireNewSecrets": true }))).await.status, 200);
        assert_eq!((newest.knock(&world.service()).await, new.knock(&world.service()).await), (404, 200));
    }
}

#[tokio::test]
async fn an_instance_that_does_not_know_a_new_secret_looks_before_it_refuses_but_seldom() {
    let world = World::start(GENESYS).await;
    let running = world.service();
    let old = Keys::of(&world);
    assert_eq!(old.knock(&running).await, 200);
    world.clock.pass(chrono::TimeDelta::seconds(6));
    let rotated = put(&world.steady().service, &body(&world, &json!({ "rotateSecrets": true }))).await;
    let new = Keys::shown(&rotated);
    assert_eq!((new.knock(&running).await, old.knock(&running).await), (200, 200));
    world.clock.pass(chrono::TimeDelta::seconds(6));
    world.faults.clear();
    for guess in 0..20 {
        let path = format!("guess-{guess}");
        assert_eq!(Keys { path, ..new.clone() }.knock(&running).await, 404);
    }
    assert_eq!(world.faults.operations(), ["GetItem"]);
    let forged = Keys { signing: "not-the-signing-secret".to_owned(), ..new };
    assert_eq!(forged.knock(&running).await, 401);
}

#[tokio::test]
async fn an_integration_that_there_is_not_costs_no_more_reads_than_a_wrong_secret() {
    let world = World::start(GENESYS).await;
    let running = world.service();
    world.faults.clear();
    for guess in 0..20 {
        for guess in [format!("int-{guess:020x}"), format!("int-{guess:032x}"), "int-".to_owned(), "x".to_owned()] {
            let keys = Keys { integration: guess, ..Keys::of(&world) };
            assert_eq!(keys.knock(&running).await, 404);
            let relay = ApiRequest::without_token("POST /v1/webhooks/relay/{integrationId}")
                .parameter("integrationId", keys.integration.as_str())
                .raw(b"{}".to_vec());
            let answer = provider_webhook::handle(&running, &Adapters::inbound(), relay.build()).await;
            assert_eq!(answer_of(answer).status, 401);
        }
    }
    assert_eq!(world.faults.operations(), [""; 0]);
    // One that was deleted, or whose check was computed, is looked for as seldom as a known one.
    let gone = transfer_app::new_integration_id("never made").unwrap().to_string();
    let gone = Keys { integration: gone, ..Keys::of(&world) };
    for _ in 0..20 {
        assert_eq!(gone.knock(&running).await, 404);
    }
    assert_eq!(world.faults.operations(), ["GetItem"]);
    world.clock.pass(chrono::TimeDelta::seconds(6));
    for _ in 0..20 {
        assert_eq!(gone.knock(&running).await, 404);
    }
    assert_eq!(world.faults.operations(), ["GetItem", "GetItem"]);
}

#[tokio::test]
async fn after_delete_and_create_the_new_secret_works_at_once_and_the_old_one_never_again() {
    let world = World::start(GENESYS).await;
    let running = world.service();
    let old = Keys::of(&world);
    assert_eq!(old.knock(&running).await, 200);
    let service = &world.steady().service;
    let first = stored(&world).await.unwrap().1;
    assert_eq!(delete(service).await.status, 204);
    let made = put(service, &whole(&world)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let new = Keys::shown(&made);
    assert_eq!(new.knock(&running).await, 200);
    for (path, signing) in [(&old.path, &old.signing), (&new.path, &new.signing)] {
        let mixed = Keys { path: path.clone(), signing: signing.clone(), ..old.clone() };
        assert_eq!(mixed.knock(&world.service()).await, 404);
    }
    let mixed = Keys { integration: new.integration.clone(), ..old.clone() };
    assert_eq!(mixed.knock(&running).await, 404);
    world.clock.pass(chrono::TimeDelta::minutes(1));
    assert_eq!(old.knock(&running).await, 404);
    let second = stored(&world).await.unwrap().1;
    assert_ne!(second.integration_id, first.integration_id);
    assert_ne!(second.secrets.version, first.secrets.version);
    assert_ne!(second.version, first.version, "an ETag of the deleted one must not fit");
}

#[tokio::test]
async fn a_delete_and_a_put_at_once_leave_both_or_neither() {
    let world = World::start(GENESYS).await;
    for _ in 0..6 {
        let (one, other) = (world.service(), world.service());
        let whole = whole(&world);
        let (deleted, written) = tokio::join!(delete(&one), put(&other, &whole));
        assert!(matches!(deleted.status, 204 | 404), "{}", deleted.body);
        assert!(matches!(written.status, 200 | 201 | 412), "{}", written.body);
        match stored(&world).await {
            None => assert_eq!(names(&world), [""; 0]),
            Some((Stage::Live, integration)) => {
                assert_eq!(names(&world).len(), 2, "{:?}", names(&world));
                world.service().secrets.inbound(&integration).await.unwrap();
            }
            Some((stage, _)) => panic!("{stage:?}"),
        }
        let made = put(&one, &whole).await;
        assert!(matches!(made.status, 200 | 201), "{}", made.body);
    }
}

#[tokio::test]
async fn what_answers_callbacks_reads_no_credentials_and_what_calls_reads_no_callback_secrets() {
    let world = World::start(GENESYS).await;
    let more = json!({
        "credentials": { "staticHeaderValue": "tenant-0000000001" },
    });
    let mut change = body(&world, &more);
    change["settings"]["staticHeaderName"] = json!("x-tenant");
    let put = put(&world.steady().service, &change).await;
    assert_eq!(put.status, 200, "{}", put.body);
    let integration = stored(&world).await.unwrap().1;
    let secrets = world.service().app.secrets;
    let names =
        |secrets: &transfer_providers::IntegrationSecrets| secrets.credentials.keys().cloned().collect::<Vec<_>>();
    let (inbound, outbound) =
        (secrets.inbound(&integration).await.unwrap(), secrets.outbound(&integration).await.unwrap());
    assert_eq!(
        (names(&inbound), names(&outbound)),
        (vec!["staticHeaderValue".to_owned()], vec!["clientId".to_owned(), "clientSecret".to_owned()],)
    );
    assert_eq!((outbound.path_secrets.len(), outbound.signing_secrets.len(), outbound.relay_secrets.len()), (0, 0, 0));
    assert_eq!((inbound.path_secrets.len(), inbound.signing_secrets.len(), inbound.relay_secrets.len()), (1, 1, 1));
    let prefix = format!("agent-transfer/demo/{}", integration.integration_id);
    assert_eq!(self::names(&world), [format!("{prefix}/credentials"), format!("{prefix}/webhooks")]);
}
