//! The hand-back: when there is another version of it, and its acknowledgment.

use transfer_domain::{
    Aftermath, Change, Channel, Conversation, EndReason, EndedBy, Event, EventKind, HandBack, HandBackState,
    NotAcknowledged, ProviderEvent, TransferRequest, WrapUp, acknowledge, end,
};

use crate::setup::{Decided, agent_one, apply_events, at, created, ended, event, kinds, left, text};

fn served() -> Conversation {
    let events = [event("e-1", 1, EventKind::RepresentativeJoined(agent_one())), event("e-2", 9, ended())];
    apply_events(&created(Channel::Chat), &events, at(10)).session
}

fn noted(code: Option<&str>, note: Option<&str>) -> EventKind {
    let own = |text: Option<&str>| text.map(str::to_owned);
    EventKind::WrapUp(WrapUp { code: own(code), note: own(note), promised: None })
}

fn after(session: &Conversation, id: &str, seconds: i64, kind: EventKind) -> Decided {
    let event: ProviderEvent = event(id, seconds, kind);
    apply_events(session, &[event], at(20))
}

fn hand_back(session: &Conversation) -> HandBack {
    let request = TransferRequest { resume_token: Some("step-4".parse().unwrap()), ..TransferRequest::default() };
    HandBack::of(session, &Aftermath::of(&session.facts, &request)).unwrap()
}

#[test]
fn it_is_one_object_with_all_that_the_agent_goes_on_with() {
    let session = after(&served(), "e-3", 12, noted(Some("refund"), Some("Refund issued."))).session;
    let told = serde_json::to_value(hand_back(&session)).unwrap();
    let version = session.hand_back.unwrap().version;
    assert_eq!(
        told,
        serde_json::json!({
            "state": "open", "version": version, "successorSessionId": null, "acknowledgedAt": null, "outcome": "served",
            "reason": "representative_ended", "decidedBy": "representative",
            "servedBy": { "id": "a-1", "name": "Agent One" },
            "messageCounts": { "fromContact": 0, "fromRepresentative": 0 },
            "waitingSeconds": 1, "talkingSeconds": 8, "firstReplySeconds": null, "survey": null,
            "wrapUp": { "code": "refund", "note": "Refund issued.", "promised": null },
            "transcript": format!("/v1/projects/demo/transfers/{}/messages", session.session_id),
            "resumeToken": "step-4", "next": "return_to_agent",
        })
    );
}

#[test]
fn a_survey_and_a_wrap_up_after_the_end_make_another_version_each_once() {
    let session = served();
    let first = session.hand_back.unwrap().version;
    let rated = after(&session, "e-3", 12, EventKind::Survey { rating: 4, scale_max: 5 });
    assert_eq!(kinds(&rated), [&Change::Survey { rating: 4, scale_max: 5 }, &Change::HandedBack]);
    let second = rated.session.hand_back.unwrap().version;
    let noticed = after(&rated.session, "e-4", 13, noted(Some("refund"), None));
    assert_eq!(kinds(&noticed), [&Change::HandedBack]);
    let third = noticed.session.hand_back.unwrap().version;
    assert!(first < second && second < third);
    let again = after(&noticed.session, "e-5", 14, noted(Some("refund"), None));
    assert_eq!(
        (kinds(&again), again.session.hand_back),
        (vec![], noticed.session.hand_back),
        "the same again is no news"
    );
    let told = hand_back(&again.session);
    assert_eq!((told.survey.unwrap().rating, told.wrap_up.unwrap().code.as_deref()), (4, Some("refund")));
}

#[test]
fn a_wrap_up_told_in_parts_is_kept_whole() {
    let session = after(&served(), "e-3", 12, noted(None, Some("Refund issued."))).session;
    let session = after(&session, "e-4", 13, noted(Some("refund"), None)).session;
    let told = hand_back(&session).wrap_up.unwrap();
    assert_eq!((told.code.as_deref(), told.note.as_deref()), (Some("refund"), Some("Refund issued.")));
}

#[test]
fn what_the_representative_noted_before_the_end_is_in_the_first_version() {
    let joined = event("e-1", 1, EventKind::RepresentativeJoined(agent_one()));
    let session = apply_events(&created(Channel::Chat), &[joined, event("e-2", 3, left())], at(10)).session;
    let session = after(&session, "e-3", 4, noted(Some("refund"), None));
    assert_eq!(kinds(&session), Vec::<&Change>::new(), "it is told with the hand-back");
    let session = after(&session.session, "e-4", 9, ended());
    assert_eq!(session.session.changes.len(), 1);
    assert!(hand_back(&session.session).wrap_up.is_some());
}

#[test]
fn a_message_that_comes_late_makes_no_version_and_a_representative_who_turns_out_to_have_come_does() {
    let session = served();
    let late = after(&session, "m-1", 5, text("m-1", Some(agent_one()))).session;
    assert_eq!((late.hand_back, hand_back(&late).first_reply_seconds), (session.hand_back, Some(4)));
    let cancelled = end(&created(Channel::Chat), EndedBy::Contact, at(9)).unwrap().session;
    let proven = apply_events(&cancelled, &[event("e-1", 4, EventKind::RepresentativeJoined(agent_one()))], at(20));
    assert_eq!(kinds(&proven), [&Change::Linked, &Change::Orphaned, &Change::HandedBack]);
    let told =
        proven.session.changes.iter().flat_map(|it| Event::of_change(&proven.session, it, &Aftermath::default()));
    let told: Vec<_> = told.map(|event| (event.detail_type, event.detail["outcome"].clone())).collect();
    assert_eq!(told, [("transfer.handback_updated", "served".into())]);
}

#[test]
fn the_newest_version_is_acknowledged_once_and_no_other() {
    let live = created(Channel::Chat);
    assert_eq!(acknowledge(&live, 1, at(10)), Err(NotAcknowledged::NotEnded));
    let session = served();
    let newest = session.hand_back.unwrap().version;
    for other in [0, newest - 1, newest + 1, u64::MAX] {
        assert_eq!(acknowledge(&session, other, at(11)), Err(NotAcknowledged::NotTheNewest { newest }), "{other}");
    }
    let taken = acknowledge(&session, newest, at(11)).unwrap().unwrap();
    assert!(taken.timeline.is_empty() && taken.session.changes.is_empty(), "one write of one row");
    let handed = taken.session.hand_back.unwrap();
    assert_eq!(
        (handed.state(), handed.version, handed.acknowledged_at),
        (HandBackState::Acknowledged, newest, Some(at(11)))
    );
    assert_eq!(acknowledge(&taken.session, newest, at(12)), Ok(None), "saying it again changes nothing");
    let again = apply_events(
        &Conversation { session: taken.session, facts: session.facts },
        &[event("e-9", 12, EventKind::Survey { rating: 1, scale_max: 5 })],
        at(13),
    );
    assert_eq!(again.session.hand_back.unwrap().state(), HandBackState::Open, "another version is open again");
    assert!(matches!(acknowledge(&again.session, newest, at(14)), Err(NotAcknowledged::NotTheNewest { .. })));
}

#[test]
fn an_earlier_end_for_another_reason_is_another_version() {
    let session = served();
    let by_contact = EventKind::Ended { by: EndedBy::Contact, reason: EndReason::ContactEnded };
    let revised = after(&session, "e-3", 5, by_contact);
    assert!(matches!(kinds(&revised)[..], [Change::Ended { .. }]));
    assert!(revised.session.hand_back.unwrap().version > session.hand_back.unwrap().version);
    assert_eq!(hand_back(&revised.session).reason, EndReason::ContactEnded);
}
