//! One session on a bench, looked at from both sides.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulators::{Act, Author, Conversation, EndedBy, Phase};

use super::{Address, Bench, Tell};
use crate::api::{Answer, event_types, events, uuid};

/// One session.
pub struct Transfer<'a> {
    bench: &'a Bench,
    /// The session's id.
    pub id: String,
    /// The transfer's id: what the provider is told.
    pub key: String,
}

impl<'a> Transfer<'a> {
    pub(super) fn new(bench: &'a Bench, id: String) -> Self {
        let key = uuid(&id);
        Self { bench, id, key }
    }

    /// Lets things happen at the contact centre, each until everything is quiet.
    pub async fn act(&self, acts: impl IntoIterator<Item = Act>) {
        for act in acts {
            self.act_now(&act);
            self.bench.settle().await;
        }
    }

    /// The contact centre ends what nobody takes, if it was not told to before.
    pub async fn given_up_there(&self) {
        if self.there().phase != Phase::Ended {
            self.act([Act::End(EndedBy::Provider)]).await;
        }
    }

    /// Lets something happen at the contact centre and does not wait for what follows.
    pub fn act_now(&self, act: &Act) {
        self.bench.desk().act(&self.key, act.clone()).unwrap_or_else(|why| panic!("{act:?}: {why}"));
    }

    /// A representative connects, by way of a queue.
    pub async fn connect(&self) {
        self.act([Act::Accept, Act::Queue, Act::Join]).await;
        self.stands("active").await;
    }

    /// The representative writes.
    pub async fn told(&self, text: &str) {
        self.act([Act::Say(text.to_owned())]).await;
    }

    /// The contact writes; nothing has moved yet.
    pub async fn say(&self, id: &str, text: &str) {
        let answer = self.bench.api().say(&self.id, id, text).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
    }

    /// Ends it by request.
    pub async fn end(&self, by: &str) -> Answer {
        let body = json!({ "endedBy": by });
        self.bench.api().post(&format!("/transfers/{}/end", self.id), &body).await
    }

    /// Its record.
    pub async fn detail(&self) -> Answer {
        self.bench.api().detail(&self.id).await
    }

    /// Asserts its status.
    pub async fn stands(&self, status: &str) {
        let detail = self.detail().await;
        assert_eq!(detail.str("status"), status, "{}", detail.text);
    }

    /// Asserts that it ended with one of these reasons, was told so once, and holds its conversation no longer.
    pub async fn ended(&self, reasons: &[&str]) {
        let detail = self.detail().await;
        assert_eq!(detail.str("status"), "ended", "{}", detail.text);
        assert!(reasons.contains(&detail.str("endReason").as_str()), "{reasons:?}: {}", detail.text);
        assert_eq!(self.count("transfer.ended"), 1);
    }

    /// Asserts that nobody knows whether it is open.
    pub async fn is_unconfirmed(&self) {
        let detail = self.detail().await;
        assert_eq!((detail.str("status").as_str(), &detail.body["unconfirmed"]), ("pending", &json!(true)));
    }

    /// The contact centre's conversation; there is exactly one, and nothing ever brought it back after its end.
    pub fn there(&self) -> Conversation {
        let mut all = self.all();
        assert_eq!(all.len(), 1, "exactly one conversation");
        let one = all.remove(0);
        assert_eq!(one.reopened, 0, "nothing was written after the end");
        one
    }

    /// Asserts that the contact centre has no conversation.
    pub fn is_nowhere(&self) {
        assert!(self.all().is_empty(), "no conversation");
    }

    fn all(&self) -> Vec<Conversation> {
        let mut all = self.bench.desk().state().conversations;
        all.retain(|conversation| conversation.contact_key == self.key);
        all
    }

    /// Asserts that the contact centre has ended its conversation.
    pub fn is_over_there(&self) {
        assert_eq!(self.there().phase, Phase::Ended);
    }

    /// What the contact wrote, as the representative sees it.
    pub fn seen(&self) -> Vec<String> {
        let lines = self.there().contact_texts().into_iter().map(str::to_owned).collect::<Vec<_>>();
        lines.into_iter().skip(self.bench.profile().opening_lines).collect()
    }

    /// Asserts that opening it showed no more than an opening shows.
    pub fn was_opened_once(&self) {
        let shown = self.there().contact_texts().len();
        assert!(shown >= self.bench.profile().opening_lines);
        assert_eq!(self.seen(), Vec::<String>::new());
    }

    /// Asserts that it came into a queue once, and that nothing was told of it twice.
    pub fn was_queued_once(&self) {
        let told = self.details("transfer.queued");
        let queues: BTreeMap<_, _> = told.iter().map(|event| (event["sequence"].as_u64(), &event["queue"])).collect();
        assert!((1..=self.bench.profile().queue_signals).contains(&queues.len()), "{queues:?}");
        assert!(queues.values().zip(queues.values().skip(1)).all(|(before, after)| before != after), "{queues:?}");
    }

    /// What was sent with the opening: attributes, history and first text, as JSON.
    pub fn briefing(&self) -> String {
        let there = self.there();
        let texts = there.texts_by(Author::Contact);
        json!([there.attributes, there.history, texts]).to_string()
    }

    /// Its messages as the API tells them.
    pub async fn messages(&self) -> Vec<Value> {
        let page = self.bench.api().get(&format!("/transfers/{}/messages?limit=100", self.id)).await;
        page.body["items"].as_array().cloned().unwrap()
    }

    /// What the representative wrote, as the contact sees it.
    pub async fn heard(&self) -> Vec<String> {
        self.texts_of("representative").await
    }

    /// The texts of an author.
    pub async fn texts_of(&self, author: &str) -> Vec<String> {
        let messages = self.messages().await;
        let of_author = messages.iter().filter(|message| message["author"] == author);
        of_author.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    }

    /// What became of the contact's messages.
    pub async fn deliveries(&self) -> Vec<String> {
        let messages = self.messages().await;
        let outbound = messages.iter().filter(|message| message["direction"] == "outbound");
        outbound.map(|message| message["delivery"].as_str().unwrap().to_owned()).collect()
    }

    /// How often an event was told.
    pub fn count(&self, kind: &str) -> usize {
        event_types(self.bench.stack(), &self.id).iter().filter(|told| *told == kind).count()
    }

    /// The newest event of a kind.
    pub fn newest(&self, kind: &str) -> Value {
        self.details(kind).pop().unwrap_or_else(|| panic!("{kind} was not told"))
    }

    /// The details of a kind's events in their order, repetitions included.
    fn details(&self, kind: &str) -> Vec<Value> {
        let mut told = events(self.bench.stack(), &self.id);
        told.retain(|event| event["detail-type"] == kind);
        told.sort_by_key(|event| event["detail"]["sequence"].as_u64());
        told.into_iter().map(|event| event["detail"].clone()).collect()
    }

    /// The words of its timeline.
    pub async fn timeline(&self) -> Vec<String> {
        self.bench.api().timeline(&self.id).await
    }

    /// Where it lives.
    pub fn bench(&self) -> &'a Bench {
        self.bench
    }

    /// Where callbacks about it go.
    pub fn address(&self) -> Address {
        self.bench.profile().way.address(self, self.bench.keys(), &self.there().id)
    }

    /// Posts a callback about it; where the path says what happened, with this word. Tells the status.
    pub async fn called_back(&self, body: &str, word: &str) -> u16 {
        let address = self.address();
        let (path, _) = address.url.rsplit_once('/').unwrap();
        let url = if word.is_empty() { address.url.clone() } else { format!("{path}/{word}") };
        self.bench.call_back(&Address { url, ..address }, body).await
    }

    /// Lets the contact centre tell this, each until everything is quiet.
    pub async fn hears(&self, tells: Vec<Tell>) {
        for tell in tells {
            tell.sent(self).await;
            self.bench.settle().await;
        }
    }

    /// The address that the opening told.
    pub fn callback_url(&self) -> String {
        let requests = self.bench.desk().state().requests;
        let opening = requests.iter().rev().find(|one| one.body["externalId"] == self.key.as_str());
        opening.and_then(|one| one.body["callbackUrl"].as_str()).unwrap().to_owned()
    }

    /// The body of the callback that carried a text of the representative.
    pub fn callback(&self, text: &str) -> Value {
        let kind = self.bench.profile().kinds.text;
        let callbacks = self.bench.desk().state().callbacks;
        let carried = callbacks.into_iter().rev().find(|one| one.kind == kind && one.body.to_string().contains(text));
        carried.unwrap_or_else(|| panic!("{text} was not sent")).body
    }

    /// The same callback as if the representative had written another text.
    pub fn another(&self, text: &str, new: &str) -> String {
        let there = self.there();
        let line = there.transcript.iter().rev().find(|line| line.text == text).unwrap();
        let mut body = self.callback(text);
        let changed = Rewriting { id: &line.message_id, text, new }.of(&mut body);
        assert!(changed >= 2, "its id and its text: {body}");
        body.to_string()
    }
}

/// Another text under another id, in every form that a callback has them.
struct Rewriting<'a> {
    id: &'a str,
    text: &'a str,
    new: &'a str,
}

impl Rewriting<'_> {
    /// How many values have changed.
    fn of(&self, value: &mut Value) -> usize {
        let told = match value {
            Value::Array(items) => return items.iter_mut().map(|item| self.of(item)).sum(),
            Value::Object(fields) => return fields.values_mut().map(|field| self.of(field)).sum(),
            Value::String(told) => told.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) => return 0,
        };
        if told == self.id {
            *value = if value.is_number() { json!(1_000 + self.new.len()) } else { json!(format!("new-{}", self.new)) };
            return 1;
        }
        if told == self.text {
            *value = json!(self.new);
            return 1;
        }
        // JSON within a text.
        let Some(mut inner) = serde_json::from_str::<Value>(&told).ok().filter(Value::is_object) else { return 0 };
        let changed = self.of(&mut inner);
        if changed > 0 {
            *value = json!(inner.to_string());
        }
        changed
    }
}
