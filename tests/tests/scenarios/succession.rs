//! One transfer after another: by the fallback plan of the request, and because the caller names a predecessor.

use agent_transfer::Stack;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::{Act, EndedBy, Phase, Script};
use transfer_providers::{GENESYS, SMARTASSIST};
use transfer_tests::api::{Api, event_types, events, minutes, stack, transfer, uuid};

fn with(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    body
}

/// Requests a transfer at a contact centre where nobody is.
async fn in_vain(stack: &Stack, api: &Api, fallback: &Value) -> String {
    stack.centre(SMARTASSIST).unwrap().desk().script(Script::NoAgents);
    let created =
        api.post("/transfers", &with(transfer("conv-1", "smartassist"), &json!({ "fallback": fallback }))).await;
    assert_eq!(created.status, 201, "{}", created.text);
    created.str("sessionId")
}

async fn served(stack: &Stack, api: &Api) -> String {
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Join, Act::Say("Shall I refund it?".to_owned())] {
        stack.desk(GENESYS).unwrap().act(&uuid(&session), act).unwrap();
        stack.settle().await.unwrap();
    }
    assert_eq!(api.say(&session, "m-1", "Yes, please.").await.status, 202);
    stack.settle().await.unwrap();
    stack.desk(GENESYS).unwrap().act(&uuid(&session), Act::End(EndedBy::Representative)).unwrap();
    stack.settle().await.unwrap();
    session
}

async fn open_sessions(api: &Api) -> Vec<Value> {
    let page = api.get("/transfers?status=pending&status=queued&status=active&status=post_agent").await;
    page.body["items"].as_array().unwrap().clone()
}

async fn entry(api: &Api, session: &str, what: &str) -> Value {
    let page = api.get(&format!("/transfers/{session}/timeline?limit=100")).await;
    let items = page.body["items"].as_array().unwrap().clone();
    items.into_iter().find(|entry| entry["what"] == what).unwrap_or_default()
}

fn elsewhere() -> Value {
    json!([
        { "on": ["no_representatives", "outside_hours"], "provider": "genesys", "queue": "night" },
        { "on": ["no_representatives", "expired", "unreachable"], "continueWithAgent": true },
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_is_the_plan_asks_again_elsewhere_without_the_caller() {
    let (stack, api) = stack().await;
    let otherwise = json!({ "defaultRouting": { "postAgentAction": "end_session" } });
    assert_eq!(api.put("/settings/agent-transfer", &otherwise).await.status, 200);
    let first = in_vain(&stack, &api, &elsewhere()).await;
    assert_eq!(api.say(&first, "m-1", "Is anybody there?").await.status, 202);
    stack.settle().await.unwrap();

    let [open] = &open_sessions(&api).await[..] else { panic!("exactly one goes on") };
    let second = open["sessionId"].as_str().unwrap().to_owned();
    assert_eq!((&open["provider"], &open["queue"]["name"]), (&json!("genesys"), &json!("night")));
    let (before, after) = (api.detail(&first).await.body, api.detail(&second).await.body);
    assert_eq!((&before["outcome"], &before["successorSessionId"]), (&json!("no_representatives"), &json!(second)));
    assert_eq!((&after["predecessorSessionId"], &after["conversationSessionId"]), (&json!(first), &json!("conv-1")));
    assert_eq!(after["summary"], before["summary"]);
    let handed = &before["handback"];
    assert_eq!((&handed["next"], &handed["successorSessionId"]), (&json!("fallback"), &json!(second)));
    assert_eq!(handed["state"], "acknowledged", "nobody else has to take it");
    let left = json!([{ "on": ["no_representatives", "expired", "unreachable"], "provider": null, "queue": null, "continueWithAgent": true }]);
    assert_eq!((before["fallback"].as_array().unwrap().len(), &after["fallback"]), (2, &left));

    let told = event_types(&stack, &first);
    assert_eq!(told[told.len() - 3..], ["transfer.ended", "transfer.failed", "transfer.followed"], "{told:?}");
    let followed = events(&stack, &first).into_iter().find(|it| it["detail-type"] == "transfer.followed").unwrap();
    assert_eq!(followed["detail"]["successorSessionId"], second);
    assert_eq!(followed["detail"]["linkedBy"], "fallback");
    let requested = events(&stack, &second).into_iter().find(|it| it["detail-type"] == "transfer.requested").unwrap();
    assert_eq!(requested["detail"]["predecessorSessionId"], first);
    assert_eq!(entry(&api, &first, "followed").await["cause"], "fallback");
    assert!(entry(&api, &first, "followed").await["detail"].as_str().unwrap().contains("genesys, night"));
    assert_eq!(entry(&api, &second, "follows").await["detail"], first);
    let conversations = stack.desk(GENESYS).unwrap().conversations();
    assert_eq!(conversations.len(), 1, "{conversations:?}");
    assert_eq!((api.task_status(&first).await, api.task_status(&second).await), ("cancelled".into(), "pending".into()));

    // What is left of the plan is done after the next end: the agent goes on.
    stack.advance(minutes(31));
    stack.settle().await.unwrap();
    assert_eq!(api.detail(&second).await.body["handback"]["next"], "return_to_agent");
    assert_eq!(open_sessions(&api).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_cannot_be_done_any_more_leaves_it_to_the_next_and_says_so() {
    let (stack, api) = stack().await;
    let session = in_vain(&stack, &api, &elsewhere()).await;
    let removed = api.call(Method::DELETE, "/integrations/genesys", None, &[]).await;
    assert_eq!(removed.status, 204, "{}", removed.text);
    stack.advance(minutes(10));
    stack.settle().await.unwrap();
    let record = api.detail(&session).await.body;
    let handed = &record["handback"];
    assert_eq!((&handed["next"], &handed["state"]), (&json!("return_to_agent"), &json!("open")), "{record}");
    assert_eq!((&record["successorSessionId"], &handed["successorSessionId"]), (&json!(null), &json!(null)));
    let told = event_types(&stack, &session);
    assert_eq!(told.last().unwrap(), "transfer.handback_updated", "{told:?}");
    let why = entry(&api, &session, "fallback_given_up").await;
    assert!(why["detail"].as_str().unwrap().contains("no integration"), "{why}");
    assert_eq!(api.task_status(&session).await, "failed", "somebody must look");
    assert_eq!(open_sessions(&api).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_names_a_queue_alone_asks_the_same_contact_centre_again() {
    let (stack, api) = stack().await;
    let plan = json!([{ "on": ["expired"], "queue": "night" }]);
    let body = with(transfer("conv-1", "genesys"), &json!({ "fallback": plan, "queue": "day" }));
    let first = api.post("/transfers", &body).await.str("sessionId");
    stack.settle().await.unwrap();
    stack.advance(minutes(31));
    stack.settle().await.unwrap();
    let [open] = &open_sessions(&api).await[..] else { panic!("exactly one goes on") };
    assert_eq!((&open["provider"], &open["queue"]["name"]), (&json!("genesys"), &json!("night")));
    let second = open["sessionId"].as_str().unwrap();
    let (before, after) = (api.detail(&first).await.body, api.detail(second).await.body);
    assert_eq!((&before["outcome"], &before["successorSessionId"]), (&json!("expired"), &json!(second)));
    assert_eq!((&after["predecessorSessionId"], &after["fallback"]), (&json!(first), &json!([])));
    let conversations = stack.desk(GENESYS).unwrap().conversations();
    let phase = |session: &str| conversations.iter().find(|it| it.contact_key == uuid(session)).map(|it| it.phase);
    assert_eq!(phase(&first), Some(Phase::Ended), "the first is closed there");
    assert!(phase(second).is_some_and(|phase| phase != Phase::Ended), "{conversations:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_whose_integration_is_gone_is_passed_over_for_a_later_one() {
    let (stack, api) = stack().await;
    let plan = json!([
        { "on": ["no_representatives"], "provider": "genesys", "queue": "night" },
        { "on": ["expired"], "continueWithAgent": true },
        { "on": ["no_representatives"], "provider": "servicenow", "queue": "late" },
    ]);
    let first = in_vain(&stack, &api, &plan).await;
    let removed = api.call(Method::DELETE, "/integrations/genesys", None, &[]).await;
    assert_eq!(removed.status, 204, "{}", removed.text);
    stack.advance(minutes(10));
    stack.settle().await.unwrap();
    let [open] = &open_sessions(&api).await[..] else { panic!("exactly one goes on") };
    assert_eq!((&open["provider"], &open["queue"]["name"]), (&json!("servicenow"), &json!("late")));
    let record = api.detail(&first).await.body;
    assert_eq!(record["successorSessionId"], open["sessionId"]);
    assert_eq!(record["handback"]["next"], "fallback");
    assert_eq!(stack.desk(GENESYS).unwrap().conversations().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_caller_was_faster_than_the_plan_there_are_never_two() {
    let (stack, api) = stack().await;
    let plan = json!([{ "on": ["expired"], "provider": "smartassist" }]);
    let body = with(transfer("conv-1", "genesys"), &json!({ "fallback": plan }));
    let first = api.post("/transfers", &body).await.str("sessionId");
    stack.settle().await.unwrap();
    stack.advance(minutes(31));
    let second = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let [open] = &open_sessions(&api).await[..] else { panic!("exactly one") };
    assert_eq!(open["sessionId"], second);
    let record = api.detail(&first).await.body;
    assert_eq!((&record["outcome"], &record["successorSessionId"]), (&json!("expired"), &json!(null)));
    assert_eq!(record["handback"]["next"], "return_to_agent");
    assert!(!entry(&api, &first, "fallback_given_up").await.is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_contact_or_the_caller_ended_does_not_fall_back() {
    let (stack, api) = stack().await;
    let plan = json!([{ "on": ["expired", "failed", "rejected", "declined"], "provider": "smartassist" }]);
    let body = with(transfer("conv-1", "genesys"), &json!({ "fallback": plan }));
    let session = api.post("/transfers", &body).await.str("sessionId");
    stack.settle().await.unwrap();
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({ "endedBy": "contact" })).await.status, 202);
    stack.settle().await.unwrap();
    assert_eq!(open_sessions(&api).await, Vec::<Value>::new());
    assert_eq!(api.detail(&session).await.body["handback"]["next"], "return_to_agent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_is_linked_both_ways_and_its_representative_reads_what_was_said() {
    let (stack, api) = stack().await;
    let first = served(&stack, &api).await;
    let more = json!({ "predecessorSessionId": first, "carryConversation": true,
        "history": [{ "role": "agent", "text": "Let me get a person." }] });
    let second = api.post("/transfers", &with(transfer("conv-1", "smartassist"), &more)).await;
    assert_eq!(second.status, 201, "{}", second.text);
    assert_eq!(second.body["predecessorSessionId"], first);
    stack.settle().await.unwrap();
    let second = second.str("sessionId");
    let before = api.detail(&first).await.body;
    assert_eq!(before["successorSessionId"], second);
    assert_eq!(before["handback"]["state"], "open", "that the caller goes on elsewhere does not say that it has it");
    assert_eq!(event_types(&stack, &first).last().unwrap(), "transfer.followed");
    assert_eq!(entry(&api, &first, "followed").await["cause"], "api");
    let there = stack.desk(SMARTASSIST).unwrap().conversation(&uuid(&second)).unwrap();
    let (said, answered) = ("Representative: Shall I refund it?", "Yes, please.");
    let told = format!("{there:?}");
    for text in ["Let me get a person.", said, answered] {
        assert!(told.contains(text), "{text} in {told}");
    }
    let of_another_channel =
        with(transfer("conv-2", "genesys"), &json!({ "predecessorSessionId": second, "channel": "messaging" }));
    assert_eq!(api.post("/transfers", &of_another_channel).await.problem(), "transfer-already-open", "it goes on");
    assert_eq!(api.post(&format!("/transfers/{second}/end"), &json!({})).await.status, 202);
    assert_eq!(api.post("/transfers", &of_another_channel).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_predecessor_that_cannot_be_followed_is_refused_and_a_repeated_key_has_its_first_answer() {
    let (stack, api) = stack().await;
    let first = served(&stack, &api).await;
    let body = |contact: &str, predecessor: &str| {
        with(transfer("conv-1", "genesys"), &json!({ "contactId": contact, "predecessorSessionId": predecessor }))
    };
    let unknown = first.replace(&uuid(&first), "01890000-0000-7000-8000-000000000000");
    for (body, fault) in [
        (body("contact-1", &unknown), "names no transfer"),
        (body("contact-2", &first), "of another contact"),
        (body("contact-1", "conv-1"), ""),
    ] {
        let refused = api.post("/transfers", &body).await;
        assert_eq!((refused.status, refused.problem()), (422, "invalid-fields"), "{}", refused.text);
        assert_eq!(refused.body["errors"][0]["pointer"], "/predecessorSessionId");
        assert!(refused.text.contains(fault), "{}", refused.text);
    }
    let wanted = body("contact-1", &first);
    let key = [("idempotency-key", "again-1")];
    let created = api.call(Method::POST, "/transfers", Some(&wanted), &key).await;
    let repeated = api.call(Method::POST, "/transfers", Some(&wanted), &key).await;
    assert_eq!((created.status, repeated.status), (201, 200), "{}", repeated.text);
    assert_eq!(created.body["sessionId"], repeated.body["sessionId"]);
    let twice = api.post("/transfers", &wanted).await;
    assert_eq!(twice.status, 422, "it is followed already: {}", twice.text);
    stack.settle().await.unwrap();
    assert_eq!(open_sessions(&api).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_with_faults_is_refused_with_the_place_of_each() {
    let (_stack, api) = stack().await;
    let one = json!({ "on": ["failed"], "queue": "night" });
    for (fallback, pointer) in [
        (json!([{ "on": ["served"], "queue": "night" }]), "/fallback/0/on/0"),
        (json!([{ "on": ["failed", "failed"], "queue": "night" }]), "/fallback/0/on/1"),
        (json!([{ "on": [], "queue": "night" }]), "/fallback/0/on"),
        (json!([one, { "on": ["failed"] }]), "/fallback/1"),
        (json!([{ "on": ["failed"], "queue": "night", "continueWithAgent": true }]), "/fallback/0"),
        (json!([{ "on": ["failed"], "provider": "fax" }]), "/fallback/0/provider"),
        (json!([one, one, one, one]), "/fallback"),
    ] {
        let refused =
            api.post("/transfers", &with(transfer("conv-1", "genesys"), &json!({ "fallback": fallback }))).await;
        assert_eq!((refused.status, refused.problem()), (422, "invalid-fields"), "{fallback}: {}", refused.text);
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
    let unknown = json!([{ "on": ["failed"], "provider": "zendesk" }]);
    let refused = api.post("/transfers", &with(transfer("conv-1", "genesys"), &json!({ "fallback": unknown }))).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
}
