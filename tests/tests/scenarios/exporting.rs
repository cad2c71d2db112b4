//! Exporting sessions as JSON Lines, through HTTP: each whole and once, whatever happens meanwhile.

use std::time::Duration;

use agent_transfer::Stack;
use serde_json::{Value, json};
use simulators::Act;
use transfer_providers::GENESYS;
use transfer_tests::api::{Answer, Api, minutes, stack, uuid};

/// The time from which on everything is, until long after.
const ALL: &str = "from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z";

async fn page(api: &Api, query: &str) -> Answer {
    let answer = api.get(&format!("/transfers/export?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text.chars().take(300).collect::<String>());
    assert_eq!(answer.headers["content-type"], "application/jsonl");
    assert!(answer.text.is_empty() || answer.text.ends_with('\n'));
    assert!(json!(answer.text).to_string().len() < 5 * 1024 * 1024, "more than a function may answer");
    answer
}

/// The query of the next page, by its link; the cursor says the same.
fn next(answer: &Answer) -> Option<String> {
    let header = |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let cursor = header("next-cursor");
    let link =
        header("link").map(|link| link.strip_prefix("<?").unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned());
    assert_eq!(cursor.is_some(), link.is_some());
    assert!(link.iter().all(|link| link.ends_with(&format!("&cursor={}", cursor.as_deref().unwrap()))));
    link
}

fn ids(answer: &Answer) -> Vec<String> {
    answer.body.as_array().unwrap().iter().map(|line| line["sessionId"].as_str().unwrap().to_owned()).collect()
}

async fn act(stack: &Stack, session: &str, acts: &[Act]) {
    for one in acts {
        stack.desk(GENESYS).unwrap().act(&uuid(session), one.clone()).unwrap();
        stack.settle().await.unwrap();
    }
}

async fn many(stack: &Stack, api: &Api, count: usize) -> Vec<String> {
    let mut sessions = Vec::new();
    for number in 0..count {
        sessions.push(api.create(&format!("conv-{number}"), "genesys").await);
        stack.advance(Duration::from_secs(1));
    }
    stack.settle().await.unwrap();
    sessions
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_the_record_with_its_messages_and_its_timeline() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    act(&stack, &session, &[Act::Accept, Act::Queue, Act::Join, Act::Say("Hello\n\"you\"".to_owned())]).await;
    assert_eq!(api.say(&session, "m-1", "Where is it?").await.status, 202);
    stack.settle().await.unwrap();
    let answer = page(&api, ALL).await;
    assert_eq!((answer.text.lines().count(), next(&answer)), (1, None));
    let mut line = answer.body[0].clone();
    for what in ["messages", "timeline"] {
        let all = api.get(&format!("/transfers/{session}/{what}?limit=100")).await.body["items"].clone();
        assert!(all.as_array().unwrap().len() >= 2, "{what}");
        assert_eq!(line.as_object_mut().unwrap().remove(what).unwrap(), all, "{what}");
    }
    let rest = line.as_object_mut().unwrap().remove("rest").unwrap();
    assert_eq!(rest, json!({ "messages": null, "timeline": null }));
    let mut record = api.detail(&session).await.body;
    for of_the_moment in ["actions", "lastProviderEventAt", "lifetime", "nextDue", "undelivered"] {
        assert!(record.as_object_mut().unwrap().remove(of_the_moment).is_some(), "{of_the_moment}");
    }
    assert_eq!(line, record);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_repeat_and_skip_nothing_while_sessions_come_and_end() {
    let (stack, api) = stack().await;
    let sessions = many(&stack, &api, 12).await;
    let (mut seen, mut query, mut pages) = (Vec::new(), format!("{ALL}&limit=5"), 0);
    loop {
        let answer = page(&api, &query).await;
        seen.extend(ids(&answer));
        pages += 1;
        // One that was shown, one that was not yet, and one that is newer than all.
        for index in [11, 1] {
            let path = format!("/transfers/{}/end", sessions[index]);
            assert_eq!(api.post(&path, &json!({})).await.status, 202);
        }
        api.create(&format!("newer-{pages}"), "genesys").await;
        stack.settle().await.unwrap();
        match next(&answer) {
            Some(next) => query = next,
            None => break,
        }
    }
    assert_eq!(seen, sessions.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(pages, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_begins_with_its_first_moment_and_ends_before_its_last() {
    let (stack, api) = stack().await;
    let sessions = many(&stack, &api, 4).await;
    let at = async |session: &String| api.detail(session).await.str("createdAt");
    let (from, to) = (at(&sessions[1]).await, at(&sessions[3]).await);
    let answer = page(&api, &format!("from={from}&to={to}")).await;
    assert_eq!(ids(&answer), [sessions[2].as_str(), sessions[1].as_str()]);
    let none = page(&api, "from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00%2B01:00").await;
    assert_eq!((none.text.as_str(), next(&none)), ("", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_and_what_expired_is_there_until_its_retention_is_over() {
    let (stack, api) = stack().await;
    let sessions = many(&stack, &api, 2).await;
    assert_eq!(api.post(&format!("/transfers/{}/end", sessions[0]), &json!({})).await.status, 202);
    stack.settle().await.unwrap();
    stack.advance(minutes(31));
    let answer = page(&api, ALL).await;
    let why: Vec<_> = answer.body.as_array().unwrap().iter().map(|line| line["endReason"].clone()).collect();
    assert_eq!(why, [json!("expired"), json!("cancelled_in_queue")], "by the clock");
    stack.settle().await.unwrap();
    stack.advance(minutes(25 * 60));
    assert_eq!(page(&api, ALL).await.text, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_too_large_for_a_page_are_on_several_and_one_too_large_for_a_line_says_where_it_goes_on() {
    let (stack, api) = stack().await;
    let sessions = many(&stack, &api, 6).await;
    // As large as they come in an answer: every byte is written as six, and its escape once more.
    let text = "\u{1}".repeat(32 * 1024);
    for session in &sessions {
        for number in 0..4 {
            act(&stack, session, &[Act::FlowText(format!("{number}{text}"))]).await;
        }
    }
    let (mut seen, mut query, mut pages): (Vec<Value>, _, _) = (Vec::new(), ALL.to_owned(), 0);
    loop {
        let answer = page(&api, &query).await;
        assert!(!answer.text.is_empty());
        seen.extend(answer.body.as_array().unwrap().clone());
        pages += 1;
        match next(&answer) {
            Some(next) => query = next,
            None => break,
        }
    }
    assert!(pages > 1, "{pages}");
    let shown: Vec<_> = seen.iter().map(|line| line["sessionId"].as_str().unwrap().to_owned()).collect();
    assert_eq!(shown, sessions.iter().rev().cloned().collect::<Vec<_>>());

    act(&stack, &sessions[0], &[Act::FlowText(format!("4{text}")), Act::FlowText(format!("5{text}"))]).await;
    let to = api.detail(&sessions[1]).await.str("createdAt");
    let answer = page(&api, &format!("from=2020-01-01T00:00:00Z&to={to}")).await;
    let line = &answer.body[0];
    let mut texts: Vec<Value> = line["messages"].as_array().unwrap().clone();
    assert!(texts.len() < 6);
    let prefix = format!("/v1/projects/{}", api.project());
    let rest = api.get(line["rest"]["messages"].as_str().unwrap().strip_prefix(&prefix).unwrap()).await;
    texts.extend(rest.body["items"].as_array().unwrap().clone());
    let begin: String = texts.iter().map(|message| message["text"].as_str().unwrap().chars().next().unwrap()).collect();
    assert_eq!(begin, "012345");
    assert_eq!(line["rest"]["timeline"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_says_its_time_and_needs_its_own_right() {
    let (stack, api) = stack().await;
    many(&stack, &api, 3).await;
    let first = page(&api, &format!("{ALL}&limit=1")).await;
    let cursor = first.headers["next-cursor"].to_str().unwrap();
    for (query, problem) in [
        ("", "malformed-request"),
        ("from=2020-01-01T00:00:00Z", "malformed-request"),
        ("to=2020-01-01T00:00:00Z", "malformed-request"),
        ("from=yesterday&to=2020-01-01T00:00:00Z", "malformed-request"),
        ("from=2020-01-01T00:00:00Z&to=2020-01-01T00:00:00Z", "malformed-request"),
        (&format!("{ALL}&limit=0"), "malformed-request"),
        (&format!("{ALL}&limit=101"), "malformed-request"),
        (&format!("{ALL}&status=ended"), "malformed-request"),
        (&format!("{ALL}&cursor=x"), "invalid-cursor"),
        (&format!("from=2021-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&cursor={cursor}"), "invalid-cursor"),
    ] {
        let answer = api.get(&format!("/transfers/export?{query}")).await;
        assert_eq!((answer.status, answer.problem()), (400, problem), "{query}: {}", answer.text);
    }
    let may = |scope: &str, project: &str| {
        api.with_claims(&json!({ "sub": "u-1", "projects": [project], "scope": scope, "exp": 4_000_000_000_u64 }))
    };
    let get = async |api: Api| api.get(&format!("/transfers/export?{ALL}")).await;
    assert_eq!(get(may("transfers:read transfers:write transfers:erase", "demo")).await.status, 403);
    assert_eq!(get(may("transfers:export", "other")).await.status, 404);
    let elsewhere = get(may("transfers:export", "other").in_project("other")).await;
    assert_eq!((elsewhere.status, elsewhere.text.as_str()), (200, ""));
    assert_eq!(get(may("transfers:export", "demo")).await.text.lines().count(), 3);
}
