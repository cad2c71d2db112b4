//! Calls that may not be repeated blindly: openings, and messages where the integration forbids it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use simulators::Operation;
use transfer_domain::{Delivery, Opening};
use transfer_providers::{Adapters, GENESYS, SERVICENOW};
use transfer_tests::harness::{ApiRequest, Case, Stage, World, answer_of};

use super::{OPENED, assert_story, deliver_unacknowledged, everywhere};

#[tokio::test]
async fn an_opening_that_is_cut_off_anywhere_is_never_made_twice() {
    let world = World::start(GENESYS).await;
    let seen = RefCell::new(BTreeSet::new());
    let nothing_there = RefCell::new(Vec::new());
    Box::pin(everywhere(
        &world,
        async |world, name| Case::at(world, name, Stage::Announced).await,
        async |world, process, _| deliver_unacknowledged(world, process).await,
        async |world, _| world.settle().await,
        async |world, case, place| {
            let session = world.session_of(&case.conversation).await;
            let there = world.conversations_of(&case.session);
            let lines = world.lines_of(&case.session).len();
            seen.borrow_mut().insert((session.is_unconfirmed(), there.len()));
            if session.is_unconfirmed() && there.is_empty() {
                nothing_there.borrow_mut().push(place.to_owned());
            }
            match session.opening {
                Opening::Opened => assert_story(world, case, &OPENED, place).await,
                // Nobody can know, and so nothing is repeated; the record says so.
                Opening::Unconfirmed => {
                    assert!(there.len() <= 1, "{place}: {} conversations", there.len());
                    assert_eq!(lines, there.len(), "{place}: opening texts");
                    assert_eq!(world.story_of(&case.session), ["transfer.requested", "transfer.delayed"], "{place}");
                    if !there.is_empty() {
                        assert_first_sign_settles_it(world, case, place).await;
                    }
                }
                other @ (Opening::Requested { .. } | Opening::Attempted { .. } | Opening::Abandoned) => {
                    panic!("{place}: {other:?}")
                }
            }
        },
    ))
    .await; // Done and known, done and not known, not done and not known.
    assert_eq!(seen.into_inner(), BTreeSet::from([(false, 1), (true, 1), (true, 0)]));
    assert_between_record_and_call(&nothing_there.into_inner());
}

/// A kill leaves an opening unconfirmed for nothing only between the record of its attempt and the call: all that the
/// call needs was got before, so whoever was killed there tries again.
fn assert_between_record_and_call(places: &[String]) {
    assert_eq!(places.len(), 2, "{places:?}");
    assert!(places[0].starts_with("after") && places[0].contains("putitem"), "{places:?}");
    assert!(places[1].starts_with("before") && places[1].contains("post"), "{places:?}");
}

#[tokio::test]
async fn an_opening_at_servicenow_that_is_cut_off_anywhere_is_never_made_twice() {
    let world = World::start(SERVICENOW).await;
    let nothing_there = RefCell::new(Vec::new());
    let seen = RefCell::new(BTreeSet::new());
    Box::pin(everywhere(
        &world,
        async |world, name| Case::at(world, name, Stage::Announced).await,
        async |world, process, _| deliver_unacknowledged(world, process).await,
        async |world, _| world.settle().await,
        async |world, case, place| {
            let session = world.session_of(&case.conversation).await;
            let there = world.conversations_of(&case.session).len();
            assert!(there <= 1, "{place}: {there} conversations");
            assert!(
                matches!(session.opening, Opening::Opened | Opening::Unconfirmed),
                "{place}: {:?}",
                session.opening
            );
            let transfer = case.session.transfer.to_string();
            let requests = world.centre.requests().into_iter().filter(|it| it.operation == Operation::Open);
            let ours = requests.filter(|it| it.body.to_string().contains(&transfer)).count();
            assert_eq!(ours, there, "{place}: an opening was asked for twice");
            seen.borrow_mut().insert((session.is_unconfirmed(), there));
            if session.is_unconfirmed() && there == 0 {
                nothing_there.borrow_mut().push(place.to_owned());
            }
        },
    ))
    .await;
    assert_eq!(seen.into_inner(), BTreeSet::from([(false, 1), (true, 1), (true, 0)]));
    assert_between_record_and_call(&nothing_there.into_inner());
}

/// An authentic callback shows that the contact centre has the conversation after all.
async fn assert_first_sign_settles_it(world: &World, case: &Case, place: &str) {
    let webhook = case.text_webhook(world, &format!("sign-{}", case.conversation), "One moment please.");
    let answer = answer_of(provider_webhook::handle(&world.service(), &Adapters::inbound(), webhook).await);
    assert_eq!(answer.status, 200, "{place}");
    world.settle().await;
    let told = [
        "transfer.requested",
        "transfer.delayed",
        "transfer.accepted",
        "transfer.representative_joined",
        "message.received",
    ];
    assert_story(world, case, &told, place).await;
}

#[tokio::test]
async fn a_delivery_that_is_cut_off_anywhere_is_not_repeated_where_the_integration_forbids_it() {
    let world = World::start(GENESYS).await;
    let mut settings = world.integration.settings.clone();
    settings.insert("resendAmbiguousMessages".to_owned(), false.into());
    let request = ApiRequest::of("PUT /v1/projects/{projectId}/integrations/{provider}")
        .parameter("provider", GENESYS.as_str())
        .json(&serde_json::json!({ "settings": settings }));
    let answer = answer_of(settings::handle(&world.steady().service, &Adapters::inbound(), request.build()).await);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["capabilities"]["resendsSafely"], false);
    let seen = RefCell::new(BTreeSet::new());
    Box::pin(everywhere(
        &world,
        async |world, name| {
            let case = Case::at(world, name, Stage::Active).await;
            case.send(world.steady(), "m-1", "Is anybody there?").await;
            world.relay().await;
            case
        },
        async |world, process, _| deliver_unacknowledged(world, process).await,
        async |world, _| world.settle().await,
        async |world, case, place| {
            let transfer = case.session.transfer.to_string();
            let sent = world.centre.requests().into_iter().filter(|it| it.operation == Operation::Send);
            let sent = sent.filter(|it| it.body.to_string().contains(&transfer)).count();
            assert!(sent <= 1, "{place}: said {sent} times");
            let [message] = world.messages_of(&case.session).await.try_into().unwrap();
            assert!(message.delivery.is_settled(), "{place}: {:?}", message.delivery);
            seen.borrow_mut().insert((message.delivery == Delivery::Delivered, sent));
        },
    ))
    .await; // Said and known, said and not known, not said and not known.
    assert_eq!(seen.into_inner(), BTreeSet::from([(true, 1), (false, 1), (false, 0)]));
}
