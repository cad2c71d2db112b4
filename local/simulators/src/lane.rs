//! Callbacks of one conversation on one stream: in order, as far as the fault plan lets them.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use serde_json::Value;

use crate::{
    fault::CallbackFault,
    runtime::Runtime,
    state::{CallbackRecord, Outcome},
    unfinished::{self, Piece, Receiver, Sender},
};

/// Something the provider tells the platform.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    /// What faults and ledgers call it.
    pub(crate) kind: String,
    pub(crate) conversation: String,
    /// Identity of the event for ways that carry one: the same for every attempt and every copy.
    pub(crate) id: String,
    pub(crate) body: Value,
}

impl Callback {
    pub(crate) fn new(kind: impl Into<String>, conversation: &str, body: Value) -> Self {
        Self { kind: kind.into(), conversation: conversation.to_owned(), id: String::new(), body }
    }

    /// The same with an identity.
    pub(crate) fn identified(self, id: impl Into<String>) -> Self {
        Self { id: id.into(), ..self }
    }
}

/// Repeats of a provider that repeats.
const REPEATS: u32 = 5;

pub(crate) type Carried<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// A way from the provider to the platform.
pub(crate) trait Carrier: Send + Sync {
    /// Makes one attempt.
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a>;

    /// Whether the provider repeats what did not arrive.
    fn repeats(&self) -> bool {
        false
    }
}

/// A callback that waits for a command.
pub(crate) struct Held {
    callback: Callback,
    carrier: Arc<dyn Carrier>,
}

/// The ordered queue of one conversation on one stream. Dropping it lets the rest be sent.
#[derive(Clone, Debug)]
pub(crate) struct Lane(Sender<Callback>);

impl Lane {
    pub(crate) fn open(runtime: &Arc<Runtime>, carrier: Arc<dyn Carrier>) -> Self {
        let (queue, callbacks) = unfinished::channel(&runtime.unfinished);
        let worker = Worker { runtime: Arc::clone(runtime), carrier, held_back: Vec::new(), window: 0 };
        runtime.spawn(worker.run(callbacks));
        Self(queue)
    }

    pub(crate) fn push(&self, callback: Callback) {
        if !self.0.send(callback) {
            tracing::debug!("a callback comes after the simulator has stopped");
        }
    }
}

/// Sends what a `hold` fault kept, in the order in which it was kept.
pub(crate) fn release_held(runtime: &Arc<Runtime>) -> usize {
    let held = std::mem::take(&mut *runtime.held());
    let count = held.len();
    let worker = Arc::clone(runtime);
    let piece = runtime.unfinished.begin();
    runtime.spawn(async move {
        let _unfinished = piece;
        for Held { callback, carrier } in held {
            deliver(&worker, &carrier, callback).await;
        }
    });
    count
}

struct Worker {
    runtime: Arc<Runtime>,
    carrier: Arc<dyn Carrier>,
    held_back: Vec<(Callback, Piece)>,
    window: usize,
}

impl Worker {
    async fn run(mut self, mut callbacks: Receiver<Callback>) {
        loop {
            let patience = self.runtime.options.pace.reorder_patience;
            let next = if self.held_back.is_empty() {
                callbacks.recv().await
            } else if let Ok(next) = tokio::time::timeout(patience, callbacks.recv()).await {
                next
            } else {
                self.send_backwards().await;
                continue;
            };
            let Some((callback, piece)) = next else {
                return self.send_backwards().await;
            };
            if self.held_back.is_empty() {
                self.send(callback, piece).await;
            } else {
                self.hold_back(callback, piece).await;
            }
        }
    }

    async fn send(&mut self, callback: Callback, piece: Piece) {
        let fault = self.runtime.faults().take_for_callback(&callback.kind);
        match fault {
            None => deliver(&self.runtime, &self.carrier, callback).await,
            Some(CallbackFault::Duplicate { copies }) => {
                for _ in 0..=copies {
                    deliver(&self.runtime, &self.carrier, callback.clone()).await;
                }
            }
            Some(CallbackFault::Reorder { window }) => {
                self.window = window;
                self.hold_back(callback, piece).await;
            }
            Some(CallbackFault::Delay { ms }) => self.send_later(callback, piece, ms),
            Some(CallbackFault::Hold) => {
                let carrier = Arc::clone(&self.carrier);
                self.runtime.held().push(Held { callback, carrier });
            }
            Some(CallbackFault::Drop) => record(&self.runtime, callback, 1, Outcome::Dropped),
        }
    }

    async fn hold_back(&mut self, callback: Callback, piece: Piece) {
        self.held_back.push((callback, piece));
        if self.held_back.len() >= self.window {
            self.send_backwards().await;
        }
    }

    async fn send_backwards(&mut self) {
        while let Some((callback, _piece)) = self.held_back.pop() {
            deliver(&self.runtime, &self.carrier, callback).await;
        }
    }

    fn send_later(&self, callback: Callback, piece: Piece, ms: u64) {
        let (runtime, carrier) = (Arc::clone(&self.runtime), Arc::clone(&self.carrier));
        self.runtime.spawn(async move {
            let _unfinished = piece;
            let timer = runtime.options.timer.clone();
            timer.pause(Duration::from_millis(ms)).await;
            deliver(&runtime, &carrier, callback).await;
        });
    }
}

/// The first attempt is awaited; repeats run beside what follows, so a repeat can land after the next callback.
async fn deliver(runtime: &Arc<Runtime>, carrier: &Arc<dyn Carrier>, callback: Callback) {
    if !attempt(runtime, carrier, &callback, 1).await {
        return;
    }
    let (worker, carrier) = (Arc::clone(runtime), Arc::clone(carrier));
    let piece = runtime.unfinished.begin();
    runtime.spawn(async move {
        let _unfinished = piece;
        for repeat in 1..=REPEATS {
            worker.options.timer.pause(worker.options.pace.retry_gap).await;
            if !attempt(&worker, &carrier, &callback, repeat + 1).await {
                return;
            }
        }
    });
}

/// Whether another one follows.
async fn attempt(runtime: &Runtime, carrier: &Arc<dyn Carrier>, callback: &Callback, attempt: u32) -> bool {
    let outcome = carrier.carry(callback).await;
    let again = carrier.repeats() && outcome.is_passing();
    record(runtime, callback.clone(), attempt, outcome);
    again
}

fn record(runtime: &Runtime, callback: Callback, attempt: u32, outcome: Outcome) {
    let Callback { kind, conversation, body, .. } = callback;
    runtime.update(|state| state.callbacks.push(CallbackRecord { kind, conversation, attempt, body, outcome }));
}
