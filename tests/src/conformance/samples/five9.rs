//! Five9, in both generations: words and files, and nothing of who comes and goes beside each other.

use serde_json::{Value, json};
use transfer_domain::PartKind;

use super::{Form, Line, Move, Person, Sample, Speech, as_text, human, now, with};
use crate::conformance::{Tell, Transfer};

pub(in crate::conformance) const CLASSIC: Speech = Speech {
    carries: |it, content| vec![classic(it, &numbered(it, content))],
    samples: CLASSIC_SAMPLES,
    says: |it, line| vec![classic(it, &said(it, line))],
    moves: nobody,
};

pub(in crate::conformance) const OPEN_MESSAGING: Speech = Speech {
    carries: |it, content| vec![chat(it, &numbered(it, content))],
    samples: CHAT_SAMPLES,
    says: |it, line| vec![chat(it, &said(it, line))],
    moves: nobody,
};

fn nobody(_: &Transfer<'_>, _: Person<'_>, _: Move) -> Vec<Tell> {
    Vec::new()
}

/// A file's event has a name of its own.
fn classic(transfer: &Transfer<'_>, fields: &Value) -> Tell {
    let event = if fields.get("fileData").is_some() { "file" } else { "message" };
    Tell::Callback(with(json!({ "correlationId": transfer.there().id }), fields), event)
}

fn chat(transfer: &Transfer<'_>, payload: &Value) -> Tell {
    Tell::Callback(json!({ "chatId": transfer.there().id, "eventType": "MESSAGE", "payload": payload }), "")
}

/// The serial number is larger than all before it.
fn numbered(transfer: &Transfer<'_>, content: &Value) -> Value {
    let number = 900 + transfer.bench().next();
    let body = json!({
        "displayName": human(transfer).1, "eventSerialNumber": number, "messageSerialNumber": number,
        "timestamp": now(transfer),
    });
    with(body, content)
}

fn said(transfer: &Transfer<'_>, line: &Line<'_>) -> Value {
    let text = json!({ "text": line.text });
    match line.form {
        Form::Usual(number) => {
            let number = 900 + number;
            with(numbered(transfer, &text), &json!({ "eventSerialNumber": number, "messageSerialNumber": number }))
        }
        Form::Nameless => with(json!({ "displayName": human(transfer).1 }), &text),
        Form::BlankName => with(numbered(transfer, &text), &json!({ "displayName": " " })),
        Form::NullList | Form::NumberId(_) | Form::BrokenItem => numbered(transfer, &text),
    }
}

const WORDS: Sample = Sample {
    kind: PartKind::Text,
    content: || json!({ "text": "Good morning" }),
    part: || json!({ "type": "text", "text": "Good morning" }),
    text: "Good morning",
};

const LINK: Sample = Sample {
    kind: PartKind::Link,
    content: || json!({ "text": "See https://shop.example.com" }),
    part: as_text,
    text: "See https://shop.example.com",
};

const CLASSIC_SAMPLES: &[Sample] = &[
    WORDS,
    LINK,
    Sample {
        kind: PartKind::Image,
        content: || json!({ "text": "https://files.example.com/p.png", "fileData": { "category": "IMAGE" } }),
        part: || json!({ "type": "image", "url": "https://files.example.com/p.png", "contentType": "image/*" }),
        text: "https://files.example.com/p.png",
    },
    Sample {
        kind: PartKind::File,
        content: || json!({ "text": "https://files.example.com/a.pdf", "fileData": { "category": "DOCUMENT" } }),
        part: || json!({ "type": "file", "url": "https://files.example.com/a.pdf" }),
        text: "https://files.example.com/a.pdf",
    },
];

const CHAT_SAMPLES: &[Sample] = &[
    WORDS,
    LINK,
    Sample {
        kind: PartKind::Image,
        content: || json!({ "text": "https://files.example.com/p.png", "contentType": "image/png" }),
        part: as_text,
        text: "https://files.example.com/p.png",
    },
    Sample {
        kind: PartKind::File,
        content: || json!({ "text": "https://files.example.com/a.pdf", "contentType": "application/pdf" }),
        part: as_text,
        text: "https://files.example.com/a.pdf",
    },
];
