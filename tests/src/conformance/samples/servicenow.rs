//! ServiceNow: items of an envelope.

use serde_json::{Value, json};
use transfer_domain::PartKind;

use super::{Form, Line, Move, Person, Sample, Speaker, Speech, as_text, human, with};
use crate::conformance::map::servicenow::envelope;
use crate::conformance::{Tell, Transfer};

pub(in crate::conformance) const SPEECH: Speech =
    Speech { carries, samples: SAMPLES, says, moves: |_: &Transfer<'_>, _: Person<'_>, _: Move| Vec::new() };

fn written(transfer: &Transfer<'_>, item: &Value, name: &str) -> Value {
    let agent = json!({ "sentFromAgent": true, "agentId": human(transfer).0, "agentName": name });
    with(json!({ "group": "DefaultText", "maskType": "NONE", "agentInfo": agent }), item)
}

fn carries(transfer: &Transfer<'_>, content: &Value) -> Vec<Tell> {
    let id = json!({ "messageId": format!("part-{}", transfer.bench().next()) });
    let item = with(written(transfer, content, &human(transfer).1), &id);
    envelope(transfer, &item, &json!({ "agentChat": true }))
}

fn says(transfer: &Transfer<'_>, line: &Line<'_>) -> Vec<Tell> {
    let name = if line.form == Form::BlankName { " ".to_owned() } else { human(transfer).1 };
    let mut item = written(transfer, &json!({ "uiType": "OutputText", "value": line.text }), &name);
    if line.by == Speaker::Bot {
        item["agentInfo"] = json!({ "sentFromAgent": false });
    }
    if let Some(id) = line.form.id(transfer) {
        item["messageId"] = id;
    }
    let flags = match line.form {
        Form::NullList => {
            item = with(item, &json!({ "options": null, "values": null, "citations": null }));
            json!({ "agentChat": true })
        }
        Form::BrokenItem => json!({ "agentChat": true, "body": [null, "x", item] }),
        Form::Usual(_) | Form::Nameless | Form::NumberId(_) | Form::BlankName => json!({ "agentChat": true }),
    };
    envelope(transfer, &item, &flags)
}

const SAMPLES: &[Sample] = &[
    Sample {
        kind: PartKind::Text,
        content: || json!({ "uiType": "OutputText", "value": "Good morning" }),
        part: || json!({ "type": "text", "text": "Good morning" }),
        text: "Good morning",
    },
    Sample {
        kind: PartKind::Link,
        content: || {
            let html = r#"<p>See <a href="https://docs.example.com/g">the guide</a></p>"#;
            json!({ "uiType": "OutputHtml", "value": html })
        },
        part: as_text,
        text: "See the guide (https://docs.example.com/g)",
    },
    Sample {
        kind: PartKind::Image,
        content: || json!({ "uiType": "OutputImage", "altText": "a plug", "value": "https://files.example.com/p.png" }),
        part: || {
            let url = "https://files.example.com/p.png";
            json!({ "type": "image", "url": url, "alt": "a plug", "contentType": "image/*" })
        },
        text: "a plug: https://files.example.com/p.png",
    },
    Sample {
        kind: PartKind::File,
        content: || json!({ "uiType": "OutputLink", "label": "a.pdf", "value": "https://files.example.com/a.pdf" }),
        part: || json!({ "type": "file", "url": "https://files.example.com/a.pdf", "name": "a.pdf" }),
        text: "a.pdf: https://files.example.com/a.pdf",
    },
    Sample {
        kind: PartKind::Card,
        content: || {
            let fields = json!([{ "fieldLabel": "State", "fieldValue": "New" }]);
            let url = "https://inst.example.com/incident.do";
            let data = json!({ "title": "Printer broken", "subtitle": "INC0000001", "fields": fields, "url": url });
            json!({ "uiType": "OutputCard", "templateName": "Card", "data": data.to_string() })
        },
        part: || {
            json!({
                "type": "card", "title": "Printer broken", "text": "INC0000001",
                "url": "https://inst.example.com/incident.do", "fields": [{ "label": "State", "value": "New" }],
            })
        },
        text: "Printer broken\nINC0000001\nState: New\nhttps://inst.example.com/incident.do",
    },
    Sample {
        kind: PartKind::Choices,
        content: || {
            let options = json!([{ "label": "Blue", "value": "b-1" }]);
            json!({ "uiType": "Picker", "label": "Which colour?", "options": options })
        },
        part: || json!({ "type": "choices", "text": "Which colour?", "choices": [{ "label": "Blue", "value": "b-1" }] }),
        text: "Which colour?\n- Blue",
    },
    Sample {
        kind: PartKind::Form,
        content: || json!({ "uiType": "Form", "label": "Your details", "fields": [{ "label": "E-mail" }] }),
        part: || json!({ "type": "form", "fields": [{ "label": "E-mail" }] }),
        text: "Your details\n- E-mail",
    },
    Sample {
        kind: PartKind::Table,
        content: || json!({ "uiType": "OutputTable", "label": "Orders", "headers": ["Number", "State"], "data": [["1", "sent"]] }),
        part: || json!({ "type": "table", "title": "Orders", "headers": ["Number", "State"], "rows": [["1", "sent"]] }),
        text: "Orders\nNumber | State\n1 | sent",
    },
    Sample {
        kind: PartKind::Citation,
        content: || {
            let source = json!({ "title": "Manual", "url": "https://docs.example.com/m" });
            json!({ "uiType": "OutputText", "value": "Press the button.", "citations": [source] })
        },
        part: || json!({ "type": "citation", "title": "Manual", "url": "https://docs.example.com/m" }),
        text: "Press the button.\nManual\nhttps://docs.example.com/m",
    },
    Sample {
        kind: PartKind::Notice,
        content: || json!({ "uiType": "CustomControl", "templateName": "Seats" }),
        part: || json!({ "type": "notice", "text": "something that cannot be shown: CustomControl" }),
        text: "[something that cannot be shown: CustomControl]",
    },
];
