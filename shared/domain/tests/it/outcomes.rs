//! What our calls come to.

use chrono::TimeDelta;
use transfer_domain::{
    Cause, Change, Channel, Delivery, EndReason, EndedBy, EventKind, MessageWrite, OutgoingMessage, Representative,
    SendOutcome, Status, accept_message, apply_events, end, end_by_outcome, name_representative, record_delivery,
};

use crate::setup::{agent_one, at, created, event, kinds};

#[test]
fn a_message_is_written_with_what_became_of_it() {
    let outgoing = OutgoingMessage { message_id: "o-1".parse().unwrap(), text: "Hi".to_owned(), attachments: vec![] };
    let accepted = accept_message(&created(Channel::Chat), outgoing, at(1)).unwrap();
    let [MessageWrite::New(message)] = accepted.messages.as_slice() else { panic!("one message") };
    assert!(!message.delivery.is_settled());
    let reason = "refused".to_owned();
    for (outcome, delivery) in [
        (SendOutcome::Delivered, Delivery::Delivered),
        (SendOutcome::Failed { reason: reason.clone() }, Delivery::Failed { reason }),
    ] {
        let settled = record_delivery(&accepted.session, message, outcome, at(2));
        let [MessageWrite::Settled(written)] = settled.messages.as_slice() else { panic!("one message") };
        assert_eq!((&written.delivery, &written.text), (&delivery, &message.text));
        assert!(written.delivery.is_settled());
    }
}

#[test]
fn what_we_find_out_ends_a_live_session_only() {
    let live = created(Channel::Chat);
    let lost = |session, at| end_by_outcome(session, EndReason::ProviderDisconnected, "404".to_owned(), at);
    let ended = lost(&live, at(5)).unwrap();
    let how = ended.session.end.as_ref().unwrap();
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
    assert_eq!(named.session.representative, Some(agent_one()));
    assert_eq!(kinds(&named), [&Change::RepresentativeJoined { representative: Some(agent_one()) }]);
    assert_eq!(name_representative(&named.session, "a-1", "Agent One", at(3)), None);
    assert_eq!(name_representative(&joined, "a-2", "Agent Two", at(3)), None, "nobody of that id joined");
    let ended = end(&joined, EndedBy::Contact, at(4)).unwrap().session;
    assert_eq!(name_representative(&ended, "a-1", "Agent One", at(5)), None);
    assert_eq!(named.session.status, Status::Active);
}
