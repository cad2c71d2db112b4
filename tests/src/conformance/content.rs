//! Each part of a message, both ways, and the choice of an option: what is carried as what it is, and what in words.

use serde_json::{Value, json};
use simulators::{Author, Operation};
use transfer_domain::{Part, PartKind};
use transfer_providers::Carried;

use super::{Bench, Profile, Sample, Transfer};

/// Something in a message on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A part, to the contact.
    In(PartKind),
    /// A part, to the contact centre.
    Out(PartKind),
    /// That the contact chose an option.
    Choice,
}

impl Content {
    /// What stands where the other side has no such thing.
    pub const NOTHING: &str = "–";

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let both = PartKind::ALL.into_iter().map(Self::In).chain(PartKind::ALL.into_iter().map(Self::Out));
        both.chain([Self::Choice])
    }

    /// What it is.
    pub fn name(self) -> String {
        match self {
            Self::In(kind) => format!("{} from the contact centre", word(kind)),
            Self::Out(kind) => format!("{} from the contact", word(kind)),
            Self::Choice => "an option that the contact chose".to_owned(),
        }
    }

    /// What stands for it if there is no such thing.
    pub fn unmet(self, profile: &Profile) -> Option<&'static str> {
        (self.carried_by(profile) == Carried::No).then_some(Self::NOTHING)
    }

    /// How the adapter says that it is carried, as far as settings let it.
    fn carried_by(self, profile: &Profile) -> Carried {
        let can = profile.capabilities();
        match self {
            Self::In(kind) => can.content_in.of(kind),
            Self::Out(kind) => can.content_out.of(kind),
            Self::Choice => can.reply,
        }
    }

    /// Plays it, and tells how it is carried; panics if it is not, or not as the integration says.
    pub(super) async fn play(self, bench: &Bench) -> &'static str {
        let told = bench.api().get(&format!("/integrations/{}", bench.provider())).await.body["capabilities"].clone();
        let (carried, transfer) = (Told(told), bench.active().await);
        match self {
            Self::In(kind) => received(&transfer, &carried, kind).await,
            Self::Out(kind) => sent(&transfer, &carried, kind).await,
            Self::Choice => chosen(&transfer, &carried).await,
        }
    }
}

/// What the API says of an integration.
struct Told(Value);

impl Told {
    fn way_in(&self, kind: &str) -> &str {
        self.0["contentIn"][kind].as_str().unwrap()
    }

    /// One of two words, whichever it is.
    fn is_native(value: &Value) -> bool {
        let word = value.as_str().unwrap();
        assert!(["native", "text"].contains(&word), "{word}");
        word == "native"
    }
}

fn shown(native: bool) -> &'static str {
    if native { "native" } else { "text" }
}

fn word(kind: PartKind) -> String {
    json!(kind).as_str().unwrap().to_owned()
}

fn kinds(content: &Value) -> Vec<&str> {
    content.as_array().into_iter().flatten().map(|part| part["type"].as_str().unwrap()).collect()
}

async fn received(transfer: &Transfer<'_>, told: &Told, kind: PartKind) -> &'static str {
    let sample = sample(transfer, kind);
    let message = of_contact_centre(transfer, sample).await;
    assert_eq!(message["text"], sample.text, "{message}");
    assert_eq!(message["author"], "representative", "{message}");
    for kind in kinds(&message["content"]) {
        assert_eq!(told.way_in(kind), "native", "{kind} is not told of: {message}");
    }
    let word = word(kind);
    let native = Told::is_native(&told.0["contentIn"][&word]);
    let part = (sample.part)();
    let found = message["content"].as_array().unwrap().contains(&part);
    assert_eq!((found, kinds(&message["content"]).contains(&word.as_str())), (native, native), "{message}");
    let files = [&part["url"], &part["image"]].into_iter().filter(|url| url.is_string());
    for url in files.filter(|_| matches!(kind, PartKind::Image | PartKind::File | PartKind::Card)) {
        let hang = message["attachments"].as_array().unwrap().iter().any(|file| file["url"] == *url);
        assert!(hang || kind == PartKind::Card && *url != part["image"], "{url} does not hang on {message}");
    }
    published(transfer, &message);
    shown(native)
}

fn sample(transfer: &Transfer<'_>, kind: PartKind) -> &'static Sample {
    let mut samples = transfer.bench().profile().speech.samples.iter();
    samples.find(|sample| sample.kind == kind).unwrap_or_else(|| panic!("no sample of {}", word(kind)))
}

/// The message that a sample becomes, as the API shows it.
async fn of_contact_centre(transfer: &Transfer<'_>, sample: &Sample) -> Value {
    let before = transfer.messages().await.len();
    transfer.hears((transfer.bench().profile().speech.carries)(transfer, &(sample.content)())).await;
    let mut messages = transfer.messages().await;
    assert_eq!(messages.len(), before + 1, "{messages:?}");
    messages.pop().unwrap()
}

/// Asserts that the event tells the same. Parts that text and files say are not repeated in it.
fn published(transfer: &Transfer<'_>, message: &Value) {
    let event = &transfer.newest("message.received")["message"];
    assert_eq!(event["text"], message["text"]);
    let plain = kinds(&message["content"]).iter().all(|kind| ["text", "image", "file"].contains(kind));
    let content = event["content"].as_array().filter(|content| !content.is_empty());
    assert!(content == message["content"].as_array() || content.is_none() && plain, "{event}");
    let files = |value: &Value| value["attachments"].as_array().map(|files| files.iter().map(file).collect::<Vec<_>>());
    assert_eq!(files(event).unwrap_or_default(), files(message).unwrap(), "{event}");
}

/// A file, however it is written that something of it is not known.
fn file(file: &Value) -> [Option<String>; 3] {
    ["url", "name", "contentType"].map(|field| file[field].as_str().map(str::to_owned))
}

/// A part as the contact sends it, with what its text says.
fn outgoing(kind: PartKind) -> (Value, &'static str) {
    let link = "https://shop.example.com";
    let choices = json!([{ "label": "Blue", "value": "b-1" }]);
    match kind {
        PartKind::Text => (json!({ "text": "Good morning" }), "Good morning"),
        PartKind::Link => (json!({ "url": link, "title": "Shop" }), "Shop\nhttps://shop.example.com"),
        PartKind::Image => (json!({ "url": "https://files.example.com/p.png", "contentType": "image/png" }), ""),
        PartKind::File => (json!({ "url": "https://files.example.com/a.pdf", "name": "a.pdf" }), ""),
        PartKind::Card => (json!({ "title": "Red shoe", "text": "Size 40" }), "Red shoe\nSize 40"),
        PartKind::Choices => (json!({ "text": "Which?", "choices": choices }), "Which?\n- Blue"),
        PartKind::Form => (json!({ "title": "Details", "fields": [{ "label": "E-mail" }] }), "Details\n- E-mail"),
        PartKind::Table => (json!({ "title": "Orders", "rows": [["1", "sent"]] }), "Orders\n1 | sent"),
        PartKind::Location => {
            (json!({ "latitude": 52.5, "longitude": 13.4, "name": "At the gate" }), "At the gate\n52.5, 13.4")
        }
        PartKind::Citation => (json!({ "title": "Manual", "url": link }), "Manual\nhttps://shop.example.com"),
        PartKind::Notice => (json!({ "text": "a sticker" }), "[a sticker]"),
    }
}

async fn sent(transfer: &Transfer<'_>, told: &Told, kind: PartKind) -> &'static str {
    let (mut part, text) = outgoing(kind);
    part["type"] = json!(kind);
    assert_eq!(serde_json::from_value::<Part>(part.clone()).unwrap().kind(), kind);
    let native = Told::is_native(&told.0["contentOut"][word(kind)]);
    say(transfer, &json!({ "messageId": "m-1", "content": [part] }), native).await;
    let there = transfer.there();
    let lines: Vec<_> = there.transcript.iter().filter(|line| line.author == Author::Contact).collect();
    let last = lines.last().unwrap();
    let url = part["url"].as_str().filter(|_| text.is_empty());
    match url {
        None => assert_eq!(last.text, text),
        Some(url) if native => assert!(last.attachments.iter().any(|file| file.url == url), "{last:?}"),
        Some(url) => assert!(last.text.contains(url) && last.attachments.is_empty(), "{last:?}"),
    }
    let message = transfer.messages().await.pop().unwrap();
    assert_eq!((&message["text"], &message["content"]), (&json!(text), &json!([part])), "{message}");
    shown(native)
}

/// The contact's message, delivered and told as it should be.
async fn say(transfer: &Transfer<'_>, body: &Value, native: bool) {
    let answer = transfer.bench().api().post(&format!("/transfers/{}/messages", transfer.id), body).await;
    assert_eq!((answer.status, answer.str("told").as_str()), (202, shown(native)), "{}", answer.text);
    transfer.bench().settle().await;
    assert_eq!(transfer.deliveries().await, ["delivered"]);
}

/// The option's value goes where options can be chosen; elsewhere what is read on it.
async fn chosen(transfer: &Transfer<'_>, told: &Told) -> &'static str {
    let bench = transfer.bench();
    let native = Told::is_native(&told.0["reply"]);
    let offers = bench.profile().capabilities().content_in.choices == Carried::Native;
    let (kind, value) = if offers { (PartKind::Choices, "b-1") } else { (PartKind::Text, "Blue") };
    let offered = of_contact_centre(transfer, sample(transfer, kind)).await;
    let reply = json!({ "messageId": offered["messageId"], "value": value });
    say(transfer, &json!({ "messageId": "m-1", "reply": reply }), native).await;
    assert_eq!(transfer.texts_of("contact").await, ["Blue"]);
    let seen = transfer.seen();
    assert_eq!(seen.len(), 1, "{seen:?}");
    let request = bench.requests(Operation::Send).pop().unwrap().body.to_string();
    assert!(if native { request.contains(value) } else { seen == ["Blue"] }, "{request}");
    shown(native)
}
