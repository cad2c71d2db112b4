//! The life of a session, by its rules alone.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::Map;
use transfer_domain::{
    Action, Author, Change, Channel, Closed, Conversation, Effect, EndReason, EndedBy, EventKind, Holds, Ignored,
    Message, MessageWrite, OpenResult, Opening, Order, OutgoingMessage, ProviderEvent, ProviderSessionId,
    Representative, SequencedChange, Session, SourceId, Status, TimelineEntry, accept_message, end,
};

use crate::setup::{
    agent_one, apply_events, at, begin_open, call_begun, commands, created, ended, event, kinds, left, queued,
    record_open, text,
};

/// What a store keeps of a session: its record and rows, and the identities that it has seen.
#[derive(Debug, Default, Clone)]
struct Kept {
    timeline: Vec<TimelineEntry>,
    messages: Vec<Message>,
    seen: Vec<SourceId>,
}

fn receive(session: &mut Conversation, kept: &mut Kept, event: &ProviderEvent, now: DateTime<Utc>) {
    let transition = apply_events(session, std::slice::from_ref(event), now);
    let message = transition.messages.iter().map(|write| match write {
        MessageWrite::New(message) | MessageWrite::Acknowledged(message) => message.clone(),
    });
    let messages: Vec<_> = message.collect();
    let known = |message: &Message| kept.messages.iter().any(|kept| kept.message_id == message.message_id);
    let repeated = transition.seen.iter().any(|id| kept.seen.contains(id)) || messages.iter().any(known);
    if repeated {
        return;
    }
    kept.seen.extend(transition.seen.clone());
    kept.messages.extend(messages);
    kept.timeline.extend(transition.timeline.clone());
    *session = transition.session;
}

fn six_events() -> Vec<ProviderEvent> {
    vec![
        event("e-1", 1, queued()),
        event("e-2", 2, EventKind::RepresentativeJoined(agent_one())),
        event("e-3", 3, text("m-1", None)),
        event("e-4", 4, EventKind::Note { what: "wrap_up".to_owned(), detail: None }),
        event("e-5", 5, left()),
        event("e-6", 6, ended()),
    ]
}

/// All that is stored of the session, its messages and its timeline, without the marks of arrival.
fn standing(session: &Conversation, kept: &Kept) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut timeline: Vec<_> =
        kept.timeline.iter().map(|e| (e.occurred_at, e.source_id.clone(), e.what.clone(), e.detail.clone())).collect();
    timeline.sort();
    let mut messages: Vec<_> = kept
        .messages
        .iter()
        .map(|message| (message.message_id.clone(), message.author_in(session), message.text.clone(), message.sent_at))
        .collect();
    messages.sort();
    let told = session.facts.clone();
    let session = Session { version: 0, facts_version: 0, hand_back: None, changes: vec![], ..session.session.clone() };
    (serde_json::to_value((&session, &told)).unwrap(), timeline, messages)
}

#[test]
fn every_order_of_six_events_each_doubled_ends_in_the_same_state_and_timeline() {
    let now = at(10);
    let play = |events: &[ProviderEvent]| {
        let (mut session, mut kept) = (created(Channel::Chat), Kept::default());
        for event in events {
            receive(&mut session, &mut kept, event, now);
        }
        standing(&session, &kept)
    };
    let events = six_events();
    let expected = play(&events);
    let mut orders = vec![vec![]];
    for event in &events {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<ProviderEvent>| {
                (0..=order.len()).map(move |place| {
                    let mut longer = order.clone();
                    longer.insert(place, event.clone());
                    longer
                })
            })
            .collect();
    }
    assert_eq!(orders.len(), 720);
    for order in orders {
        let doubled: Vec<_> = order.iter().chain(order.iter().rev()).cloned().collect();
        assert_eq!(play(&doubled), expected);
    }
}

proptest! {
    #[test]
    fn any_shuffle_of_doubled_events_ends_in_the_same_state(
        shuffled in Just([six_events(), six_events()].concat()).prop_shuffle()
    ) {
        let (mut session, mut kept) = (created(Channel::Chat), Kept::default());
        let (mut straight, mut kept_straight) = (created(Channel::Chat), Kept::default());
        for event in &six_events() {
            receive(&mut straight, &mut kept_straight, event, at(10));
        }
        for event in &shuffled {
            receive(&mut session, &mut kept, event, at(10));
        }
        prop_assert_eq!(standing(&session, &kept), standing(&straight, &kept_straight));
    }
}

#[test]
fn a_life_in_order_is_told_change_by_change() {
    let mut session = created(Channel::Chat);
    assert_eq!(session.status(), Status::Pending);
    let step = |session: &mut Conversation, event: ProviderEvent| {
        let transition = apply_events(session, &[event], at(10));
        let told: Vec<String> = kinds(&transition)
            .iter()
            .map(|change| serde_json::to_value(change).unwrap()["kind"].as_str().unwrap().to_owned())
            .collect();
        *session = transition.session;
        told.join(" ")
    };
    assert_eq!(step(&mut session, event("e-1", 1, queued())), "linked accepted queued");
    assert_eq!(session.status(), Status::Queued);
    assert_eq!(
        step(&mut session, event("e-2", 2, EventKind::RepresentativeJoined(agent_one()))),
        "representative_joined"
    );
    assert_eq!(session.status(), Status::Active);
    assert_eq!(step(&mut session, event("e-3", 3, text("m-1", None))), "message_received");
    assert_eq!(step(&mut session, event("e-5", 5, left())), "representative_left post_agent");
    assert_eq!(session.status(), Status::PostAgent);
    assert_eq!(step(&mut session, event("e-6", 6, ended())), "ended");
    assert_eq!(session.status(), Status::Ended);
    assert_eq!(session.end().unwrap().at, at(6));
}

#[test]
fn a_newer_event_for_an_ended_session_changes_nothing_and_a_text_is_told_all_the_same() {
    let session = apply_events(&created(Channel::Chat), &[event("e-6", 6, ended())], at(10)).session;
    for kind in
        [queued(), EventKind::RepresentativeJoined(agent_one()), text("m-9", Some(agent_one())), left(), ended()]
    {
        let told: &[_] = if matches!(kind, EventKind::Message(_)) { &[true] } else { &[] };
        let transition = apply_events(&session, &[event("late", 60, kind)], at(70));
        let after = &transition.session;
        assert_eq!((after.status(), after.end(), &after.representative()), (Status::Ended, session.end(), &None));
        assert_eq!((after.expires_at, after.status_changed_at()), (session.expires_at, session.status_changed_at()));
        let late = |it: &SequencedChange| matches!(it.change, Change::MessageReceived { late: true, .. });
        assert_eq!(after.changes.iter().map(late).collect::<Vec<_>>(), told, "{:?}", after.changes);
        assert!(transition.timeline.iter().all(|e| e.effect == Effect::Ignored(Ignored::AfterEnd)));
    }
}

#[test]
fn a_flows_text_before_anybody_joined_is_not_the_representatives() {
    let transition = apply_events(&created(Channel::Chat), &[event("e-3", 3, text("m-1", None))], at(10));
    assert_eq!(transition.session.status(), Status::Pending);
    let [MessageWrite::New(message)] = transition.messages.as_slice() else { panic!("one message") };
    assert_eq!(message.author_in(&transition.session), Author::Provider);
    let proven = apply_events(&created(Channel::Chat), &[event("e-3", 3, text("m-1", Some(agent_one())))], at(10));
    assert_eq!(proven.session.status(), Status::Active);
}

#[test]
fn each_message_in_either_direction_moves_the_expiry_by_the_channels_rule_and_a_status_does_not() {
    for (channel, minutes) in [
        (Channel::Chat, Some(30)),
        (Channel::Messaging, Some(30)),
        (Channel::Email, Some(1440)),
        (Channel::Campaign, Some(60)),
        (Channel::Voice, None),
    ] {
        let session = created(channel);
        let expiry = |seconds: i64| minutes.map(|minutes| at(seconds) + TimeDelta::minutes(minutes));
        assert_eq!(session.expires_at, expiry(0), "{channel}");
        let session = apply_events(&session, &[event("e-1", 1, queued())], at(60)).session;
        assert_eq!(session.expires_at, expiry(0), "{channel}");
        let session = apply_events(&session, &[event("e-3", 3, text("m-1", None))], at(120)).session;
        assert_eq!(session.expires_at, expiry(120), "{channel}");
        let outgoing = OutgoingMessage::text("o-1".parse().unwrap(), "Hi");
        let session = accept_message(&session, outgoing, at(180)).unwrap().session;
        assert_eq!(session.expires_at, expiry(180), "{channel}");
    }
}

#[test]
fn a_message_at_the_second_of_expiry_is_refused_and_one_second_before_it_extends() {
    let session = created(Channel::Chat);
    let outgoing = OutgoingMessage::text("o-1".parse().unwrap(), "Hi");
    let expiry = 30 * 60;
    assert_eq!(accept_message(&session, outgoing.clone(), at(expiry)).unwrap_err(), Closed::Expired);
    let extended = accept_message(&session, outgoing, at(expiry - 1)).unwrap().session;
    assert_eq!(extended.expires_at, Some(at(expiry - 1 + expiry)));
}

#[test]
fn ending_before_anybody_joined_is_a_cancellation_unless_an_operator_does_it() {
    let waiting = created(Channel::Chat);
    let active =
        apply_events(&waiting, &[event("e-2", 2, EventKind::RepresentativeJoined(agent_one()))], at(3)).session;
    let reason = |session: &Session, by| end(session, by, at(5)).unwrap().session.end().unwrap().reason;
    assert_eq!(reason(&waiting, EndedBy::Contact), EndReason::CancelledInQueue);
    assert_eq!(reason(&waiting, EndedBy::Agent), EndReason::CancelledInQueue);
    assert_eq!(reason(&waiting, EndedBy::Operator), EndReason::OperatorEnded);
    assert_eq!(reason(&active, EndedBy::Contact), EndReason::ContactEnded);
    assert_eq!(reason(&active, EndedBy::Agent), EndReason::AgentEnded);
    let ended = end(&active, EndedBy::Agent, at(5)).unwrap().session;
    assert_eq!(end(&ended, EndedBy::Agent, at(6)).unwrap_err(), Closed::Ended);
    assert_eq!(ended.expires_at, Some(at(5) + TimeDelta::hours(24)));
}

#[test]
fn an_opening_is_called_once_and_one_that_was_cut_off_is_unconfirmed_not_repeated() {
    let session = created(Channel::Chat);
    let begun = call_begun(&session, at(1));
    assert_eq!(begun.session.opening, Opening::Attempted { attempts: 1 });
    assert!(begun.session.changes.is_empty());
    let (step, cut_off) = begin_open(&begun.session, at(2)).unwrap();
    assert_eq!(step, transfer_domain::OpenStep::Settle);
    assert!(cut_off.session.is_unconfirmed());
    assert_eq!(begin_open(&cut_off.session, at(3)), None);
    let settled = apply_events(&cut_off.session, &[event("e-1", 4, queued())], at(4)).session;
    assert_eq!(settled.opening, Opening::Opened);
}

#[test]
fn an_opening_that_surely_had_no_effect_may_be_called_again() {
    let begun = call_begun(&created(Channel::Chat), at(1));
    let again = record_open(&begun.session, OpenResult::NotSent, at(2)).session;
    let second = call_begun(&again, at(3));
    assert_eq!(second.session.opening, Opening::Attempted { attempts: 2 });
}

#[test]
fn a_late_failure_does_not_undo_what_an_event_has_proven() {
    let begun = call_begun(&created(Channel::Chat), at(1));
    let alive = apply_events(&begun.session, &[event("e-1", 2, queued())], at(2)).session;
    for outcome in [OpenResult::Unknown { why: "503".to_owned() }, OpenResult::NotSent] {
        assert_eq!(record_open(&alive, outcome, at(3)).session.opening, Opening::Opened);
    }
}

#[test]
fn a_sign_of_life_for_a_session_that_ended_unconfirmed_asks_to_close_it_there_once() {
    let begun = call_begun(&created(Channel::Chat), at(1));
    let unknown = record_open(&begun.session, OpenResult::Unknown { why: "503".to_owned() }, at(2)).session;
    let ended = end(&unknown, EndedBy::Contact, at(3)).unwrap().session;
    let transition = apply_events(&ended, &[event("e-1", 9, queued())], at(9));
    assert!(kinds(&transition).contains(&&Change::Orphaned));
    assert!(commands(&transition).iter().any(|command| command.action == Action::Close));
    let again = apply_events(&transition.session, &[event("e-2", 10, queued())], at(10));
    assert!(!kinds(&again).contains(&&Change::Orphaned));
}

#[test]
fn messages_wait_while_nothing_is_open_and_follow_the_change_that_opens_the_way() {
    let session = created(Channel::Chat);
    let outgoing = |id: &str| OutgoingMessage::text(id.parse().unwrap(), "Hi");
    let session = accept_message(&session, outgoing("o-1"), at(1)).unwrap().session;
    let session = accept_message(&session, outgoing("o-2"), at(2)).unwrap().session;
    assert_eq!((session.waiting_from, session.last_outbound), (Some(2), 3));
    let opened = OpenResult::Opened {
        provider_session_id: Some(ProviderSessionId::new("conv-9").unwrap()),
        provider_data: Map::new(),
        provider_state: Map::new(),
    };
    let transition = record_open(&session, opened, at(3));
    let actions: Vec<_> = commands(&transition).into_iter().map(|command| command.action).collect();
    let messages = Action::WaitingMessages { from: 2, through: session.last_outbound };
    assert_eq!(actions, [Action::ApplyParked, messages, Action::Look { only_polled: true }]);
}

#[test]
fn providers_without_a_clock_are_taken_in_the_order_of_arrival() {
    let arrival = |id: &str, kind| ProviderEvent { order: Order::Arrival, ..event(id, 0, kind) };
    let session = created(Channel::Chat);
    let session = apply_events(
        &session,
        &[arrival("1", queued()), arrival("2", EventKind::RepresentativeJoined(agent_one()))],
        at(5),
    )
    .session;
    assert_eq!(session.status(), Status::Active);
    // A clock that runs behind does not make a later arrival older.
    let session = apply_events(&session, &[arrival("3", left())], at(4)).session;
    assert_eq!(session.status(), Status::PostAgent);
}

#[test]
fn of_the_queue_only_news_are_told() {
    let queued = |queue: Option<&str>, position, wait| EventKind::Queued {
        queue: queue.map(str::to_owned),
        position,
        estimated_wait_seconds: wait,
    };
    let mut session = created(Channel::Chat);
    let mut told = |id: &str, seconds, kind| {
        let transition = apply_events(&session, &[event(id, seconds, kind)], at(60));
        let told = kinds(&transition).iter().any(|change| matches!(change, Change::Queued { .. }));
        session = transition.session;
        (told, Some(session.queue()).map(|queue| (queue.name, queue.position, queue.estimated_wait_seconds)).unwrap())
    };
    let billing = |position, wait| ("billing".to_owned(), position, wait);
    assert_eq!(told("e-1", 1, queued(Some("billing"), None, None)), (true, billing(None, None)));
    assert_eq!(told("e-2", 2, queued(None, Some(3), None)), (true, billing(Some(3), None)));
    assert_eq!(told("e-3", 3, queued(None, None, Some(90))), (true, billing(Some(3), Some(90))));
    assert_eq!(told("e-4", 4, queued(None, Some(3), None)), (false, billing(Some(3), Some(90))));
    assert_eq!(told("e-5", 1, queued(None, Some(9), None)), (false, billing(Some(3), Some(90))), "older");
    assert_eq!(told("e-6", 6, queued(None, Some(1), None)), (true, billing(Some(1), Some(90))));
    assert_eq!(told("e-7", 7, EventKind::RepresentativeJoined(agent_one())), (false, billing(None, None)));
}

#[test]
fn a_representative_is_told_again_when_somebody_else_joins_and_not_when_it_is_repeated() {
    let joined = |id: &str, seconds, who: &str| {
        let who = Representative { id: Some(who.to_owned()), name: Some(format!("Agent {who}")) };
        event(id, seconds, EventKind::RepresentativeJoined(who))
    };
    let mut session = created(Channel::Chat);
    let mut told = |event| {
        let transition = apply_events(&session, &[event], at(60));
        let told = kinds(&transition).into_iter().find_map(|change| match change {
            Change::RepresentativeJoined { representative } => representative.clone().and_then(|who| who.id),
            _ => None,
        });
        session = transition.session;
        (told, session.representative().clone().and_then(|who| who.id).unwrap())
    };
    let some = |id: &str| Some(id.to_owned());
    assert_eq!(told(joined("e-1", 1, "one")), (some("one"), "one".to_owned()));
    assert_eq!(told(joined("e-2", 2, "one")), (None, "one".to_owned()));
    assert_eq!(told(joined("e-3", 3, "two")), (some("two"), "two".to_owned()));
    assert_eq!(told(joined("e-4", 2, "three")), (some("three"), "two".to_owned()), "shown is who came last");
}

#[test]
fn the_timeline_tells_what_happened_and_what_came_of_it() {
    let session = created(Channel::Chat);
    let events = [
        event("e-1", 1, queued()),
        event("e-2", 2, EventKind::RepresentativeJoined(agent_one())),
        event("e-3", 3, EventKind::Note { what: "wrap_up".to_owned(), detail: Some("call".to_owned()) }),
        event("e-4", 4, EventKind::Survey { rating: 4, scale_max: 5 }),
        event("e-5", 5, left()),
        event("e-6", 6, ended()),
    ];
    let transition = apply_events(&session, &events, at(10));
    let timeline: Vec<_> =
        transition.timeline.iter().map(|entry| (entry.what.as_str(), entry.detail.as_deref(), entry.effect)).collect();
    let expected = [
        ("queued", Some("billing"), Effect::Applied),
        ("representative_joined", Some("a-1"), Effect::Applied),
        ("wrap_up", Some("call"), Effect::Ignored(Ignored::NoEffect)),
        ("survey", Some("4 of 5"), Effect::Applied),
        ("representative_left", Some("a-1"), Effect::Applied),
        ("ended", Some("representative_ended"), Effect::Applied),
    ];
    assert_eq!(timeline, expected);
}

#[test]
fn of_events_at_one_instant_the_later_in_a_life_counts() {
    let events = [ended(), left(), EventKind::RepresentativeJoined(agent_one()), queued()];
    let at_once: Vec<_> =
        events.into_iter().enumerate().map(|(place, kind)| event(&format!("e-{place}"), 1, kind)).collect();
    let [_, left, joined, queued] = at_once.as_slice() else { panic!("four events") };
    let status = |events: &[&ProviderEvent]| {
        let events: Vec<_> = events.iter().copied().cloned().collect();
        apply_events(&created(Channel::Chat), &events, at(5)).session.status()
    };
    assert_eq!(status(&[joined, queued]), Status::Active);
    assert_eq!(status(&[left, joined, queued]), Status::PostAgent);
    let all: Vec<_> = at_once.iter().collect();
    assert_eq!(status(&all), Status::Ended);
}

fn concluded(holds: Holds) -> EventKind {
    EventKind::Concluded { by: EndedBy::System, reason: EndReason::NoRepresentatives, holds }
}

#[test]
fn an_end_that_was_concluded_is_told_to_the_provider_and_one_that_it_told_is_not() {
    let session = apply_events(&created(Channel::Chat), &[event("e-1", 1, queued())], at(2)).session;
    let told = EventKind::Ended { by: EndedBy::System, reason: EndReason::NoRepresentatives };
    for (kind, provider_knows) in [(told, true), (concluded(Holds::UntilJoined), false)] {
        let ended = apply_events(&session, &[event("e-2", 3, kind)], at(4)).session;
        let end = ended.end().unwrap();
        assert_eq!((end.reason, end.provider_knows()), (EndReason::NoRepresentatives, provider_knows));
        let kept: Session = serde_json::from_value(serde_json::to_value(&*ended).unwrap()).unwrap();
        assert_eq!(kept.end(), Some(end), "it is kept");
    }
}

#[test]
fn what_can_be_concluded_only_while_nobody_has_joined_ends_nothing_afterwards() {
    let joined = |id: &str, seconds| event(id, seconds, EventKind::RepresentativeJoined(agent_one()));
    let there = apply_events(&created(Channel::Chat), &[joined("e-1", 5)], at(6)).session;
    let gone = apply_events(&there, &[event("e-2", 7, left())], at(8)).session;
    for (session, status) in [(&there, Status::Active), (&gone, Status::PostAgent)] {
        for seconds in [1, 9] {
            let transition = apply_events(session, &[event("e-3", seconds, concluded(Holds::UntilJoined))], at(10));
            assert_eq!(transition.session.status(), status);
            let entry = transition.timeline.first().unwrap();
            assert_eq!((entry.what.as_str(), entry.effect), ("ended", Effect::Ignored(Ignored::SomebodyJoined)));
        }
        let over = apply_events(session, &[event("e-4", 9, concluded(Holds::Always))], at(10)).session;
        assert_eq!(over.status(), Status::Ended);
    }
}
