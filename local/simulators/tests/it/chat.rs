//! Salesforce, Enhanced Chat: what an end user's client sees, and what it may not do.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use simulators::{Act, EndedBy, Operation, Phase, Script, Taken, salesforce::RepeatedOpens};

use crate::{
    chat_site::{CONVERSATION, ChatSite, create, message, token_body},
    org::{APP, STRANGER, entry_id, part},
    sites::with,
    support::{acts, answer, by_status, greeted, on_request, refused, status_of},
};

#[tokio::test]
async fn the_default_script_is_read_from_entries_and_told_by_the_package() {
    let site = ChatSite::opened(Script::Greet).await;
    site.org.wait(greeted).await;
    assert_eq!(site.routing_status().await, "ROUTED");
    site.say(1, "bye").await;
    site.org.wait(|it| it.callbacks_of("package.closed").next().is_some()).await;
    site.org.handle.quiet().await;

    let entries = site.entries("?limit=50&direction=FromStart").await;
    let seen: Vec<(&str, &str)> =
        entries.iter().map(|it| (it["entryType"].as_str().unwrap(), it["sender"]["role"].as_str().unwrap())).collect();
    assert_eq!(
        seen,
        [
            ("RoutingResult", "Router"),
            ("ParticipantChanged", "System"),
            ("Message", "Agent"),
            ("Message", "EndUser"),
            ("Message", "Agent"),
            ("ParticipantChanged", "System"),
        ]
    );
    assert_eq!(entries[2]["senderDisplayName"], "Representative One");
    let text = "/entryPayload/abstractMessage/staticContent/text";
    assert_eq!(entries[3].pointer(text).unwrap(), "bye");
    assert_eq!(entries[5]["entryPayload"]["entries"][0]["operation"], "remove");
    assert_eq!(site.routing_status().await, "NEEDS_ROUTING");
    let told = site.org.told();
    let types: Vec<&Value> = told.iter().map(|it| &it["type"]).collect();
    assert_eq!(types, ["queued", "agent_joined", "agent_left", "closed"]);
    assert!(told.iter().all(|it| it["transfer_id"] == "tr_1" && it["provider_session_id"] == CONVERSATION));
    assert!(site.org.bus.events().is_empty());
    assert_eq!(site.org.handle.conversation(CONVERSATION).unwrap().attributes["_firstName"], "Test");
}

#[tokio::test]
async fn entries_are_filtered_limited_and_turned_round() {
    let site = ChatSite::opened(Script::Manual).await;
    acts(&site.org.handle, [Act::Queue, Act::Join]);
    acts(&site.org.handle, (0..20).map(|n| Act::Say(format!("line {n}"))));
    assert_eq!(site.kinds("").await.len(), 20);
    assert_eq!(site.kinds("?limit=50").await.len(), 22);
    assert_eq!(site.kinds("?limit=1").await, ["RoutingResult"]);
    assert_eq!(site.kinds("?limit=1&direction=FromEnd").await, ["Message"]);
    assert_eq!(site.kinds("?entryTypeFilter=ParticipantChanged,RoutingResult").await.len(), 2);
    let all = site.entries("?limit=50").await;
    let since = all[20]["transcriptedTimestamp"].as_i64().unwrap();
    assert_eq!(site.entries(&format!("?startTimestamp={since}")).await, all[20..]);
    let until = all[0]["transcriptedTimestamp"].as_i64().unwrap();
    assert_eq!(site.entries(&format!("?endTimestamp={until}")).await, all[..1]);
    for query in ["?limit=51", "?limit=0", "?limit=many", "?direction=Sideways", "?startTimestamp=now"] {
        assert_eq!(status_of(site.get(&format!("/entries{query}"))).await, 400, "{query}");
    }
}

#[tokio::test]
async fn routing_status_tells_a_transfer_from_an_end() {
    let site = ChatSite::opened(Script::Manual).await;
    let mut seen = vec![site.routing_status().await];
    for act in [Act::Queue, Act::Join, Act::Transfer, Act::Join, Act::Leave] {
        site.org.handle.act("tr_1", act).unwrap();
        seen.push(site.routing_status().await);
    }
    assert_eq!(seen, ["INITIAL", "INITIAL", "ROUTED", "TRANSFER", "ROUTED", "NEEDS_ROUTING"]);
}

#[tokio::test]
async fn messages_typing_and_acknowledgements_reach_the_conversation_once() {
    let site = ChatSite::opened(Script::Manual).await;
    let first = site.say(1, "hi").await;
    assert_eq!(first["conversationEntries"][0]["id"], entry_id(1));
    assert_eq!(site.say(1, "hi").await, first);
    let typing = json!({ "entryType": "TypingStartedIndicator", "id": entry_id(2) });
    assert_eq!(status_of(site.on("entry", &typing)).await, 202);
    let acks = json!({ "acks": [{ "id": entry_id(3), "entryType": "Read", "conversationEntryId": entry_id(9) }] });
    assert_eq!(status_of(site.on("acknowledge-entries", &acks)).await, 202);
    let conversation = site.org.handle.conversation("tr_1").unwrap();
    assert_eq!(conversation.contact_texts(), ["hi"]);
    assert_eq!(conversation.contact_typing, 1);
    assert_eq!(conversation.receipts, [(entry_id(9), "Read".to_owned())]);
}

fn upload(site: &ChatSite, mime: &str, file: &[u8]) -> RequestBuilder {
    let entry = json!({ "message": { "id": entry_id(4), "text": "see here" }, "esDeveloperName": "Handoff" });
    let entry = part("messageEntry", None, "application/json", entry.to_string().as_bytes());
    let body = [entry, part("fileData", Some("a"), mime, file), b"--frontier--\r\n".to_vec()].concat();
    let path = format!("conversation/{CONVERSATION}/file");
    site.call(Method::POST, &path).header("Content-Type", "multipart/form-data; boundary=frontier").body(body)
}

#[tokio::test]
async fn files_have_a_size_and_a_type() {
    let site = ChatSite::opened(Script::Manual).await;
    let large = vec![b'x'; 5 * 1024 * 1024 + 1];
    let cases: [(&str, &[u8], u16); 3] =
        [("text/plain", &large, 413), ("application/x-sh", b"x", 415), ("text/plain", b"x", 202)];
    for (mime, file, status) in cases {
        assert_eq!(status_of(upload(&site, mime, file)).await, status, "{mime}");
    }
    let conversation = site.org.handle.conversation("tr_1").unwrap();
    assert_eq!(conversation.contact_texts(), ["see here"]);
    assert_eq!(conversation.transcript[0].attachments[0].mime, "text/plain");
}

#[tokio::test]
async fn the_end_user_ends_a_session_or_closes_the_conversation() {
    let site = ChatSite::opened(Script::Manual).await;
    let nameless = site.call(Method::DELETE, &format!("conversation/{CONVERSATION}/session"));
    assert_eq!(status_of(nameless).await, 400);
    assert_eq!([site.delete("/session").await, site.delete("/session").await], [204, 404]);
    assert_eq!(site.org.handle.conversation("tr_1").unwrap().ended_by, Some(EndedBy::Contact));
    assert_eq!([site.delete("").await, site.delete("").await], [204, 404]);
    let late = site.on("message", &message(1, "one more thing"));
    assert_eq!(status_of(late).await, 404);
}

#[tokio::test]
async fn a_message_after_the_representative_ended_silently_queues_again() {
    let site = ChatSite::opened(Script::QueueForever).await;
    site.org.handle.quiet().await;
    acts(&site.org.handle, [Act::Join, Act::End(EndedBy::Representative)]);
    site.say(1, "one more thing").await;
    let state = site.org.wait(|it| it.conversations[0].phase == Phase::Queued).await;
    assert_eq!(state.conversations[0].reopened, 1);
    site.org.handle.quiet().await;
    let told: Vec<Value> = site.org.told().iter().map(|it| it["type"].clone()).collect();
    assert_eq!(told, ["queued", "agent_joined", "closed", "queued"]);
}

#[tokio::test]
async fn a_second_creation_with_the_same_id_is_refused_or_has_no_effect() {
    for (repeats, status) in [(RepeatedOpens::Refused, 409), (RepeatedOpens::Accepted, 201)] {
        let site = ChatSite::start_with(|it| it.repeated_opens = repeats, Script::Manual).await;
        site.open().await;
        assert_eq!(status_of(site.post("conversation", &create())).await, status);
        assert_eq!(site.org.handle.conversations().len(), 1);
    }
    let site = ChatSite::start(Script::Reject).await;
    assert_eq!(status_of(site.post("conversation", &create())).await, 400);
    assert!(site.org.handle.conversations().is_empty());
}

#[tokio::test]
async fn bodies_that_break_the_contract_are_refused() {
    let site = ChatSite::start(Script::Manual).await;
    let create = create();
    let upper = CONVERSATION.to_uppercase();
    let opens = [
        with(&create, "/conversationId", None),
        with(&create, "/conversationId", Some(json!("tr_1"))),
        with(&create, "/conversationId", Some(json!(upper))),
        with(&create, "/conversationId", Some(json!(CONVERSATION.replace('-', "")))),
        with(&create, "/esDeveloperName", Some(json!("Other"))),
        with(&create, "/routingAttributes", Some(json!({ "Priority": 5 }))),
    ];
    for body in opens {
        assert_eq!(status_of(site.post("conversation", &body)).await, 400, "{body}");
    }
    assert!(site.org.handle.conversations().is_empty());
    site.open().await;
    let good = message(1, "hi");
    let ack = json!({ "acks": [{ "id": entry_id(3), "entryType": "Read", "conversationEntryId": entry_id(9) }] });
    let cases = [
        ("message", with(&good, "/message/id", Some(json!("m-1")))),
        ("message", with(&good, "/message/messageType", Some(json!("ChoicesMessage")))),
        ("message", with(&good, "/message/staticContent/formatType", None)),
        ("message", with(&good, "/message/staticContent/text", Some(json!("")))),
        ("message", with(&good, "/esDeveloperName", None)),
        ("message", with(&good, "/isNewMessagingSession", Some(json!("no")))),
        ("entry", json!({ "entryType": "Message", "id": entry_id(2) })),
        ("entry", json!({ "entryType": "TypingStartedIndicator" })),
        ("acknowledge-entries", json!({ "acks": [] })),
        ("acknowledge-entries", with(&ack, "/acks/0/entryType", Some(json!("Seen")))),
        ("acknowledge-entries", with(&ack, "/acks/0/id", None)),
        ("file", good.clone()),
    ];
    for (what, body) in cases {
        let refusal = refused(&format!("{what} {body}"), site.on(what, &body), 400).await;
        assert!(refusal["message"].is_string() && refusal["path"].as_str().unwrap().ends_with(what));
    }
    assert!(site.org.handle.conversation("tr_1").unwrap().transcript.is_empty());
}

#[tokio::test]
async fn token_requests_that_break_the_contract_are_refused() {
    let site = ChatSite::start(Script::Manual).await;
    let good = token_body();
    let cases = [
        with(&good, "/orgId", Some(json!("00Dxx0000000001EAA"))),
        with(&good, "/esDeveloperName", Some(json!("Other"))),
        with(&good, "/capabilitiesVersion", None),
        with(&good, "/platform", Some(json!("Phone"))),
        with(&good, "/context/appName", None),
        with(&good, "/context", None),
    ];
    for body in cases {
        assert_eq!(status_of(site.token_request("unauthenticated", &body)).await, 400, "{body}");
    }
}

#[tokio::test]
async fn a_conversation_is_its_end_users_alone_and_tokens_are_renewed_in_time() {
    let mut site = ChatSite::start(Script::Manual).await;
    assert_eq!(status_of(site.get("")).await, 404);
    site.open().await;
    let own = std::mem::take(&mut site.token);
    site.token = site.fetch_token().await;
    assert_eq!(status_of(site.get("")).await, 403);
    site.token = own;
    let renewed = answer(site.call(Method::GET, "authorization/continuation-access-token"), 200).await;
    site.org.handle.timer().advance(Duration::from_secs(3590));
    renewed["accessToken"].as_str().unwrap().clone_into(&mut site.token);
    assert_eq!(status_of(site.get("")).await, 200);
    site.org.handle.timer().advance(Duration::from_secs(20));
    let expired = answer(site.get(""), 401).await;
    assert!(expired["message"].as_str().unwrap().contains("Jwt is expired"));
}

#[tokio::test]
async fn the_same_device_is_the_same_end_user() {
    let mut site = ChatSite::start(Script::Manual).await;
    let mut body = token_body();
    body["deviceId"] = json!(entry_id(77));
    for _ in 0..2 {
        let answer = answer(site.token_request("unauthenticated", &body), 200).await;
        assert_eq!(answer["context"]["deviceId"], entry_id(77));
        answer["accessToken"].as_str().unwrap().clone_into(&mut site.token);
        if site.org.handle.conversations().is_empty() {
            site.open().await;
            site.org.handle.revoke_tokens();
            assert_eq!(status_of(site.get("")).await, 401);
        }
    }
    assert_eq!(status_of(site.get("")).await, 200);
}

#[tokio::test]
async fn verified_users_prove_themselves_by_a_signed_identity() {
    let public = APP.public.clone();
    let site = ChatSite::start_with(|it| it.identity_public_key_pem = Some(public), Script::Manual).await;
    let claims = json!({ "sub": "customer-1", "exp": site.org.now() + 60 });
    let with_token = |token: String| {
        let mut body = token_body();
        body["authorizationType"] = json!("JWT");
        body["customerIdentityToken"] = json!(token);
        body
    };
    let past = with(&claims, "/exp", Some(json!(site.org.now() - 1)));
    let cases = [
        (with_token(APP.sign(&claims)), 200),
        (with_token(STRANGER.sign(&claims)), 401),
        (with_token(APP.sign(&past)), 401),
        (with_token(APP.sign(&with(&claims, "/sub", None))), 401),
        (token_body(), 400),
    ];
    for (body, status) in cases {
        assert_eq!(status_of(site.token_request("authenticated", &body)).await, status);
    }
    let ledger = serde_json::to_string(&site.org.handle.requests()).unwrap();
    assert!(ledger.contains("customerIdentityToken") && !ledger.contains("eyJ"));
    let without = ChatSite::start(Script::Manual).await;
    let body = with_token(APP.sign(&claims));
    assert_eq!(status_of(without.token_request("authenticated", &body)).await, 403);
}

#[tokio::test]
async fn tokens_and_messages_are_limited_per_minute() {
    let site = ChatSite::start_with(|it| it.tokens_per_minute = Some(2), Script::Manual).await;
    site.open().await;
    for n in 1..=22 {
        site.say(n, "hi").await;
    }
    assert_eq!(status_of(site.on("message", &message(23, "hi"))).await, 429);
    site.fetch_token().await;
    assert_eq!(status_of(site.token_request("unauthenticated", &token_body())).await, 429);
    site.org.handle.timer().advance(Duration::from_mins(1));
    site.say(23, "hi").await;
    site.fetch_token().await;
}

#[tokio::test]
async fn faults_answer_in_the_words_of_this_api() {
    let site = ChatSite::start(Script::Manual).await;
    site.org.handle.faults([
        on_request(Operation::Open, by_status(503, None, Taken::Yes)),
        on_request(Operation::Send, by_status(429, None, Taken::No)),
        on_request(Operation::Read, by_status(401, None, Taken::No)),
    ]);
    assert_eq!(answer(site.post("conversation", &create()), 503).await["path"], "/iamessage/api/v2/conversation");
    assert_eq!(site.org.handle.conversations().len(), 1);
    assert_eq!(status_of(site.on("message", &message(1, "hi"))).await, 429);
    assert_eq!(answer(site.get(""), 401).await["message"], "Jwt is expired");
    assert!(site.org.handle.faults_left().is_empty());
}
