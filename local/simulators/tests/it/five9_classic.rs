//! Five9 classic: what the tenant and the scripted human look like from outside.

use reqwest::Method;
use serde_json::json;
use simulators::{
    Act, CallbackFault, EndedBy, Operation, Phase, RequestFault, Script, Stamp, Taken,
    five9::{
        AgentChange, CallbackMethods, ConversationIds, Five9Config, IdField, MetadataForm, NameField, WebhookAuth,
    },
};

use crate::{
    five9_sites::{ClassicSite, Session, active},
    receiver::Received,
    support::{
        acts, answer, answers, assert_has, attachment, by_status, greeted, on_callback, on_request, say, status_of,
    },
};

/// Last segments of the paths, in order.
fn events(all: &[Received]) -> Vec<String> {
    all.iter().map(|it| it.path.rsplit('/').next().unwrap().to_owned()).collect()
}

fn terminated(all: &[Received]) -> bool {
    events(all).iter().any(|it| it == "terminate")
}

#[tokio::test]
async fn the_default_script_goes_from_create_to_terminate() {
    let (site, session, id) = ClassicSite::opened(Script::Greet).await;
    site.wait(greeted).await;
    site.say(&session, &id, "Where is my parcel?").await;
    site.wait(|it| answers(it) == 2).await;
    site.say(&session, &id, "bye").await;
    let received = site.receiver.wait_until(terminated).await;
    let expected = ["create", "accept", "message", "typing", "message", "message", "terminate"];
    assert_eq!(events(&received), expected);
    for (n, one) in received.iter().enumerate() {
        assert!(one.path.starts_with(&format!("/hook/five9/tr_1/s3cr3t/conversations/{id}/")), "{}", one.path);
        assert_has(&one.json(), &json!({ "correlationId": id, "eventSerialNumber": n + 1 }));
    }
    let conversation = site.handle.conversation("tr_1").unwrap();
    assert_eq!(conversation.contact_texts(), ["Where is my parcel?", "bye"]);
    assert_eq!(conversation.attributes["Custom.summary"], "Card");
    assert_eq!(conversation.ended_by, Some(EndedBy::Representative));
    assert_eq!(site.status(&session, &id).await, "TERMINATED");
}

#[tokio::test]
async fn callbacks_come_by_post_and_put_with_times_in_both_forms() {
    let (site, ..) = ClassicSite::opened(Script::Idle).await;
    let received = site.receiver.wait_until(|all| all.len() == 3).await;
    let methods: Vec<&Method> = received.iter().map(|it| &it.method).collect();
    assert_eq!(methods, [Method::POST, Method::PUT, Method::POST]);
    let [create, accept, message] = [0, 1, 2].map(|n: usize| received[n].json());
    assert_eq!(create["externalId"], "tr_1");
    assert!(create["timestamp"].is_i64() && accept["timestamp"].is_string() && message["timestamp"].is_i64());
    assert_eq!(accept["displayName"], "Representative One");
    assert_eq!(message["messageSerialNumber"], 1);
}

#[tokio::test]
async fn callbacks_can_keep_to_one_method_and_carry_a_static_header() {
    for (methods, method) in [(CallbackMethods::Post, Method::POST), (CallbackMethods::Put, Method::PUT)] {
        let change = |it: &mut Five9Config| {
            it.callback_methods = methods;
            it.webhook_auth = WebhookAuth::HeaderSecret("x-five9-secret".to_owned());
            "static-secret-1".clone_into(&mut it.webhook_secret);
        };
        let site = ClassicSite::start_with(change, Script::Idle).await;
        site.open("tr_1").await;
        let received = site.receiver.wait_until(|all| all.len() == 3).await;
        assert!(received.iter().all(|it| it.method == method && it.headers["x-five9-secret"] == "static-secret-1"));
    }
}

#[tokio::test]
async fn each_conversation_calls_the_address_of_its_own_create() {
    let site = ClassicSite::start(Script::Manual).await;
    let session = site.session().await;
    let mut body = site.create_body("tr_2");
    body["callbackUrl"] = json!(format!("{}/elsewhere", site.receiver.url));
    assert_eq!(status_of(site.post(&session, "/conversations", &body)).await, 200);
    site.handle.act("tr_2", Act::Queue).unwrap();
    let received = site.receiver.wait_until(|all| !all.is_empty()).await;
    assert!(received[0].path.starts_with("/hook/elsewhere/conversations/"));
}

#[tokio::test]
async fn the_token_is_the_id_unless_ids_are_their_own() {
    let (_, session, id) = ClassicSite::opened(Script::Manual).await;
    assert_eq!(session.token, id);
    let site = ClassicSite::start_with(|it| it.conversation_ids = ConversationIds::Own, Script::Manual).await;
    let (session, id) = site.open("tr_1").await;
    assert_ne!(session.token, id);
    assert_eq!(status_of(site.message_request(&session, &session.token, "hi")).await, 404);
    site.say(&session, &id, "hi").await;
}

#[tokio::test]
async fn a_repeated_create_doubles_the_conversation_and_a_foreign_token_is_refused() {
    let (site, session, first) = ClassicSite::opened(Script::Manual).await;
    let second = answer(site.post(&session, "/conversations", &site.create_body("tr_1")), 200).await;
    assert_ne!(second["id"], first.as_str());
    assert_eq!(status_of(site.post(&session, "/conversations", &site.create_body("tr_2"))).await, 403);
    assert_eq!(site.handle.conversations().len(), 2);
    let (other, _) = site.open("tr_3").await;
    assert_eq!(status_of(site.message_request(&other, &first, "hi")).await, 404);
}

#[tokio::test]
async fn before_it_is_active_a_conversation_takes_no_messages() {
    let site = ClassicSite::start_with(|it| it.inactive_reads = 2, Script::Manual).await;
    let (session, id) = site.open("tr_1").await;
    assert_eq!(status_of(site.message_request(&session, &id, "too early")).await, 409);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(site.status(&session, &id).await);
    }
    assert_eq!(seen, ["PENDING", "PENDING", "ACTIVE"]);
    site.say(&session, &id, "now").await;
    assert_eq!(site.handle.conversation("tr_1").unwrap().contact_texts(), ["now"]);
}

#[tokio::test]
async fn a_change_of_representatives_is_a_second_accept_or_only_another_name() {
    for (change, accepts) in [(AgentChange::Announced, 2), (AgentChange::NameOnly, 1)] {
        let site = ClassicSite::start_with(|it| it.agent_change = change, Script::TransferToQueue).await;
        let (session, id) = site.open("tr_1").await;
        site.wait(greeted).await;
        site.say(&session, &id, "Somebody else, please").await;
        let second = |it: &Received| it.path.ends_with("/message") && it.json()["displayName"] == "Representative Two";
        let received = site.receiver.wait_until(|all| all.iter().any(second)).await;
        assert_eq!(events(&received).iter().filter(|it| *it == "accept").count(), accepts, "{change:?}");
        assert!(!terminated(&received));
    }
}

#[tokio::test]
async fn the_name_can_be_in_agent_data() {
    let site = ClassicSite::start_with(|it| it.name_field = NameField::AgentData, Script::Manual).await;
    site.open("tr_1").await;
    site.handle.act("tr_1", Act::Join).unwrap();
    let received = site.receiver.wait_until(|all| !all.is_empty()).await;
    let accept = received[0].json();
    assert_eq!(accept["agentData"]["displayName"], "Representative One");
    assert!(accept.get("displayName").is_none());
}

#[tokio::test]
async fn files_are_urls_with_a_category_and_ids_can_be_given() {
    let (site, ..) = ClassicSite::opened(Script::Manual).await;
    acts(&site.handle, [Act::Join, Act::SendFile(attachment("a.png", "image/png"), "see here".to_owned())]);
    let stamp = Stamp { id: Some("42".to_owned()), at_ms: Some(1_768_212_007_000) };
    site.handle.act_stamped("tr_1", say("Hello"), stamp).unwrap();
    site.handle.act("tr_1", say("next")).unwrap();
    let received = site.receiver.wait_until(|all| all.len() == 5).await;
    assert_eq!(events(&received), ["accept", "file", "message", "message", "message"]);
    let file = json!({ "text": "https://example.com/a.png", "fileData": { "category": "IMAGE" } });
    assert_has(&received[1].json(), &file);
    let given = json!({ "eventSerialNumber": 42, "timestamp": 1_768_212_007_000_i64 });
    assert_has(&received[3].json(), &given);
    assert_eq!(received[4].json()["eventSerialNumber"], 43);
}

#[tokio::test]
async fn what_has_no_form_on_the_wire_is_not_sent() {
    let (site, ..) = ClassicSite::opened(Script::Manual).await;
    let silent = [Act::Accept, Act::Offer, Act::Decline, Act::FlowText("hi".to_owned()), Act::Join, Act::StopTyping];
    acts(&site.handle, silent.into_iter().chain([Act::Leave, Act::WrapUp, Act::Survey("1 to 5?".to_owned())]));
    site.handle.end_from_provider("tr_1").unwrap();
    let received = site.receiver.wait_until(terminated).await;
    assert_eq!(events(&received), ["accept", "terminate"]);
}

#[tokio::test]
async fn without_agents_the_conversation_is_terminated() {
    let (site, ..) = ClassicSite::opened(Script::NoAgents).await;
    let received = site.receiver.wait_until(terminated).await;
    assert_eq!(events(&received), ["create", "terminate"]);
}

#[tokio::test]
async fn the_contact_ends_and_afterwards_everything_is_gone() {
    for gone in [404, 410] {
        let site = ClassicSite::start_with(|it| it.gone_status = gone, Script::Manual).await;
        let (session, id) = site.open("tr_1").await;
        let end = || site.post(&session, &format!("/conversations/{id}/terminate"), &json!({}));
        assert_eq!([status_of(end()).await, status_of(end()).await], [200, gone]);
        assert_eq!(status_of(site.message_request(&session, &id, "hello?")).await, gone);
        site.receiver.wait_until(terminated).await;
        assert_eq!(site.handle.conversation("tr_1").unwrap().ended_by, Some(EndedBy::Contact));
    }
}

#[tokio::test]
async fn acknowledgements_are_noted() {
    let (site, session, id) = ClassicSite::opened(Script::Manual).await;
    let body = json!({ "messages": [{ "type": "DELIVERED", "messageId": "1" }] });
    let request = site.put(&session, &format!("/conversations/{id}/messages/acknowledge"), &body);
    assert_eq!(status_of(request).await, 200);
    let conversation = site.handle.conversation("tr_1").unwrap();
    assert_eq!(conversation.receipts, [("1".to_owned(), "DELIVERED".to_owned())]);
}

#[tokio::test]
async fn the_created_id_and_metadata_have_their_other_forms() {
    let change = |it: &mut Five9Config| {
        it.id_field = IdField::CorrelationId;
        it.metadata_form = MetadataForm::Bare;
    };
    let site = ClassicSite::start_with(change, Script::Manual).await;
    let session = site.session().await;
    let created = answer(site.post(&session, "/conversations", &site.create_body("tr_1")), 200).await;
    assert!(created["correlationId"].is_string());
    assert_eq!(active(&site.metadata(&session).await), session.api);
}

#[tokio::test]
async fn after_a_migration_only_the_new_data_centre_and_farm_are_right() {
    let site = ClassicSite::in_two_data_centres().await;
    let (old, id) = site.open("tr_1").await;
    assert_eq!(old.api, site.handle.base_url());
    site.handle.faults([on_request(Operation::Send, RequestFault::Migrate)]);
    let body = answer(site.message_request(&old, &id, "lost"), 435).await;
    let detail = &body["five9ExceptionDetail"];
    assert_has(detail, &json!({ "errorCode": 5001, "message": "Service migrated" }));

    let mut new = old.clone();
    new.api = active(&site.metadata(&old).await["metadata"]);
    assert_ne!(new.api, old.api);
    assert_eq!(status_of(site.message_request(&new, &id, "old farm")).await, 435);
    detail["context"]["farmId"].as_str().unwrap().clone_into(&mut new.farm);
    let old_place = Session { api: old.api.clone(), ..new.clone() };
    assert_eq!(status_of(site.message_request(&old_place, &id, "old place")).await, 435);
    site.say(&new, &id, "arrived").await;
    assert_eq!(site.handle.conversation("tr_1").unwrap().contact_texts(), ["arrived"]);
    // The login host knows where new sessions are.
    let fresh = site.session().await;
    assert_eq!((fresh.api, fresh.farm), (new.api, new.farm));
}

#[tokio::test]
async fn behind_one_listener_a_migration_changes_the_farm() {
    let (site, mut session, id) = ClassicSite::opened(Script::Manual).await;
    let control = format!("{}/_control/migrate", site.handle.base_url());
    assert_eq!(status_of(site.http.post(control)).await, 204);
    let body = answer(site.message_request(&session, &id, "hi"), 435).await;
    session.farm = body["five9ExceptionDetail"]["context"]["farmId"].as_str().unwrap().to_owned();
    site.say(&session, &id, "hi").await;
}

#[tokio::test]
async fn metadata_can_name_what_stands_in_between() {
    let site = ClassicSite::start(Script::Manual).await;
    site.handle.advertise("127.0.0.1:9");
    assert_eq!(site.session().await.api, "http://127.0.0.1:9");
}

#[tokio::test]
async fn a_435_by_status_is_the_internal_kind_and_revoked_tokens_end_sessions() {
    let (site, session, id) = ClassicSite::opened(Script::Manual).await;
    let faults = [by_status(435, None, Taken::No), RequestFault::RevokeTokens];
    site.handle.faults(faults.map(|fault| on_request(Operation::Send, fault)));
    let body = answer(site.message_request(&session, &id, "hi"), 435).await;
    assert_eq!(body["five9ExceptionDetail"]["errorCode"], 500);
    assert_eq!(status_of(site.message_request(&session, &id, "hi")).await, 401);
}

#[tokio::test]
async fn callbacks_have_faults_by_event_and_are_never_repeated() {
    let (site, ..) = ClassicSite::opened(Script::Manual).await;
    let faults = [("accept", CallbackFault::Drop), ("message", CallbackFault::Duplicate { copies: 1 })];
    site.handle.faults(faults.map(|(kind, fault)| on_callback(kind, fault)));
    site.receiver.answer_next([500]);
    acts(&site.handle, [Act::Queue, Act::Join, say("Hello")]);
    site.handle.send_raw_event("tr_1", "surprise", json!({ "correlationId": "other" })).unwrap();
    site.handle.quiet().await;
    assert_eq!(events(&site.receiver.received()), ["create", "message", "message", "surprise"]);
    assert_eq!(site.handle.conversation("tr_1").unwrap().phase, Phase::Connected);
    assert!(site.handle.send_raw_event("tr_9", "accept", json!({})).is_err());
}
