//! How requests are read and how large answers may become.

use reqwest::Method;
use serde_json::{Value, json};
use simulators::Act;
use transfer_providers::GENESYS;
use transfer_tests::api::stack;

#[tokio::test(flavor = "multi_thread")]
async fn a_path_is_decoded_once() {
    let (_stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    for (colon, status) in [(":", 200), ("%3A", 200), ("%3a", 200), ("%253A", 404), ("%25253A", 404)] {
        let answer = api.get(&format!("/transfers/{}", session.replace(':', colon))).await;
        assert_eq!(answer.status, status, "{colon}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_no_object_in_any_body() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let task = format!("/inbox/tasks/{}", transfer_tests::api::uuid(&session));
    let settings = api.get("/settings/agent-transfer").await.body;
    let genesys = api.get("/integrations/genesys").await.body;
    for (method, path) in [
        (Method::POST, "/transfers".to_owned()),
        (Method::POST, format!("/transfers/{session}/messages")),
        (Method::POST, format!("/transfers/{session}/typing")),
        (Method::POST, format!("/transfers/{session}/receipts")),
        (Method::POST, format!("/transfers/{session}/end")),
        (Method::PUT, "/settings/agent-transfer".to_owned()),
        (Method::PUT, "/integrations/genesys".to_owned()),
        (Method::POST, format!("{task}/claim")),
        (Method::POST, format!("{task}/resolve")),
    ] {
        for body in [json!([]), json!(["somebody"]), json!([{}])] {
            let answer = api.call(method.clone(), &path, Some(&body), &[]).await;
            assert_eq!((answer.status, answer.problem()), (400, "malformed-request"), "{path} {body}: {}", answer.text);
        }
    }
    for body in [
        json!({ "sessionLifecycle": [] }),
        json!({ "sessionLifecycle": { "ttlMinutes": [5, 5, 5, 5, 5] } }),
        json!({ "defaultRouting": ["genesys"] }),
    ] {
        assert_eq!(api.put("/settings/agent-transfer", &body).await.status, 400, "{body}");
    }
    assert_eq!(api.get("/settings/agent-transfer").await.body, settings);
    assert_eq!(api.get("/integrations/genesys").await.body, genesys);
    assert_eq!(api.get(&task).await.body["assignee"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_about_bad_fields_name_no_types_and_repeat_no_secrets() {
    let (stack, api) = stack().await;
    for centre in stack.centres() {
        let path = format!("/integrations/{}", centre.provider());
        let integration = centre.integration();
        let mut bodies = vec![
            json!({ "credentials": { "clientSecret": { "s3cret": "s3cret" } } }),
            json!({ "credentials": "s3cret" }),
            json!({ "signingSecret": ["s3cret"] }),
            json!({ "rotateSecrets": "s3cret" }),
            json!({ "settings": "s3cret" }),
        ];
        for name in integration["settings"].as_object().unwrap().keys() {
            for wrong in [json!({ "s3cret": 1 }), json!(["s3cret"]), json!(1.5), json!(-1)] {
                let mut body = integration.clone();
                body["settings"][name] = wrong;
                bodies.push(body);
            }
        }
        for body in bodies {
            let answer = api.put(&path, &body).await;
            if answer.status == 200 {
                continue;
            }
            assert!(matches!(answer.status, 400 | 422), "{body}: {}", answer.text);
            let errors = answer.body["errors"].as_array().unwrap().iter();
            let told: String = errors.map(|error| error["detail"].as_str().unwrap()).collect();
            for word in ["s3cret", "struct", "expected", "u8", "u16", "u32", "i64", "String", "sequence", "variant"] {
                assert!(!told.contains(word), "{word} in the answer to {body}: {}", answer.text);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_messages_stay_below_what_a_function_may_answer() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let key = transfer_tests::api::uuid(&session);
    // As large as they come in an answer: every byte is written as six, and its escape once more.
    let text = "\u{1}".repeat(32 * 1024);
    for number in 0..40 {
        let act = Act::FlowText(format!("{number:02}{text}"));
        stack.desk(GENESYS).unwrap().act(&key, act).unwrap();
        stack.settle().await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after = String::new();
    let mut pages = 0;
    loop {
        let page = api.get(&format!("/transfers/{session}/messages?limit=100{after}")).await;
        assert_eq!(page.status, 200, "{}", page.text.chars().take(200).collect::<String>());
        assert!(json!(page.text).to_string().len() < 5 * 1024 * 1024);
        let items = page.body["items"].as_array().unwrap();
        assert!(!items.is_empty());
        seen.extend(items.iter().map(|item| item["text"].as_str().unwrap()[..2].to_owned()));
        pages += 1;
        if page.body["more"] == false {
            break;
        }
        after = format!("&after={}", page.str("next"));
    }
    assert_eq!(seen, (0..40).map(|number| format!("{number:02}")).collect::<Vec<_>>());
    assert!(pages > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_timeline_have_a_cursor_behind_the_last_item_and_what_comes_later_stands_behind_it() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let key = transfer_tests::api::uuid(&session);
    let act = async |act| {
        stack.advance(std::time::Duration::from_secs(1));
        stack.desk(GENESYS).unwrap().act(&key, act).unwrap();
        stack.settle().await.unwrap();
    };
    act(Act::Accept).await;
    act(Act::Join).await;
    let said = [Act::Say("Hello.".to_owned()), Act::Say("How can I help?".to_owned())];
    for (path, before, after) in
        [("messages", said, Act::Say("Are you there?".to_owned())), ("timeline", [Act::Queue, Act::Join], Act::Queue)]
    {
        let get = async |query: &str| {
            let page = api.get(&format!("/transfers/{session}/{path}?{query}")).await;
            assert_eq!(page.status, 200, "{path}?{query}: {}", page.text);
            let sequences: Vec<_> =
                page.body["items"].as_array().unwrap().iter().map(|item| item["sequence"].as_u64().unwrap()).collect();
            (sequences, page.str("next"), page.body["more"].clone())
        };
        for one in before {
            act(one).await;
        }
        let (all, end, more) = get("limit=100").await;
        assert!(all.len() >= 2 && all.is_sorted(), "{path}: {all:?}");
        assert_eq!(more, json!(false), "{path}");
        let (mut paged, mut next, mut more) = get("limit=1").await;
        while more == json!(true) {
            let page = get(&format!("limit=1&after={next}")).await;
            paged.extend(page.0);
            (next, more) = (page.1, page.2);
        }
        assert_eq!((&paged, &next), (&all, &end), "{path}");
        for _ in 0..2 {
            assert_eq!(get(&format!("after={end}")).await, (vec![], end.clone(), json!(false)), "{path}: nothing new");
        }
        act(after).await;
        let (later, further, _) = get(&format!("after={end}")).await;
        assert!(!later.is_empty() && later.iter().all(|sequence| sequence > all.last().unwrap()), "{path}: {later:?}");
        assert_eq!(get(&format!("after={further}")).await, (vec![], further.clone(), json!(false)), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_say_its_scopes_in_either_claim_and_have_claims_of_any_type() {
    let (_stack, api) = stack().await;
    let scopes = "transfers:read transfers:write";
    let list: Vec<_> = scopes.split(' ').collect();
    for (claim, value) in
        [("scope", json!(scopes)), ("scp", json!(scopes)), ("scp", json!(list)), ("scope", json!(list))]
    {
        let claims = json!({
            "sub": "u-1", "projects": ["demo"], claim: value,
            "nickname": null, "email_verified": true, "exp": 4_000_000_000_u64, "address": { "country": null },
        });
        let caller = api.with_claims(&claims);
        assert_eq!(caller.get("/transfers").await.status, 200, "{claims}");
        assert_eq!(caller.get("/settings/agent-transfer").await.status, 403, "{claims}");
    }
}
