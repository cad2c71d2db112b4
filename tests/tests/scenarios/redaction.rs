//! What a project wants redacted is replaced before it is kept: in what goes to the contact centre, in what comes from it,
//! and in everything that is shown or told of either.

use agent_transfer::{Stack, StackOptions, TestClock};
use serde_json::{Value, json};
use simulators::{Act, EndedBy};
use transfer_providers::GENESYS;
use transfer_tests::api::{Api, events, stack, stack_with, transfer, uuid};

const CARD: &str = "4111 1111 1111 1111";
const IBAN: &str = "DE89 3704 0044 0532 0130 00";

async fn set(api: &Api, redaction: &Value) {
    let stored = api.put("/settings/agent-transfer", &json!({ "redaction": redaction })).await;
    assert_eq!(stored.status, 200, "{}", stored.text);
}

async fn act(stack: &Stack, session: &str, acts: &[Act]) {
    for one in acts {
        stack.desk(GENESYS).unwrap().act(&uuid(session), one.clone()).unwrap();
        stack.settle().await.unwrap();
    }
}

async fn active(stack: &Stack, api: &Api) -> String {
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    act(stack, &session, &[Act::Accept, Act::Queue, Act::Join]).await;
    session
}

/// The messages of a session: each with what was replaced in it.
async fn kept(api: &Api, session: &str) -> Vec<(String, Value)> {
    let page = api.get(&format!("/transfers/{session}/messages?limit=100")).await;
    let items = page.body["items"].as_array().cloned().unwrap();
    items.iter().map(|item| (item["text"].as_str().unwrap().to_owned(), item["redacted"].clone())).collect()
}

/// Everything that the contact centre was told, as text.
fn told(stack: &Stack) -> String {
    let requests = stack.desk(GENESYS).unwrap().requests();
    requests.iter().map(|request| format!("{request:?}\n")).collect::<Vec<_>>().concat()
}

/// Everything in the table, as text.
async fn table(stack: &Stack) -> String {
    let table = stack.dynamodb().list_tables().send().await.unwrap().table_names.unwrap().remove(0);
    let rows = stack.dynamodb().scan().table_name(table).send().await.unwrap();
    format!("{rows:?}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contacts_message_reaches_table_events_and_contact_centre_redacted() {
    let (stack, api) = stack().await;
    set(&api, &json!({ "kinds": ["card", "iban", "email", "telephone"] })).await;
    let session = active(&stack, &api).await;
    let text = format!("Card {CARD}, account {IBAN}, a@b.example, +49 30 1234567");
    assert_eq!(api.say(&session, "m-1", &text).await.status, 202);
    stack.settle().await.unwrap();
    let redacted = "Card [card], account [iban], [email], [telephone]";
    let counted = json!({ "card": 1, "iban": 1, "email": 1, "telephone": 1 });
    assert_eq!(kept(&api, &session).await, [(redacted.to_owned(), counted)]);
    assert!(told(&stack).contains(redacted), "{}", told(&stack));
    let everywhere = format!("{}{}{:?}", table(&stack).await, told(&stack), events(&stack, &session));
    for secret in [CARD, IBAN, "a@b.example", "1234567"] {
        assert!(!everywhere.contains(secret), "{secret}");
    }
    let again = api.say(&session, "m-1", &text).await;
    assert_eq!(again.status, 202, "{}", again.text);
    stack.settle().await.unwrap();
    assert_eq!(kept(&api, &session).await.len(), 1, "the same again is the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_spellings_are_found_and_what_is_no_match_stays_to_the_byte() {
    let (stack, api) = stack().await;
    set(&api, &json!({ "kinds": ["card"] })).await;
    let session = active(&stack, &api).await;
    let untouched = "Order 4111 1111 1111 1112, \u{200b}４１１１ \u{1F600} [card]\u{0301} 12,50 €";
    let texts = [
        "4\u{200b}1\u{200b}11-1111.1111 1111",
        "４１１１１１１１１１１１１１１１",
        "٤١١١ ١١١١ ١١١١ ١١١١",
        "x4111111111111111x",
        untouched,
    ];
    for (index, text) in texts.iter().enumerate() {
        assert_eq!(api.say(&session, &format!("m-{index}"), text).await.status, 202);
    }
    // A number over two messages is not found.
    assert_eq!(api.say(&session, "half-1", "4111 1111").await.status, 202);
    assert_eq!(api.say(&session, "half-2", "1111 1111").await.status, 202);
    let found = json!({ "card": 1 });
    let expected = [
        ("[card]", found.clone()),
        ("[card]", found.clone()),
        ("[card]", found.clone()),
        ("x[card]x", found),
        (untouched, json!({})),
        ("4111 1111", json!({})),
        ("1111 1111", json!({})),
    ];
    assert_eq!(kept(&api, &session).await, expected.map(|(text, counted)| (text.to_owned(), counted)));
    let long = format!("{}{CARD}", "1 ".repeat(16_000));
    assert_eq!(api.say(&session, "long", &long).await.status, 202);
    assert!(kept(&api, &session).await[7].0.ends_with("[card]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_a_message_and_its_parts_are_looked_at_too() {
    let (stack, api) = stack().await;
    set(&api, &json!({ "kinds": ["card"] })).await;
    let session = active(&stack, &api).await;
    let body = json!({
        "messageId": "m-1", "text": format!("See {CARD}"),
        "content": [{ "type": "card", "title": CARD, "fields": [{ "label": "Number", "value": CARD }] }],
        "attachments": [{ "url": "https://files.example/1.pdf", "name": format!("{CARD}.pdf") }],
    });
    let sent = api.post(&format!("/transfers/{session}/messages"), &body).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    stack.settle().await.unwrap();
    let page = api.get(&format!("/transfers/{session}/messages")).await;
    assert!(!page.text.contains(CARD), "{}", page.text);
    assert_eq!(page.body["items"][0]["attachments"][0]["name"], "[card].pdf");
    assert!(!told(&stack).contains(CARD));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_kept_and_told_redacted_and_its_repetition_is_the_same() {
    let (stack, api) = stack().await;
    set(&api, &json!({ "kinds": ["card"] })).await;
    let mut body = transfer("conv-1", "genesys");
    body["summary"] = json!(format!("Paid with {CARD}"));
    body["reason"] = json!(format!("Dispute of {CARD}"));
    body["history"] = json!([{ "role": "contact", "text": format!("It is {CARD}.") }]);
    body["metadata"] = json!({ "reference": "kept as it is" });
    let key = [("Idempotency-Key", "key-1")];
    let create = || api.call(reqwest::Method::POST, "/transfers", Some(&body), &key);
    let created = create().await;
    assert_eq!((created.status, created.str("summary").as_str()), (201, "Paid with [card]"), "{}", created.text);
    assert_eq!(created.str("reason"), "Dispute of [card]");
    let again = create().await;
    assert_eq!((again.status, &again.body), (200, &created.body));
    stack.settle().await.unwrap();
    let everywhere = format!("{}{}", table(&stack).await, told(&stack));
    assert!(!everywhere.contains(CARD) && everywhere.contains("[card]"));
    let session = created.str("sessionId");
    assert_eq!(api.detail(&session).await.body["summary"], "Paid with [card]");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_contact_centre_says_reaches_the_runtime_redacted_also_in_notes() {
    let (stack, api) = stack().await;
    set(&api, &json!({ "kinds": ["card", "email"], "directions": ["to_runtime"] })).await;
    let session = active(&stack, &api).await;
    act(&stack, &session, &[Act::Say(format!("I see {CARD} of a@b.example."))]).await;
    assert_eq!(api.say(&session, "m-1", CARD).await.status, 202);
    let counted = json!({ "card": 1, "email": 1 });
    let expected = [("I see [card] of [email].".to_owned(), counted), (CARD.to_owned(), json!({}))];
    assert_eq!(kept(&api, &session).await, expected, "the other way is not asked for");
    let received = events(&stack, &session);
    let received = received.iter().find(|event| event["detail-type"] == "message.received").unwrap();
    assert_eq!(received["detail"]["message"]["text"], "I see [card] of [email].");
    act(&stack, &session, &[Act::End(EndedBy::Representative)]).await;
    let conversation = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap().id;
    let note = json!({
        "conversationId": conversation, "mediaType": "MESSAGE", "messageType": "OPEN", "wrapupCode": "refund",
        "wrapupNotes": format!("Refunded to {CARD}"), "eventTime": 4_102_444_800_000_i64,
    });
    let genesys = stack.desk(GENESYS).unwrap().is::<simulators::genesys::Genesys>().unwrap();
    genesys.send_raw_lifecycle("acw", &conversation, note.as_object().unwrap());
    stack.settle().await.unwrap();
    let handed = api.detail(&session).await.body["handback"]["wrapUp"].clone();
    assert_eq!((&handed["code"], &handed["note"]), (&json!("refund"), &json!("Refunded to [card]")));
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_means_both_ways_and_no_direction_none() {
    let (stack, api) = stack().await;
    for (index, (directions, is_redacted)) in [
        (json!(["stored"]), true),
        (json!(["to_contact_centre"]), true),
        (json!(["to_runtime"]), false),
        (json!([]), false),
    ]
    .into_iter()
    .enumerate()
    {
        set(&api, &json!({ "kinds": ["card"], "directions": directions })).await;
        let session = api.create(&format!("conv-{index}"), "genesys").await;
        assert_eq!(api.say(&session, "m-1", CARD).await.status, 202);
        let expected = if is_redacted { "[card]" } else { CARD };
        assert_eq!(kept(&api, &session).await[0].0, expected, "{directions}");
    }
    stack.settle().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_has_patterns_and_replacements_of_its_own_within_bounds() {
    let (stack, api) = stack().await;
    let redaction = json!({
        "kinds": ["card"], "replacements": { "card": "•••" },
        "patterns": [
            { "name": "order", "pattern": "ORD-[0-9]{6}" },
            { "name": "pin", "pattern": r"(?i)\bpin\W*[0-9]{4}", "replacement": "<pin>" },
        ],
    });
    set(&api, &redaction).await;
    let shown = api.get("/settings/agent-transfer").await.body["redaction"].clone();
    assert_eq!((&shown["kinds"], &shown["onFailure"]), (&json!(["card"]), &json!("hold_back")));
    assert_eq!(shown["directions"], json!(["to_contact_centre", "to_runtime", "stored"]));
    let session = api.create("conv-1", "genesys").await;
    assert_eq!(api.say(&session, "m-1", &format!("ORD-123456 ord-1 PIN: 0000 {CARD}")).await.status, 202);
    let counted = json!({ "card": 1, "order": 1, "pin": 1 });
    assert_eq!(kept(&api, &session).await, [("[order] ord-1 <pin> •••".to_owned(), counted)]);
    stack.settle().await.unwrap();

    let before = api.get("/settings/agent-transfer").await.body;
    for (wrong, pointer) in [
        (json!({ "patterns": [{ "name": "p", "pattern": "(" }] }), "/redaction/patterns/0/pattern"),
        (json!({ "patterns": [{ "name": "p", "pattern": "a*" }] }), "/redaction/patterns/0/pattern"),
        (json!({ "patterns": [{ "name": "p", "pattern": r"(a)\1" }] }), "/redaction/patterns/0/pattern"),
        (json!({ "patterns": [{ "name": "p", "pattern": "x".repeat(513) }] }), "/redaction/patterns/0/pattern"),
        (json!({ "patterns": [{ "name": "card", "pattern": "x" }] }), "/redaction/patterns/0/name"),
        (
            json!({ "patterns": [{ "name": "p", "pattern": "x", "replacement": "" }] }),
            "/redaction/patterns/0/replacement",
        ),
        (json!({ "replacements": { "card": "0000" } }), "/redaction/replacements/card"),
        (json!({ "patterns": vec![json!({ "name": "p", "pattern": "x" }); 21] }), "/redaction/patterns"),
    ] {
        let refused = api.put("/settings/agent-transfer", &json!({ "redaction": wrong })).await;
        assert_eq!((refused.status, refused.problem()), (422, "invalid-fields"), "{wrong}");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
    assert_eq!(api.get("/settings/agent-transfer").await.body, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_to_which_a_rule_cannot_be_applied_is_held_back_or_passes() {
    let (stack, api) = stack().await;
    for (on_failure, expected, counted) in
        [("hold_back", "[held back]", json!({ "held_back": 1 })), ("pass", "aaaa", json!({}))]
    {
        let endless = json!({ "patterns": [{ "name": "first", "pattern": "^a" }], "onFailure": on_failure });
        set(&api, &endless).await;
        let session = api.create(&format!("conv-{on_failure}"), "genesys").await;
        let text = if on_failure == "pass" { "aaaa".to_owned() } else { "a".repeat(100) };
        assert_eq!(api.say(&session, "m-1", &text).await.status, 202);
        let kept = kept(&api, &session).await;
        if on_failure == "pass" {
            assert_eq!(kept[0].1, json!({ "first": 4 }), "few enough to be replaced");
            assert_eq!(api.say(&session, "m-2", &"a".repeat(100)).await.status, 202);
            let page = api.get(&format!("/transfers/{session}/messages")).await;
            assert_eq!(page.body["items"][1]["text"], "a".repeat(100));
            assert_eq!(page.body["items"][1]["redacted"], counted);
        } else {
            assert_eq!(kept, [(expected.to_owned(), counted)]);
        }
    }
    stack.settle().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_replaced_is_measured_by_kind() {
    let options = StackOptions { measured: true, ..StackOptions::stepped(TestClock::standing()) };
    let (stack, api) = stack_with(options).await;
    let pattern = json!({ "name": "order", "pattern": "ORD-[0-9]" });
    set(&api, &json!({ "kinds": ["card"], "patterns": [pattern] })).await;
    let session = api.create("conv-1", "genesys").await;
    api.say(&session, "m-1", &format!("{CARD}, {CARD}, ORD-1")).await;
    let documents = transfer_aws::emf_documents(&stack.service().metrics, "test", "all", stack.service().now());
    let of = |kind: &str| -> f64 {
        documents.iter().filter(|it| it["kind"] == kind).filter_map(|it| it["Redacted"].as_f64()).sum()
    };
    assert_eq!((of("card"), of("pattern")), (2.0, 1.0));
}
