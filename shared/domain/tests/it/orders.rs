//! Any order, repetition and grouping of the same events ends in the same record, and what is told ends with it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use transfer_domain::{
    Aftermath, Author, Change, Channel, Conversation, EndReason, EndedBy, EventKind, HandBack, Holds, Message,
    MessageWrite, Order, ProviderEvent, Representative, Session, SourceId, Status, TransferRequest, WrapUp, end,
    next_due,
};

use crate::setup::{
    agent_one, apply_events, at, call_begun, created, ended, event, kinds, left, queued, record_open, text,
};

/// What a store keeps, and what everybody outside was told.
#[derive(Debug, Default)]
struct Kept {
    messages: Vec<Message>,
    seen: Vec<SourceId>,
    told: Vec<(Status, Change)>,
}

/// Takes events as the store does: without those that were taken before.
fn receive(session: &mut Conversation, kept: &mut Kept, events: &[ProviderEvent], now: DateTime<Utc>) {
    let is_message = |event: &ProviderEvent| match &event.kind {
        EventKind::Message(message) => Some(message.message_id.clone()),
        _ => None,
    };
    let mut fresh: Vec<ProviderEvent> = vec![];
    for event in events {
        let known = match is_message(event) {
            Some(id) => kept.messages.iter().any(|message| message.message_id == id),
            None => event.source_id.as_ref().is_some_and(|id| kept.seen.contains(id)),
        };
        let repeated = fresh.iter().any(|other| other.source_id == event.source_id);
        if !known && !repeated {
            fresh.push(event.clone());
        }
    }
    let transition = apply_events(session, &fresh, now);
    kept.seen.extend(transition.seen.clone());
    kept.messages.extend(transition.messages.clone().into_iter().map(|write| match write {
        MessageWrite::New(message) | MessageWrite::Acknowledged(message) => message,
    }));
    *session = transition.session;
    kept.told.extend(session.changes.iter().map(|change| (change.status, change.change.clone())));
}

/// The whole record, but for what counts the writes.
fn record(session: &Conversation, kept: &Kept) -> Value {
    let mut messages: Vec<_> =
        kept.messages.iter().map(|it| (it.message_id.clone(), it.author_in(session), it.sent_at)).collect();
    messages.sort();
    let told = session.facts.clone();
    // When to look at it again is a lower bound, which depends on what was known on the way.
    let due_at = next_due(session).map(|(at, _)| at);
    assert!(session.due_at <= due_at, "{:?} {due_at:?}", session.due_at);
    let times = session.times();
    let times =
        times.map(|it| [Some(it.waiting), it.talking, it.first_reply].map(|time| Some(time?.num_milliseconds())));
    let (outcome, served_by) = (session.outcome(), session.served_by());
    assert_eq!(session.hand_back.is_some(), session.is_ended());
    assert!(
        session.hand_back.is_none_or(|handed| handed.version <= session.version && handed.acknowledged_at.is_none())
    );
    // What the timeline does not tell yet depends on which of its entries came last.
    let untold = None;
    let session = Session {
        version: 0,
        facts_version: 0,
        hand_back: None,
        changes: vec![],
        due_at,
        untold,
        ..session.session.clone()
    };
    let came_to = json!({ "outcome": outcome, "servedBy": served_by, "times": times });
    json!({ "session": session, "told": told, "messages": messages, "cameTo": came_to })
}

/// What somebody knows who heard nothing but what was told.
fn heard(kept: &Kept) -> (Status, BTreeSet<Option<String>>) {
    let (mut status, mut there) = (Status::Pending, BTreeSet::new());
    for (then, change) in &kept.told {
        match change {
            Change::Queued { .. } => status = Status::Queued,
            Change::RepresentativeJoined { representative } => {
                status = Status::Active;
                there.insert(representative.as_ref().and_then(|who| who.id.clone()));
            }
            Change::RepresentativeLeft { representative } => {
                there.remove(&representative.as_ref().and_then(|who| who.id.clone()));
            }
            Change::PostAgent => status = Status::PostAgent,
            Change::Ended { .. } => status = Status::Ended,
            _ => continue,
        }
        assert!(status == *then || matches!(change, Change::RepresentativeLeft { .. }), "{change:?}: {then}");
    }
    (status, there)
}

/// Who was ever told to have come.
fn came(kept: &Kept) -> BTreeSet<String> {
    let joined = kept.told.iter().filter_map(|(_, change)| match change {
        Change::RepresentativeJoined { representative } => representative.clone()?.id,
        _ => None,
    });
    joined.collect()
}

fn who(id: u8) -> Representative {
    Representative { id: Some(format!("a-{id}")), name: Some(format!("Agent {id}")) }
}

fn kind(with_end: bool) -> impl Strategy<Value = EventKind> {
    let live = prop_oneof![
        Just(queued()),
        (0..3_u8).prop_map(|id| EventKind::RepresentativeJoined(who(id))),
        (0..3_u8).prop_map(|id| EventKind::RepresentativeJoined(who(id))),
        (proptest::option::of(0..3_u8), any::<bool>()).prop_map(|(id, transferred)| {
            EventKind::RepresentativeLeft { representative: id.map(who), transferred }
        }),
        proptest::option::of(0..3_u8).prop_map(|id| text("m", id.map(who))),
        (1..5_i64).prop_map(|rating| EventKind::Survey { rating, scale_max: 5 }),
        Just(EventKind::Note { what: "looked".to_owned(), detail: None }),
        proptest::option::of(1..4_u8).prop_map(|code| EventKind::WrapUp(WrapUp {
            code: code.map(|code| code.to_string()),
            note: code.is_none().then(|| "Refund issued.".to_owned()),
            promised: None
        })),
    ];
    if with_end {
        let reasons =
            [(EndedBy::Representative, EndReason::RepresentativeEnded), (EndedBy::Contact, EndReason::ContactEnded)];
        let ends = proptest::sample::select(reasons.to_vec()).prop_map(|(by, reason)| EventKind::Ended { by, reason });
        prop_oneof![9 => live, 1 => ends].boxed()
    } else {
        live.boxed()
    }
}

fn events(with_end: bool) -> impl Strategy<Value = Vec<ProviderEvent>> {
    let one = (kind(with_end), 0..12_i64, 0..3_u64, proptest::option::of(0..3_i64));
    proptest::collection::vec(one, 1..9).prop_map(|all| {
        let numbered = all.into_iter().enumerate();
        let events = numbered.map(|(number, (kind, seconds, sequence, state))| {
            let id = format!("e-{number}");
            let kind = match kind {
                EventKind::Message(message) => text(&id, message.proves_active),
                other => other,
            };
            let told = |name: &str| {
                state.map_or_else(Map::new, |value| Map::from_iter([(name.to_owned(), json!(value + seconds))]))
            };
            let mut event = event(&id, seconds, kind);
            event.order = Order::Provider { at: at(seconds), sequence };
            event.provider_state = told("participant");
            event.provider_data = told("conversation");
            event.correlation.provider_session_id = Some(format!("conv-{}", state.unwrap_or(0)).parse().unwrap());
            event
        });
        events.collect()
    })
}

/// The events in their order, and twice in another one with places to cut it.
fn disordered(with_end: bool) -> impl Strategy<Value = (Vec<ProviderEvent>, Vec<Vec<ProviderEvent>>)> {
    events(with_end).prop_flat_map(|events| {
        let twice = [events.clone(), events.clone()].concat();
        (Just(events), Just(twice).prop_shuffle(), 1..5_usize).prop_map(|(events, shuffled, size)| {
            (events, shuffled.chunks(size).map(<[ProviderEvent]>::to_vec).collect())
        })
    })
}

fn play(chunks: &[Vec<ProviderEvent>]) -> (Conversation, Kept) {
    let (mut session, mut kept) = (created(Channel::Chat), Kept::default());
    for chunk in chunks {
        receive(&mut session, &mut kept, chunk, at(20));
    }
    (session, kept)
}

/// What the runtime goes on with, as the newest hand-back told it: where the session and what was told beside it stood when
/// that was told.
fn handed_back(chunks: &[Vec<ProviderEvent>]) -> Option<Value> {
    let (mut session, mut kept, mut newest) = (created(Channel::Chat), Kept::default(), None);
    for chunk in chunks {
        receive(&mut session, &mut kept, chunk, at(20));
        if session.tells_hand_back() {
            let aftermath = Aftermath::of(&session.facts, &TransferRequest::default());
            newest = HandBack::of(&session, &aftermath).map(|told| {
                json!([told.outcome, told.reason, told.decided_by, told.served_by, told.survey, told.wrap_up])
            });
        }
    }
    newest
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn the_newest_hand_back_is_the_same_in_any_order_repetition_and_grouping((events, chunks) in disordered(true)) {
        prop_assert_eq!(handed_back(&chunks), handed_back(&[events]));
    }

    #[test]
    fn any_order_repetition_and_grouping_ends_in_the_same_record((events, chunks) in disordered(true)) {
        let (straight, kept_straight) = play(&[events]);
        let (session, kept) = play(&chunks);
        prop_assert_eq!(record(&session, &kept), record(&straight, &kept_straight));
    }

    #[test]
    fn whoever_hears_only_what_is_told_ends_with_where_the_session_stands((events, chunks) in disordered(false)) {
        let (_, kept_straight) = play(&[events]);
        let (session, kept) = play(&chunks);
        let (status, there) = heard(&kept);
        prop_assert_eq!(status, session.status());
        if let Some(who) = session.representative().filter(|_| status == Status::Active) {
            prop_assert!(there.contains(&who.id));
        }
        prop_assert_eq!(status == Status::PostAgent && !there.is_empty(), false);
        prop_assert_eq!(came(&kept), came(&kept_straight), "whoever came is told, in whatever order");
    }

    #[test]
    fn events_without_a_time_are_newer_than_all_before_them_in_any_grouping(
        kinds in proptest::collection::vec(kind(false), 1..12),
        ahead in 0..300_i64,
        size in 1..12_usize,
    ) {
        let relayed = ProviderEvent {
            order: Order::Provider { at: at(20 + ahead), sequence: 1_000_000 },
            ..event("relayed", 0, queued())
        };
        let arriving: Vec<_> = kinds
            .into_iter()
            .enumerate()
            .map(|(number, kind)| {
                let id = format!("e-{number}");
                let kind = if let EventKind::Message(message) = kind { text(&id, message.proves_active) } else { kind };
                ProviderEvent { order: Order::Arrival, ..event(&id, 0, kind) }
            })
            .collect();
        let all = [vec![relayed.clone()], arriving.clone()].concat();
        let (together, kept_together) = play(&[all]);
        let (chunked, kept) = play(&[vec![vec![relayed]], arriving.chunks(size).map(<[ProviderEvent]>::to_vec).collect()].concat());
        prop_assert_eq!(record(&chunked, &kept), record(&together, &kept_together));
        let last = arriving.iter().rev().find(|event| matches!(event.kind, EventKind::RepresentativeJoined(_)));
        let later = arriving.iter().rev().take_while(|event| Some(*event) != last).any(|event| {
            matches!(event.kind, EventKind::Queued { .. } | EventKind::RepresentativeLeft { .. })
        });
        if last.is_some() && !later {
            prop_assert_eq!(chunked.status(), Status::Active, "what arrives later counts");
        }
    }
}

proptest! {
    #[test]
    fn no_conclusion_cuts_a_human_off_in_any_grouping(
        kinds in proptest::collection::vec(
            prop_oneof![
                4 => kind(false),
                1 => Just(EventKind::Concluded {
                    by: EndedBy::System, reason: EndReason::NoRepresentatives, holds: Holds::UntilJoined
                }),
            ],
            1..10,
        ),
        size in 1..10_usize,
    ) {
        let arriving: Vec<_> = kinds
            .into_iter()
            .enumerate()
            .map(|(number, kind)| {
                let id = format!("e-{number}");
                let kind = if let EventKind::Message(message) = kind { text(&id, message.proves_active) } else { kind };
                ProviderEvent { order: Order::Arrival, ..event(&id, 0, kind) }
            })
            .collect();
        let (together, kept_together) = play(std::slice::from_ref(&arriving));
        let (chunked, kept) = play(&arriving.chunks(size).map(<[ProviderEvent]>::to_vec).collect::<Vec<_>>());
        prop_assert_eq!(record(&chunked, &kept), record(&together, &kept_together));
        let joins = |event: &ProviderEvent| match &event.kind {
            EventKind::RepresentativeJoined(_) => true,
            EventKind::Message(message) => message.proves_active.is_some(),
            _ => false,
        };
        let concludes = |event: &ProviderEvent| matches!(event.kind, EventKind::Concluded { .. });
        let first = |sort: &dyn Fn(&ProviderEvent) -> bool| arriving.iter().position(sort);
        let ends = first(&concludes).is_some_and(|end| first(&joins).is_none_or(|join| end < join));
        prop_assert_eq!(chunked.is_ended(), ends);
    }

    #[test]
    fn whoever_of_those_that_are_there_came_last_is_shown_in_any_order(
        (straight, shuffled) in Just([
            event("e-1", 1, EventKind::RepresentativeJoined(who(1))),
            event("e-2", 2, EventKind::RepresentativeJoined(who(2))),
            event("e-3", 3, EventKind::RepresentativeLeft { representative: Some(who(2)), transferred: false }),
        ]).prop_flat_map(|events| (Just(events.to_vec()), Just([events.clone(), events].concat()).prop_shuffle())),
        size in 1..7_usize,
    ) {
        let (session, kept) = play(&shuffled.chunks(size).map(<[ProviderEvent]>::to_vec).collect::<Vec<_>>());
        prop_assert_eq!((session.status(), session.representative()), (Status::Active, Some(who(1))));
        prop_assert_eq!(heard(&kept), (Status::Active, BTreeSet::from([who(1).id])));
        let (_, told) = play(&[straight]);
        prop_assert_eq!(came(&kept), came(&told));
    }
}

fn told(transition: &transfer_domain::Transition) -> Vec<String> {
    kinds(transition)
        .into_iter()
        .map(|change| serde_json::to_value(change).unwrap()["kind"].as_str().unwrap().to_owned())
        .collect()
}

fn joined(id: &str, seconds: i64, who: Representative) -> ProviderEvent {
    event(id, seconds, EventKind::RepresentativeJoined(who))
}

#[test]
fn a_leaving_that_overtakes_its_joining_is_told_with_it() {
    let session = apply_events(&created(Channel::Chat), &[event("e-1", 1, queued())], at(10)).session;
    let session = apply_events(&session, &[event("e-3", 3, left())], at(10)).session;
    assert_eq!(session.status(), Status::Queued);
    let late = apply_events(&session, &[joined("e-2", 2, agent_one())], at(10));
    assert_eq!(late.session.status(), Status::PostAgent);
    assert_eq!(told(&late), ["representative_joined", "representative_left", "post_agent"]);
    let statuses: Vec<_> = late.session.changes.iter().map(|change| change.status).collect();
    assert_eq!(statuses, [Status::Active, Status::PostAgent, Status::PostAgent], "as it stood then");
}

#[test]
fn one_of_two_who_leaves_is_told_and_the_other_one_is_shown() {
    let both = [joined("e-1", 1, who(1)), joined("e-2", 2, who(2))];
    let session = apply_events(&created(Channel::Chat), &both, at(10)).session;
    assert_eq!(session.representative(), Some(who(2)));
    let gone = EventKind::RepresentativeLeft { representative: Some(who(2)), transferred: false };
    let transition = apply_events(&session, &[event("e-3", 3, gone)], at(10));
    assert_eq!(kinds(&transition), [&Change::RepresentativeLeft { representative: Some(who(2)) }]);
    assert_eq!((transition.session.status(), transition.session.representative()), (Status::Active, Some(who(1))));
}

#[test]
fn texts_without_a_name_replace_nobody_and_tell_of_nobody() {
    let nameless = || Some(Representative { id: None, name: None });
    let session = apply_events(&created(Channel::Chat), &[joined("e-1", 1, agent_one())], at(10)).session;
    let texts = [event("m-1", 2, text("m-1", nameless())), event("m-2", 3, text("m-2", nameless()))];
    let transition = apply_events(&session, &texts, at(10));
    assert_eq!(told(&transition), ["message_received", "message_received"]);
    assert_eq!(transition.session.representative(), Some(agent_one()));
}

#[test]
fn two_who_write_in_turn_are_each_told_once() {
    let both = [joined("e-1", 1, who(1)), joined("e-2", 2, who(2))];
    let session = apply_events(&created(Channel::Chat), &both, at(10)).session;
    let texts: Vec<_> = (0..6)
        .map(|number| {
            event(
                &format!("m-{number}"),
                3 + number,
                text(&format!("m-{number}"), Some(who(1 + u8::try_from(number % 2).unwrap()))),
            )
        })
        .collect();
    let transition = apply_events(&session, &texts, at(20));
    assert_eq!(told(&transition), ["message_received"; 6]);
    let writers: Vec<_> = kinds(&transition)
        .into_iter()
        .map(|change| match change {
            Change::MessageReceived { representative, .. } => representative.clone().unwrap().id.unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(writers, ["a-1", "a-2", "a-1", "a-2", "a-1", "a-2"], "each text names its writer");
}

#[test]
fn a_text_that_overtakes_the_joining_is_the_representatives_once_that_is_known() {
    let text_first = apply_events(&created(Channel::Chat), &[event("m-1", 3, text("m-1", None))], at(10));
    let [MessageWrite::New(message)] = text_first.messages.as_slice() else { panic!("one message") };
    assert_eq!(message.author_in(&text_first.session), Author::Provider);
    assert_eq!(text_first.session.counts.from_representative, 0);
    let session = apply_events(&text_first.session, &[joined("e-1", 2, agent_one())], at(10)).session;
    assert_eq!(message.author_in(&session), Author::Representative);
    assert_eq!(session.counts.from_representative, 1);
    let session = apply_events(&text_first.session, &[joined("e-1", 4, agent_one())], at(10)).session;
    assert_eq!(message.author_in(&session), Author::Provider, "joined after it");
    assert_eq!(session.counts.from_representative, 0);
}

#[test]
fn the_status_changed_when_the_deciding_signal_happened_whichever_came_first() {
    let position = |place| EventKind::Queued { queue: None, position: Some(place), estimated_wait_seconds: None };
    let events = [
        event("e-1", 1, queued()),
        event("e-2", 2, position(3)),
        joined("e-3", 3, agent_one()),
        event("m-1", 4, text("m-1", Some(agent_one()))),
        event("e-5", 5, left()),
        event("e-6", 6, EventKind::Note { what: "wrap_up".to_owned(), detail: None }),
    ];
    let since = |order: &[usize]| {
        let ordered: Vec<_> = order.iter().map(|index| events[*index].clone()).collect();
        apply_events(&created(Channel::Chat), &ordered, at(10)).session.status_changed_at()
    };
    assert_eq!(created(Channel::Chat).status_changed_at(), at(0));
    for (order, expected) in [
        (vec![0, 1], 1),
        (vec![1, 0], 1),
        (vec![0, 2, 3], 3),
        (vec![3, 2, 0], 3),
        (vec![0, 1, 2, 3, 4, 5], 5),
        (vec![5, 4, 3, 2, 1, 0], 5),
        (vec![4, 0, 5, 2, 1, 3], 5),
    ] {
        assert_eq!(since(&order), at(expected), "{order:?}");
    }
}

#[test]
fn what_closing_needs_is_kept_after_our_end_and_closes_the_conversation_then() {
    let open = apply_events(&created(Channel::Chat), &[event("e-1", 1, EventKind::Accepted)], at(1)).session;
    let over = end(&open, EndedBy::Contact, at(5)).unwrap().session;
    let state = |number: i64| Map::from_iter([("conversationId".to_owned(), json!(number))]);
    let turned_up = ProviderEvent { provider_state: state(7), ..event("e-2", 9, queued()) };
    let transition = apply_events(&over, &[turned_up], at(9));
    assert_eq!(transition.session.facts.state.get("conversationId"), Some(&json!(7)));
    assert_eq!(kinds(&transition), [&Change::Orphaned]);
    let again = ProviderEvent { provider_state: state(8), ..event("e-3", 10, queued()) };
    assert!(kinds(&apply_events(&transition.session, &[again], at(10))).is_empty(), "nothing that was missing");
}

#[test]
fn the_providers_own_end_after_ours_needs_no_closing() {
    let open = apply_events(&created(Channel::Chat), &[event("e-1", 1, EventKind::Accepted)], at(1)).session;
    let over = end(&open, EndedBy::Contact, at(5)).unwrap().session;
    let closed = ProviderEvent {
        provider_state: Map::from_iter([("closed".to_owned(), json!(true))]),
        ..event("e-2", 9, ended())
    };
    let transition = apply_events(&over, &[closed], at(9));
    assert_eq!(transition.session.facts.state.get("closed"), Some(&json!(true)));
    assert!(kinds(&transition).is_empty());
    assert_eq!(transition.session.phase, over.phase, "an end of ours stands");
}

#[test]
fn of_two_ends_that_the_provider_tells_the_earlier_one_holds_and_is_told() {
    let by_system = EventKind::Ended { by: EndedBy::System, reason: EndReason::ProviderDisconnected };
    let first = apply_events(&created(Channel::Chat), &[event("e-2", 8, by_system)], at(10)).session;
    let transition = apply_events(&first, &[event("e-1", 6, ended())], at(11));
    let over = transition.session.end().unwrap().clone();
    assert_eq!((over.reason, over.at), (EndReason::RepresentativeEnded, at(6)));
    assert_eq!(told(&transition), ["ended"]);
    let same = apply_events(
        &first,
        &[event("e-1", 6, EventKind::Ended { by: EndedBy::System, reason: EndReason::ProviderDisconnected })],
        at(11),
    );
    assert_eq!((same.session.end().unwrap().at, told(&same)), (at(6), vec![]), "of the same sort");
    assert_eq!(transition.session.expires_at, first.expires_at, "its retention has begun");
}

#[test]
fn a_callback_during_an_opening_that_was_ended_meanwhile_closes_the_conversation() {
    let begun = call_begun(&created(Channel::Chat), at(1));
    let over = end(&begun.session, EndedBy::Agent, at(2)).unwrap().session;
    let transition = apply_events(&over, &[event("e-1", 3, queued())], at(3));
    assert!(kinds(&transition).contains(&&Change::Orphaned));
    let unknown =
        record_open(&transition.session, transfer_domain::OpenResult::Unknown { why: "503".to_owned() }, at(4)).session;
    assert!(!unknown.is_unconfirmed(), "the event knows better");
}

#[test]
fn a_time_out_of_bounds_is_taken_as_the_bound_and_marked_in_the_timeline() {
    let year = 365 * 24 * 60 * 60;
    let session = created(Channel::Chat);
    let ahead = apply_events(&session, &[joined("e-1", year, agent_one())], at(10));
    let [entry] = ahead.timeline.as_slice() else { panic!("one entry") };
    assert_eq!((entry.occurred_at, entry.time_adjusted), (at(10) + TimeDelta::minutes(5), true));
    let later = at(10) + TimeDelta::minutes(6);
    let seconds = (later - at(0)).num_seconds();
    let gone = apply_events(&ahead.session, &[event("e-2", seconds, left())], later);
    assert_eq!(gone.session.status(), Status::PostAgent, "it does not win for ever");
    assert!(!gone.timeline[0].time_adjusted);
    let over = apply_events(&session, &[event("e-3", 8_000 * year, ended())], at(10)).session;
    assert!(over.duration(at(10)) <= TimeDelta::minutes(6));
    let before = apply_events(&session, &[event("m-1", -50 * year, text("m-1", None))], at(10));
    let [MessageWrite::New(message)] = before.messages.as_slice() else { panic!("one message") };
    assert_eq!(message.sent_at, Some(at(0) - TimeDelta::days(1)));
}

#[test]
fn everything_that_is_accepted_has_a_number_of_its_own_after_the_end_too() {
    let over = apply_events(&created(Channel::Chat), &[event("e-1", 5, ended())], at(10)).session;
    let mut numbers = vec![];
    let mut session = over;
    for number in 0..6_i64 {
        let id = format!("m-{number}");
        let events = [
            event(&id, 20 - number, text(&id, None)),
            event(&format!("e-{number}-late"), 30 - number, EventKind::Accepted),
        ];
        let transition = apply_events(&session, &events, at(40));
        numbers.extend(transition.messages.iter().map(|write| match write {
            MessageWrite::New(message) | MessageWrite::Acknowledged(message) => message.sequence,
        }));
        numbers.extend(transition.timeline.iter().map(|entry| entry.sequence));
        session = transition.session;
    }
    assert_eq!(numbers.len(), 12);
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
}

#[test]
fn numbered_events_without_a_time_end_in_the_same_state_in_whatever_order_they_come() {
    let who = |name: &str| EventKind::RepresentativeJoined(Representative { id: None, name: Some(name.to_owned()) });
    let left = EventKind::RepresentativeLeft { representative: None, transferred: true };
    let kinds = [queued(), who("Agent One"), left, who("Agent Two")];
    let numbered: Vec<ProviderEvent> = (1..)
        .zip(kinds)
        .map(|(sequence, kind)| ProviderEvent {
            order: Order::Numbered { sequence },
            ..event(&format!("e-{sequence}"), 0, kind)
        })
        .collect();
    let mut orders = vec![vec![]];
    for one in &numbered {
        let with = |order: &Vec<ProviderEvent>, at: usize| {
            let mut order = order.clone();
            order.insert(at, one.clone());
            order
        };
        orders = orders.iter().flat_map(|order| (0..=order.len()).map(move |at| with(order, at))).collect();
    }
    assert_eq!(orders.len(), 24);
    let (straight, _) = play(&numbered.iter().map(|one| vec![one.clone()]).collect::<Vec<_>>());
    for order in orders {
        let (session, _) = play(&order.into_iter().map(|one| vec![one]).collect::<Vec<_>>());
        assert_eq!((session.status(), session.representative()), (Status::Active, straight.representative()));
        assert_eq!(session.signals, straight.signals);
    }
    assert_eq!(straight.representative().unwrap().name.as_deref(), Some("Agent Two"));
}
