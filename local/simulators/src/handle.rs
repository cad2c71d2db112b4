//! A running simulator, as its owner holds it.

use std::{any::Any, fmt, io, ops::Deref, sync::Arc, time::Duration};

use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    act::{Act, ActError, EndedBy, Stamp},
    bus::PartnerBus,
    centre::{Centre, Control},
    desk::Desk,
    fault::Fault,
    lane,
    runtime::{Runtime, WaitTimeout},
    script::Script,
    server,
    state::{CallbackRecord, Conversation, RequestRecord, State},
    timer::Timer,
};

/// A simulator could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The listener has no address.
    #[error("the listener cannot be used")]
    Listener(#[from] io::Error),
    /// The client for callbacks could not be made.
    #[error("no HTTP client for callbacks")]
    Client(#[from] reqwest::Error),
    /// The key that verifies the platform's assertions is not an RSA public key in PEM.
    #[error("the public key cannot be read")]
    PublicKey,
}

/// A running simulator. Dropping it stops listening, scripts and callbacks.
///
/// Whatever it plays, it can be held as a `Handle<dyn Control>`.
pub struct Handle<C: ?Sized> {
    pub(crate) centre: Arc<C>,
    running: Running,
}

impl<C: ?Sized> fmt::Debug for Handle<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("base_url", &self.running.base_url).finish_non_exhaustive()
    }
}

/// What stops with the handle.
struct Running {
    runtime: Arc<Runtime>,
    base_url: String,
    server: Option<JoinHandle<()>>,
}

impl<C: Centre> Handle<Desk<C>> {
    pub(crate) fn start(centre: Arc<Desk<C>>, listener: TcpListener) -> Result<Self, StartError> {
        let base_url = format!("http://{}", listener.local_addr()?);
        let server = Some(server::start(&centre, listener));
        let running = Running { runtime: Arc::clone(&centre.runtime), base_url, server };
        Ok(Self { centre, running })
    }

    /// The same simulator, whichever it is.
    pub fn any(self) -> Handle<dyn Control> {
        Handle { centre: self.centre, running: self.running }
    }
}

impl Handle<dyn Control> {
    /// The contact centre, if it plays by these rules.
    pub fn is<C: Centre>(&self) -> Option<&Desk<C>> {
        let centre: &dyn Any = &*self.centre;
        centre.downcast_ref()
    }
}

impl<C: Control + ?Sized> Handle<C> {
    /// Where the provider's API is, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.running.base_url
    }

    /// Where callbacks go from now on, and the secret that proves them.
    pub fn set_webhook(&self, url: &str, secret: &str) {
        self.centre.runtime().webhook.set(url, secret);
    }

    /// Where the customer's own code tells the lifecycle from now on (SmartAssist), and the secret that signs it.
    pub fn set_relay(&self, url: &str, secret: &str) {
        self.centre.runtime().relay.set(url, secret);
    }

    /// Chooses the script of conversations that open from now on.
    pub fn script(&self, script: Script) {
        self.centre.runtime().set_script(None, script);
    }

    /// Chooses the script of one contact key before its conversation opens.
    pub fn script_for(&self, contact: &str, script: Script) {
        self.centre.runtime().set_script(Some(contact.to_owned()), script);
    }

    /// Adds faults to the plan.
    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.centre.runtime().faults().add(faults);
    }

    /// Faults that have not happened yet.
    pub fn faults_left(&self) -> Vec<Fault> {
        self.centre.runtime().faults().left()
    }

    /// Forgets every planned fault.
    pub fn clear_faults(&self) {
        self.centre.runtime().faults().clear();
    }

    /// Sends the callbacks that `hold` faults kept; answers how many there are.
    pub fn release_held(&self) -> usize {
        lane::release_held(self.centre.runtime())
    }

    /// Where partner events go from now on.
    pub fn set_bus(&self, bus: Arc<dyn PartnerBus>) {
        *self.centre.runtime().bus() = Some(bus);
    }

    /// Makes every access token invalid.
    pub fn revoke_tokens(&self) {
        self.centre.revoke_tokens();
    }

    /// Lets something happen in a conversation (provider id or contact key).
    pub fn act(&self, conversation: &str, act: Act) -> Result<(), ActError> {
        self.act_stamped(conversation, act, Stamp::default())
    }

    /// As [`Handle::act`], with the event's id or time chosen by the caller.
    pub fn act_stamped(&self, conversation: &str, act: Act, stamp: Stamp) -> Result<(), ActError> {
        self.centre.perform(conversation, act, stamp)
    }

    /// Ends a conversation from the provider's side.
    pub fn end_from_provider(&self, conversation: &str) -> Result<(), ActError> {
        self.act(conversation, Act::End(EndedBy::Provider))
    }

    /// Everything observable at this moment.
    pub fn state(&self) -> State {
        self.centre.runtime().snapshot()
    }

    /// The requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.centre.runtime().read(|it| it.requests.clone())
    }

    /// The attempts of callbacks so far.
    pub fn callbacks(&self) -> Vec<CallbackRecord> {
        self.centre.runtime().read(|it| it.callbacks.clone())
    }

    /// The conversations so far, in order of opening.
    pub fn conversations(&self) -> Vec<Conversation> {
        self.centre.runtime().read(|it| it.conversations.clone())
    }

    /// One conversation by provider id or contact key.
    pub fn conversation(&self, id_or_contact: &str) -> Option<Conversation> {
        self.centre.runtime().read(|it| it.conversation(id_or_contact).cloned())
    }

    /// Waits, without polling, until the state fulfils a condition, and returns that state.
    pub async fn wait_until(
        &self,
        within: Duration,
        condition: impl FnMut(&State) -> bool,
    ) -> Result<State, WaitTimeout> {
        self.centre.runtime().wait_until(within, condition).await
    }

    /// Waits until no callback is on its way and no scripted human has anything to do before the contact writes again.
    /// What a `hold` fault keeps does not count.
    pub async fn quiet(&self) {
        self.centre.runtime().unfinished.none().await;
    }

    /// The simulator's clock.
    pub fn timer(&self) -> Timer {
        self.centre.runtime().options.timer.clone()
    }

    /// Stops and waits until the listener is closed.
    pub async fn shutdown(mut self) {
        self.running.runtime.stop();
        if let Some(server) = self.running.server.take()
            && let Err(error) = server.await
        {
            tracing::debug!(%error, "the server task did not end by itself");
        }
    }
}

impl<C: ?Sized> Deref for Handle<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.centre
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.runtime.stop();
    }
}
