//! The queues of what is to be done at providers and of events for endpoints, and what is sent to them.

mod fit;
mod in_order;
mod notices;
pub mod refusal;
mod wire;

use std::fmt;
use std::sync::{Arc, LazyLock};

use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchRequestEntry};
use aws_types::SdkConfig;
use transfer_app::relay::{Refusal, Transport};
use transfer_domain::Command;

pub use fit::fitted;
pub use in_order::in_order;
pub use notices::Notices;
pub use wire::{ascii_json, cut, escaped_len};

/// A command as it is sent.
#[derive(Debug)]
pub struct Text {
    body: String,
    group: String,
    deduplication_id: String,
}

/// The queue of commands.
#[derive(Clone)]
pub struct Commands {
    client: Arc<LazyLock<aws_sdk_sqs::Client, MakeClient>>,
    queue: String,
}

type MakeClient = Box<dyn FnOnce() -> aws_sdk_sqs::Client + Send>;

impl Commands {
    /// The queue of this address.
    pub fn new(client: aws_sdk_sqs::Client, queue: impl Into<String>) -> Self {
        Self::made_by(Box::new(|| client), queue)
    }

    /// The same for who seldom sends: a client is made at the first command, which is a third of such a function's start.
    pub fn at_first_use(sdk: &SdkConfig, queue: impl Into<String>) -> Self {
        let sdk = sdk.clone();
        Self::made_by(Box::new(move || aws_sdk_sqs::Client::new(&sdk)), queue)
    }

    fn made_by(client: MakeClient, queue: impl Into<String>) -> Self {
        Self { client: Arc::new(LazyLock::new(client)), queue: queue.into() }
    }
}

impl fmt::Debug for Commands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commands").field("queue", &self.queue).finish_non_exhaustive()
    }
}

impl Transport for Commands {
    type Content = Command;
    type Item = Text;
    const WHAT: &'static str = "command";

    fn written(command: &Command) -> Result<Text, Refusal> {
        let body = ascii_json(command).map_err(|_| refusal::unwritable())?;
        Ok(Text { body, group: command.group(), deduplication_id: command.deduplication_id() })
    }

    fn size(item: &Text) -> usize {
        item.body.len()
    }

    fn group(item: &Text) -> &str {
        &item.group
    }

    async fn send(&self, commands: &[&Text]) -> Result<Vec<Result<(), Refusal>>, Refusal> {
        let entries = commands.iter().enumerate().map(|(index, command)| {
            SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(&command.body)
                .message_group_id(&command.group)
                .message_deduplication_id(&command.deduplication_id)
                .build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|_| refusal::unwritable())?;
        let sent = self.client.send_message_batch().queue_url(&self.queue).set_entries(Some(entries)).send().await;
        let answer = sent.map_err(|error| refusal::of_call(&error))?;
        Ok(taken(&answer, commands.len()))
    }
}

/// What became of the entries of a call, whose ids are their places in it.
pub(crate) fn taken(answer: &SendMessageBatchOutput, entries: usize) -> Vec<Result<(), Refusal>> {
    let taken = |index: usize| {
        let id = index.to_string();
        if answer.successful().iter().any(|result| result.id() == id) {
            return Ok(());
        }
        let failed = answer.failed().iter().find(|result| result.id() == id);
        Err(refusal::of_entry(failed.map(BatchResultErrorEntry::code)))
    };
    (0..entries).map(taken).collect()
}
