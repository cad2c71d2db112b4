//! What a provider has to bring to become a simulator.

use std::{any::Any, sync::Arc};

use serde_json::Value;

use crate::{
    act::{Act, ActError, Stamp},
    book::Book,
    desk::Desk,
    fault::Operation,
    request::{Answer, Incoming},
    runtime::Runtime,
    scene::Scene,
    server,
    shape::Refusal,
};

/// A contact centre's rules on the wire, and what its human's acts look like there.
///
/// Everything is synchronous: decisions are made under the lock of the book, and what leaves (callbacks) goes through
/// lanes.
pub trait Centre: Sized + Send + Sync + 'static {
    /// How an account is set up.
    type Config: Send + Sync;
    /// What an account knows beside its conversations.
    type Account: Default + Send;
    /// What it keeps of a conversation beside what all do.
    type Kept: Send;

    /// What a request wants; decides which planned fault hits it.
    fn classify(desk: &Desk<Self>, request: &Incoming) -> Operation;

    /// Decides a request by the provider's contract.
    fn answer(desk: &Arc<Desk<Self>>, request: &Incoming) -> Result<Answer, Refusal>;

    /// The provider's error body: of a refusal, or for a status that a fault asks for.
    fn error_body(desk: &Desk<Self>, request: &Incoming, status: u16, refusal: Option<&Refusal>) -> Value;

    /// Tells the platform of an act that makes sense in the phase of the conversation.
    fn play(scene: &mut Scene<'_, Self>, act: Act);

    /// The body as the ledger shows it to anybody: without credentials.
    fn visible_body(request: &Incoming) -> Value {
        server::visible_body(request)
    }

    /// Makes every access token invalid.
    fn revoke_tokens(book: &mut Book<Self>) {
        book.tokens.clear();
    }

    /// Moves every session to another place, where the provider does that.
    fn migrate(_desk: &Desk<Self>) {}
}

/// What can be done with any running contact centre, whatever it speaks.
///
/// Everything is synchronous: decisions are made under the centre's own lock, and what leaves it (callbacks) goes
/// through queues.
pub trait Control: Any + Send + Sync {
    /// The shared machinery of this simulator.
    fn runtime(&self) -> &Arc<Runtime>;

    /// Lets something happen in a conversation, named by the provider's id or by its contact key.
    fn perform(&self, conversation: &str, act: Act, stamp: Stamp) -> Result<(), ActError>;

    /// Makes every access token invalid.
    fn revoke_tokens(&self);

    /// Moves every session to another place, where the provider does that: calls to the old one fail from now on.
    fn migrate(&self);
}
