//! Five9: everything that the documents do not allow is refused.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::json;
use simulators::{
    Effect, Script,
    five9::{AuthScheme, Five9Config, TerminateCall},
};

use crate::{
    five9_sites::{CHATS, ClassicSite, OpenSite, SECRET, SERVICE, chat, create_chat, rich_text},
    sites::{lacking, with},
    support::{refused, status_of},
};

async fn assert_refused(case: &str, request: RequestBuilder, status: u16) {
    let body = refused(case, request, status).await;
    let detail = &body["five9ExceptionDetail"];
    assert_eq!(detail["errorCode"], status, "{case}");
    assert!(detail["message"].is_string() && detail["timestamp"].is_i64(), "{case}");
}

#[tokio::test]
async fn creates_that_break_the_contract_are_refused() {
    let change = |it: &mut Five9Config| it.call_variables = Some(vec!["Custom.summary".to_owned()]);
    let site = ClassicSite::start_with(change, Script::Manual).await;
    let good = site.create_body("tr_1");
    let callback = |suffix: &str| json!(format!("{}{suffix}", site.callback_url()));
    let mut extra = good.clone();
    extra["skill"] = json!("billing");
    let mut unknown_variable = good.clone();
    unknown_variable["attributes"]["Custom.other"] = json!("x");
    let mut unknown_contact = good.clone();
    unknown_contact["contact"]["phone"] = json!("+12025550100");
    let required = ["/campaignName", "/tenantId", "/type", "/externalId", "/callbackUrl"];
    let cases = [
        ("another campaign", with(&good, "/campaignName", Some(json!("Sales")))),
        ("tenantId as text", with(&good, "/tenantId", Some(json!("131096")))),
        ("another tenantId", with(&good, "/tenantId", Some(json!(1)))),
        ("unknown type", with(&good, "/type", Some(json!("Chat")))),
        ("externalId with colons", with(&good, "/externalId", Some(json!("agent_transfer:u:c:chat")))),
        ("priority as text", with(&good, "/priority", Some(json!("5")))),
        ("callbackUrl with query", with(&good, "/callbackUrl", Some(callback("?secret=x")))),
        ("callbackUrl with fragment", with(&good, "/callbackUrl", Some(callback("#x")))),
        ("callbackUrl without host", with(&good, "/callbackUrl", Some(json!("/hook")))),
        ("callbackUrl of another scheme", with(&good, "/callbackUrl", Some(json!("ftp://example.com/x")))),
        ("contact as list", with(&good, "/contact", Some(json!([])))),
        ("contact field as number", with(&good, "/contact/firstName", Some(json!(1)))),
        ("unknown contact field", unknown_contact),
        ("attribute as object", with(&good, "/attributes/Question", Some(json!({})))),
        ("unknown call variable", unknown_variable),
        ("unknown field", extra),
        ("no object", json!([])),
    ];
    let session = site.session().await;
    for (case, body) in lacking(&good, &required).into_iter().chain(cases) {
        assert_refused(case, site.post(&session, "/conversations", &body), 400).await;
        let last = site.handle.requests().pop().unwrap();
        assert!(matches!(last.effect, Effect::Refused(_)), "{case}");
    }
    assert!(site.handle.conversations().is_empty());
    let mut content_type = with(&good, "/type", None);
    content_type["contentType"] = json!("WHATSAPP");
    assert_eq!(status_of(site.post(&session, "/conversations", &content_type)).await, 200);
}

#[tokio::test]
async fn a_field_that_the_tenant_knows_is_allowed() {
    let site = ClassicSite::start_with(|it| it.routing_fields = vec!["skill".to_owned()], Script::Manual).await;
    let session = site.session().await;
    let mut body = site.create_body("tr_1");
    body["skill"] = json!("billing");
    assert_eq!(status_of(site.post(&session, "/conversations", &body)).await, 200);
}

#[tokio::test]
async fn callers_and_addresses_that_are_not_known_are_refused() {
    let site = ClassicSite::start(Script::Manual).await;
    let base = site.handle.base_url();
    let cookies = site.http.post(format!("{base}{SERVICE}/auth/anon")).json(&json!({ "tenantName": "Acme Inc" }));
    assert_refused("session in a cookie", cookies, 400).await;
    assert_refused("another tenant", site.anonymous_request("Other Inc"), 401).await;
    let (session, id) = site.open("tr_1").await;
    let url = format!("{base}{SERVICE}/conversations/{id}/messages");
    let body = json!({ "messageType": "TEXT", "message": "hi" });
    let post = |authorization: String| site.http.post(&url).header("authorization", authorization);
    let hyphen = format!("Bearer-{}", session.token);
    let with_farm = |request: RequestBuilder| request.header("farmId", &session.farm);
    let cases = [
        ("no farm", post(hyphen.clone()).json(&body), 400),
        ("no token", with_farm(site.http.post(&url)).json(&body), 401),
        ("unknown token", with_farm(post("Bearer-nope".to_owned())).json(&body), 401),
        ("with a space", with_farm(post(format!("Bearer {}", session.token))).json(&body), 401),
        ("text body", with_farm(post(hyphen)).body(body.to_string()), 415),
        ("unknown conversation", site.message_request(&session, "nope", "hi"), 404),
        ("unknown call", site.post(&session, "/agents", &json!({})), 404),
        ("a call of the other flavour", site.http.post(format!("{base}/oauth2/v1/token")), 404),
    ];
    for (case, request, status) in cases {
        assert_refused(case, request, status).await;
    }
    assert!(site.handle.conversation("tr_1").unwrap().transcript.is_empty());
}

#[tokio::test]
async fn the_scheme_with_a_space_is_the_only_one_where_the_tenant_wants_it() {
    let site = ClassicSite::start_with(|it| it.auth_scheme = AuthScheme::Bearer, Script::Manual).await;
    let session = site.session().await;
    assert_refused("hyphen", site.post(&session, "/conversations", &site.create_body("tr_1")), 401).await;
    let url = format!("{}{SERVICE}/conversations", session.api);
    let request = site.http.post(url).bearer_auth(&session.token).header("farmId", &session.farm);
    assert_eq!(status_of(request.json(&site.create_body("tr_1"))).await, 200);
}

#[tokio::test]
async fn messages_and_acknowledgements_have_one_form() {
    let (site, session, id) = ClassicSite::opened(Script::Manual).await;
    let good = json!({ "messageType": "TEXT", "message": "hi" });
    let mut attachment = good.clone();
    attachment["attachments"] = json!(["file-1"]);
    let messages = [
        ("no type", with(&good, "/messageType", None)),
        ("unknown type", with(&good, "/messageType", Some(json!("HTML")))),
        ("no text", with(&good, "/message", None)),
        ("empty text", with(&good, "/message", Some(json!("")))),
        ("attachments", attachment),
    ];
    for (case, body) in messages {
        assert_refused(case, site.post(&session, &format!("/conversations/{id}/messages"), &body), 400).await;
    }
    for body in [json!({}), json!({ "messages": [{ "type": "READ", "messageId": "1" }] })] {
        let request = site.put(&session, &format!("/conversations/{id}/messages/acknowledge"), &body);
        assert_refused("acknowledgement", request, 400).await;
    }
    assert!(site.handle.conversation("tr_1").unwrap().receipts.is_empty());
}

#[tokio::test]
async fn a_tenant_may_have_no_call_to_terminate() {
    for status in [405, 501] {
        let change = |it: &mut Five9Config| it.terminate_call = TerminateCall::Absent(status);
        let site = ClassicSite::start_with(change, Script::Manual).await;
        let (session, id) = site.open("tr_1").await;
        let request = site.post(&session, &format!("/conversations/{id}/terminate"), &json!({}));
        assert_refused("terminate", request, status).await;
        site.say(&session, &id, "The customer ended the chat").await;
    }
}

#[tokio::test]
async fn reject_refuses_the_create_in_both_flavours() {
    let classic = ClassicSite::start(Script::Reject).await;
    let session = classic.session().await;
    assert_refused("classic", classic.post(&session, "/conversations", &classic.create_body("tr_1")), 400).await;
    let open = OpenSite::start(Script::Reject).await;
    assert_refused("open messaging", open.post(CHATS, &create_chat("tr_1")), 400).await;
    assert!(classic.handle.conversations().is_empty() && open.handle.conversations().is_empty());
}

#[tokio::test]
async fn chats_that_break_the_contract_are_refused() {
    let site = OpenSite::start(Script::Manual).await;
    let good = create_chat("tr_1");
    let required = ["/channel", "/campaignSource", "/contactSource/clientHandle", "/attributes/0/attributeName"];
    let creates = [
        ("another channel", with(&good, "/channel", Some(json!("SMS")))),
        ("another campaign", with(&good, "/campaignSource/campaignName", Some(json!("Sales")))),
        ("another handle", with(&good, "/campaignSource/campaignHandle", Some(json!("Voice")))),
        ("client with colons", with(&good, "/contactSource/clientHandle", Some(json!("a:b")))),
        ("attributes as object", with(&good, "/attributes", Some(json!({ "a": "b" })))),
    ];
    for (case, body) in lacking(&good, &required).into_iter().chain(creates) {
        assert_refused(case, site.post(CHATS, &body), 400).await;
    }
    assert!(site.handle.conversations().is_empty());
    let id = site.open("tr_1").await;
    let said = rich_text("hi");
    let messages = [
        ("no type", with(&said, "/type", None)),
        ("another type", with(&said, "/type", Some(json!("TEXT")))),
        ("no time", with(&said, "/timestamp", None)),
        ("time as number", with(&said, "/timestamp", Some(json!(1_768_212_000)))),
        ("time of another form", with(&said, "/timestamp", Some(json!("yesterday")))),
        ("no text", with(&said, "/text", None)),
    ];
    for (case, body) in messages {
        assert_refused(case, site.post(&chat(&id, "/messages"), &body), 400).await;
    }
    let elsewhere = CHATS.replace("131096", "7");
    let profile = CHATS.replace("delivery-profile-1", "other");
    let cases = [
        ("unknown chat", site.post(&chat("nope", "/messages"), &said)),
        ("end of an unknown chat", site.post(&chat("nope", ":terminate"), &json!({}))),
        ("another domain", site.post(&elsewhere, &good)),
        ("another profile", site.post(&profile, &good)),
        ("unknown call", site.post(&chat(&id, ""), &json!({}))),
    ];
    for (case, request) in cases {
        assert_refused(case, request, 404).await;
    }
}

#[tokio::test]
async fn access_tokens_are_for_the_client_with_both_scopes_and_expire() {
    let site = OpenSite::start(Script::Manual).await;
    let grant = |scope| [("grant_type", "client_credentials"), ("scope", scope)];
    let both = "openmessaging:read openmessaging:write";
    let cases = [
        ("wrong secret", site.token_request("x", &grant(both)), 401),
        ("one scope", site.token_request(SECRET, &grant("openmessaging:read")), 400),
        ("another grant", site.token_request(SECRET, &[("grant_type", "password"), ("scope", both)]), 400),
    ];
    for (case, request, status) in cases {
        assert_eq!(status_of(request).await, status, "{case}");
    }
    let unknown = site.http.post(format!("{}{CHATS}", site.handle.base_url())).bearer_auth("nope");
    assert_refused("unknown token", unknown.json(&create_chat("tr_1")), 401).await;
    site.handle.timer().advance(Duration::from_hours(2));
    assert_refused("expired", site.post(CHATS, &create_chat("tr_1")), 401).await;
}
