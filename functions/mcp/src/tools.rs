//! The tools.

use reqwest::Method;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolResult, ServerCapabilities, ServerConfig};
use rmcp::{ServerHandler, schemars, tool, tool_handler, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::{Api, Said, Unanswered};

const INSTRUCTIONS: &str = "Hands a conversation to a human in a contact centre. Ask for a human with request_human, and keep \
its sessionId. Then call check_transfer again and again, each time with the cursor of the call before, until the status is \
ended; show what the human says to the contact, and send what the contact says with send_to_human. When it has ended, look once \
more a few seconds later: what the human said before the end may come late; show it, and do not answer it. Then \
the outcome says what became of it and next what to do: go on with the contact (return_to_agent), close the \
conversation (end_session), or wait for the transfer that follows (fallback).";

/// The tools, over the API, for one caller.
#[derive(Debug, Clone)]
pub struct Tools {
    api: Api,
}

/// Whom to hand over, and what the human must know.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestHuman {
    /// Your own id of the conversation: letters, digits and . _ ~ -. It has at most one open transfer.
    conversation_session_id: String,
    /// Your id of the contact, who is the end user.
    contact_id: String,
    /// Your name, as the agent.
    agent: String,
    /// chat (usual), messaging, email, campaign or voice.
    #[serde(default = "chat")]
    channel: String,
    /// What happened so far and what the contact wants, for the human who takes over.
    summary: String,
    /// Why you hand over, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The contact centre; the project's default if it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// The queue there; the project's default if it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queue: Option<String>,
    /// 0 (lowest) to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    priority: Option<u8>,
    /// The conversation so far, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    history: Vec<Turn>,
}

/// One turn of the conversation.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct Turn {
    /// contact, agent or system.
    role: String,
    /// What was said.
    text: String,
}

fn chat() -> String {
    "chat".to_owned()
}

/// Which transfer, and from where on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckTransfer {
    /// As `request_human` gave it.
    session_id: String,
    /// The cursor of the check before; without one, everything is told from the beginning.
    #[serde(default)]
    cursor: Option<String>,
    /// How long to wait for something new, in seconds: 0 (usual) to 20.
    #[serde(default)]
    wait_seconds: u8,
}

/// What the contact says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SendToHuman {
    /// As `request_human` gave it.
    session_id: String,
    /// What the contact says, unchanged.
    text: String,
    /// Your id of the message, a new one for each: with the same id again nothing is sent twice.
    message_id: String,
}

/// Which transfer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelTransfer {
    /// As `request_human` gave it.
    session_id: String,
    /// Who wants it: agent (usual) or contact.
    #[serde(default)]
    ended_by: Option<String>,
}

#[tool_router]
impl Tools {
    /// The tools of a caller.
    pub fn over(api: Api) -> Self {
        Self { api }
    }

    /// Hands the conversation to a human. Safe to repeat: a conversation has one open transfer, which is answered again.
    #[tool(annotations(title = "Request a human", destructive_hint = false, idempotent_hint = true))]
    async fn request_human(&self, Parameters(wanted): Parameters<RequestHuman>) -> CallToolResult {
        let Ok(body) = serde_json::to_value(&wanted) else { return not_done(&json!({ "title": "Not understood" })) };
        let asked = self.api.ask(Method::POST, &["transfers"], &[], Some(&body)).await;
        told(
            asked,
            |refused| refused.get("openSessionId").cloned(),
            |record| {
                if let Some(session) = record.as_str() {
                    return json!({ "sessionId": session, "alreadyOpen": true });
                }
                json!({
                    "sessionId": part(record, "/sessionId"),
                    "alreadyOpen": false,
                    "status": part(record, "/status"),
                    "provider": part(record, "/provider"),
                    "queue": part(record, "/queue/name"),
                })
            },
        )
    }

    /// Tells where a transfer stands, and what happened since the cursor: what the human said, and what became of it.
    #[tool(annotations(title = "Check a transfer", read_only_hint = true))]
    async fn check_transfer(&self, Parameters(which): Parameters<CheckTransfer>) -> CallToolResult {
        let wait = which.wait_seconds.to_string();
        let mut query = vec![("waitSeconds", wait.as_str()), ("limit", "100")];
        query.extend(which.cursor.as_deref().map(|cursor| ("after", cursor)));
        let events = match self.api.ask(Method::GET, &["transfers", &which.session_id, "events"], &query, None).await {
            Ok(Said::Done(events)) => events,
            other => return told(other, |_| None, |_| Value::Null),
        };
        let record = self.api.ask(Method::GET, &["transfers", &which.session_id], &[], None).await;
        told(
            record,
            |_| None,
            |record| {
                json!({
                    "status": part(record, "/status"),
                    "representative": part(record, "/representative/name"),
                    "queue": part(record, "/queue"),
                    "outcome": part(record, "/outcome"),
                    "next": part(record, "/handback/next"),
                    "successorSessionId": part(record, "/successorSessionId"),
                    "happened": happened(&events),
                    "cursor": part(&events, "/next"),
                    "more": part(&events, "/more"),
                })
            },
        )
    }

    /// Sends what the contact says to the human.
    #[tool(annotations(title = "Send to the human", destructive_hint = false))]
    async fn send_to_human(&self, Parameters(message): Parameters<SendToHuman>) -> CallToolResult {
        let id = message.message_id;
        let body = json!({ "messageId": id, "text": message.text });
        let path = ["transfers", message.session_id.as_str(), "messages"];
        let asked = self.api.ask(Method::POST, &path, &[], Some(&body)).await;
        told(asked, |_| None, |_| json!({ "messageId": id, "accepted": true }))
    }

    /// Ends a transfer, whether somebody has come or not.
    #[tool(annotations(title = "Cancel a transfer", destructive_hint = true, idempotent_hint = true))]
    async fn cancel_transfer(&self, Parameters(which): Parameters<CancelTransfer>) -> CallToolResult {
        let body = json!({ "endedBy": which.ended_by.as_deref().unwrap_or("agent") });
        let path = ["transfers", which.session_id.as_str(), "end"];
        let asked = self.api.ask(Method::POST, &path, &[], Some(&body)).await;
        told(
            asked,
            |_| None,
            |record| json!({ "status": part(record, "/status"), "sessionId": part(record, "/sessionId") }),
        )
    }
}

#[tool_handler]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build()).with_instructions(INSTRUCTIONS)
    }
}

/// What a model is told of an answer. `all_the_same`: what of a refusal counts as done.
fn told(
    asked: Result<Said, Unanswered>,
    all_the_same: impl FnOnce(&Value) -> Option<Value>,
    done: impl FnOnce(&Value) -> Value,
) -> CallToolResult {
    match asked {
        Ok(Said::Done(said)) => CallToolResult::structured(done(&said)),
        Ok(Said::Refused(problem)) => match all_the_same(&problem) {
            Some(said) => CallToolResult::structured(done(&said)),
            None => not_done(&problem),
        },
        Err(error) => {
            tracing::warn!(error = %error, "the API did not answer");
            not_done(&json!({ "title": "The service did not answer; try again." }))
        }
    }
}

/// Of a problem, what helps a model to do it better.
fn not_done(problem: &Value) -> CallToolResult {
    let part = |name: &str| problem.get(name).cloned().map(|value| (name.to_owned(), value));
    CallToolResult::structured_error(["title", "detail", "errors"].into_iter().filter_map(part).collect())
}

/// The events, as little as a model needs of each.
fn happened(events: &Value) -> Vec<Value> {
    let events = events.get("items").and_then(Value::as_array).into_iter().flatten();
    events
        .map(|event| {
            let (kind, at) = (part(event, "/detail-type"), part(event, "/detail/occurredAt"));
            match event.pointer("/detail/message") {
                Some(message) => json!({
                    "what": kind,
                    "at": at,
                    "from": part(message, "/author"),
                    "text": part(message, "/text"),
                    "attachments": part(message, "/attachments"),
                    "late": part(message, "/late"),
                }),
                None => json!({ "what": kind, "at": at }),
            }
        })
        .collect()
}

/// A part of an answer by its pointer; null if it is not there.
fn part<'a>(answer: &'a Value, pointer: &str) -> &'a Value {
    answer.pointer(pointer).unwrap_or(&Value::Null)
}
