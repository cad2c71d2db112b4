//! What a record says of itself, and what a decision adds to it.

use chrono::TimeDelta;
use serde_json::{Map, json};
use transfer_domain::{
    Alternative, Channel, EndReason, EndedBy, EventKind, OpenResult, OutgoingMessage, ProviderEvent, ProviderSessionId,
    SourceId, Trouble, accept_message, end, end_by_result,
};

use crate::setup::{
    Decided, UUID, agent_one, apply_events, at, call_begun, created, ended, event, queued, record_open, text,
};

const HOUR: i64 = 60 * 60;

#[test]
fn a_voice_session_is_stale_after_an_hour_of_silence() {
    let voice = created(Channel::Voice);
    assert!(!voice.is_stale(at(HOUR)));
    assert!(voice.is_stale(at(HOUR + 1)));
    let spoke = apply_events(&voice, &[event("e-1", 60, text("m-1", Some(agent_one())))], at(60)).session;
    assert!(!spoke.is_stale(at(HOUR + 60)));
    assert!(spoke.is_stale(at(HOUR + 61)));
    let over = end(&voice, EndedBy::Operator, at(5)).unwrap().session;
    assert!(!over.is_stale(at(2 * HOUR)), "it ended");
    let mut never = voice.clone();
    never.session.lifetime.stale_after_minutes = 0;
    assert!(!never.is_stale(at(100 * HOUR)), "switched off");
    assert!(!created(Channel::Email).is_stale(at(2 * HOUR)), "others expire");
}

#[test]
fn it_lasts_until_its_end() {
    let session = created(Channel::Chat);
    assert_eq!(session.duration(at(42)), TimeDelta::seconds(42));
    assert_eq!(session.duration(at(-5)), TimeDelta::zero(), "a clock that runs behind makes no negative time");
    let over = end(&session, EndedBy::Contact, at(50)).unwrap().session;
    assert_eq!(over.duration(at(500)), TimeDelta::seconds(50));
}

#[test]
fn only_an_opening_of_unknown_outcome_is_unconfirmed() {
    let session = created(Channel::Chat);
    assert!(!session.is_unconfirmed());
    let begun = call_begun(&session, at(1));
    assert!(!begun.session.is_unconfirmed());
    assert!(record_open(&begun.session, OpenResult::Unknown { why: "503".to_owned() }, at(2)).session.is_unconfirmed());
}

#[test]
fn the_transfers_id_is_its_uuid() {
    assert_eq!(created(Channel::Chat).transfer_id().uuid().to_string(), UUID);
}

#[test]
fn the_ends_of_those_who_were_never_served_are_failures_and_no_others() {
    let failures: Vec<_> = EndReason::ALL.iter().filter(|reason| reason.is_failure()).collect();
    let wanted = [
        EndReason::NoRepresentatives,
        EndReason::OutsideHours,
        EndReason::ProviderRejected,
        EndReason::ProviderError,
        EndReason::ProviderDisconnected,
        EndReason::Unconfirmed,
        EndReason::Reconciled,
    ];
    assert_eq!(failures, wanted.iter().collect::<Vec<_>>());
}

#[test]
fn whoever_is_told_of_a_failure_is_told_what_can_be_done_instead() {
    for reason in EndReason::ALL.iter().copied() {
        let ended = end_by_result(&created(Channel::Chat), reason, "detail".to_owned(), at(1)).unwrap().session;
        assert_eq!(ended.alternatives().is_empty(), !reason.is_failure(), "{reason}");
        let later = ended.alternatives().contains(&Alternative::TryLater);
        assert_eq!(later, reason.ending().trouble == Some(Trouble::Passes), "{reason}");
    }
}

#[test]
fn a_transfer_that_served_the_contact_did_not_fail_however_it_ends() {
    let who = EventKind::RepresentativeJoined(agent_one());
    let served = apply_events(&created(Channel::Chat), &[event("e-1", 1, who)], at(1)).session;
    for reason in EndReason::ALL.iter().copied() {
        let ended = end_by_result(&served, reason, "detail".to_owned(), at(2)).unwrap().session;
        assert_eq!((ended.trouble(), ended.alternatives()), (None, vec![]), "{reason}");
    }
}

#[test]
fn who_closed_a_conversation_need_not_be_told() {
    let known: Vec<_> = EndReason::ALL.iter().filter(|reason| reason.provider_knows()).collect();
    let wanted = [
        EndReason::RepresentativeEnded,
        EndReason::NoRepresentatives,
        EndReason::OutsideHours,
        EndReason::ProviderRejected,
        EndReason::ProviderDisconnected,
        EndReason::Reconciled,
    ];
    assert_eq!(known, wanted.iter().collect::<Vec<_>>());
}

#[test]
fn each_change_has_its_own_version_and_sequence() {
    let session = created(Channel::Chat);
    let transition = apply_events(&session, &[event("e-1", 1, queued())], at(10));
    let sequences: Vec<_> = transition.session.changes.iter().map(|change| change.sequence).collect();
    assert_eq!(sequences, [session.version + 1, session.version + 2, session.version + 3]);
    let entries: Vec<_> = transition.timeline.iter().map(|entry| entry.sequence).collect();
    assert_eq!(entries, [session.version + 4], "and so has what the timeline shows");
    assert_eq!((transition.session.version, transition.session.updated_at), (session.version + 4, at(10)));
}

#[test]
fn what_nobody_outside_must_know_is_a_version_too() {
    let session = created(Channel::Chat);
    let begun = call_begun(&session, at(7));
    assert!(begun.touches_session && begun.session.changes.is_empty());
    assert_eq!((begun.session.version, begun.session.updated_at), (session.version + 1, at(7)));
}

#[test]
fn a_decision_is_empty_only_if_it_writes_nothing() {
    let ended = apply_events(&created(Channel::Chat), &[event("e-1", 6, ended())], at(10)).session;
    let nothing = |event| apply_events(&ended, &[event], at(70));
    let unnamed = |kind| ProviderEvent { source_id: None, ..event("e-2", 60, kind) };
    assert!(nothing(unnamed(EventKind::Typing { on: true })).is_empty());
    let kept: [(&str, Decided); 4] = [
        ("its identity", nothing(event("e-2", 60, EventKind::Accepted))),
        ("a newer fact", nothing(unnamed(queued()))),
        ("a late text", nothing(unnamed(text("m-1", None)))),
        ("an older fact", nothing(ProviderEvent { source_id: None, ..event("e-2", 1, queued()) })),
    ];
    for (what, transition) in kept {
        assert!(!transition.is_empty(), "{what}");
    }
}

#[test]
fn what_an_event_tells_for_later_calls_is_kept_without_a_change() {
    let told = |at_seconds| ProviderEvent {
        provider_data: Map::from_iter([("conversationId".to_owned(), json!("conv-9"))]),
        provider_state: Map::from_iter([("cursor".to_owned(), json!(7))]),
        ..event("e-1", at_seconds, EventKind::Note { what: "seen".to_owned(), detail: None })
    };
    let opened = OpenResult::Opened {
        provider_session_id: Some(ProviderSessionId::new("conv-9").unwrap()),
        provider_data: Map::new(),
        provider_state: Map::new(),
    };
    let open = record_open(&created(Channel::Chat), opened, at(0)).session;
    let transition = apply_events(&open, &[told(1)], at(2));
    assert!(transition.touches_session && transition.session.changes.is_empty());
    assert_eq!(transition.session.facts.data.get("conversationId"), Some(&json!("conv-9")));
    assert_eq!(transition.session.facts.state.get("cursor"), Some(&json!(7)));
    let again = apply_events(&transition.session, &[told(3)], at(4)).session;
    assert_eq!(again.facts.state.values(), transition.session.facts.state.values(), "known already");
}

#[test]
fn messages_of_both_sides_are_counted() {
    let session = created(Channel::Chat);
    let said = |id: &str, seconds, who| event(id, seconds, text(id, who));
    let session = apply_events(
        &session,
        &[said("m-1", 1, None), said("m-2", 2, Some(agent_one())), said("m-3", 3, None), said("m-4", 4, None)],
        at(5),
    )
    .session;
    assert_eq!(session.counts.from_representative, 3, "what came before anybody joined was the flow's");
    let outgoing = |id: &str| OutgoingMessage::text(id.parse().unwrap(), "Hi");
    let session = accept_message(&session, outgoing("o-1"), at(6)).unwrap().session;
    let session = accept_message(&session, outgoing("o-2"), at(7)).unwrap().session;
    assert_eq!(session.counts.from_contact, 2);
}

#[test]
fn an_opening_that_is_known_already_is_not_told_again() {
    let opened = || OpenResult::Opened {
        provider_session_id: Some(ProviderSessionId::new("conv-9").unwrap()),
        provider_data: Map::new(),
        provider_state: Map::new(),
    };
    let first = record_open(&created(Channel::Chat), opened(), at(1));
    assert_eq!(first.session.changes.len(), 2, "linked, accepted");
    assert!(record_open(&first.session, opened(), at(2)).session.changes.is_empty());
    let over = end(&created(Channel::Chat), EndedBy::Contact, at(1)).unwrap().session;
    assert_eq!(record_open(&over, opened(), at(2)).session.changes.len(), 1, "linked, so that it can be closed");
}

#[test]
fn names_that_we_did_not_make_are_of_visible_characters() {
    assert!("ok:1".parse::<SourceId>().is_ok());
    for wrong in ["", "two words", "tab\t", "umlaut-\u{e4}"] {
        assert!(wrong.parse::<SourceId>().is_err(), "{wrong:?}");
    }
}
