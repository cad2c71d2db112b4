//! SmartAssist: items of the channel's callbacks, and relay events of who comes and goes.

use serde_json::{Value, json};
use transfer_domain::PartKind;

use super::{Form, Line, Move, Person, Sample, Speech, as_text, human, now, with};
use crate::conformance::map::relayed;
use crate::conformance::{Tell, Transfer};

pub(in crate::conformance) const SPEECH: Speech = Speech { carries, samples: SAMPLES, says, moves };

fn callback(transfer: &Transfer<'_>, items: &[Value]) -> Tell {
    Tell::Callback(json!({ "to": transfer.key, "endOfTask": false, "data": items, "_v": "v2" }), "")
}

fn carries(transfer: &Transfer<'_>, content: &Value) -> Vec<Tell> {
    let id = format!("part-{}", transfer.bench().next());
    vec![callback(transfer, &[with(json!({ "createdOn": now(transfer), "messageId": id }), content)])]
}

fn says(transfer: &Transfer<'_>, line: &Line<'_>) -> Vec<Tell> {
    let mut item = json!({ "type": "text", "val": line.text });
    if let Some(id) = line.form.id(transfer) {
        item = with(item, &json!({ "createdOn": now(transfer), "messageId": id }));
    }
    let who = human(transfer).0;
    match line.form {
        Form::NullList => {
            item["attachments"] = Value::Null;
            vec![callback(transfer, &[item])]
        }
        Form::BrokenItem => vec![callback(transfer, &[json!(7), item])],
        // The channel names nobody; the relay does.
        Form::BlankName => {
            let joined = relayed(transfer, "agent_joined", &json!({ "agent": { "id": who, "name": " " } }));
            [joined, vec![callback(transfer, &[item])]].concat()
        }
        Form::Usual(_) | Form::Nameless | Form::NumberId(_) => vec![callback(transfer, &[item])],
    }
}

pub(super) fn moves(transfer: &Transfer<'_>, who: Person<'_>, what: Move) -> Vec<Tell> {
    let agent = json!({ "id": who.id, "name": who.name });
    match what {
        Move::Comes => relayed(transfer, "agent_joined", &json!({ "agent": agent })),
        Move::Goes => relayed(transfer, "agent_left", &json!({ "agent": agent, "reason": "left" })),
    }
}

fn template(payload: &Value) -> Value {
    json!({ "type": "template", "val": { "type": "template", "payload": payload } })
}

fn file(name: &str, url: &str, text: &str) -> Value {
    json!({ "type": "text", "val": text, "attachments": [{ "fileName": name, "fileUrl": url }] })
}

const SAMPLES: &[Sample] = &[
    Sample {
        kind: PartKind::Text,
        content: || json!({ "type": "text", "val": "Good morning" }),
        part: || json!({ "type": "text", "text": "Good morning" }),
        text: "Good morning",
    },
    Sample {
        kind: PartKind::Link,
        content: || json!({ "type": "text", "val": "See https://shop.example.com" }),
        part: as_text,
        text: "See https://shop.example.com",
    },
    Sample {
        kind: PartKind::Image,
        content: || {
            let payload = json!({ "url": "https://files.example.com/p.png" });
            json!({ "type": "template", "val": { "type": "image", "payload": payload } })
        },
        part: || json!({ "type": "image", "url": "https://files.example.com/p.png", "contentType": "image/*" }),
        text: "https://files.example.com/p.png",
    },
    Sample {
        kind: PartKind::File,
        content: || file("a.pdf", "https://files.example.com/a.pdf", "the file"),
        part: || json!({ "type": "file", "url": "https://files.example.com/a.pdf", "name": "a.pdf" }),
        text: "the file",
    },
    Sample {
        kind: PartKind::Card,
        content: || {
            let button = json!({ "type": "web_url", "title": "Open", "url": "https://shop.example.com/1" });
            let card = json!({ "title": "Red shoe", "subtitle": "Size 40", "buttons": [button] });
            template(&json!({ "template_type": "generic", "elements": [card] }))
        },
        part: as_text,
        text: "Red shoe\nSize 40\n- Open: https://shop.example.com/1",
    },
    Sample {
        kind: PartKind::Choices,
        content: || {
            let button = json!({ "type": "postback", "title": "Blue", "payload": "b-1" });
            template(&json!({ "template_type": "button", "text": "Which colour?", "buttons": [button] }))
        },
        part: || json!({ "type": "choices", "choices": [{ "label": "Blue", "value": "b-1" }] }),
        text: "Which colour?\n- Blue",
    },
    Sample {
        kind: PartKind::Form,
        content: || {
            let fields = json!([{ "type": "textInput", "label": "E-mail" }]);
            template(&json!({ "template_type": "form", "text": "Your details", "formFields": fields }))
        },
        part: as_text,
        text: "Your details\nE-mail",
    },
    Sample {
        kind: PartKind::Table,
        content: || {
            let (columns, rows) = (json!([["Number"], ["State"]]), json!([{ "Values": ["1", "sent"] }]));
            template(&json!({ "template_type": "table", "text": "Orders", "columns": columns, "elements": rows }))
        },
        part: as_text,
        text: "Orders\nNumber\nState\n1\nsent",
    },
    Sample {
        kind: PartKind::Notice,
        content: || file("a.pdf", "about:blank", ""),
        part: || json!({ "type": "notice", "text": "a file that cannot be fetched: a.pdf" }),
        text: "[a file that cannot be fetched: a.pdf]",
    },
];
