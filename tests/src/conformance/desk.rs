//! A simulated contact centre, whichever it is.

use std::pin::Pin;
use std::time::Duration;

use simulators::{Act, ActError, Centre, Fault, Handle, Script, State};

/// How long a conversation may take to appear.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the kit does with a simulator's handle.
pub trait Desk: Send + Sync {
    /// Lets something happen in a conversation.
    fn act(&self, conversation: &str, act: Act) -> Result<(), ActError>;
    /// Plans faults.
    fn faults(&self, faults: Vec<Fault>);
    /// How many planned faults have not happened.
    fn faults_left(&self) -> usize;
    /// Forgets what is planned.
    fn clear_faults(&self);
    /// Sends what was held.
    fn release(&self) -> usize;
    /// Makes every access token invalid.
    fn revoke_tokens(&self);
    /// Chooses the script of a conversation that is not open yet.
    fn script_for(&self, contact: &str, script: Script);
    /// Where callbacks go from now on, and what proves them.
    fn set_webhook(&self, url: &str, secret: &str);
    /// Where the customer's own code tells the lifecycle from now on, and what proves it.
    fn set_relay(&self, url: &str, secret: &str);
    /// Everything at this moment.
    fn state(&self) -> State;
    /// Its time for an event, milliseconds since 1970: later than that of every event before.
    fn moment(&self) -> i64;
    /// Where it is.
    fn base_url(&self) -> &str;
    /// Waits until it has nothing left to do but wait.
    fn quiet(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
    /// Waits until a contact has a conversation.
    fn appears<'a>(&'a self, contact: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

impl<C: Centre> Desk for Handle<C> {
    fn act(&self, conversation: &str, act: Act) -> Result<(), ActError> {
        Self::act(self, conversation, act)
    }

    fn faults(&self, faults: Vec<Fault>) {
        Self::faults(self, faults);
    }

    fn faults_left(&self) -> usize {
        Self::faults_left(self).len()
    }

    fn clear_faults(&self) {
        Self::clear_faults(self);
    }

    fn release(&self) -> usize {
        self.release_held()
    }

    fn revoke_tokens(&self) {
        Self::revoke_tokens(self);
    }

    fn script_for(&self, contact: &str, script: Script) {
        Self::script_for(self, contact, script);
    }

    fn set_webhook(&self, url: &str, secret: &str) {
        Self::set_webhook(self, url, secret);
    }

    fn set_relay(&self, url: &str, secret: &str) {
        Self::set_relay(self, url, secret);
    }

    fn state(&self) -> State {
        Self::state(self)
    }

    fn moment(&self) -> i64 {
        self.timer().stamp_ms()
    }

    fn base_url(&self) -> &str {
        Self::base_url(self)
    }

    fn quiet(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(Self::quiet(self))
    }

    fn appears<'a>(&'a self, contact: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let there = |state: &State| state.conversation(contact).is_some();
            assert!(self.wait_until(PATIENCE, there).await.is_ok(), "the conversation did not appear");
        })
    }
}
