//! Salesforce: what each entry and each status of the package means for the life of a session.

use serde_json::{Value, json};
use transfer_domain::{EndReason, EventKind, Order};

use crate::salesforce::{CONVERSATION, agent_one, bus_with, envelope, payload, raw, said_with};
use crate::support::{
    TRANSFER, at, ended_by_contact, ended_by_representative, ended_by_system, joined, left, note, only, queued,
    queued_at, transfer, with,
};

fn said(entry_type: &str, fields: &Value) -> Vec<EventKind> {
    said_with(&json!({}), entry_type, "System", fields)
}

/// The representative whom the tests' entries are about.
fn agent_joined() -> EventKind {
    EventKind::RepresentativeJoined(agent_one())
}

fn participants(changes: &[(&str, &str, &str)]) -> Value {
    let change = |(operation, role, id): &(&str, &str, &str)| {
        json!({ "operation": operation, "displayName": "Agent One",
                "participant": { "appType": "agent", "subject": id, "role": role } })
    };
    json!({ "entries": changes.iter().map(change).collect::<Vec<_>>() })
}

#[test]
fn each_row_of_the_status_map_is_its_event() {
    let none = json!({});
    let routing =
        |failure: &str, kind: &str| json!({ "routingType": kind, "failureType": failure, "recordId": "0MwSG1" });
    let status = |status: &str| json!({ "sessionId": "0MwSG1", "sessionStatus": status });
    let by = |role: &str| json!({ "sessionStatus": "Ended", "sessionEndedByRole": role });
    let work = |kind: &str| json!({ "workType": kind, "workTargetId": "0MwSG1", "queueId": "00G1" });
    let owned = |id: &str| json!({ "sessionStatus": "Active", "ownerId": id, "ownerName": "Agent One" });
    let participant = |operation| participants(&[(operation, "Agent", "005xx0000012345")]);
    for (entry, fields, expected) in [
        ("SessionStatusChanged", status("New"), EventKind::Accepted),
        ("SessionStatusChanged", status("Consent"), EventKind::Accepted),
        ("SessionStatusChanged", status("Waiting"), queued(None)),
        ("SessionStatusChanged", status("Active"), note("session_active", None)),
        ("SessionStatusChanged", json!({ "sessionStatus": "Active", "ownerId": "00G1" }), note("session_active", None)),
        ("SessionStatusChanged", owned("005xx0000012345AAB"), agent_joined()),
        ("SessionStatusChanged", status("Inactive"), left(None, false)),
        ("SessionStatusChanged", status("Paused"), left(None, false)),
        ("SessionStatusChanged", by("Agent"), ended_by_representative()),
        ("SessionStatusChanged", by("Supervisor"), ended_by_representative()),
        ("SessionStatusChanged", by("EndUser"), ended_by_contact()),
        ("SessionStatusChanged", by("System"), ended_by_system(EndReason::ProviderDisconnected)),
        ("SessionStatusChanged", status("Ended"), ended_by_system(EndReason::ProviderDisconnected)),
        ("SessionStatusChanged", status("Error"), ended_by_system(EndReason::ProviderError)),
        ("RoutingResult", routing("None", "Initial"), queued(None)),
        ("RoutingResult", routing("None", "Transfer"), queued(None)),
        ("RoutingResult", routing("None", "Conference"), note("conference", None)),
        ("RoutingResult", routing("RoutingError", "Initial"), ended_by_system(EndReason::NoRepresentatives)),
        ("RoutingResult", routing("Cancelled", "Initial"), ended_by_system(EndReason::NoRepresentatives)),
        ("RoutingResult", routing("SubmissionError", "Initial"), ended_by_system(EndReason::ProviderError)),
        ("RoutingResult", routing("Unknown", "Initial"), ended_by_system(EndReason::ProviderError)),
        ("RoutingResult", routing("RoutingError", "Transfer"), note("routing_failed", Some("RoutingError"))),
        ("QueuePosition", json!({ "workItemId": "0MwSG1", "position": 3 }), queued_at(None, Some(3), None)),
        ("RoutingWorkResult", work("Assigned"), queued(None)),
        ("RoutingWorkResult", work("Declined"), queued(None)),
        ("RoutingWorkResult", work("Accepted"), joined(None, None)),
        ("RoutingWorkResult", work("Closed"), note("work_closed", None)),
        ("RoutingWorkResult", work("Transferred"), note("work", Some("Transferred"))),
        ("RoutingWorkResult", work("TransferError"), note("work", Some("TransferError"))),
        ("TransferProgress", none.clone(), note("transfer_progress", None)),
        ("ParticipantChanged", participant("add"), agent_joined()),
        ("ParticipantChanged", participant("remove"), left(Some(agent_one()), false)),
        ("MessageDeliveryFailed", json!({ "errorCode": "E1" }), note("delivery_failed", Some("E1"))),
        ("DeliveryAcknowledgement", none.clone(), note("receipt", Some("Delivered"))),
        ("ReadAcknowledgement", none.clone(), note("receipt", Some("Read"))),
        (
            "MessageUpdated",
            json!({ "updatedMessage": { "entryPayload": { "abstractMessage": { "staticContent":
                { "attachments": [{ "attachmentUploadResult": "Success" }] } } } } }),
            note("message_updated", Some("Success")),
        ),
        ("CLOSE_CONVERSATION", none.clone(), ended_by_contact()),
    ] {
        assert_eq!(said(entry, &fields), [expected], "{entry} {fields}");
    }
    for entry in [
        "FlagRaise",
        "FlagLower",
        "EndUserConsentUpdated",
        "ConsultConversationInfo",
        "ParticipantsConferenced",
        "ProgressIndicator",
        "Note",
        "Unheard",
    ] {
        assert_eq!(said(entry, &none), [], "{entry}");
    }
    for role in ["EndUser", "Chatbot", "Supervisor", "System", "Router"] {
        let changes = participants(&[("add", role, "x"), ("remove", role, "x")]);
        assert_eq!(said("ParticipantChanged", &changes), [], "{role}");
    }
    assert_eq!(said("ParticipantChanged", &participant("update")), []);
    assert_eq!(said("SessionStatusChanged", &status("Unheard")), []);
}

#[test]
fn a_wait_counts_if_it_was_asked_for_and_an_accepted_work_names_its_person_if_told() {
    let wait = |asked: bool| {
        json!({ "routingType": "Initial", "failureType": "None",
        "estimatedWaitTime": { "isEWTRequested": asked, "estimatedWaitTimeInSeconds": 120 } })
    };
    assert_eq!(said("RoutingResult", &wait(true)), [queued(Some(120))]);
    assert_eq!(said("RoutingResult", &wait(false)), [queued(None)]);
    let accepted = said_with(&json!({}), "RoutingWorkResult", "Agent", &json!({ "workType": "Accepted" }));
    assert_eq!(accepted, [agent_joined()]);
}

#[test]
fn several_changes_in_one_entry_are_several_events_with_identities_of_their_own() {
    let entry = participants(&[("remove", "Agent", "005xx0000012345"), ("add", "Agent", "005xx0000067890AAA")]);
    let body = payload("ParticipantChanged", "System", &entry);
    let events = raw(&body);
    let ids: Vec<_> = events.iter().map(|event| event.source_id.as_ref().unwrap().as_str()).collect();
    assert_eq!(
        ids,
        ["56e10dce-1:representative_left:005xx0000012345", "56e10dce-1:representative_joined:005xx0000067890"]
    );
    assert_eq!(events[1].kind, joined(Some("005xx0000067890"), Some("Agent One")));
    assert_eq!(raw(&body), events);
}

#[test]
fn the_end_is_remembered_and_its_record_is_shown() {
    let entry = json!({ "entryType": "SessionStatusChanged", "sessionId": "0MwSG1", "sessionStatus": "Ended",
                        "sessionEndTime": 1_768_212_000 });
    let mut body = payload("SessionStatusChanged", "System", &entry);
    let fields = body.pointer_mut("/payload").unwrap().as_object_mut().unwrap();
    fields.remove("transcriptedTimestamp");
    fields.remove("clientTimestamp");
    let event = only(raw(&body));
    assert_eq!(event.order, Order::Provider { at: at("2026-01-12T10:00:00Z"), sequence: 0 }, "in seconds here");
    assert_eq!(Value::Object(event.provider_state), json!({ "closed": true }));
    assert_eq!(Value::Object(event.provider_data), json!({ "messagingSessionId": "0MwSG1" }));
}

fn status_event(fields: &Value) -> Value {
    let all = with(
        json!({ "CreatedDate": "2026-01-12T10:00:03.508Z", "ConversationId__c": CONVERSATION,
                          "SessionId__c": "0MwSG0000001abcAAA", "TransferId__c": TRANSFER }),
        fields,
    );
    envelope("Handoff_Status__e", &all)
}

#[test]
fn each_status_of_the_package_is_its_event() {
    let by = |who: &str| json!({ "Status__c": "Ended", "EndedBy__c": who });
    for (fields, expected) in [
        (json!({ "Status__c": "New" }), EventKind::Accepted),
        (json!({ "Status__c": "Waiting", "OwnerId__c": "00G1" }), queued(None)),
        (json!({ "Status__c": "Active", "OwnerId__c": "00G1" }), queued(None)),
        (
            json!({ "Status__c": "Active", "OwnerId__c": "005xx0000012345AAB", "OwnerName__c": "Agent One" }),
            agent_joined(),
        ),
        (json!({ "Status__c": "Inactive" }), left(None, false)),
        (json!({ "Status__c": "Paused" }), left(None, false)),
        (by("Agent"), ended_by_representative()),
        (by("EndUser"), ended_by_contact()),
        (json!({ "Status__c": "Ended" }), ended_by_system(EndReason::ProviderDisconnected)),
        (json!({ "Status__c": "Error" }), ended_by_system(EndReason::ProviderError)),
    ] {
        let event = only(bus_with(&json!({}), &status_event(&fields)).unwrap());
        assert_eq!(event.kind, expected, "{fields}");
        assert_eq!(event.correlation.transfer_id, Some(transfer()));
        assert_eq!(event.order, Order::Provider { at: at("2026-01-12T10:00:03.508Z"), sequence: 0 });
        assert_eq!(event.provider_data["messagingSessionId"], "0MwSG0000001abc");
        assert_eq!(bus_with(&json!({ "lifecycleRelay": "off" }), &status_event(&fields)), Ok(vec![]));
        assert_eq!(bus_with(&json!({ "lifecycleRelay": "optional" }), &status_event(&fields)).unwrap().len(), 1);
    }
    assert_eq!(bus_with(&json!({}), &status_event(&json!({ "Status__c": "Unheard" }))), Ok(vec![]));
    assert_eq!(bus_with(&json!({}), &status_event(&json!({}))), Ok(vec![]));
}
