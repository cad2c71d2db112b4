//! Genesys Cloud: messages of the webhook, and lifecycle events of who comes and goes.

use serde_json::{Value, json};
use transfer_domain::PartKind;

use super::{Form, Line, Move, Person, Sample, Speaker, Speech, as_text, now, with};
use crate::conformance::map::genesys::lifecycle;
use crate::conformance::{Tell, Transfer};

pub(in crate::conformance) const SPEECH: Speech = Speech { carries, samples: SAMPLES, says, moves };

fn envelope(transfer: &Transfer<'_>, id: &Value, fields: &Value) -> Vec<Tell> {
    let integration = transfer.bench().settings()["integrationId"].clone();
    let body = json!({
        "id": id,
        "channel": {
            "id": integration, "platform": "Open", "type": "Private", "messageId": id, "time": now(transfer),
            "to": { "id": transfer.key, "idType": "Opaque" },
            "from": { "nickname": "Open Messaging", "id": integration, "idType": "Opaque" },
        },
        "conversationId": transfer.there().id, "direction": "Outbound", "originatingEntity": "Human", "type": "Text",
    });
    vec![Tell::Callback(with(body, fields), "")]
}

fn carries(transfer: &Transfer<'_>, content: &Value) -> Vec<Tell> {
    envelope(transfer, &json!(format!("part-{}", transfer.bench().next())), content)
}

fn says(transfer: &Transfer<'_>, line: &Line<'_>) -> Vec<Tell> {
    let entity = match line.by {
        Speaker::Human => "Human",
        Speaker::Bot => "Bot",
    };
    let mut fields = json!({ "text": line.text, "originatingEntity": entity });
    match line.form {
        Form::NullList => fields["content"] = Value::Null,
        Form::BrokenItem => {
            fields = with(carried(&json!([7, { "contentType": "Text", "text": { "body": line.text } }])), &json!({}));
        }
        Form::Usual(_) | Form::Nameless | Form::NumberId(_) | Form::BlankName => {}
    }
    envelope(transfer, &line.form.id(transfer).unwrap_or_default(), &fields)
}

fn moves(transfer: &Transfer<'_>, who: Person<'_>, what: Move) -> Vec<Tell> {
    match what {
        Move::Comes => lifecycle(transfer, "acd.end", &json!({ "acdOutcome": "ANSWERED", "answeredUserId": who.id })),
        Move::Goes => {
            let fields = json!({ "userId": who.id, "disconnectType": "PEER", "interactingDurationMs": 9_000 });
            lifecycle(transfer, "user.end", &fields)
        }
    }
}

fn carried(content: &Value) -> Value {
    json!({ "type": "Structured", "content": content })
}

fn attached(sort: &str, mime: &str, name: &str) -> Value {
    let url = format!("https://files.example.com/{name}");
    let file = json!({ "mediaType": sort, "url": url, "mime": mime, "filename": name });
    json!({ "text": "", "content": [{ "contentType": "Attachment", "attachment": file }] })
}

const SAMPLES: &[Sample] = &[
    Sample {
        kind: PartKind::Text,
        content: || json!({ "text": "Good morning" }),
        part: || json!({ "type": "text", "text": "Good morning" }),
        text: "Good morning",
    },
    Sample {
        kind: PartKind::Link,
        content: || json!({ "text": "See https://shop.example.com" }),
        part: as_text,
        text: "See https://shop.example.com",
    },
    Sample {
        kind: PartKind::Image,
        content: || attached("Image", "image/png", "p.png"),
        part: || {
            let url = "https://files.example.com/p.png";
            json!({ "type": "image", "url": url, "alt": "p.png", "contentType": "image/png" })
        },
        text: "p.png: https://files.example.com/p.png",
    },
    Sample {
        kind: PartKind::File,
        content: || attached("File", "application/pdf", "a.pdf"),
        part: || {
            let url = "https://files.example.com/a.pdf";
            json!({ "type": "file", "url": url, "name": "a.pdf", "contentType": "application/pdf" })
        },
        text: "a.pdf: https://files.example.com/a.pdf",
    },
    Sample {
        kind: PartKind::Card,
        content: || {
            let action = json!({ "type": "Link", "text": "Open", "url": "https://shop.example.com/1" });
            let image = "https://files.example.com/shoe.png";
            let card = json!({ "title": "Red shoe", "description": "Size 40", "image": image, "actions": [action] });
            carried(&json!([{ "contentType": "Card", "card": card }]))
        },
        part: || {
            json!({
                "type": "card", "title": "Red shoe", "text": "Size 40", "image": "https://files.example.com/shoe.png",
                "choices": [{ "label": "Open", "url": "https://shop.example.com/1" }],
            })
        },
        text: "Red shoe\nSize 40\n- Open: https://shop.example.com/1",
    },
    Sample {
        kind: PartKind::Choices,
        content: || {
            let reply = json!({ "text": "Blue", "payload": "b-1", "action": "Message" });
            let content = carried(&json!([{ "contentType": "QuickReply", "quickReply": reply }]));
            with(content, &json!({ "text": "Which colour?" }))
        },
        part: || json!({ "type": "choices", "choices": [{ "label": "Blue", "value": "b-1" }] }),
        text: "Which colour?\n- Blue",
    },
    Sample {
        kind: PartKind::Location,
        content: || {
            let place = json!({ "latitude": 52.5, "longitude": 13.4, "address": "At the gate" });
            carried(&json!([{ "contentType": "Location", "location": place }]))
        },
        part: || json!({ "type": "location", "latitude": 52.5, "longitude": 13.4, "name": "At the gate" }),
        text: "At the gate\n52.5, 13.4",
    },
    Sample {
        kind: PartKind::Notice,
        content: || carried(&json!([{ "contentType": "Hologram" }])),
        part: || json!({ "type": "notice", "text": "something that cannot be shown: Hologram" }),
        text: "[something that cannot be shown: Hologram]",
    },
];
