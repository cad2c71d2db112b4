//! Each function may do what it does, and nothing else.
//!
//! The functions live through what sessions live through, and the proxies in front of AWS write down what each asked
//! for. What a policy grants and no function asked for is as wrong as what one asked for and its policy does not grant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agent_transfer::routes::{RouteTable, TEMPLATE};
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::{Body, Request, Response};
use serde_json::{Value, json};
use serve_console::{Console, Offer};
use simulators::{Act, Fault};
use test_database::{EmbeddedOnly, skipped};
use transfer_domain::{Clock as _, Session};
use transfer_http::Route;
use transfer_providers::{Adapters, GENESYS, SERVICENOW};
use transfer_tests::fault_proxy::{self, Call, Resource};
use transfer_tests::harness::{
    Answer, ApiRequest, COMMAND_QUEUE, Case, GENESYS_ORGANISATION, NOTICE_QUEUE, PARKED_QUEUE, PROJECT, Process,
    RELAY_SECRET, Stage, TABLE, TICK_QUEUE, World, answer_of,
};

use super::reading::{Function, Template, list, written};

/// Pairs of action and resource, as the template writes them.
type Grants = BTreeSet<(String, String)>;

/// What each function asked for, and by which routes it was called.
#[derive(Default)]
struct Record {
    calls: BTreeMap<&'static str, BTreeSet<Call>>,
    routes: BTreeSet<Route>,
}

impl Record {
    /// Lets a freshly started function do something, and writes down what it asks for.
    async fn of<T>(&mut self, world: &World, function: &'static str, act: impl AsyncFnOnce(Process) -> T) -> T {
        let process = world.process();
        world.faults.clear();
        let done = Box::pin(act(process)).await;
        self.calls.entry(function).or_default().extend(world.faults.ios().into_iter().flat_map(|io| io.calls));
        done
    }

    /// A request of the API.
    async fn request(&mut self, world: &World, function: &'static str, status: u16, request: Request) -> Answer {
        self.routes.extend(Route::of(&request));
        let answer =
            self.of(world, function, async |process| answer_of(Box::pin(call(&process, function, request)).await));
        let answer = answer.await;
        assert_eq!(answer.status, status, "{function}: {}", answer.body);
        answer
    }

    async fn relay(&mut self, world: &World) {
        while self.of(world, "relay-changes", async |process| world.relay_once(&process).await).await {}
    }

    async fn deliver(&mut self, world: &World) {
        self.of(world, "deliver", async |process| world.deliver_once(&process).await).await;
    }

    async fn settle(&mut self, world: &World) {
        for _ in 0..5 {
            self.relay(world).await;
            self.deliver(world).await;
        }
    }

    async fn partner_event(&mut self, world: &World, event: Value) {
        self.of(world, "provider-event", async |process| {
            provider_event::handle(&process.service, &Adapters::inbound(), event).await
        })
        .await
        .unwrap();
    }
}

async fn call(process: &Process, function: &str, request: Request) -> Response<Body> {
    let service = &process.service;
    match function {
        "create-transfer" => create_transfer::handle(service, request).await,
        "list-transfers" => list_transfers::handle(service, request).await,
        "get-transfer" => get_transfer::handle(service, request).await,
        "event-deliveries" => event_deliveries::handle(&process.deliveries(), request).await,
        "transfer-events" => transfer_events::handle(service, request).await,
        "export-transfers" => export_transfers::handle(service, request).await,
        "erase-contact" => erase_contact::handle(service, request).await,
        "mcp" => mcp::handle(service, &mcp::ApiCaller::new().unwrap(), request).await,
        "send-message" => send_message::handle(service, &Adapters::inbound(), &process.commands(), request).await,
        "end-transfer" => end_transfer::handle(service, request).await,
        "provider-webhook" => provider_webhook::handle(service, &Adapters::inbound(), request).await,
        "settings" => settings::handle(service, &Adapters::inbound(), request).await,
        "test-integration" => test_integration::handle(&process.tester(), request).await,
        "inbox" => inbox::handle(service, request).await,
        "serve-console" => serve_console::handle(&Console::new(service.clone(), &Offer::default()), &request),
        other => panic!("no test knows how to call {other}"),
    }
}

const TRANSFERS: &str = "/v1/projects/{projectId}/transfers";

fn about(case: &Case, method: &str, rest: &str) -> ApiRequest {
    let route = format!("{method} {TRANSFERS}/{{sessionId}}{rest}");
    ApiRequest::of(&route).parameter("sessionId", case.session.to_string())
}

/// A request of a project's integration of Genesys.
fn integration(method: &str) -> ApiRequest {
    let route = format!("{method} /v1/projects/{{projectId}}/integrations/{{provider}}");
    ApiRequest::of(&route).parameter("provider", "genesys")
}

/// Somebody opens the console.
async fn show_console(record: &mut Record) {
    let world = World::start(GENESYS).await;
    for method in ["GET", "HEAD"] {
        for (path, status) in [("/", 200), ("/console/config.json", 200), ("/console/assets/{digest}/{path+}", 404)] {
            let request = ApiRequest::without_token(&format!("{method} {path}"));
            let request = request.parameter("digest", "old").parameter("path", "app/main.js");
            record.request(&world, "serve-console", status, request.build()).await;
        }
    }
}

/// A project is configured, looked at, and its contact centre is taken away again.
async fn configure(record: &mut Record) {
    let world = World::start(GENESYS).await;
    let stored = record.request(&world, "settings", 200, integration("GET").build()).await;
    let mut settings = stored.body["settings"].clone();
    let body = json!({ "settings": settings, "credentials": { "clientId": "c", "clientSecret": "s" } });
    record.request(&world, "settings", 200, integration("PUT").json(&body).build()).await;
    // A partner source that is given up leaves a row to remove.
    settings["partnerSource"] = Value::Null;
    settings["lifecycleSource"] = json!("poll");
    let body = json!({ "settings": settings });
    record.request(&world, "settings", 200, integration("PUT").json(&body).build()).await;
    let all = ApiRequest::of("GET /v1/projects/{projectId}/integrations");
    record.request(&world, "settings", 200, all.build()).await;
    record.request(&world, "settings", 204, integration("DELETE").build()).await;
    let body = json!({ "settings": settings, "credentials": { "clientId": "c", "clientSecret": "s" } });
    record.request(&world, "settings", 201, integration("PUT").json(&body).build()).await;
    let lifecycle = "/v1/projects/{projectId}/settings/agent-transfer";
    let current = record.request(&world, "settings", 200, ApiRequest::of(&format!("GET {lifecycle}")).build()).await;
    let put = ApiRequest::of(&format!("PUT {lifecycle}")).json(&current.body);
    record.request(&world, "settings", 200, put.build()).await;
    let in_force = ApiRequest::of(&format!("GET {lifecycle}/effective")).query("channel=chat&provider=genesys");
    record.request(&world, "settings", 200, in_force.build()).await;
    let test = ApiRequest::of("POST /v1/projects/{projectId}/integrations/{provider}/test");
    record.request(&world, "test-integration", 200, test.parameter("provider", "genesys").build()).await;
}

/// The same conversation is transferred when it is free, open, ended, expired and forgotten.
async fn create(record: &mut Record) {
    let world = World::start(GENESYS).await;
    let mut key = 0;
    let mut another = || {
        key += 1;
        let body = json!({
            "conversationSessionId": "conv-1", "contactId": "contact-1", "channel": "chat", "agent": "billing-agent",
            "provider": "genesys",
        });
        ApiRequest::of(&format!("POST {TRANSFERS}")).header("Idempotency-Key", format!("key-{key}")).json(&body).build()
    };
    let first = record.request(&world, "create-transfer", 201, another()).await;
    record.request(&world, "create-transfer", 409, another()).await;
    let session = first.body["sessionId"].as_str().unwrap().parse().unwrap();
    let case = Case { conversation: "conv-1".to_owned(), session };
    case.end(world.steady()).await;
    record.request(&world, "create-transfer", 201, another()).await;
    world.clock.pass(chrono::TimeDelta::hours(1));
    record.request(&world, "create-transfer", 201, another()).await;
    // Its record was removed by its TTL, and nobody has cleared up after it yet.
    world.clock.pass(chrono::TimeDelta::hours(1));
    assert!(world.sweep().await > 0);
    record.request(&world, "create-transfer", 201, another()).await;
}

/// A transfer from the request to its end by the agent.
async fn live(record: &mut Record, world: &World) {
    let request = Case::create_request(GENESYS, "conv-1");
    let created = record.request(world, "create-transfer", 201, request).await;
    let session = created.body["sessionId"].as_str().unwrap().parse().unwrap();
    let case = Case { conversation: "conv-1".to_owned(), session };
    record.settle(world).await;
    world.centre.act(&case.provider_conversation(world), Act::Queue);
    world.centre.act(&case.provider_conversation(world), Act::Join);
    record.partner_event(world, case.joined_event(world)).await;
    record.settle(world).await;
    let text = case.text_webhook(world, "text-1", "Hello, this is Representative One.");
    record.request(world, "provider-webhook", 200, text).await;
    let message = json!({ "messageId": "m-1", "text": "Where is my order?" });
    record.request(world, "send-message", 202, about(&case, "POST", "/messages").json(&message).build()).await;
    record.request(world, "send-message", 202, about(&case, "POST", "/messages").json(&message).build()).await;
    let typing = about(&case, "POST", "/typing").json(&json!({ "state": "started" }));
    record.request(world, "send-message", 202, typing.build()).await;
    let read = about(&case, "POST", "/receipts").json(&json!({ "messageIds": ["text-1"], "state": "read" }));
    record.request(world, "send-message", 202, read.build()).await;
    record.settle(world).await;
    for rest in ["", "/messages", "/timeline"] {
        record.request(world, "get-transfer", 200, about(&case, "GET", rest).build()).await;
    }
    record.request(world, "transfer-events", 200, about(&case, "GET", "/events").build()).await;
    // What a read that may lag behind does not find is asked for by one that does not.
    let nobody = "agent_transfer:019bb1a5-ed00-7000-8000-0000000000ff:nobody:chat";
    let nobodys = ApiRequest::of(&format!("GET {TRANSFERS}/{{sessionId}}/events")).parameter("sessionId", nobody);
    record.request(world, "transfer-events", 404, nobodys.build()).await;
    for filter in ["", "status=active", "contactId=contact-1", "conversationSessionId=conv-1", "providerSessionId=p-1"]
    {
        for route in [format!("GET {TRANSFERS}"), format!("GET {TRANSFERS}/counts")] {
            record.request(world, "list-transfers", 200, ApiRequest::of(&route).query(filter).build()).await;
        }
    }
    look_after(record, world, &case).await;
    Box::pin(end_against_a_message(record, world, &case)).await;
    brought_call(record, world).await;
    record.request(world, "end-transfer", 202, about(&case, "POST", "/end").build()).await;
    record.request(world, "end-transfer", 202, about(&case, "POST", "/end").build()).await;
    record.settle(world).await;
    let handed = json!({ "version": world.session_of("conv-1").await.hand_back.unwrap().version });
    record.request(world, "end-transfer", 200, about(&case, "POST", "/handback").json(&handed).build()).await;
    // Too late: it is written down, and changes nothing.
    let late = case.text_webhook(world, "text-2", "Are you there?");
    record.request(world, "provider-webhook", 200, late).await;
    record.partner_event(world, case.closed_event(world)).await;
}

/// A call that its runtime brings, is found by and reports of.
async fn brought_call(record: &mut Record, world: &World) {
    let body = json!({
        "conversationSessionId": "conv-call", "contactId": "contact-1", "channel": "voice", "agent": "billing-agent",
        "provider": "genesys", "voice": { "callId": "call-1" },
    });
    let request = ApiRequest::of(&format!("POST {TRANSFERS}")).json(&body).build();
    let created = record.request(world, "create-transfer", 201, request).await;
    let session = created.body["sessionId"].as_str().unwrap().parse().unwrap();
    let case = Case { conversation: "conv-call".to_owned(), session };
    record.settle(world).await;
    let list = ApiRequest::of(&format!("GET {TRANSFERS}")).query("callId=call-1");
    record.request(world, "list-transfers", 200, list.build()).await;
    for outcome in ["connected", "dropped"] {
        let report = json!({ "outcome": outcome, "providerSessionId": "call-conversation-1" });
        let report = about(&case, "POST", "/voice/outcome").json(&report);
        record.request(world, "end-transfer", 202, report.build()).await;
        record.settle(world).await;
    }
}

/// An end that meets another write looks at the session once more, as everything does that decides about one.
async fn end_against_a_message(record: &mut Record, world: &World, case: &Case) {
    let before = world.session_of("conv-1").await;
    assert_eq!(case.send(world.steady(), "m-2", "Wait!").await.status, 202);
    record
        .of(world, "end-transfer", async |process| {
            let (store, now) = (&process.service.store, world.clock.now());
            let decide = |_: &Session| Ok::<Option<transfer_domain::Transition>, ()>(None);
            store.transact(&before.project_id, before.transfer_id(), now, decide).await.unwrap()
        })
        .await;
}

/// Operators look after the task of a transfer.
async fn look_after(record: &mut Record, world: &World, case: &Case) {
    let events = world.bus().recorded_events();
    for event in events.into_iter().filter(|event| event["source"] == "agent-transfer") {
        record
            .of(world, "inbox-events", async |process| inbox_events::handle(&process.service, event).await)
            .await
            .unwrap();
    }
    let tasks = "/v1/projects/{projectId}/inbox/tasks";
    record.request(world, "inbox", 200, ApiRequest::of(&format!("GET {tasks}")).build()).await;
    let one = |method: &str, rest: &str| {
        let route = format!("{method} {tasks}/{{taskId}}{rest}");
        ApiRequest::of(&route).parameter("taskId", case.session.transfer.to_string()).json(&json!({}))
    };
    record.request(world, "inbox", 200, one("GET", "").build()).await;
    record.request(world, "inbox", 200, one("POST", "/claim").json(&json!({ "assignee": "operator-1" })).build()).await;
    record.request(world, "inbox", 200, one("POST", "/resolve").build()).await;
}

/// The contact centre ends it, by an event of its bus. What is left of the session is removed.
async fn end_there(record: &mut Record, world: &World) {
    let case = Case::at(world, "conv-2", Stage::Active).await;
    record.partner_event(world, case.closed_event(world)).await;
    record.settle(world).await;
    assert_eq!(case.record(world.steady()).await.body["status"], "ended");
    world.clock.pass(chrono::TimeDelta::days(2));
    assert!(world.sweep().await > 0);
    record.settle(world).await;
    let mut rows = world.rows_about(&format!("session#{}", case.session.transfer)).await;
    // What was seen goes by its own time to live.
    rows.retain(|row| !row["sk"].as_s().is_ok_and(|sk| sk.starts_with("seen#")));
    assert_eq!(rows.len(), 0, "{rows:?}");
}

/// A session comes due and is looked after; nobody writes in it until it expires. Of another one the table's TTL is
/// quicker than the clock's look at it.
async fn come_due(record: &mut Record) {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    assert_eq!(case.send(world.steady(), "m-1", "Hello").await.status, 202);
    for _ in 0..31 {
        record.of(&world, "watch", async |process| world.watch(&process).await).await.unwrap();
        while record.of(&world, "tick", async |process| world.tick_once(&process).await).await {}
        record.relay(&world).await;
        world.clock.pass(chrono::TimeDelta::minutes(1));
    }
    assert_eq!(case.record(world.steady()).await.body["endReason"], "expired");
    let case = Case::at(&world, "conv-2", Stage::Active).await;
    world.clock.pass(chrono::TimeDelta::hours(1));
    let list = ApiRequest::of(&format!("GET {TRANSFERS}")).query("status=ended");
    record.request(&world, "list-transfers", 200, list.build()).await;
    assert!(world.sweep().await > 0);
    record.relay(&world).await;
    assert_eq!(case.record(world.steady()).await.body["endReason"], "expired");
}

/// A contact centre without a bus ends it, by a callback.
async fn end_by_callback(record: &mut Record) {
    let world = World::start(SERVICENOW).await;
    let case = Case::at(&world, "conv-1", Stage::Opened).await;
    let told = record.request(&world, "provider-webhook", 200, relayed_end(&world, &case)).await;
    assert_eq!(told.body["status"], "accepted");
    assert_eq!(case.record(world.steady()).await.body["status"], "ended");
}

/// The end, as any code at the customer's side can tell it.
fn relayed_end(world: &World, case: &Case) -> Request {
    let now = world.clock.now();
    let body = json!({
        "v": 1, "type": "closed", "transfer_id": case.session.transfer, "closed_by": "agent",
        "occurred_at": now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
    });
    let body = body.to_string().into_bytes();
    let proof = simulators::relay::signature(RELAY_SECRET, "evt-1", now.timestamp(), &body).unwrap();
    ApiRequest::without_token("POST /v1/webhooks/relay/{integrationId}")
        .parameter("integrationId", world.integration.integration_id.as_str())
        .header("content-type", "application/json")
        .header("webhook-id", "evt-1")
        .header("webhook-timestamp", now.timestamp().to_string())
        .header("webhook-signature", proof)
        .raw(body)
        .build()
}

/// An opening whose answer was lost: an event comes too early and is parked; when a callback has linked the
/// conversation, the session is over already.
async fn open_unconfirmed(record: &mut Record, world: &World) {
    let case = Case::at(world, "conv-5", Stage::Announced).await;
    let opening = format!("POST /api/v2/conversations/messages/{GENESYS_ORGANISATION}/inbound/open/message");
    record
        .of(world, "deliver", async |process| {
            world.faults.on(&opening, [fault_proxy::Fault::DropAfter]);
            world.deliver_once(&process).await
        })
        .await;
    assert_eq!(case.record(world.steady()).await.body["unconfirmed"], true);
    record.request(world, "end-transfer", 202, about(&case, "POST", "/retry").build()).await;
    record.partner_event(world, case.joined_event(world)).await;
    assert!(!world.rows_about("#link#genesys#").await.is_empty(), "the event is parked");
    let nobodys = json!({ "conversationId": "not-linked-yet", "channel": {
        "id": GENESYS_ORGANISATION, "platform": "Open", "type": "Private", "messageId": "text-9",
        "to": { "id": "nobody-of-ours" }, "from": { "nickname": "Support", "id": GENESYS_ORGANISATION },
        "time": "2026-01-12T10:00:02.000Z",
    } });
    let early = case.webhook_with(world, "text-9", "Is anybody there?", &nobodys);
    record.request(world, "provider-webhook", 200, early).await;
    assert!(!world.rows_about("#link#genesys#not-linked-yet").await.is_empty(), "the text is parked");
    let text = case.text_webhook(world, "text-5", "Hello, this is Representative One.");
    record.request(world, "provider-webhook", 200, text).await;
    assert_eq!(case.end(world.steady()).await.status, 202);
    record.settle(world).await;
    assert_eq!(case.record(world.steady()).await.body["status"], "ended");
}

/// A contact centre that is busy, and a record that cannot be read.
async fn fail(record: &mut Record, world: &World) {
    let case = Case::at(world, "conv-4", Stage::Announced).await;
    let busy: Fault = serde_json::from_value(json!({
        "on": "request", "operation": "token", "times": 1, "fault": { "kind": "status", "status": 429, "retryAfter": 30 },
    }))
    .unwrap();
    world.centre.faults([busy]);
    record.deliver(world).await;
    assert!(case.record(world.steady()).await.body["providerSessionId"].is_null());
    let row = [("pk", "demo#session#poison"), ("sk", "record"), ("type", "session")];
    let row = row.map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned())));
    world.table.put_item().table_name(TABLE).set_item(Some(row.into())).send().await.unwrap();
    record.relay(world).await;
    assert_eq!(world.queue(PARKED_QUEUE).counts().unwrap().visible, 1);
}

/// A receiver that fails at first.
async fn receiver() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let answer = move || {
        let first = requests.fetch_add(1, Ordering::SeqCst) == 0;
        std::future::ready(if first { http::StatusCode::BAD_GATEWAY } else { http::StatusCode::OK })
    };
    let router = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

/// A project gets its events by webhook: at the second try, once more, and not any more.
async fn told_by_webhook(record: &mut Record) {
    const ENDPOINTS: &str = "/v1/projects/{projectId}/settings/event-endpoints";
    let (world, url) = (World::start(GENESYS).await, receiver().await);
    let at = |method: &str, rest: &str| {
        let route = format!("{method} {ENDPOINTS}/{{endpointId}}{rest}");
        ApiRequest::of(&route).parameter("endpointId", "runtime")
    };
    let put = |more: Value| {
        let mut body = more;
        body["url"] = url.as_str().into();
        at("PUT", "").json(&body).build()
    };
    record.request(&world, "settings", 201, put(json!({}))).await;
    record.request(&world, "settings", 200, put(json!({ "rotateSecret": true }))).await;
    record.request(&world, "settings", 200, put(json!({ "enabled": false }))).await;
    record.request(&world, "settings", 200, put(json!({ "enabled": true }))).await;
    record.request(&world, "settings", 200, at("GET", "").build()).await;
    record.request(&world, "settings", 200, ApiRequest::of(&format!("GET {ENDPOINTS}")).build()).await;
    let case = Case::at(&world, "conv-1", Stage::Created).await;
    record.relay(&world).await;
    for _ in 0..4 {
        record.of(&world, "notify", async |process| world.notify_once(&process).await).await;
        world.clock.pass(chrono::TimeDelta::minutes(10));
    }
    let deliveries = record.request(&world, "event-deliveries", 200, at("GET", "/deliveries").build()).await;
    assert_eq!(deliveries.body["items"][0]["state"], "delivered", "{}", deliveries.body);
    let delivery = deliveries.body["items"][0]["deliveryId"].as_str().unwrap();
    let again = at("POST", "/deliveries/{deliveryId}/retry").parameter("deliveryId", delivery);
    record.request(&world, "event-deliveries", 202, again.build()).await;
    let replay = |body: Value| at("POST", "/replay").json(&body).build();
    record.request(&world, "event-deliveries", 202, replay(json!({ "sessionId": case.session.to_string() }))).await;
    let time = json!({ "from": "2026-01-12T00:00:00Z", "until": "2026-01-13T00:00:00Z" });
    record.request(&world, "event-deliveries", 202, replay(time)).await;
    record.request(&world, "event-deliveries", 202, at("POST", "/test").build()).await;
    record.request(&world, "settings", 204, at("DELETE", "").build()).await;
}

/// A session whose time is over, and that nobody ended yet, is exported and erased.
async fn export_and_erase(record: &mut Record) {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    world.clock.pass(chrono::TimeDelta::hours(1));
    let route = format!("GET {TRANSFERS}/export");
    let all = ApiRequest::of(&route).query("from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z");
    record.request(&world, "export-transfers", 200, all.build()).await;
    let erase = ApiRequest::of("POST /v1/projects/{projectId}/contacts/{contactId}/erase");
    let erase = erase.parameter("contactId", "contact-1");
    let ending = record.request(&world, "erase-contact", 200, erase.build()).await;
    assert_eq!(ending.body["sessions"][0]["status"], "ending");
    world.settle().await;
    world.clock.pass(chrono::TimeDelta::minutes(2));
    let removed = record.request(&world, "erase-contact", 200, erase.build()).await;
    assert_eq!(removed.body["more"], false, "{}", removed.body);
    record.settle(&world).await;
    assert_eq!(case.record(world.steady()).await.status, 404);
}

/// What there is to call is asked for; what is called is another function's.
async fn ask_for_tools(record: &mut Record) {
    let world = World::start(GENESYS).await;
    let tools =
        ApiRequest::of("ANY /v1/projects/{projectId}/mcp").header("accept", "application/json, text/event-stream");
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let answer = record.request(&world, "mcp", 200, tools.json(&asked).build()).await;
    assert_eq!(answer.body["result"]["tools"].as_array().unwrap().len(), 4);
}

/// Everything that each function asks for in all of that.
async fn recorded() -> Record {
    let mut record = Record::default();
    configure(&mut record).await;
    show_console(&mut record).await;
    create(&mut record).await;
    end_by_callback(&mut record).await;
    Box::pin(come_due(&mut record)).await;
    Box::pin(told_by_webhook(&mut record)).await;
    let world = World::start(GENESYS).await;
    Box::pin(live(&mut record, &world)).await;
    open_unconfirmed(&mut record, &world).await;
    end_there(&mut record, &world).await;
    fail(&mut record, &world).await;
    export_and_erase(&mut record).await;
    ask_for_tools(&mut record).await;
    record
}

/// A recorded call as the template writes it.
fn as_granted(call: &Call) -> (String, String) {
    let on = match &call.on {
        Resource::Table(table) if table == TABLE => "${Table.Arn}".to_owned(),
        Resource::Index(table, index) if table == TABLE => format!("${{Table.Arn}}/index/{index}"),
        Resource::Queue(queue) if queue == COMMAND_QUEUE => "${CommandQueue.Arn}".to_owned(),
        Resource::Queue(queue) if queue == TICK_QUEUE => "${TickQueue.Arn}".to_owned(),
        Resource::Queue(queue) if queue == NOTICE_QUEUE => "${NoticeQueue.Arn}".to_owned(),
        Resource::Queue(queue) if queue == PARKED_QUEUE => "${ParkedRecords.Arn}".to_owned(),
        Resource::Bus(_) => "${EventBus.Arn}".to_owned(),
        Resource::Secret(name) => {
            let rest = name.strip_prefix(&format!("agent-transfer/{PROJECT}/")).unwrap_or_else(|| panic!("{name}"));
            let (_, kind) = rest.split_once('/').unwrap_or_else(|| panic!("{name}"));
            secrets("agent-transfer/${Stage}", kind)
        }
        Resource::Table(_) | Resource::Index(..) | Resource::Queue(_) => panic!("{call:?}"),
    };
    (call.action.clone(), on)
}

/// Secrets Manager adds something to the name once there is such a secret.
fn secrets(prefix: &str, kind: &str) -> String {
    let of_account = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret";
    format!("{of_account}:{prefix}/*/{kind}*")
}

/// What one policy of a function's role grants.
fn granted(template: &Template, function: &Function<'_>, policy: &str) -> Grants {
    let role = template.properties(&format!("{}Role", function.name));
    let policies = role["Policies"].as_sequence().unwrap();
    let mut names: Vec<&str> = policies.iter().map(|it| it["PolicyName"].as_str().unwrap()).collect();
    names.sort_unstable();
    // AWS refuses a policy that grants nothing.
    let calls_nothing = ["mcp", "serve-console"].contains(&function.binary);
    let wanted = if calls_nothing { vec!["platform"] } else { vec!["calls", "platform"] };
    assert_eq!(names, wanted, "{}", function.name);
    let mut grants = Grants::new();
    let policy = policies.iter().find(|it| it["PolicyName"].as_str() == Some(policy));
    let Some(policy) = policy else { return grants };
    for statement in policy["PolicyDocument"]["Statement"].as_sequence().unwrap() {
        for action in list(&statement["Action"]) {
            for resource in list(&statement["Resource"]) {
                assert!(grants.insert((action.clone(), resource)), "{} is granted {action} twice", function.name);
            }
        }
    }
    grants
}

/// What Lambda does in a function's name: logs, traces, and taking from its sources.
fn of_platform(function: &Function<'_>) -> Grants {
    let mut grants = Grants::new();
    let mut grant = |actions: &[&str], on: &str| {
        grants.extend(actions.iter().map(|action| ((*action).to_owned(), on.to_owned())));
    };
    grant(&["logs:CreateLogStream", "logs:PutLogEvents"], &format!("${{{}Logs.Arn}}", function.name));
    grant(&["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*");
    for source in function.sources() {
        match source.kind {
            "SQS" => {
                let actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
                grant(&actions, &written(&source.properties["Queue"]));
            }
            "DynamoDB" => {
                let actions = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"];
                grant(&actions, &written(&source.properties["Stream"]));
                grant(&["dynamodb:ListStreams"], "${Table.Arn}/stream/*");
                let destination = &source.properties["DestinationConfig"]["OnFailure"]["Destination"];
                grant(&["sqs:SendMessage"], &written(destination));
            }
            _ => {}
        }
    }
    grants
}

#[tokio::test]
async fn each_function_may_call_what_it_calls_and_nothing_else() {
    if skipped(EmbeddedOnly::Sweep) {
        return;
    }
    let template = Template::read();
    let record = Box::pin(recorded()).await;
    for route in RouteTable::from_template(TEMPLATE).unwrap().routes().iter().filter(|route| route.needs_token) {
        let recorded = Route::read(&route.key).is_some_and(|route| record.routes.contains(&route));
        assert!(recorded, "nothing was recorded of {}", route.key);
    }
    let mut wrong = BTreeMap::new();
    for function in template.functions() {
        let calls =
            record.calls.get(function.binary).unwrap_or_else(|| panic!("nothing was recorded of {}", function.name));
        let used: Grants = calls.iter().map(as_granted).collect();
        let granted = granted(&template, &function, "calls");
        let missing: Vec<_> = used.difference(&granted).cloned().collect();
        let spare: Vec<_> = granted.difference(&used).cloned().collect();
        if (missing.len(), spare.len()) != (0, 0) {
            wrong.insert(function.binary, [("missing", missing), ("to spare", spare)]);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_platform_may_do_in_a_functions_name_what_its_sources_need_and_nothing_else() {
    let template = Template::read();
    for function in template.functions() {
        assert_eq!(granted(&template, &function, "platform"), of_platform(&function), "{}", function.name);
    }
}

#[test]
fn secrets_are_granted_under_the_prefix_that_the_functions_use_and_only_to_those_who_need_them() {
    let template = Template::read();
    let mut readers = BTreeMap::<_, BTreeSet<_>>::new();
    for function in template.functions() {
        let prefix = &template.environment(&function)["SECRETS_PREFIX"];
        for (action, on) in granted(&template, &function, "calls") {
            if action.starts_with("secretsmanager:") {
                let kind = ["credentials", "webhooks", "signing"].into_iter().find(|kind| on == secrets(prefix, kind));
                let kind = kind.unwrap_or_else(|| panic!("{} is granted {action} on {on}", function.name));
                readers.entry(kind).or_default().insert(function.binary);
            }
        }
    }
    // What answers on the open internet must not know what the contact centres are called with.
    assert_eq!(readers["credentials"], BTreeSet::from(["deliver", "settings", "test-integration"]));
    assert_eq!(readers["webhooks"], BTreeSet::from(["provider-webhook", "settings"]));
    assert_eq!(readers["signing"], BTreeSet::from(["notify", "settings"]));
}
