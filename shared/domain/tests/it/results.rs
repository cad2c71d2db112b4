//! What our calls come to.

use chrono::TimeDelta;
use transfer_domain::{
    Cause, Change, Channel, Delivery, EndReason, EndedBy, EventKind, Integration, MessageWrite, OpenResult,
    OutgoingMessage, Representative, SendResult, Session, Status, accept_message, begin_further_call, end,
    end_by_result, expect_further_call, name_representative, settle_message,
};

use crate::setup::{agent_one, apply_events, at, created, event, kinds, record_open};

#[test]
fn a_message_is_written_with_what_became_of_it() {
    let outgoing = OutgoingMessage::text("o-1".parse().unwrap(), "Hi");
    let accepted = accept_message(&created(Channel::Chat), outgoing, at(1)).unwrap();
    let [MessageWrite::New(message)] = accepted.messages.as_slice() else { panic!("one message") };
    assert!(!message.delivery.is_settled());
    let reason = "refused".to_owned();
    for (outcome, delivery) in [
        (SendResult::Delivered, Delivery::Delivered),
        (SendResult::Failed { reason: reason.clone() }, Delivery::Failed { reason }),
    ] {
        let settled = settle_message(&accepted.session, message, outcome, at(2));
        assert_eq!((&settled.message.delivery, &settled.message.text), (&delivery, &message.text));
        assert!(settled.message.delivery.is_settled());
        assert_eq!((settled.settlement.at, settled.settlement.status), (at(2), Status::Pending));
        assert_eq!(settled.settlement.session_id, accepted.session.session_id);
    }
}

#[test]
fn what_we_find_out_ends_a_live_session_only() {
    let live = created(Channel::Chat);
    let lost = |session, at| end_by_result(session, EndReason::ProviderDisconnected, "404".to_owned(), at);
    let ended = lost(&live, at(5)).unwrap();
    let how = ended.session.end().unwrap();
    assert_eq!((how.by, how.reason), (EndedBy::System, EndReason::ProviderDisconnected));
    let [entry] = ended.timeline.as_slice() else { panic!("one entry") };
    assert_eq!((entry.what.as_str(), entry.cause, entry.detail.as_deref()), ("ended", Cause::Delivery, Some("404")));
    assert_eq!(lost(&ended.session, at(6)), None);
    assert_eq!(lost(&live, at(0) + TimeDelta::minutes(30)), None, "expired");
}

#[test]
fn a_name_that_was_asked_for_is_told_once() {
    let nameless = Representative { id: Some("a-1".to_owned()), name: None };
    let joined =
        apply_events(&created(Channel::Chat), &[event("e-1", 1, EventKind::RepresentativeJoined(nameless))], at(1))
            .session;
    let named = name_representative(&joined, "a-1", "Agent One", at(2)).unwrap();
    assert_eq!(named.session.representative(), Some(agent_one()));
    assert_eq!(kinds(&named), [&Change::RepresentativeJoined { representative: Some(agent_one()) }]);
    assert_eq!(name_representative(&named.session, "a-1", "Agent One", at(3)), None);
    assert_eq!(name_representative(&joined, "a-2", "Agent Two", at(3)), None, "nobody of that id joined");
    let ended = end(&joined, EndedBy::Contact, at(4)).unwrap().session;
    assert_eq!(name_representative(&ended, "a-1", "Agent One", at(5)), None);
    assert_eq!(named.session.status(), Status::Active);
}

fn opened_with(next: Option<u8>) -> Session {
    let none = serde_json::Map::new;
    let outcome = OpenResult::Opened { provider_session_id: None, provider_data: none(), provider_state: none() };
    transfer_domain::record_open(&created(Channel::Chat), outcome, next, at(1)).session
}

#[test]
fn a_further_call_of_an_opening_is_made_once_and_only_while_nobody_took_it_up() {
    assert_eq!(begin_further_call(&opened_with(None), at(2)), None);
    let opened = opened_with(Some(3));
    let (call, begun) = begin_further_call(&opened, at(2)).unwrap();
    assert_eq!((call, begun.session.next_opening_call), (3, None));
    assert_eq!(begin_further_call(&begun.session, at(3)), None, "cut off, it is not repeated");
    let again = expect_further_call(&begun.session, 3, at(3)).unwrap().session;
    assert_eq!(begin_further_call(&again, at(4)).unwrap().0, 3, "it surely had no effect");
    let queued = EventKind::Queued { queue: None, position: None, estimated_wait_seconds: None };
    let queued = apply_events(&opened, &[event("e-1", 2, queued)], at(2)).session;
    assert_eq!(begin_further_call(&queued, at(3)), None);
    let ended = end(&opened, EndedBy::Contact, at(2)).unwrap().session;
    assert_eq!((begin_further_call(&ended, at(3)), expect_further_call(&ended, 3, at(3))), (None, None));
    assert_eq!(begin_further_call(&opened, at(0) + TimeDelta::minutes(31)), None, "expired");
}

#[test]
fn that_closing_was_attempted_is_kept_and_shown_until_it_surely_had_no_effect() {
    let ended = end(&opened_with(None), EndedBy::Contact, at(2)).unwrap().session;
    let marked = transfer_domain::mark_closing(&ended, true, at(3)).unwrap();
    assert!(marked.session.closing_attempted);
    assert_eq!(marked.timeline.iter().map(|entry| entry.what.as_str()).collect::<Vec<_>>(), ["closing"]);
    assert_eq!((marked.session.end(), marked.session.changes.len()), (ended.end(), 0));
    assert_eq!(transfer_domain::mark_closing(&marked.session, true, at(4)), None, "there was an attempt before");
    let retracted = transfer_domain::mark_closing(&marked.session, false, at(4)).unwrap();
    assert!(!retracted.session.closing_attempted && retracted.timeline.is_empty());
}

#[test]
fn an_integration_speaks_for_what_was_opened_where_it_points_to() {
    let session = created(Channel::Chat);
    let pointing = |targets: &[&str]| Integration {
        targets: targets.iter().map(|target| (*target).to_owned()).collect(),
        ..crate::setup::integration()
    };
    let opened_by = |integration: &Integration| {
        let prepared = serde_json::Map::from_iter([("token".to_owned(), "t".into())]);
        let (_, begun) = transfer_domain::begin_open(&session, integration, prepared, at(1)).unwrap();
        begun.conversation(&session.facts)
    };
    let here = pointing(&["here"]);
    let opened = opened_by(&here);
    assert_eq!((opened.target.as_str(), opened.facts.state.get("token")), ("here", Some(&"t".into())));
    assert!(here.speaks_for(&opened) && pointing(&["there", "here"]).speaks_for(&opened));
    assert!(!pointing(&["there"]).speaks_for(&opened));
    let other = Integration { integration_id: "int-2".parse().unwrap(), ..pointing(&["here"]) };
    assert!(other.speaks_for(&opened), "made anew for the same contact centre");
    assert!(
        !Integration { targets: vec![], ..other.clone() }.speaks_for(&opened),
        "made anew for one that is not known"
    );
    let foreign = Integration { project_id: "other".parse().unwrap(), ..here.clone() };
    assert!(!foreign.speaks_for(&opened));
    let not_sent = record_open(&opened, OpenResult::NotSent, at(2)).session;
    assert!(pointing(&["there"]).speaks_for(&not_sent) && not_sent.facts.state.is_empty(), "nobody was told of it");
    assert!(pointing(&["there"]).speaks_for(&session), "nobody was told of it yet");
    assert!(here.speaks_for(&opened_by(&pointing(&[]))) && pointing(&[]).speaks_for(&opened), "not known");
}
