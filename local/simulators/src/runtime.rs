//! What every simulator has beside its provider's rules: state to watch, faults, ids, tasks.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use seeded_ids::Ids;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    bus::PartnerBus,
    fault::Plan,
    lane::Held,
    options::Options,
    plain_http::plain_http,
    script::Script,
    state::{Conversation, State},
    unfinished::Unfinished,
    webhook::Address,
};

/// A condition did not become true in time.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the condition did not hold within {waited:?}")]
pub struct WaitTimeout {
    /// How long was waited.
    pub waited: Duration,
    /// The state at that moment.
    pub state: Box<State>,
}

/// The shared parts of one running simulator.
pub struct Runtime {
    pub(crate) options: Options,
    pub(crate) ids: Ids,
    pub(crate) client: reqwest::Client,
    pub(crate) unfinished: Unfinished,
    /// Where callbacks go.
    pub(crate) webhook: Address,
    /// Where the customer's own code tells the lifecycle.
    pub(crate) relay: Address,
    bus: Mutex<Option<Arc<dyn PartnerBus>>>,
    faults: Mutex<Plan>,
    /// What was chosen for one contact, or for everybody.
    scripts: Mutex<HashMap<Option<String>, Script>>,
    held: Mutex<Vec<Held>>,
    state: watch::Sender<State>,
    stop: watch::Sender<bool>,
    tasks: Mutex<JoinSet<()>>,
    spawner: tokio::runtime::Handle,
}

impl Runtime {
    /// Must be called inside a tokio runtime; tasks run there.
    pub(crate) fn start(options: Options) -> Result<Arc<Self>, reqwest::Error> {
        Ok(Arc::new(Self {
            ids: Ids::from_seed(options.seed),
            client: plain_http().build()?,
            unfinished: Unfinished::default(),
            webhook: Address::default(),
            relay: Address::default(),
            bus: Mutex::default(),
            faults: Mutex::default(),
            scripts: Mutex::default(),
            held: Mutex::default(),
            state: watch::Sender::new(State::default()),
            stop: watch::Sender::new(false),
            tasks: Mutex::new(JoinSet::new()),
            spawner: tokio::runtime::Handle::current(),
            options,
        }))
    }

    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut result = None;
        self.state.send_modify(|state| result = Some(change(state)));
        #[expect(clippy::expect_used, reason = "send_modify always calls its closure")]
        result.expect("the closure has run")
    }

    pub(crate) fn update_conversation(&self, id: &str, change: impl FnOnce(&mut Conversation)) {
        self.update(|state| {
            if let Some(conversation) = state.conversation_mut(id) {
                change(conversation);
            }
        });
    }

    pub(crate) fn snapshot(&self) -> State {
        self.state.borrow().clone()
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.borrow())
    }

    pub(crate) async fn wait_until(
        &self,
        within: Duration,
        mut condition: impl FnMut(&State) -> bool,
    ) -> Result<State, WaitTimeout> {
        let mut changes = self.state.subscribe();
        let holds = changes.wait_for(|state| condition(state));
        if let Ok(Ok(state)) = tokio::time::timeout(within, holds).await {
            return Ok(state.clone());
        }
        Err(WaitTimeout { waited: within, state: Box::new(self.snapshot()) })
    }

    /// Where partner events go, if anywhere.
    pub(crate) fn bus(&self) -> MutexGuard<'_, Option<Arc<dyn PartnerBus>>> {
        locked(&self.bus)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Plan> {
        locked(&self.faults)
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, Vec<Held>> {
        locked(&self.held)
    }

    pub(crate) fn set_script(&self, contact: Option<String>, script: Script) {
        locked(&self.scripts).insert(contact, script);
    }

    pub(crate) fn script_for(&self, contact: &str) -> Script {
        let scripts = locked(&self.scripts);
        let chosen = scripts.get(&Some(contact.to_owned())).or_else(|| scripts.get(&None));
        chosen.copied().unwrap_or(self.options.script)
    }

    /// Runs until done or until the simulator stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if *self.stop.borrow() {
            return;
        }
        let mut tasks = locked(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(task, &self.spawner);
    }

    /// Resolves when the simulator stops.
    pub(crate) async fn stopped(&self) {
        let mut stop = self.stop.subscribe();
        // An error means that the sender is gone, which is the end as well.
        drop(stop.wait_for(|stop| *stop).await);
    }

    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
        locked(&self.tasks).abort_all();
    }
}

/// A poisoned lock only means that a test's closure panicked; the contents stay usable.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
