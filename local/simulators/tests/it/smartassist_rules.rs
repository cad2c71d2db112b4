//! SmartAssist: everything that the documents do not allow is refused, and what the REST API shows.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use simulators::{
    Act, Effect, EndedBy, Operation, Options, RequestFault, Script,
    smartassist::{Availability, ChannelKey, ClaimRules, SmartAssist, SmartAssistConfig},
};

use crate::{
    org::{APP, STRANGER},
    sites::{lacking, listener, with},
    smartassist_sites::{Account, CLIENT, CLIENT_SECRET, STREAM, closure, hs256, opening, text},
    support::{acts, answer, assert_has, on_request, refused, status_of},
};

async fn assert_refused(case: &str, request: RequestBuilder, status: u16) {
    let body = refused(case, request, status).await;
    assert_eq!(body["errors"][0]["code"], status, "{case}");
    assert!(body["errors"][0]["msg"].is_string() && body["_t"].is_string(), "{case}");
    assert_eq!(body["_v"], "v2", "{case}");
}

#[tokio::test]
async fn bodies_that_break_the_contract_are_refused() {
    let site = Account::start(Script::Manual).await;
    let good = opening("tr_1");
    let mut uploaded = text("tr_1", "see here");
    uploaded["message"]["attachments"] = json!([{ "fileName": "a.png", "fileType": "image", "fileId": "f-1" }]);
    let required = [
        "/session",
        "/session/new",
        "/message",
        "/message/type",
        "/message/val",
        "/from",
        "/metaTags/sessionLevelTags/0/value",
    ];
    let cases = [
        ("session.new as text", with(&good, "/session/new", Some(json!("true")))),
        ("another type", with(&good, "/message/type", Some(json!("image")))),
        ("empty val", with(&good, "/message/val", Some(json!("")))),
        ("val as object", with(&good, "/message/val", Some(json!({})))),
        ("unknown event", with(&closure("tr_1"), "/message/val", Some(json!("ON_CLOSE")))),
        ("closure without to", with(&closure("tr_1"), "/to", None)),
        ("another to", with(&text("tr_1", "hi"), "/to/id", Some(json!("st-other")))),
        ("from with colons", with(&good, "/from/id", Some(json!("agent_transfer:u:c:chat")))),
        ("userInfo as text", with(&good, "/from/userInfo", Some(json!("Test")))),
        ("user field as number", with(&good, "/from/userInfo/firstName", Some(json!(1)))),
        ("customData as text", with(&good, "/customData", Some(json!("x")))),
        ("tags as object", with(&good, "/metaTags/sessionLevelTags", Some(json!({ "a": 1 })))),
        ("language as list", with(&good, "/interactiveLanguage", Some(json!(["en"])))),
        ("file that was not uploaded", uploaded),
        ("list", json!([])),
    ];
    let claims = with(&site.claims("tr_1"), "/userIdentity", None);
    for (case, body) in lacking(&good, &required).into_iter().chain(cases) {
        assert_refused(case, site.with_claims(&claims, &body), 400).await;
        let last = site.handle.requests().pop().unwrap();
        assert!(matches!(last.effect, Effect::Refused(_)), "{case}");
    }
    let token = hs256(CLIENT_SECRET, &claims);
    let post = site.http.post(site.handle.channel_url()).header("authorization", format!("bearer {token}"));
    assert_refused("text body", post.body(good.to_string()), 400).await;
    assert!(site.handle.conversations().is_empty());
    let mut file = text("tr_1", "see here");
    file["message"]["attachments"] = json!([{ "url": "https://example.com/a.png" }]);
    site.open("tr_1").await;
    site.call(&file).await;
    let shown = site.handle.conversation("tr_1").unwrap().transcript;
    assert_eq!(shown[0].attachments[0].url, "https://example.com/a.png");
}

#[tokio::test]
async fn tokens_that_are_not_right_are_refused_in_the_same_words() {
    let site = Account::start(Script::Manual).await;
    let good = site.claims("tr_1");
    let body = opening("tr_1");
    let changed = |pointer: &str, value: Option<Value>| hs256(CLIENT_SECRET, &with(&good, pointer, value));
    let hs384 = encode(&Header::new(Algorithm::HS384), &good, &EncodingKey::from_secret(CLIENT_SECRET.as_bytes()));
    let cases = [
        ("another secret", hs256("other", &good)),
        ("another algorithm", hs384.unwrap()),
        ("a key pair", APP.sign(&good)),
        ("no token", "nonsense".to_owned()),
        ("another app", changed("/appId", Some(json!("cs-other")))),
        ("no app", changed("/appId", None)),
        ("no sub", changed("/sub", None)),
        ("no iat", changed("/iat", None)),
        ("iat in the future", changed("/iat", Some(json!(site.now() + 3600)))),
        ("expired", changed("/exp", Some(json!(site.now() - 1)))),
        ("exp as text", changed("/exp", Some(json!("never")))),
        ("another contact", changed("/userIdentity", Some(json!("tr_2")))),
    ];
    for (case, token) in cases {
        assert_refused(case, site.with_token(&token, &body), 401).await;
    }
    assert_refused("no header", site.http.post(site.handle.channel_url()).json(&body), 401).await;
    assert!(site.handle.conversations().is_empty());
    let hs512 = encode(&Header::new(Algorithm::HS512), &good, &EncodingKey::from_secret(CLIENT_SECRET.as_bytes()));
    let without = changed("/userIdentity", None);
    let lasting = changed("/exp", None);
    for token in [hs512.unwrap(), without, lasting] {
        assert_eq!(status_of(site.with_token(&token, &body)).await, 200);
    }
}

#[tokio::test]
async fn an_app_with_a_public_key_takes_only_its_key_pair() {
    let site = Account::start_with(|it| it.key = ChannelKey::PublicKey(APP.public.clone()), Script::Manual).await;
    let (claims, body) = (site.claims("tr_1"), opening("tr_1"));
    let confused = hs256(&APP.public, &claims);
    for (case, token) in [("a secret", confused), ("a stranger", STRANGER.sign(&claims))] {
        assert_refused(case, site.with_token(&token, &body), 401).await;
    }
    assert_eq!(status_of(site.with_token(&APP.sign(&claims), &body)).await, 200);
    let unreadable = SmartAssistConfig::new(STREAM, CLIENT, ChannelKey::PublicKey("none".to_owned()));
    assert!(SmartAssist::start(unreadable, listener().await, Options::brisk()).is_err());
}

#[tokio::test]
async fn an_administrator_can_enforce_expiry_and_token_ids() {
    let site = Account::start_with(|it| it.claims = ClaimRules::Expiry, Script::Manual).await;
    let body = opening("tr_1");
    let good = site.claims("tr_1");
    assert_refused("no exp", site.with_claims(&with(&good, "/exp", None), &body), 401).await;
    site.handle.timer().advance(Duration::from_mins(6));
    assert_refused("expired meanwhile", site.with_claims(&good, &body), 401).await;
    site.open("tr_1").await;

    let site = Account::start_with(|it| it.claims = ClaimRules::TokenId, Script::Manual).await;
    assert_refused("no jti", site.request(&body), 401).await;
    let claims = with(&site.claims("tr_1"), "/jti", Some(json!("jti-1")));
    assert_eq!(status_of(site.with_claims(&claims, &body)).await, 200);
    assert_refused("jti again", site.with_claims(&claims, &body), 401).await;
}

#[tokio::test]
async fn revoked_tokens_cost_one_401_and_a_new_one_works() {
    let site = Account::start(Script::Manual).await;
    site.handle.faults([on_request(Operation::Open, RequestFault::RevokeTokens)]);
    let claims = site.claims("tr_1");
    for _ in 0..2 {
        assert_refused("revoked", site.with_claims(&claims, &opening("tr_1")), 401).await;
    }
    let renewed = with(&claims, "/sub", Some(json!("random-9")));
    assert_eq!(status_of(site.with_claims(&renewed, &opening("tr_1"))).await, 200);
}

#[tokio::test]
async fn other_channels_and_addresses_do_not_exist() {
    let site = Account::start_with(|it| it.hook_instance = Some("hi-2".to_owned()), Script::Manual).await;
    assert!(site.handle.channel_url().ends_with("/hookInstance/hi-2"));
    site.open("tr_1").await;
    let first = site.handle.channel_url().replace("/hookInstance/hi-2", "");
    let base = site.handle.base_url();
    let token = hs256(CLIENT_SECRET, &site.claims("tr_1"));
    for url in [first, format!("{base}/chatbot/hooks/{STREAM}"), format!("{base}/chatbot/v2/webhook/st-other")] {
        let request = site.http.post(url).header("authorization", format!("bearer {token}"));
        assert_refused("elsewhere", request.json(&opening("tr_1")), 404).await;
    }
    let get = site.http.get(site.handle.channel_url());
    assert_refused("another method", get, 404).await;
}

#[tokio::test]
async fn reject_refuses_the_opening() {
    let site = Account::start(Script::Reject).await;
    assert_refused("reject", site.request(&opening("tr_1")), 400).await;
    assert!(site.handle.conversations().is_empty());
}

#[tokio::test]
async fn the_public_api_wants_its_own_token_and_the_account() {
    let site = Account::start(Script::Manual).await;
    let url = site.rest_url("conversations");
    let claims = json!({ "appId": "rest-client", "sub": "r", "iat": site.now() });
    let auth = hs256("rest-client-secret", &claims);
    let get = || site.http.get(&url);
    let channel = hs256(CLIENT_SECRET, &site.claims("tr_1"));
    let cases = [
        ("nothing", get(), 401),
        ("the channel's token", get().header("auth", channel).header("accountId", "account-1"), 401),
        ("as bearer", get().bearer_auth(&auth).header("accountId", "account-1"), 401),
        ("no account", get().header("auth", &auth), 401),
        ("another account", get().header("auth", &auth).header("accountId", "account-2"), 401),
        ("another app", site.rest(site.http.get(url.replace(STREAM, "st-other"))), 404),
        ("unknown status", site.rest(site.http.get(format!("{url}?status=open"))), 400),
        ("limit as text", site.rest(site.http.get(format!("{url}?limit=all"))), 400),
        ("unknown conversation", site.rest(site.http.get(site.rest_url("conversations/c-nope"))), 404),
        ("no lists", site.rest(site.http.post(site.rest_url("agents/availability"))).json(&json!({})), 400),
    ];
    for (case, request, status) in cases {
        assert_refused(case, request, status).await;
    }
}

#[tokio::test]
async fn availability_says_who_is_there_and_has_time() {
    let site = Account::start(Script::Manual).await;
    let ask = async || {
        let body = json!({ "skillIds": [], "queueIds": ["qu-1"], "agentIds": [] });
        answer(site.rest(site.http.post(site.rest_url("agents/availability"))).json(&body), 200).await
    };
    let free = "/AVAILABLE/0/channelCapacity/liveChat/availableCapacity";
    assert_eq!(ask().await.pointer(free), Some(&json!(3)));
    site.handle.set_availability(Availability::Full);
    assert_eq!(ask().await.pointer(free), Some(&json!(0)));
    site.handle.set_availability(Availability::Unmeasured);
    let unmeasured = ask().await;
    assert_eq!((&unmeasured["AVAILABLE"][0]["firstName"], unmeasured.pointer(free)), (&json!("Representative"), None));
    site.handle.set_availability(Availability::Nobody);
    let nobody = ask().await;
    assert_eq!(nobody, json!({ "AVAILABLE": [], "BUSY": [], "OFFLINE": [], "AWAY": [] }));
    site.handle.set_availability(Availability::Free);
    site.handle.script(Script::NoAgents);
    assert_eq!(ask().await["AVAILABLE"], json!([]));
}

#[tokio::test]
async fn a_conversation_can_be_read_from_its_queue_to_its_end() {
    let site = Account::start_with(|it| it.rest_shows_custom_data = true, Script::Manual).await;
    let id = site.open("tr_1").await;
    let path = format!("conversations/{id}");
    assert_eq!(site.get(&path).await.status(), 404);
    let read = async || site.get(&path).await.json::<Value>().await.unwrap();
    site.handle.act("tr_1", Act::Queue).unwrap();
    let queued = read().await;
    assert_has(&queued, &json!({ "status": "OPEN", "acceptedAt": null, "customData": { "transferId": "tr_1" } }));
    assert!(queued["participants"][0]["queueStartTime"].is_string());
    site.handle.act("tr_1", Act::Join).unwrap();
    let active = read().await;
    assert_eq!(active["status"], "ACTIVE");
    let participant = &active["participants"][0];
    assert!(participant["startTimeStamp"].is_string() && participant["endTimeStamp"].is_null());
    site.handle.act("tr_1", Act::Transfer).unwrap();
    let transferred = read().await;
    assert_eq!((&transferred["status"], transferred["transferDetails"].as_array().unwrap().len()), (&json!("OPEN"), 1));
    acts(&site.handle, [Act::Join, Act::Leave]);
    assert_eq!(read().await["status"], "IDLE");
    site.handle.act("tr_1", Act::End(EndedBy::Representative)).unwrap();
    let closed = read().await;
    assert_has(&closed, &json!({ "status": "CLOSED", "dispositions": { "metaStatus": "AGENT_CLOSED" } }));
    // The trap of the vendor's samples.
    let participants = closed["participants"].as_array().unwrap();
    assert_eq!(participants.len(), 2);
    assert!(participants.iter().all(|it| it["status"] == "ACTIVE" && it["endTimeStamp"].is_string()));
    let session = closed["botSessionId"].as_str().unwrap();
    let by_session = site.get(&format!("conversations/sessions/{session}")).await;
    assert_eq!(by_session.json::<Value>().await.unwrap(), closed);
}

#[tokio::test]
async fn the_list_is_filtered_and_paged_newest_first() {
    let site = Account::start(Script::Manual).await;
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(site.open(&format!("tr_{n}")).await);
        if n < 3 {
            site.handle.act(&format!("tr_{n}"), Act::Queue).unwrap();
        }
    }
    site.handle.act("tr_1", Act::Join).unwrap();
    site.handle.end_from_provider("tr_0").unwrap();
    let list = async |query: &str| {
        let body: Value = site.get(&format!("conversations?{query}")).await.json().await.unwrap();
        let results = body["results"].as_array().unwrap().clone();
        results.iter().map(|it| it["conversationId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list("skip=0&limit=50").await, [ids[2].as_str(), &ids[1], &ids[0]]);
    assert_eq!(list("skip=1&limit=1").await, [ids[1].as_str()]);
    assert_eq!(list("status=ACTIVE").await, [ids[1].as_str()]);
    assert_eq!(list("status=TERMINATED").await, [ids[0].as_str()]);
    assert!(list("status=OVERDUE").await.is_empty());
}
