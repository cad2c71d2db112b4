//! Where a session stood is read from its timeline, whatever happened with or without an entry.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use transfer_domain::{
    Channel, Conversation, EndedBy, EventKind, Held, InVain, MessageWrite, OpenResult, ProviderEvent, Representative,
    Session, SourceId, Standing, Status, TimelineEntry, Transition, end, in_vain, name_representative,
};

use crate::setup::{agent_one, apply_events, at, begin_open, created, ended, event, left, queued, record_open, text};

/// The timeline as a store keeps it: an entry takes the place of one of the same identity.
#[derive(Debug, Default)]
struct Timeline {
    entries: BTreeMap<SourceId, TimelineEntry>,
    stood: BTreeMap<SourceId, (u64, Standing)>,
}

impl Timeline {
    fn write(&mut self, written: &Transition) {
        let last = written.timeline.last().map(|entry| entry.source_id.clone());
        for entry in &written.timeline {
            self.entries.insert(entry.source_id.clone(), entry.clone());
            self.stood.remove(&entry.source_id);
        }
        // Where it stood between the entries of one write only they tell, and what a message did after the last of them.
        let newest = written.messages.iter().map(|write| match write {
            MessageWrite::New(message) | MessageWrite::Acknowledged(message) => message.sequence,
        });
        let newest = newest.max().unwrap_or_default();
        if let Some(last) = last.filter(|last| self.entries[last].sequence > newest) {
            let sequence = self.entries[&last].sequence;
            self.stood.insert(last, (sequence, Standing::of(&written.session)));
        }
    }

    fn in_order(&self, session: &Session) -> Vec<TimelineEntry> {
        let mut all: Vec<_> = session.requested_entry().into_iter().chain(self.entries.values().cloned()).collect();
        all.sort_by_key(|entry| entry.sequence);
        all
    }

    fn after(&self, session: &Session, sequence: u64) -> Option<Standing> {
        let all = self.in_order(session);
        Standing::after(session, all.iter().filter(|entry| entry.sequence <= sequence))
    }
}

#[derive(Debug, Clone)]
enum Happening {
    Events(Vec<EventKind>),
    Opening(bool),
    TriedInVain,
    Named,
    Ended,
}

fn who(id: u8, named: bool) -> Representative {
    Representative { id: Some(format!("a-{id}")), name: named.then(|| format!("Agent {id}")) }
}

fn kind() -> impl Strategy<Value = EventKind> {
    prop_oneof![
        Just(queued()),
        (0..3_u32).prop_map(|position| EventKind::Queued {
            queue: None,
            position: Some(position),
            estimated_wait_seconds: None
        }),
        (0..2_u8, any::<bool>()).prop_map(|(id, named)| EventKind::RepresentativeJoined(who(id, named))),
        (0..2_u8, any::<bool>()).prop_map(|(id, transferred)| EventKind::RepresentativeLeft {
            representative: Some(who(id, false)),
            transferred
        }),
        proptest::option::of(0..2_u8).prop_map(|id| text("m", id.map(|id| who(id, true)))),
        Just(EventKind::Note { what: "looked".to_owned(), detail: None }),
        Just(EventKind::Accepted),
        Just(ended()),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => proptest::collection::vec(kind(), 1..3).prop_map(Happening::Events),
        1 => any::<bool>().prop_map(Happening::Opening),
        2 => Just(Happening::TriedInVain),
        1 => Just(Happening::Named),
        1 => Just(Happening::Ended),
    ]
}

/// What each is named by its number, so that none is a repetition.
fn events(number: usize, kinds: Vec<EventKind>) -> Vec<ProviderEvent> {
    let kinds = kinds.into_iter().enumerate();
    kinds
        .map(|(index, kind)| {
            let id = format!("e-{number}-{index}");
            let kind = match kind {
                EventKind::Message(message) => {
                    EventKind::Message(transfer_domain::IncomingMessage { message_id: id.parse().unwrap(), ..message })
                }
                other => other,
            };
            // Some tell of what was before what is known already.
            event(&id, 10 + i64::try_from(number * 7 % 23).unwrap(), kind)
        })
        .collect()
}

fn decide(now: &Conversation, number: usize, happening: Happening) -> Option<Transition> {
    let moment = at(100 + i64::try_from(number).unwrap());
    match happening {
        Happening::Events(kinds) => Some((*apply_events(now, &events(number, kinds), moment)).clone()),
        Happening::Opening(answered) => {
            let (_, begun) = begin_open(now, moment)?;
            let outcome = if answered {
                OpenResult::Opened {
                    provider_session_id: Some("conv-1".parse().unwrap()),
                    provider_data: serde_json::Map::new(),
                    provider_state: serde_json::Map::new(),
                }
            } else {
                OpenResult::Unknown { why: "503".to_owned() }
            };
            Some((*record_open(&begun.session, outcome, moment)).clone())
        }
        Happening::TriedInVain => {
            let tried = InVain { what: Held::Message(7), why: "503", again_in: Duration::from_secs(1) };
            in_vain(now, tried, moment)
        }
        Happening::Named => name_representative(now, "a-0", "Somebody", moment),
        Happening::Ended => end(now, EndedBy::Operator, moment).ok(),
    }
}

proptest! {
    #[test]
    fn the_fold_over_the_entries_up_to_one_is_where_the_session_stood_after_it(
        all in proptest::collection::vec(happening(), 1..14)
    ) {
        let mut now = created(Channel::Voice);
        let mut timeline = Timeline::default();
        for (number, happening) in all.into_iter().enumerate() {
            let Some(written) = decide(&now, number, happening) else { continue };
            timeline.write(&written);
            now = written.conversation(&now.facts);
        }
        for (sequence, stood) in timeline.stood.values() {
            prop_assert_eq!(timeline.after(&now, *sequence), Some(stood.clone()));
        }
        let whole = timeline.in_order(&now);
        let newest = whole.last().unwrap().sequence;
        if now.untold == Some(transfer_domain::Untold::default()) {
            let told = timeline.after(&now, newest).unwrap();
            // A message may have changed the status since.
            prop_assert_eq!(&told, &Standing { status: told.status, ..Standing::of(&now) });
        }
        for pair in whole.windows(2) {
            prop_assert!(pair[0].sequence < pair[1].sequence);
        }
    }
}

fn applied(now: &Conversation, number: usize, kind: EventKind) -> Transition {
    (*apply_events(now, &events(number, vec![kind]), at(100))).clone()
}

#[test]
fn an_entry_tells_the_status_before_and_after_it_where_it_changed_that() {
    let session = created(Channel::Chat);
    assert_eq!(session.requested_entry().unwrap().moved(), Some((None, Status::Pending)));
    let first = applied(&session, 1, queued());
    assert_eq!(first.timeline[0].moved(), Some((Some(Status::Pending), Status::Queued)));
    let session = first.conversation(&session.facts);
    let note = applied(&session, 2, EventKind::Note { what: "looked".to_owned(), detail: None });
    assert_eq!(note.timeline[0].moved(), None);
}

#[test]
fn what_a_message_proved_is_told_by_the_next_entry() {
    let session = created(Channel::Chat);
    let mut timeline = Timeline::default();
    let proof = applied(&session, 1, text("m-1", Some(agent_one())));
    timeline.write(&proof);
    assert!(proof.timeline.is_empty(), "a message has no entry");
    let session = proof.conversation(&session.facts);
    let left = applied(&session, 2, left());
    timeline.write(&left);
    assert_eq!(left.timeline[0].moved(), Some((Some(Status::Active), Status::PostAgent)));
    let session = left.conversation(&session.facts);
    let newest = left.timeline[0].sequence;
    assert_eq!(timeline.after(&session, newest), Some(Standing::of(&session)));
}

#[test]
fn a_timeline_that_was_begun_without_it_does_not_tell_and_is_not_guessed() {
    let session = created(Channel::Chat);
    let first = applied(&session, 1, queued());
    let old: Vec<_> = first.timeline.iter().cloned().map(|entry| TimelineEntry { step: None, ..entry }).collect();
    assert_eq!(Standing::after(&first.session, &old), None);
    assert_eq!(old[0].moved(), None);
    // What is written from then on tells all there is, once.
    let mut session = first.conversation(&session.facts);
    session.session.untold = None;
    let next = applied(&session, 2, left());
    let all: Vec<_> = old.iter().chain(&next.timeline).cloned().collect();
    assert_eq!(Standing::after(&next.session, &all), Some(Standing::of(&next.session)));
}
