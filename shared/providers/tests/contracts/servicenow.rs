//! ServiceNow: the envelope, its items, and how the instance proves itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use transfer_domain::{
    Author, Correlation, EndReason, EndedBy, EventKind, Holds, IncomingMessage, Order, ProviderEvent, Status,
};
use transfer_providers::{SERVICENOW, Unauthentic};

use crate::support::{
    TRANSFER, adapter, asks_for_secret_in, at, bound, ended_by_representative, ended_by_system, joined, kinds, left,
    note, only, queued, read_body, request, signing, taking, transfer, who, with,
};

const SECRET: &str = "instance-secret-0000001";

fn settings(extra: &Value) -> Value {
    with(json!({ "instanceUrl": "https://acme.service-now.com", "appInboundId": "acme-ai" }), extra)
}

fn read_with(extra: &Value, envelope: &Value) -> Vec<ProviderEvent> {
    let all = with(
        json!({
            "requestId": format!("{TRANSFER}-1"), "clientSessionId": TRANSFER, "userId": "user-77", "interactionId": "240c",
            "clientVariables": { "transferId": TRANSFER },
        }),
        envelope,
    );
    read_body(SERVICENOW, &settings(extra), all.to_string())
}

fn read(envelope: &Value) -> Vec<EventKind> {
    kinds(read_with(&json!({}), envelope))
}

fn action(word: &str) -> Value {
    json!({ "uiType": "ActionMsg", "actionType": word })
}

fn system(text: &str) -> Value {
    json!({ "uiType": "ActionMsg", "actionType": "System", "message": text })
}

fn said(text: &str, id: &str) -> Value {
    json!({ "uiType": "OutputText", "group": "DefaultText", "value": text, "maskType": "NONE", "messageId": id })
}

fn by_agent(text: &str, id: &str) -> Value {
    let mut item = said(text, id);
    let info = json!({ "sentFromAgent": true, "agentId": "46d4", "agentName": "Agent One" });
    item.as_object_mut().unwrap().insert("agentInfo".to_owned(), info);
    item
}

fn messages(kinds: &[EventKind]) -> Vec<&IncomingMessage> {
    kinds.iter().filter_map(|kind| if let EventKind::Message(message) = kind { Some(message) } else { None }).collect()
}

fn without_messages_with(extra: &Value, envelope: &Value) -> Vec<EventKind> {
    let kinds = kinds(read_with(extra, envelope)).into_iter();
    kinds.filter(|kind| !matches!(kind, EventKind::Message(_))).collect()
}

fn without_messages(envelope: &Value) -> Vec<EventKind> {
    without_messages_with(&json!({}), envelope)
}

/// An end that a text of the machine tells.
fn concluded(reason: EndReason) -> EventKind {
    EventKind::Concluded { by: EndedBy::System, reason, holds: Holds::UntilJoined }
}

/// An end that a line of the system tells.
fn said_by_system(by: EndedBy, reason: EndReason) -> EventKind {
    EventKind::Concluded { by, reason, holds: Holds::Always }
}

#[test]
fn the_way_to_a_person_is_one_queue_event_and_a_text_of_the_machine() {
    let events = read(&json!({ "agentChat": true, "score": 1, "body": [
        said("Please stand by while I connect you to a live agent.", "b1"), action("SubscribeToSupportQueue"),
        { "uiType": "ActionMsg", "actionType": "StartSpinner", "spinnerType": "wait_time",
          "message": "Routing you to a live agent...", "waitTime": "8 Seconds" },
    ] }));
    assert_eq!(messages(&events)[0].author, Author::Provider);
    assert_eq!(messages(&events)[0].message_id.as_str(), "b1");
    assert_eq!(events[1..], [queued(Some(8))]);
}

#[test]
fn the_switch_to_a_live_agent_is_a_human_with_the_name_of_the_systems_line() {
    let envelope = json!({ "agentChat": true, "body": [
        action("EndSpinner"), action("SubscribeToChatPresence"), action("SwitchToLiveAgent"),
        system("Agent One has entered the chat."),
    ] });
    assert_eq!(without_messages(&envelope), [joined(None, Some("Agent One"))]);
    assert_eq!(messages(&read(&envelope))[0].author, Author::Provider);
}

#[test]
fn a_text_of_an_agent_proves_the_human() {
    let events = read(&json!({ "agentChat": true, "body": [by_agent("Hi, how can I help?", "b7")] }));
    let [EventKind::Message(message)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(message.author, Author::Representative);
    assert_eq!(message.proves_active, Some(who(Some("46d4"), Some("Agent One"))));
}

#[test]
fn what_the_bot_says_during_a_live_chat_is_not_the_representatives() {
    let mut text = by_agent("How did we do?", "b7");
    text["agentInfo"]["sentFromAgent"] = json!(false);
    let events = read(&json!({ "agentChat": true, "body": [text] }));
    assert_eq!((messages(&events)[0].author, &messages(&events)[0].proves_active), (Author::Provider, &None));
}

#[test]
fn without_agent_info_a_text_of_the_live_chat_proves_nothing() {
    let events = read(&json!({ "agentChat": true, "body": [said("Hello", "b8")] }));
    assert_eq!(messages(&events)[0].author, Author::Representative);
    assert_eq!(messages(&events)[0].proves_active, None);
    let bot = read(&json!({ "score": 1, "body": [said("Hello", "b9")] }));
    assert_eq!(messages(&bot)[0].author, Author::Provider);
}

#[test]
fn each_row_of_the_status_map_is_its_event() {
    let back = action("SwitchToVirtualAgent");
    let closed = system("Agent One has closed the support session.");
    let timed_out = system("The session timed out.");
    let entered = system("Agent One has entered the chat.");
    let none_there = |id: &str| said("There are no agents available.", id);
    let spinner = json!({ "uiType": "ActionMsg", "actionType": "StartSpinner", "spinnerType": "wait_time", "waitTime": "2 Minutes" });
    let like_a_bot = by_agent("Thank you for using us. There are no agents like me.", "e6");
    let by_system = ended_by_system(EndReason::ProviderDisconnected);
    let nobody = concluded(EndReason::NoRepresentatives);
    for (envelope, expected) in [
        (json!({ "agentChat": true, "body": [action("SubscribeToSupportQueue")] }), vec![queued(None)]),
        (json!({ "agentChat": true, "body": [spinner] }), vec![queued(Some(120))]),
        (json!({ "agentChat": true, "body": [] }), vec![queued(None)]),
        (json!({ "agentChat": true, "body": [action("SwitchToLiveAgent")] }), vec![joined(None, None)]),
        (json!({ "agentChat": true, "body": [entered] }), vec![joined(None, Some("Agent One"))]),
        (json!({ "body": [back] }), vec![ended_by_representative()]),
        (json!({ "body": [closed, back] }), vec![ended_by_representative()]),
        (
            json!({ "body": [said("The conversation has ended.", "e1")], "completed": true, "score": 1 }),
            vec![by_system.clone()],
        ),
        (json!({ "body": [back], "completed": true }), vec![ended_by_representative()]),
        (json!({ "body": [], "takeControl": true, "score": 0 }), vec![by_system.clone()]),
        (
            json!({ "body": [said("I did not understand.", "e2")], "score": 0 }),
            vec![concluded(EndReason::ProviderRejected)],
        ),
        (json!({ "body": [none_there("e3")], "score": 1 }), vec![nobody.clone()]),
        (json!({ "agentChat": true, "body": [system("There are no agents available.")] }), vec![nobody.clone()]),
        (
            json!({ "body": [said("Thank you for using our chat", "e4")] }),
            vec![concluded(EndReason::ProviderDisconnected)],
        ),
        (json!({ "body": [closed] }), vec![said_by_system(EndedBy::Representative, EndReason::RepresentativeEnded)]),
        (json!({ "body": [closed], "completed": true }), vec![ended_by_representative()]),
        (json!({ "body": [timed_out] }), vec![said_by_system(EndedBy::System, EndReason::ProviderDisconnected)]),
        (json!({ "body": [none_there("e7")], "completed": true }), vec![nobody, by_system]),
        (json!({ "body": [action("CreateConversation")] }), vec![EventKind::Accepted]),
        (
            json!({ "agentChat": true, "body": [action("SubscribeToSupportQueue"), said("There are no agents yet", "e5")] }),
            vec![queued(None)],
        ),
        (json!({ "agentChat": true, "body": [like_a_bot] }), vec![]),
        (json!({ "body": [action("UnheardOf"), { "uiType": "Unheard" }] }), vec![]),
        (json!({}), vec![]),
    ] {
        assert_eq!(without_messages(&envelope), expected, "{envelope}");
    }
}

#[test]
fn with_a_post_agent_step_the_return_to_the_bot_is_not_the_end() {
    let back = json!({ "body": [action("SwitchToVirtualAgent")] });
    let step = json!({ "postAgentStep": true });
    assert_eq!(kinds(read_with(&step, &back)), [left(None, false)]);
    let over = with(back, &json!({ "completed": true }));
    assert_eq!(kinds(read_with(&step, &over)), [ended_by_representative()], "completed beats it");
}

#[test]
fn several_items_keep_their_order_and_the_end_comes_last() {
    let events = read(&json!({ "agentChat": true, "takeControl": true, "body": [
        action("StartTypingIndicatorActionMsg"), by_agent("one", "b1"), action("EndTypingIndicator"), by_agent("two", "b2"),
    ] }));
    let words: Vec<_> = events.iter().map(EventKind::word).collect();
    assert_eq!(words, ["typing", "message", "typing", "message", "ended"]);
}

#[test]
fn a_single_object_instead_of_a_list_is_read_too() {
    assert_eq!(messages(&read(&json!({ "body": said("Hello", "b1") }))).len(), 1);
}

#[test]
fn agent_chat_alone_is_the_oldest_of_all_signals() {
    let events = read_with(&json!({}), &json!({ "agentChat": true, "body": [action("StartTypingIndicator")] }));
    assert_eq!(events[0].order, Order::Arrival);
    assert_eq!(events[1].order, Order::Provider { at: at("2026-01-12T10:00:00Z"), sequence: 0 });
    assert_eq!((&events[1].kind, &events[1].source_id), (&queued(None), &None));
}

#[test]
fn an_answer_without_understanding_ends_only_what_asked_for_the_human() {
    let baffled =
        |request: &str| json!({ "requestId": request, "body": [said("I did not understand.", "e2")], "score": 0 });
    let rejected = concluded(EndReason::ProviderRejected);
    let last = |settings: &Value, request: &str| kinds(read_with(settings, &baffled(request))).pop().unwrap();
    assert!(matches!(last(&json!({}), &format!("{TRANSFER}-7")), EventKind::Message(_)));
    let asking_twice = json!({ "handoffAction": "agent", "agentActionRepeat": 2 });
    for step in ["1", "1-2"] {
        assert!(matches!(last(&asking_twice, &format!("{TRANSFER}-{step}")), EventKind::Message(_)), "{step}");
    }
    assert_eq!(last(&asking_twice, &format!("{TRANSFER}-1-3")), rejected);
}

#[test]
fn secure_text_is_withheld() {
    let secret = json!({ "uiType": "OutputText", "value": "4711", "maskType": "SECURE", "messageId": "s1",
                         "agentInfo": { "sentFromAgent": true, "agentId": "46d4" } });
    let events = read_with(&json!({}), &json!({ "agentChat": true, "body": [secret] }));
    assert!(!format!("{events:?}").contains("4711"));
    assert_eq!(kinds(events), [joined(Some("46d4"), None), note("secure_message_withheld", None)]);
}

#[test]
fn a_session_is_found_by_the_configured_keys() {
    let found = |extra: &Value, envelope: &Value| {
        let correlation = read_with(extra, envelope).first().map(|event| event.correlation.clone());
        correlation.filter(|correlation| *correlation != Correlation::default())
    };
    let body = json!([said("Hello", "b1")]);
    let full = found(&json!({}), &json!({ "body": body })).unwrap();
    assert_eq!(full.transfer_id, Some(transfer()));
    assert_eq!(full.provider_session_id.unwrap().as_str(), "240c");
    let by_variables = found(&json!({}), &json!({ "clientSessionId": null, "body": body })).unwrap();
    assert_eq!(by_variables.transfer_id, Some(transfer()));
    let bare = json!({ "clientSessionId": "foreign", "clientVariables": null, "body": body });
    assert_eq!(found(&json!({}), &bare).unwrap().transfer_id, None);
    let ours_only = json!({ "correlationOrder": ["clientSessionId", "clientVariables"] });
    assert_eq!(found(&ours_only, &bare), None);
    let variables_only = json!({ "correlationOrder": ["clientVariables"] });
    assert_eq!(found(&variables_only, &json!({ "clientVariables": null, "body": body })), None);
}

#[test]
fn the_interaction_is_remembered_but_not_shown() {
    let events = read_with(&json!({}), &json!({ "body": [said("Hello", "b1")] }));
    assert_eq!(Value::Object(events[0].provider_state.clone()), json!({ "interactionId": "240c" }));
    assert!(events[0].provider_data.is_empty());
}

#[test]
fn a_repetition_has_the_same_identity_even_without_a_message_id() {
    let envelope =
        json!({ "agentChat": true, "body": [action("SwitchToLiveAgent"), system("Agent One has entered the chat.")] });
    assert_eq!(read_with(&json!({}), &envelope), read_with(&json!({}), &envelope));
    let ids: Vec<_> = read_with(&json!({}), &envelope).into_iter().map(|event| event.source_id.unwrap()).collect();
    assert_ne!(ids[0], ids[1]);
    let again =
        json!({ "requestId": format!("{TRANSFER}-9"), "agentChat": true, "body": [action("SwitchToLiveAgent")] });
    assert_ne!(read_with(&json!({}), &again)[0].source_id, Some(ids[0].clone()));
}

#[test]
fn configured_end_texts_are_of_any_language() {
    let german = json!({ "endTexts": ["Auf Wiedersehen"], "noAgentTexts": ["Niemand ist da"] });
    let last = |text: &str| kinds(read_with(&german, &json!({ "body": [said(text, "g1")] }))).pop().unwrap();
    assert_eq!(last("auf wiedersehen!"), concluded(EndReason::ProviderDisconnected));
    assert_eq!(last("Niemand ist da."), concluded(EndReason::NoRepresentatives));
    assert!(matches!(last("There are no agents"), EventKind::Message(_)));
}

#[test]
fn a_closed_contact_centre_is_known_by_the_instances_own_words() {
    let words = json!({ "outsideHoursTexts": ["outside our opening hours"] });
    let text = "There are no agents: you write outside our opening hours.";
    let last = |extra: &Value| kinds(read_with(extra, &json!({ "body": [said(text, "h1")] }))).pop().unwrap();
    assert_eq!(last(&words), concluded(EndReason::OutsideHours));
    assert_eq!(last(&json!({})), concluded(EndReason::NoRepresentatives));
    let by_human = json!({ "agentChat": true, "body": [by_agent(text, "h2")] });
    assert_eq!(without_messages_with(&words, &by_human), []);
}

#[test]
fn a_text_whose_writer_is_unsaid_in_the_live_chat_ends_nothing_once_somebody_has_joined() {
    let nobody = json!({ "agentChat": true, "body": [said("There are no agents available.", "n1")] });
    assert_eq!(without_messages(&nobody), [concluded(EndReason::NoRepresentatives)]);
    let thanks = json!({ "agentChat": true, "body": [said("Thank you for using our chat", "n2")] });
    assert_eq!(without_messages(&thanks), [queued(None)], "a human may have said it");
}

#[test]
fn completed_beside_a_text_of_a_human_ends_only_where_that_is_set() {
    let talks = json!({ "agentChat": true, "completed": true, "body": [by_agent("One moment.", "c1")] });
    let unsaid = json!({ "agentChat": true, "completed": true, "body": [said("One moment.", "c2")] });
    let by_bot = json!({ "completed": true, "body": [said("Goodbye.", "c3")] });
    let gone = json!({ "completed": true, "body": [by_agent("Goodbye.", "c4"), action("SwitchToVirtualAgent")] });
    let by_system = || vec![ended_by_system(EndReason::ProviderDisconnected)];
    let by_human = || vec![ended_by_representative()];
    let unless_joined = vec![concluded(EndReason::ProviderDisconnected)];
    for (setting, envelope, expected) in [
        ("unless_agent_text", &talks, vec![]),
        ("unless_agent_text", &unsaid, unless_joined),
        ("unless_agent_text", &by_bot, by_system()),
        ("unless_agent_text", &gone, by_human()),
        ("always", &talks, by_system()),
        ("always", &unsaid, by_system()),
        ("never", &talks, vec![]),
        ("never", &unsaid, vec![queued(None)]),
        ("never", &by_bot, vec![]),
        ("never", &gone, by_human()),
    ] {
        let events = without_messages_with(&json!({ "completedEnds": setting }), envelope);
        assert_eq!(events, expected, "{setting}: {envelope}");
    }
}

#[test]
fn a_broken_item_costs_nothing_beside_it_and_is_told() {
    let mut odd = by_agent("Hello", "");
    odd["messageId"] = json!(7);
    odd["agentInfo"] = json!({ "sentFromAgent": "true", "agentId": 42, "agentName": " " });
    let events = read_with(&json!({}), &json!({ "agentChat": "true", "body": [null, "x", 5, [], {}, odd, true] }));
    let unread = |sort: &str| note("item_not_read", Some(&format!("body: {sort}")));
    let mut told = kinds(events.clone());
    let EventKind::Message(message) = told.remove(5) else { panic!("{events:?}") };
    assert_eq!(told, ["null", "a text", "a number", "a list", "an object", "a boolean"].map(unread));
    assert_eq!((message.message_id.as_str(), message.text.as_str()), ("7", "Hello"));
    assert_eq!(message.proves_active, Some(who(Some("42"), None)));
    assert!(events.iter().all(|event| event.source_id.is_some()), "each is told once");
}

#[test]
fn a_list_that_is_none_is_told_and_one_that_is_missing_is_not() {
    for (body, expected) in [
        (json!({ "body": null }), vec![]),
        (json!({}), vec![]),
        (json!({ "body": "Hello" }), vec![note("item_not_read", Some("body: a text"))]),
        (
            json!({ "body": 5, "completed": "true" }),
            vec![note("item_not_read", Some("body: a number")), ended_by_system(EndReason::ProviderDisconnected)],
        ),
    ] {
        assert_eq!(read(&body), expected, "{body}");
    }
}

#[test]
fn what_names_no_session_is_read_for_nobody() {
    let body = json!({ "clientSessionId": null, "clientVariables": null, "interactionId": null, "body": [said("Hello", "b1")] });
    assert_eq!(only(read_with(&json!({}), &body)).correlation, Correlation::default());
}

#[test]
fn the_instance_proves_itself_as_configured() {
    let check = |extra: &Value, headers: &[(&str, &str)]| {
        let secrets = signing(&["another-secret-00001", SECRET]);
        bound(SERVICENOW, &settings(extra)).authenticate(&secrets, &request(&[], headers, "{}"))
    };
    asks_for_secret_in("x-handoff-secret", SECRET, |headers| check(&json!({}), headers));
    let renamed = json!({ "webhookHeaderName": "X-Other" });
    assert_eq!(check(&renamed, &[("x-other", SECRET)]), Ok(()));
    let basic = json!({ "webhookAuth": "basic", "webhookUser": "instance" });
    let login = |text: &str| format!("Basic {}", STANDARD.encode(text));
    assert_eq!(check(&basic, &[("authorization", &login(&format!("instance:{SECRET}")))]), Ok(()));
    for text in [format!("other:{SECRET}"), "instance:wrong".to_owned(), SECRET.to_owned(), format!("instance{SECRET}")]
    {
        assert_eq!(check(&basic, &[("authorization", &login(&text))]), Err(Unauthentic), "{text}");
    }
    assert_eq!(check(&basic, &[("x-handoff-secret", SECRET)]), Err(Unauthentic));
    assert_eq!(check(&json!({ "webhookAuth": "path_secret" }), &[]), Ok(()));
    assert!(!adapter(SERVICENOW).signs_webhooks());
}

#[test]
fn messages_wait_for_the_live_agents_queue() {
    assert_eq!(taking(SERVICENOW), [Status::Queued, Status::Active, Status::PostAgent]);
}
