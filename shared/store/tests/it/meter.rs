//! What each operation costs: run with `--nocapture` for the table.

use transfer_domain::{IdempotencyKey, SendOutcome, Status, record_delivery};
use transfer_store::{Consumed, Idempotency, SessionFilter, Store};

use crate::world::{
    contact_message, integration, joined, later, linked, name, project, request, said, source, start, world,
};

struct Table<'a>(&'a Store);

impl Table<'_> {
    async fn row<T>(&self, what: &str, operation: impl AsyncFnOnce(Store) -> T) -> (T, Consumed) {
        let (store, meter) = self.0.metered();
        let outcome = operation(store).await;
        let Consumed { round_trips, read_units, write_units, index_write_units } = meter.read();
        println!("{what:<34} {round_trips:>5} {read_units:>7.1} {write_units:>7.1} {index_write_units:>7.1}");
        (outcome, meter.read())
    }
}

#[tokio::test]
async fn operations_stay_within_their_budgets() {
    let world = world().await;
    println!("{:<34} {:>5} {:>7} {:>7} {:>7}", "operation", "trips", "read", "write", "index");
    let table = Table(&world.store);
    let (transition, briefing) = world.transition(request("conversation-1"), start());
    let key = Idempotency { key: IdempotencyKey::new("key-1").unwrap(), fingerprint: "one".to_owned() };
    let create =
        async |store: Store| store.create(&transition, &briefing, "answer", Some(&key), start()).await.unwrap();
    let (_, cost) = table.row("create", create).await;
    assert_eq!(cost.round_trips, 1);
    let session = transition.session.clone();
    let id = session.transfer_id();

    let (_, cost) = table.row("create, same call again", create).await;
    assert_eq!(cost.round_trips, 1);

    let (_, cost) = table.row("detail", async |store| store.session(&project(), id).await.unwrap()).await;
    assert_eq!((cost.round_trips, cost.write_units), (1, 0.0));

    let send = async |store: Store| {
        let decide = |session: &_| Ok::<_, ()>(Some(contact_message(session, "message-1", later(1))));
        store.transact(&project(), id, later(1), decide).await.unwrap()
    };
    let (_, cost) = table.row("message from the contact", send).await;
    assert_eq!((cost.round_trips, cost.index_write_units), (2, 0.0));
    assert!(cost.write_units > 0.0);

    let hear = async |store: Store| {
        store.apply_events(&integration(), id, vec![said("message-2", later(2), "Hello")], later(2)).await.unwrap()
    };
    let (_, cost) = table.row("message webhook", hear).await;
    assert_eq!((cost.round_trips, cost.index_write_units), (2, 0.0));

    let status = async |store: Store| {
        let events = vec![linked(joined("event-1", later(3)), "name-1")];
        store.apply_events(&integration(), id, events, later(3)).await.unwrap()
    };
    let (_, cost) = table.row("status webhook", status).await;
    assert_eq!(cost.round_trips, 2);
    assert!(cost.index_write_units > 0.0);

    let (_, cost) = table.row("webhook, repeated", hear).await;
    assert_eq!(cost.round_trips, 2);

    let find = async |store: Store| store.find_linked(&project(), session.provider, &name("name-1")).await.unwrap();
    let (_, cost) = table.row("find by provider session", find).await;
    assert_eq!(cost.round_trips, 1);

    let park = async |store: Store| {
        store.park(&project(), session.provider, &name("name-2"), &joined("event-2", later(3)), later(3)).await.unwrap()
    };
    let (_, cost) = table.row("park", park).await;
    assert_eq!(cost.round_trips, 1);

    let (messages, _) =
        table.row("undelivered", async |store| store.undelivered(&project(), id, 0, 100).await.unwrap()).await;
    let begin = async |store: Store| store.begin_delivery(&project(), id, &messages[0]).await.unwrap();
    let (_, cost) = table.row("begin delivery", begin).await;
    assert_eq!((cost.round_trips, cost.index_write_units), (1, 0.0));
    let settle = async |store: Store| {
        let decide =
            |session: &_| Ok::<_, ()>(Some(record_delivery(session, &messages[0], SendOutcome::Delivered, later(4))));
        store.transact(&project(), id, later(4), decide).await.unwrap()
    };
    let (_, cost) = table.row("settle delivery", settle).await;
    assert_eq!((cost.round_trips, cost.index_write_units), (2, 0.0));

    let opened = transfer_domain::OpenOutcome::Opened {
        provider_session_id: None,
        provider_data: serde_json::Map::new(),
        provider_state: serde_json::Map::new(),
    };
    let decide = |session: &_| Ok::<_, ()>(Some(transfer_domain::record_open(session, opened.clone(), later(4))));
    world.store.transact(&project(), id, later(4), decide).await.unwrap();
    let typing = async |store: Store| {
        let decide = |session: &_| transfer_domain::tell_typing(session, true, later(5));
        store.transact(&project(), id, later(5), decide).await.unwrap()
    };
    let (_, cost) = table.row("typing of the contact", typing).await;
    assert_eq!((cost.round_trips, cost.index_write_units), (2, 0.0));
    let (_, cost) = table.row("typing, told a moment ago", typing).await;
    assert_eq!((cost.round_trips, cost.write_units), (1, 0.0));
    let acknowledge = async |store: Store| {
        let session = store.session(&project(), id).await.unwrap().unwrap();
        let ids = [source("message-2")];
        store.record_receipts(session, &ids, transfer_domain::ReceiptState::Read, later(5)).await.unwrap()
    };
    let (_, cost) = table.row("receipt for one message", acknowledge).await;
    assert_eq!((cost.round_trips, cost.index_write_units), (4, 0.0));

    table.row("page of messages", async |store| store.messages(&project(), id, None, 25).await.unwrap()).await;
    table.row("settings", async |store| store.settings(&project()).await.unwrap()).await;

    for n in 0..30 {
        world.session_of(request(&format!("conversation-more-{n}")), later(n)).await;
    }
    let list =
        async |store: Store, filter: SessionFilter| store.list(&project(), &filter, 25, None, later(40)).await.unwrap();
    let active = SessionFilter { statuses: vec![Status::Active], ..SessionFilter::default() };
    let (_, cost) = table.row("list, one status", async |store| list(store, active).await).await;
    assert_eq!(cost.round_trips, 4 + 1);
    let (_, cost) = table.row("list, all statuses", async |store| list(store, SessionFilter::default()).await).await;
    assert_eq!((cost.round_trips, cost.write_units), (5 * 4 + 1, 0.0));

    let end = async |store: Store| {
        let decide = |session: &_| transfer_domain::end(session, transfer_domain::EndedBy::Agent, later(50)).map(Some);
        store.transact(&project(), id, later(50), decide).await.unwrap()
    };
    let (_, cost) = table.row("end", end).await;
    assert_eq!(cost.round_trips, 2);
    let expiry = world.reload(&session).await.expires_at.unwrap();
    table.row("expire", async |store| store.expire(&project(), id, expiry).await.unwrap()).await;
    table.row("forget", async |store| store.forget(&session).await.unwrap()).await;
}
