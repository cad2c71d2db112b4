//! What tests of any simulator share: sending, acting, waiting, breaking.

use reqwest::RequestBuilder;
use serde_json::Value;
use simulators::{
    Act, Attachment, Author, CallbackFault, Control, Fault, Handle, Operation, Phase, RequestFault, State, Taken,
};

use crate::receiver::Received;

/// Sends a request that is answered with this status; answers the body, null if it is empty.
pub async fn answer(request: RequestBuilder, status: u16) -> Value {
    let response = request.send().await.unwrap();
    let answered = response.status();
    let body = response.text().await.unwrap();
    assert_eq!(answered, status, "{body}");
    if body.is_empty() { Value::Null } else { serde_json::from_str(&body).unwrap() }
}

/// Sends a request that is refused with this status; answers the body. `case` says which one it is.
pub async fn refused(case: &str, request: RequestBuilder, status: u16) -> Value {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), status, "{case}");
    response.json().await.unwrap()
}

/// Asserts that a value has the expected fields, whatever else it has beside them.
pub fn assert_has(value: &Value, expected: &Value) {
    match expected.as_object() {
        Some(fields) => fields.iter().for_each(|(name, field)| assert_has(&value[name], field)),
        None => assert_eq!(value, expected),
    }
}

/// Everything that was received, as JSON.
pub fn bodies(all: &[Received]) -> Vec<Value> {
    all.iter().map(Received::json).collect()
}

/// Sends a request; answers its status.
pub async fn status_of(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

/// Lets this happen in the conversation of `tr_1`.
pub fn acts<C: Control + ?Sized>(handle: &Handle<C>, acts: impl IntoIterator<Item = Act>) {
    for act in acts {
        handle.act("tr_1", act).unwrap();
    }
}

pub fn say(text: &str) -> Act {
    Act::Say(text.to_owned())
}

pub fn attachment(name: &str, mime: &str) -> Attachment {
    Attachment { url: format!("https://example.com/{name}"), mime: mime.to_owned(), filename: name.to_owned() }
}

/// How often the representative has written to `tr_1`.
pub fn answers(state: &State) -> usize {
    state.conversation("tr_1").map_or(0, |it| it.texts_by(Author::Representative).len())
}

pub fn greeted(state: &State) -> bool {
    answers(state) > 0
}

pub fn ended(state: &State) -> bool {
    state.conversation("tr_1").is_some_and(|it| it.phase == Phase::Ended)
}

/// Once.
pub fn on_request(operation: Operation, fault: RequestFault) -> Fault {
    Fault::Request { operation: Some(operation), skip: 0, times: 1, fault }
}

/// Once.
pub fn on_callback(kind: &str, fault: CallbackFault) -> Fault {
    Fault::Callback { kind: kind.to_owned(), skip: 0, times: 1, fault }
}

pub fn by_status(status: u16, retry_after: Option<u64>, taken: Taken) -> RequestFault {
    RequestFault::Status { status, retry_after, taken }
}
