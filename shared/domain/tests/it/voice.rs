//! Calls that a runtime brings: what it reports, who tells of the end, and what is put into the signalling.

use transfer_domain::{
    CallReport, Cause, Change, Channel, Conversation, Effect, EndKnownBy, EndReason, EndedBy, EventKind, Hearing,
    Hears, Ignored, Integration, NewTransfer, Opening, Outcome, Representative, Status, TransferRequest,
    TransferSettings, VoiceCall, VoiceOutcome, apply_report, create, end, tick,
};

use crate::setup::{UUID, agent_one, apply_events, at, commands, event, integration, kinds, left};

fn brought_to(hears: Hears, channel: Channel) -> Conversation {
    let voice = (channel == Channel::Voice).then(VoiceCall::default);
    let request = NewTransfer {
        conversation_session_id: "c-1".parse().unwrap(),
        contact_id: "u-1".parse().unwrap(),
        channel,
        agent: "billing".parse().unwrap(),
        queue: None,
        priority: None,
        labels: transfer_domain::Labels::default(),
        request: TransferRequest { voice, ..TransferRequest::default() },
    };
    let integration = Integration { hears, ..integration() };
    let settings = TransferSettings::default();
    let (transition, _) = create(request, UUID.parse().unwrap(), &integration, vec![], &settings, at(0));
    assert_eq!(commands(&transition).is_empty(), channel == Channel::Voice);
    Conversation::untold(transition.session)
}

fn brought() -> Conversation {
    brought_to(Hears { calls: Hearing::Told, ..Hears::default() }, Channel::Voice)
}

/// With the newest entry of the timeline: what it says, and whether it counted.
fn reported(on: &Conversation, outcome: VoiceOutcome, seconds: i64) -> (Conversation, (String, Effect)) {
    let report = CallReport { outcome, at: Some(at(seconds)), provider_session_id: None };
    let transition = apply_report(on, &report, at(seconds.max(0)));
    let entry = transition.timeline.last().unwrap();
    assert_eq!((entry.cause, transition.seen.len()), (Cause::Api, 1));
    let noted = (entry.what.clone(), entry.effect);
    (transition.conversation(&on.facts), noted)
}

fn ended(reason: EndReason) -> EventKind {
    EventKind::Ended { by: EndedBy::System, reason }
}

#[test]
fn each_report_has_its_end_reason_and_its_outcome() {
    for (outcome, reason, by, came_to) in [
        (VoiceOutcome::Declined, EndReason::RepresentativeEnded, EndedBy::Representative, Outcome::Declined),
        (VoiceOutcome::Busy, EndReason::NoRepresentatives, EndedBy::System, Outcome::NoRepresentatives),
        (VoiceOutcome::NoAnswer, EndReason::NoRepresentatives, EndedBy::System, Outcome::NoRepresentatives),
        (VoiceOutcome::Voicemail, EndReason::NoRepresentatives, EndedBy::System, Outcome::NoRepresentatives),
        (VoiceOutcome::Failed, EndReason::ProviderError, EndedBy::System, Outcome::Failed),
        (VoiceOutcome::Dropped, EndReason::ProviderDisconnected, EndedBy::System, Outcome::Failed),
    ] {
        let (session, noted) = reported(&brought(), outcome, 10);
        let end = session.end().unwrap();
        assert_eq!((end.reason, end.by, session.outcome()), (reason, by, Some(came_to)), "{outcome}");
        assert_eq!(noted, (format!("call_{outcome}"), Effect::Applied));
        assert_eq!(session.call.unwrap().reported.unwrap().outcome, outcome);
        assert!(!session.is_to_be_closed(), "nothing was opened");
    }
    let (connected, _) = reported(&brought(), VoiceOutcome::Connected, 10);
    assert_eq!((connected.status(), connected.opening), (Status::Active, Opening::Opened));
    let (dropped, _) = reported(&connected, VoiceOutcome::Dropped, 500);
    assert_eq!(dropped.outcome(), Some(Outcome::Dropped));
}

#[test]
fn what_contradicts_a_connection_or_comes_late_is_noted_and_has_no_effect() {
    let (connected, _) = reported(&brought(), VoiceOutcome::Connected, 10);
    for outcome in [VoiceOutcome::Declined, VoiceOutcome::Busy, VoiceOutcome::NoAnswer, VoiceOutcome::Failed] {
        for seconds in [5, 20] {
            let (session, (_, effect)) = reported(&connected, outcome, seconds);
            assert_eq!(effect, Effect::Ignored(Ignored::SomebodyJoined), "{outcome}");
            assert_eq!(session.status(), Status::Active);
            assert_eq!(session.call, connected.call, "what counted is what is shown");
        }
    }
    let (busy, _) = reported(&brought(), VoiceOutcome::Busy, 10);
    let (late, (_, effect)) = reported(&busy, VoiceOutcome::Connected, 20);
    assert_eq!(effect, Effect::Ignored(Ignored::AfterEnd));
    assert_eq!((late.end(), late.call), (busy.end(), busy.call));
    let joined = EventKind::RepresentativeJoined(agent_one());
    let gone = apply_events(&connected, &[event("e-1", 20, joined), event("e-2", 40, left())], at(40)).session;
    let (still, (_, effect)) = reported(&gone, VoiceOutcome::Connected, 15);
    assert_eq!((still.status(), effect), (gone.status(), Effect::Ignored(Ignored::Older)));
}

#[test]
fn the_same_report_is_known_by_its_identity() {
    let report = CallReport { outcome: VoiceOutcome::Connected, at: None, provider_session_id: None };
    let (first, again) = (apply_report(&brought(), &report, at(1)), apply_report(&brought(), &report, at(9)));
    assert_eq!(first.seen, again.seen);
    let other = CallReport { at: Some(at(1)), ..report };
    assert_ne!(apply_report(&brought(), &other, at(1)).seen, first.seen);
}

#[test]
fn a_call_that_ends_soon_after_its_connection_without_a_hang_up_was_dropped() {
    let (connected, _) = reported(&brought(), VoiceOutcome::Connected, 100);
    let ending = |seconds, reason, with_leaving: bool| {
        let leaving = with_leaving.then(|| {
            let representative = Some(Representative { id: None, name: None });
            event("e-1", seconds - 1, EventKind::RepresentativeLeft { representative, transferred: false })
        });
        let events: Vec<_> = leaving.into_iter().chain([event("e-2", seconds, ended(reason))]).collect();
        apply_events(&connected, &events, at(seconds)).session.outcome()
    };
    for leaving in [true, false] {
        for reason in [EndReason::ProviderDisconnected, EndReason::ProviderError, EndReason::Reconciled] {
            assert_eq!(ending(189, reason, leaving), Some(Outcome::Dropped), "{reason} {leaving}");
        }
        for hung_up in [EndReason::RepresentativeEnded, EndReason::ContactEnded] {
            assert_eq!(ending(189, hung_up, leaving), Some(Outcome::Served), "{hung_up} {leaving}");
        }
    }
    for reason in [EndReason::ProviderDisconnected, EndReason::Reconciled] {
        assert_eq!(ending(190, reason, true), Some(Outcome::Served), "{reason}: it was a talk by then");
    }
}

#[test]
fn who_tells_of_the_end_follows_from_who_tells_anything() {
    let with = |calls| brought_to(Hears { calls, ..Hears::default() }, Channel::Voice);
    let named = |session: &Conversation| {
        apply_events(session, &[event("e-1", 5, EventKind::Accepted)], at(5)).session.end_known_by()
    };
    for (calls, before, after, linked) in [
        (Hearing::Told, EndKnownBy::Provider, EndKnownBy::Runtime, EndKnownBy::Provider),
        (Hearing::Asked, EndKnownBy::Poll, EndKnownBy::Runtime, EndKnownBy::Runtime),
        (Hearing::Never, EndKnownBy::Nobody, EndKnownBy::Runtime, EndKnownBy::Runtime),
    ] {
        let session = with(calls);
        assert_eq!(session.end_known_by(), Some(before));
        let (reported, _) = reported(&session, VoiceOutcome::Connected, 3);
        assert_eq!(reported.end_known_by(), Some(after));
        assert_eq!(named(&reported), Some(linked));
        assert!(!reported.can_be_asked_for(), "nobody knows its name there");
    }
    assert_eq!(brought_to(Hears::default(), Channel::Chat).end_known_by(), None);
}

#[test]
fn a_call_that_nobody_hears_of_ends_as_unconfirmed_and_one_that_is_ended_closes_nothing() {
    let session = brought();
    let minutes = 60 * i64::from(session.lifetime.limits.unconfirmed_minutes);
    let given_up = tick(&session, None, at(minutes)).unwrap().session;
    assert_eq!(given_up.end().unwrap().reason, EndReason::Unconfirmed);
    let (connected, _) = reported(&session, VoiceOutcome::Connected, 10);
    let over = end(&connected, EndedBy::Contact, at(60)).unwrap().session;
    assert!(!over.is_to_be_closed());
    assert_eq!(over.outcome(), Some(Outcome::Served));
}

#[test]
fn nobody_is_missed_who_speaks_in_a_call() {
    let (connected, _) = reported(&brought(), VoiceOutcome::Connected, 10);
    let minutes = 60 * i64::from(connected.lifetime.limits.first_reply_minutes);
    let looked_after = tick(&connected, None, at(10 + minutes)).unwrap();
    assert!(!kinds(&looked_after).iter().any(|change| matches!(change, Change::Silent { .. })));
}

#[test]
fn headers_name_the_transfer_and_stay_short() {
    let headers = brought().voice_headers().unwrap();
    let (data, parameters) = headers.user_to_user.split_once(';').unwrap();
    assert_eq!(parameters, "encoding=hex;purpose=isdn-uui;content=isdn-uui");
    let bytes: Vec<u8> =
        (0..data.len()).step_by(2).map(|at| u8::from_str_radix(&data[at..at + 2], 16).unwrap()).collect();
    assert_eq!((bytes[0], std::str::from_utf8(&bytes[1..])), (4, Ok(UUID)));
    assert_eq!(headers.transfer_id, UUID);
    let written = serde_json::to_value(&headers).unwrap();
    for (name, value) in written.as_object().unwrap() {
        assert!(name.len() + 2 + value.as_str().unwrap().len() < 1_024, "{name}");
    }
    assert_eq!(brought_to(Hears::default(), Channel::Chat).voice_headers(), None);
}

#[test]
fn a_call_is_found_by_both_of_its_ids_once() {
    let both = |call: &str, sip: &str| VoiceCall {
        call_id: Some(call.parse().unwrap()),
        sip_call_id: Some(sip.parse().unwrap()),
        ..VoiceCall::default()
    };
    assert_eq!(both("a", "b@c").ids().count(), 2);
    assert_eq!(both("a", "a").ids().count(), 1);
    assert_eq!(VoiceCall::default().ids().count(), 0);
}
