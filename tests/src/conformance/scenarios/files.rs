//! Files of either side.

use serde_json::{Value, json};
use simulators::{Act, Attachment, CallbackFault};

use crate::conformance::{Bench, Transfer};

fn file(name: &str) -> Value {
    json!({ "url": format!("https://files.example.com/{name}"), "name": name, "contentType": "image/png" })
}

async fn send(bench: &Bench, transfer: &Transfer<'_>, text: &str, files: &[Value]) {
    let body = json!({ "messageId": "m-1", "text": text, "attachments": files });
    let answer = bench.api().post(&format!("/transfers/{}/messages", transfer.id), &body).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    bench.settle().await;
    assert_eq!(transfer.deliveries().await, ["delivered"]);
    assert_eq!(transfer.messages().await.pop().unwrap()["attachments"].as_array().unwrap().len(), files.len());
}

/// Everything that the contact sent, as the representative sees it.
fn shown(transfer: &Transfer<'_>) -> String {
    json!(transfer.there().transcript).to_string()
}

pub(super) async fn outbound(bench: &Bench) {
    let transfer = bench.active().await;
    send(bench, &transfer, "The receipt", &[file("receipt.png")]).await;
    let shown = shown(&transfer);
    assert_eq!(shown.matches("https://files.example.com/receipt.png").count(), 1, "{shown}");
    assert_eq!(shown.matches("The receipt").count(), 1, "{shown}");
}

pub(super) async fn several(bench: &Bench) {
    let transfer = bench.active().await;
    send(bench, &transfer, "All of them", &[file("one.png"), file("two.png"), file("three.png")]).await;
    let shown = shown(&transfer);
    for name in ["one.png", "two.png", "three.png"] {
        assert_eq!(shown.matches(&format!("https://files.example.com/{name}")).count(), 1, "{shown}");
    }
    assert_eq!(shown.matches("All of them").count(), 1, "{shown}");
}

pub(super) async fn bare(bench: &Bench) {
    let transfer = bench.active().await;
    send(bench, &transfer, "", &[file("bare.png")]).await;
    assert_eq!(shown(&transfer).matches("https://files.example.com/bare.png").count(), 1);
}

fn theirs() -> Act {
    let url = "https://files.example.com/theirs.pdf".to_owned();
    let file = Attachment { url, mime: "application/pdf".to_owned(), filename: "theirs.pdf".to_owned() };
    Act::SendFile(file, "Please sign".to_owned())
}

async fn arrives_once(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.act([theirs()]).await;
    assert_eq!(transfer.there().transcript.iter().flat_map(|line| &line.attachments).count(), 1);
    let messages = transfer.messages().await;
    let files: Vec<&Value> = messages.iter().flat_map(|one| one["attachments"].as_array().unwrap()).collect();
    assert_eq!(files.len(), 1, "{messages:?}");
    assert_eq!(files[0]["url"], "https://files.example.com/theirs.pdf");
    let captions = messages.iter().filter(|one| one["text"].as_str().unwrap().contains("Please sign")).count();
    assert_eq!(captions, 1, "{messages:?}");
    assert_eq!(transfer.texts_of("contact").await, Vec::<String>::new());
}

pub(super) async fn inbound(bench: &Bench) {
    arrives_once(bench).await;
}

pub(super) async fn inbound_twice(bench: &Bench) {
    bench.disturb("*", 100, CallbackFault::Duplicate { copies: 1 });
    arrives_once(bench).await;
}
