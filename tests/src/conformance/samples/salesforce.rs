//! Salesforce: abstract messages in entries, the same in both products.

use serde_json::{Value, json};
use transfer_domain::PartKind;

use super::{Form, Line, Move, Person, Sample, Speaker, Speech, as_text, human, with};
use crate::conformance::map::salesforce::{Writing, entry_of, participants};
use crate::conformance::{Tell, Transfer};

pub(in crate::conformance) const SPEECH: Speech = Speech { carries, samples: SAMPLES, says, moves };

fn message(transfer: &Transfer<'_>, id: &Value, writing: Writing<'_>, message: &Value) -> Vec<Tell> {
    let message = with(json!({ "id": id, "messageType": "StaticContentMessage" }), message);
    entry_of(transfer, id, writing, &json!({ "entryType": "Message", "abstractMessage": message }))
}

fn carries(transfer: &Transfer<'_>, content: &Value) -> Vec<Tell> {
    let (subject, name) = human(transfer);
    let writing = Writing { role: "Agent", subject: &subject, name: &name };
    message(transfer, &json!(format!("part-{}", transfer.bench().next())), writing, content)
}

fn says(transfer: &Transfer<'_>, line: &Line<'_>) -> Vec<Tell> {
    let (subject, name) = human(transfer);
    let role = match line.by {
        Speaker::Human => "Agent",
        Speaker::Bot => "Chatbot",
    };
    let name = if line.form == Form::BlankName { " " } else { &name };
    let writing = Writing { role, subject: &subject, name };
    let mut content = said(line.text);
    let mut tells = Vec::new();
    match line.form {
        Form::NullList => {
            content = with(content, &json!({ "choices": null, "citations": null }));
            content["staticContent"]["links"] = Value::Null;
            content["staticContent"]["attachments"] = Value::Null;
        }
        Form::BrokenItem => {
            tells = participants(transfer, &json!([7, { "operation": "add" }, change(Move::Comes, &subject, name)]));
        }
        Form::Usual(_) | Form::Nameless | Form::NumberId(_) | Form::BlankName => {}
    }
    let id = line.form.id(transfer).unwrap_or_default();
    tells.extend(message(transfer, &id, writing, &content));
    tells
}

fn moves(transfer: &Transfer<'_>, who: Person<'_>, what: Move) -> Vec<Tell> {
    participants(transfer, &json!([change(what, who.id, who.name)]))
}

fn change(what: Move, id: &str, name: &str) -> Value {
    let operation = match what {
        Move::Comes => "add",
        Move::Goes => "remove",
    };
    let participant = json!({ "appType": "agent", "subject": id, "role": "Agent" });
    json!({ "operation": operation, "displayName": name, "participant": participant })
}

fn said(text: &str) -> Value {
    json!({ "staticContent": { "formatType": "Text", "text": text } })
}

fn attached(name: &str, mime: &str) -> Value {
    let file = json!({ "name": name, "url": format!("https://files.example.com/{name}"), "mimeType": mime });
    json!({ "staticContent": { "formatType": "Attachments", "attachments": [file] } })
}

const SAMPLES: &[Sample] = &[
    Sample {
        kind: PartKind::Text,
        content: || said("Good morning"),
        part: || json!({ "type": "text", "text": "Good morning" }),
        text: "Good morning",
    },
    Sample {
        kind: PartKind::Link,
        content: || {
            let link = json!({ "titleItem": { "title": "Shop" }, "url": "https://shop.example.com" });
            json!({ "staticContent": { "formatType": "Links", "links": [link] } })
        },
        part: || json!({ "type": "link", "url": "https://shop.example.com", "title": "Shop" }),
        text: "Shop\nhttps://shop.example.com",
    },
    Sample {
        kind: PartKind::Image,
        content: || attached("p.png", "image/png"),
        part: || {
            let url = "https://files.example.com/p.png";
            json!({ "type": "image", "url": url, "alt": "p.png", "contentType": "image/png" })
        },
        text: "p.png: https://files.example.com/p.png",
    },
    Sample {
        kind: PartKind::File,
        content: || attached("a.pdf", "application/pdf"),
        part: || {
            let url = "https://files.example.com/a.pdf";
            json!({ "type": "file", "url": url, "name": "a.pdf", "contentType": "application/pdf" })
        },
        text: "a.pdf: https://files.example.com/a.pdf",
    },
    Sample {
        kind: PartKind::Card,
        content: || {
            let shown = json!({ "title": "Red shoe", "subTitle": "Size 40" });
            let card = json!({ "titleItem": shown, "interactionItems": [{ "titleItem": { "title": "Buy" } }] });
            let choices = json!({ "formatType": "Carousel", "items": [card] });
            json!({ "messageType": "ChoicesMessage", "choices": choices })
        },
        part: as_text,
        text: "- Red shoe: Size 40 (Buy)",
    },
    Sample {
        kind: PartKind::Choices,
        content: || {
            let option = json!({ "optionIdentifier": "b-1", "titleItem": { "title": "Blue" } });
            let picker = json!({
                "formatType": "ListPicker", "title": { "title": "Colours" }, "message": "Which one?",
                "optionItems": [option],
            });
            json!({ "messageType": "ChoicesMessage", "choices": picker })
        },
        part: || {
            let choices = json!([{ "label": "Blue", "value": "b-1" }]);
            json!({ "type": "choices", "text": "Colours\nWhich one?", "choices": choices })
        },
        text: "Colours\nWhich one?\n- Blue",
    },
    Sample {
        kind: PartKind::Form,
        content: || {
            let input = json!({ "inputType": "TextInput", "label": "E-mail" });
            let sections = json!([{ "sectionType": "SingleInputSection", "input": input }]);
            let form =
                json!({ "formatType": "Inputs", "formTitle": { "title": "Your details" }, "sections": sections });
            json!({ "messageType": "FormMessage", "form": form })
        },
        part: || json!({ "type": "form", "title": "Your details", "fields": [{ "label": "E-mail" }] }),
        text: "Your details\n- E-mail",
    },
    Sample {
        kind: PartKind::Citation,
        content: || {
            let source = json!({ "title": "Manual", "url": "https://docs.example.com/m" });
            with(said("Press the button."), &json!({ "citations": [source] }))
        },
        part: || json!({ "type": "citation", "title": "Manual", "url": "https://docs.example.com/m" }),
        text: "Press the button.\nManual\nhttps://docs.example.com/m",
    },
    Sample {
        kind: PartKind::Notice,
        content: || json!({ "messageType": "HologramMessage" }),
        part: || json!({ "type": "notice", "text": "something that cannot be shown: HologramMessage" }),
        text: "[something that cannot be shown: HologramMessage]",
    },
];
