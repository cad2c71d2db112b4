//! What each operation costs, held to its budget: for a lean session, and for one with a large request whose provider
//! told much. Run with `--nocapture` for the tables.

use serde_json::{Map, Value, json};
use test_database::{EmbeddedOnly, skipped};
use transfer_domain::{
    ContactDetails, EndedBy, HistoryRole, HistoryTurn, IdempotencyKey, Labels, NewTransfer, SendResult, Session,
    Status, Trigger, settle_message,
};
use transfer_store::{Consumed, Created, DueFrom, Idempotency, Listing, SessionFilter, Store};

use crate::world::{
    World, contact_message, event, integration, joined, later, linked, listing, name, project, queued, request, said,
    source, start, world,
};

/// What an operation may cost.
#[derive(Debug, Clone, Copy)]
struct Budget {
    trips: u32,
    read: f64,
    write: f64,
}

const fn budget(trips: u32, read: f64, write: f64) -> Budget {
    Budget { trips, read, write }
}

const fn reading(trips: u32, read: f64) -> Budget {
    budget(trips, read, 0.0)
}

struct Table<'a> {
    world: &'a World,
    sum: f64,
}

impl Table<'_> {
    /// Measures an operation that happens so many times in a typical transfer.
    async fn row<T>(&mut self, what: &str, times: u32, budget: Budget, operation: impl AsyncFnOnce(Store) -> T) -> T {
        let (store, meter) = self.world.store.metered();
        let outcome = operation(store).await;
        let Consumed { round_trips, read_units, write_units, index_write_units } = meter.read();
        println!("{what:<34} {round_trips:>5} {read_units:>7.1} {write_units:>7.1} {index_write_units:>7.1}");
        self.sum += f64::from(times) * write_units;
        let within = round_trips <= budget.trips && read_units <= budget.read && write_units <= budget.write;
        assert!(within, "{what}: {round_trips} trips, {read_units} read, {write_units} written; {budget:?}");
        outcome
    }
}

/// A request with all that an agent can say.
fn rich_request(conversation: &str) -> NewTransfer {
    let mut rich = request(conversation);
    let turn = |n: usize| HistoryTurn {
        role: if n.is_multiple_of(2) { HistoryRole::Contact } else { HistoryRole::Agent },
        text: prose(100 + n as u64, 54),
        at: Some(start()),
    };
    let tags: std::collections::BTreeSet<_> = ["vip", "eu"].map(|tag| tag.parse().unwrap()).into();
    rich.labels = Labels {
        trigger: Some(Trigger::Escalate),
        reason_code: Some("refund".parse().unwrap()),
        tags: tags.try_into().unwrap(),
    };
    let request = &mut rich.request;
    request.resume_token = Some(prose(3, 600).parse().unwrap());
    request.reason = Some("The card was declined twice.".to_owned());
    request.summary = Some(prose(1, 4_000));
    let number = |n: u64| format!("{:032x}", u128::from(n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    let metadata: Map<_, _> = (0..72).map(|n| (format!("key-{n}"), json!(number(n) + &prose(n, 8)))).collect();
    request.metadata = serde_json::from_value(json!(metadata)).unwrap();
    request.briefing.skills = vec!["billing".to_owned(), "german".to_owned()];
    request.briefing.language = Some("de".to_owned());
    request.briefing.contact =
        ContactDetails { name: Some("Contact One".to_owned()), email: Some("one@example.com".to_owned()), phone: None };
    request.briefing.history = (0..50).map(turn).collect();
    rich
}

/// As many characters of words in an order of its own, which deflate no better than what people say.
fn prose(seed: u64, length: usize) -> String {
    const WORDS: &str = "the card was declined twice at checkout and contact asks whether an order placed on Tuesday can \
                         still be changed to another address before it leaves warehouse since invoice shows old street \
                         number agent offered refund but bank says payment pending until next week please call back \
                         after six with news about delivery window voucher code account locked password reset mail \
                         never arrived spam folder checked thrice customer since years considers closing contract";
    let words: Vec<_> = WORDS.split(' ').collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::new();
    while text.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text += words[(state >> 33) as usize % words.len()];
        text.push(' ');
    }
    text.truncate(length);
    text
}

/// What a talkative provider tells.
fn rich_facts() -> Map<String, Value> {
    (0..8).map(|n| (format!("field{n}"), json!(prose(200 + n, 240)))).collect()
}

/// Plays a typical transfer: opened, queued, joined, ten messages each way, ended. Gives its write units.
#[expect(clippy::too_many_lines, reason = "a list of operations")]
async fn play(new: NewTransfer, creating: [Budget; 2], facts: Map<String, Value>) -> f64 {
    let world = world().await;
    println!("{:<34} {:>5} {:>7} {:>7} {:>7}", "operation", "trips", "read", "write", "index");
    let mut table = Table { world: &world, sum: 0.0 };
    let told = !facts.is_empty();
    let told_much = told;
    // What is removed costs what it is long.
    let removal = budget(8, 20.0, 35.0);

    let (transition, request_of_it) = world.transition(new.clone(), start());
    let keyless = async |store: Store| store.create(&transition, &request_of_it, None, start()).await.unwrap();
    assert_eq!(table.row("create", 1, creating[0], keyless).await, Created::Created);
    let session = transition.session.clone();
    let id = session.transfer_id();

    let mut other = new.clone();
    other.conversation_session_id = "conversation-2".parse().unwrap();
    let (with_key, request_of_it) = world.transition(other, start());
    let key = Idempotency { key: IdempotencyKey::new("key-1").unwrap(), fingerprint: "f".repeat(64) };
    let create = async |store: Store| store.create(&with_key, &request_of_it, Some(&key), start()).await.unwrap();
    table.row("create, with an idempotency key", 0, creating[1], create).await;
    table.row("create, same call again", 0, budget(1, 0.0, creating[1].write), create).await;

    let attempt = crate::world::opening(&world.reload(&session).await, later(1));
    table
        .row("opening: attempt", 1, budget(1, 0.0, 1.0), async |store| store.commit(&attempt, later(1)).await.unwrap())
        .await;
    let opened = transfer_domain::OpenResult::Opened {
        provider_session_id: Some(name("8f1c2d3e-4b5a-6789-abcd-ef0123456789")),
        provider_data: facts,
        provider_state: Map::new(),
    };
    let record = async |store: Store| {
        let decide = |conversation: &_| {
            Ok::<_, ()>(Some(transfer_domain::record_open(conversation, opened.clone(), None, later(2))))
        };
        store.transact_conversation(&project(), id, later(2), decide).await.unwrap()
    };
    let opening = if told { budget(2, 1.0, 8.0) } else { budget(2, 1.0, 6.0) };
    table.row("opening: outcome", 1, opening, record).await;

    let hear = async |store: Store, event: transfer_domain::ProviderEvent, at| {
        store.apply_events(&integration(), id, vec![event], at).await.unwrap()
    };
    let status = budget(2, 1.0, 6.0);
    let waits = queued("event-1-of-a-contact-centre-000000000", later(3), "billing");
    table.row("status by webhook: queued", 1, status, async |store| hear(store, waits, later(3)).await).await;
    let comes = joined("event-2-of-a-contact-centre-000000000", later(4));
    table.row("status by webhook: joined", 1, status, async |store| hear(store, comes, later(4)).await).await;

    let send = async |store: Store| {
        let decide = |session: &_| Ok::<_, ()>(Some(contact_message(session, "message-out-1", later(5))));
        store.transact(&project(), id, later(5), decide).await.unwrap()
    };
    table.row("message from the contact", 10, budget(2, 1.0, 6.0), send).await;
    let first = world.reload(&session).await;
    world.commit(&contact_message(&first, "message-out-2", later(5)), later(5)).await;
    let sequences = [first.last_outbound, world.reload(&session).await.last_outbound];
    let deliver = async |store: Store, safe: bool| {
        let sequence = sequences[usize::from(safe)];
        let (session, message) = store.session_and_message(&project(), id, sequence).await.unwrap().unwrap();
        let message = message.unwrap();
        if !safe {
            store.begin_delivery(&project(), id, &message).await.unwrap().unwrap();
        }
        store.settle(&settle_message(&session, &message, SendResult::Delivered, later(5))).await.unwrap();
    };
    table.row("its delivery, repetition not safe", 5, budget(3, 2.0, 2.0), async |it| deliver(it, false).await).await;
    table.row("its delivery, repetition safe", 5, budget(3, 2.0, 1.0), async |it| deliver(it, true).await).await;
    let facts_again = async |store: Store| store.facts_of(&world.reload(&session).await).await.unwrap();
    let asked = if told { reading(1, 1.0) } else { reading(0, 0.0) };
    table.row("what the provider told, once", 0, asked, facts_again).await;
    let message = said("message-in-1-of-a-contact-centre-000", later(6), "Good morning, what can I do for you?");
    let spoken = async |store: Store| hear(store, message.clone(), later(6)).await;
    table.row("message by webhook", 10, budget(2, 1.0, 6.0), spoken).await;
    let named = async |store: Store| {
        let id_of_it = source("message-in-1-of-a-contact-centre-000");
        store.session_and_inbound(&project(), id, &id_of_it).await.unwrap().unwrap().1.unwrap()
    };
    table.row("what a reply names", 0, reading(2, 3.0), named).await;
    table.row("the same webhook again", 0, budget(2, 1.0, 6.0), spoken).await;
    table
        .row("detail", 0, reading(1, 2.0), async |store| store.whole_session(&project(), id, later(6)).await.unwrap())
        .await;
    let typing = async |store: Store| store.session(&project(), id).await.unwrap();
    table.row("typing of the contact", 0, reading(1, 1.0), typing).await;
    let receipt = async |store: Store| {
        let session = store.session(&project(), id).await.unwrap().unwrap();
        let ids = [source("message-in-1-of-a-contact-centre-000")];
        store.record_receipts(session, &ids, transfer_domain::ReceiptState::Read, later(6)).await.unwrap()
    };
    table.row("receipt for one message", 0, budget(4, 3.0, 4.0), receipt).await;
    table
        .row("page of messages", 0, reading(1, 1.0), async |it| it.messages(&project(), id, None, 25).await.unwrap())
        .await;

    lists(&mut table, &new).await;

    let leaves = transfer_domain::EventKind::RepresentativeLeft { representative: None, transferred: false };
    let leaves = event("event-3-of-a-contact-centre-000000000", later(7), leaves);
    table.row("status by webhook: left", 1, status, async |store| hear(store, leaves, later(7)).await).await;
    let end = async |store: Store| {
        let decide = |session: &_| transfer_domain::end(session, EndedBy::Agent, later(8)).map(Some);
        store.transact(&project(), id, later(8), decide).await.unwrap()
    };
    table.row("end", 1, budget(2, 1.0, 8.0), end).await;
    let version = world.reload(&session).await.hand_back.unwrap().version;
    let acknowledge = async |store: Store| {
        let decide = |session: &_| transfer_domain::acknowledge(session, version, later(8));
        store.transact(&project(), id, later(8), decide).await.unwrap()
    };
    table.row("acknowledge the hand-back", 1, budget(2, 1.0, 2.0), acknowledge).await;
    let told = async |store: Store| store.whole_session_as_it_stands(&project(), id).await.unwrap();
    table.row("what a hand-back tells besides", 1, reading(1, if told_much { 4.0 } else { 1.0 }), told).await;
    for n in 0..18 {
        let id_of_it = format!("message-late-{n}");
        hear(world.store.clone(), said(&id_of_it, later(9), "Thank you"), later(9)).await;
    }
    let last = world.reload(&session).await;
    world.store.expire(&project(), id, last.expires_at.unwrap()).await.unwrap();
    let forget = async |store: Store| store.forget(&last).await.unwrap();
    table.row("removal after 20 messages", 1, removal, forget).await;
    println!("{:<34} {:>21.1}", "a typical transfer", table.sum);
    table.sum
}

async fn lists(table: &mut Table<'_>, new: &NewTransfer) {
    for n in 0..30 {
        let mut one = new.clone();
        one.conversation_session_id = format!("conversation-more-{n}").parse().unwrap();
        one.contact_id = format!("contact-{}", n + 10).parse().unwrap();
        let session: Session = table.world.session_of(one, later(n)).await;
        let event = match n % 3 {
            0 => continue,
            1 => queued(&format!("event-{n}"), later(40), "billing"),
            _ => joined(&format!("event-{n}"), later(40)),
        };
        table.world.store.apply_events(&integration(), session.transfer_id(), vec![event], later(40)).await.unwrap();
    }
    let list = async |store: Store, filter: SessionFilter| {
        store.list(&project(), &filter, &Listing { ..listing(25, None) }, later(50)).await.unwrap().items.len()
    };
    let none = SessionFilter::default;
    let one = SessionFilter { statuses: vec![Status::Active], ..none() };
    let found = table.row("list, one status", 0, reading(2, 3.0), async |store| list(store, one).await).await;
    assert_eq!(found, 11);
    let contact = SessionFilter { contact_id: Some("contact-12".parse().unwrap()), ..none() };
    let found = table.row("list, one contact", 0, reading(2, 3.0), async |store| list(store, contact).await).await;
    assert_eq!(found, 1);
    let found = table.row("list, all statuses", 0, reading(5, 6.0), async |store| list(store, none()).await).await;
    assert_eq!(found, 25);
}

#[tokio::test]
async fn a_lean_session_stays_within_its_budgets() {
    if skipped(EmbeddedOnly::Capacity) {
        return;
    }
    let creating = [budget(1, 0.0, 9.0), budget(1, 0.0, 11.0)];
    let sum = Box::pin(play(request("conversation-1"), creating, Map::new())).await;
    assert!(sum <= 220.0, "{sum}");
}

/// A chat in which a representative said something and nobody answers: looked after, announced, ended.
#[tokio::test]
async fn what_the_clock_brings_stays_within_its_budgets() {
    if skipped(EmbeddedOnly::Capacity) {
        return;
    }
    let world = world().await;
    let mut table = Table { world: &world, sum: 0.0 };
    let session = world.session("conversation-1").await;
    let id = session.transfer_id();
    let events = [
        linked(joined("event-1", later(1)), "8f1c2d3e-4b5a-6789-abcd-ef0123456789"),
        said("message-1", later(2), "Good morning"),
    ];
    for event in events {
        world.store.apply_events(&integration(), id, vec![event], later(2)).await.unwrap();
    }
    let nothing = async |store: Store| store.due_page(later(60), DueFrom::default(), None).await.unwrap().sessions;
    assert_eq!(table.row("a look that finds nothing", 0, reading(4, 2.0), nothing).await, []);
    let early = async |store: Store| store.tick(&project(), id, later(299)).await.unwrap();
    assert_eq!(table.row("a tick that finds nothing", 0, reading(1, 1.0), early).await, None);

    let look = budget(2, 1.0, 4.0);
    let dues = [
        (300, "look after it", look),
        (600, "look after it", look),
        (900, "look after it", look),
        (1200, "look after it", look),
        (1500, "look after it", look),
        (1682, "announce its expiry", budget(2, 1.0, 7.0)),
        (1800, "look after it", look),
        (1802, "end it", budget(2, 1.0, 8.0)),
    ];
    for (at, what, budget) in dues {
        assert_eq!(world.reload(&session).await.due_at, Some(later(at)), "{what}");
        let tick = async |store: Store| store.tick(&project(), id, later(at)).await.unwrap().unwrap();
        table.row(what, 1, budget, tick).await;
    }
    assert!(world.reload(&session).await.is_ended());
    println!("{:<34} {:>21.1}", "a silent chat, by the clock", table.sum);

    let other = world.session("conversation-2").await;
    let events = vec![linked(joined("event-1", later(1)), "another-conversation")];
    world.store.apply_events(&integration(), other.transfer_id(), events, later(1)).await.unwrap();
    let written = contact_message(&world.reload(&other).await, "message-out-1", later(2));
    world.commit(&written, later(2)).await;
    let tick = async |store: Store| store.tick(&project(), other.transfer_id(), later(300)).await.unwrap().unwrap();
    table.row("look after one with a message", 0, budget(3, 2.0, 4.0), tick).await;
}

#[tokio::test]
async fn a_rich_session_costs_more_at_its_creation_only() {
    if skipped(EmbeddedOnly::Capacity) {
        return;
    }
    let creating = [budget(1, 0.0, 20.0), budget(1, 0.0, 22.0)];
    let sum = Box::pin(play(rich_request("conversation-1"), creating, rich_facts())).await;
    assert!(sum <= 240.0, "{sum}");
}

/// Whatever the request brought and the provider told, what moves with messages stays well below a write unit: what a
/// real deployment has longer (ids of 36 characters, texts) finds room.
#[tokio::test]
async fn the_row_that_moves_stays_below_a_kilobyte() {
    for new in [request("conversation-1"), rich_request("conversation-1")] {
        let world = world().await;
        let session = world.session_of(new, start()).await;
        let events = vec![
            linked(queued("event-1", later(1), "billing"), "8f1c2d3e-4b5a-6789-abcd-ef0123456789"),
            joined("event-2", later(2)),
            said("message-1", later(3), "Good morning, what can I do for you today?"),
        ];
        for event in events {
            world.store.apply_events(&integration(), session.transfer_id(), vec![event], later(4)).await.unwrap();
            let size = world.size_of_record(&session).await;
            assert!(size <= 900, "{size}");
        }
    }
}
