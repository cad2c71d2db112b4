//! To the provider: carries out the commands of each session, in order.
//!
//! An attempt is recorded directly before the call that must not be repeated, and its outcome after it. What may be
//! repeated after which outcome is expressed by [`transfer_providers::CallError`], and for messages without a known
//! result by the integration's capabilities.

mod calls;
mod circuit;
mod close;
mod courtesy;
mod fall_back;
mod further;
mod identify;
mod look;
mod open;
mod parked;
mod persist;
mod remembered;
mod retry;
mod send;
mod told;
mod typed;

use std::convert::Infallible;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tracing::Instrument as _;
use transfer_domain::{Action, Command, Conversation, Integration, IntegrationId, Session, Transition};
use transfer_providers::{Adapters, Admission, Calls, Connection, IntegrationSecrets, Outbound, ProviderClient};
use transfer_store::{Decision, Transacted};

use crate::Service;
use told::ToldBefore;
use typed::TypedBefore;

pub(crate) use calls::in_time;
pub(crate) use circuit::Circuits;
pub use retry::Retry;

/// What commands are carried out with.
#[derive(Debug, Clone)]
pub struct Deliver {
    service: Service,
    adapters: Adapters<dyn Outbound>,
    client: ProviderClient,
    public_base_url: Arc<str>,
    told: ToldBefore,
    typed: TypedBefore,
    circuits: Circuits<IntegrationId>,
    /// When whatever is under way must be done.
    deadline: Option<DateTime<Utc>>,
}

/// A command with what must be true of it now, and how often it came.
#[derive(Debug)]
pub(crate) struct Turn {
    command: Command,
    receives: u32,
}

/// What became of a write.
enum Wrote<D = Transition> {
    /// It is written.
    Done(Box<D>),
    /// There was nothing to write: the session as it stands.
    Nothing(Box<Session>),
    /// There is no session any more.
    Gone,
    /// The name that it gives the conversation is another session's.
    NameTaken,
}

impl Wrote {
    /// The session as it stands now; `None` if it is gone.
    fn session(self) -> Result<Option<Session>, Retry> {
        match self {
            Self::Done(transition) => Ok(Some(transition.session)),
            Self::Nothing(session) => Ok(Some(*session)),
            Self::Gone => Ok(None),
            Self::NameTaken => Err(Retry::because("the provider's name of the conversation is taken")),
        }
    }
}

/// A provider with everything that a call to it needs.
pub(crate) struct Desk {
    adapter: Arc<dyn Calls>,
    integration: Arc<Integration>,
    secrets: Arc<IntegrationSecrets>,
    admission: Admission,
}

/// Why a session's provider cannot be called any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoDesk {
    /// There is no integration.
    Gone,
    /// Its stored settings cannot be read.
    Unreadable,
    /// The integration speaks for another contact centre now.
    Elsewhere,
}

impl NoDesk {
    const fn why(self) -> &'static str {
        match self {
            Self::Gone => "the integration is not configured any more",
            Self::Unreadable => "the integration's stored settings cannot be read",
            Self::Elsewhere => {
                "the integration points to another contact centre than the one that has the conversation"
            }
        }
    }
}

impl Desk {
    fn connection<'a>(&'a self, deliver: &'a Deliver) -> Connection<'a> {
        Connection {
            integration: &self.integration,
            secrets: &self.secrets,
            client: &deliver.client,
            public_base_url: &deliver.public_base_url,
            clock: &*deliver.service.clock,
            admission: &self.admission,
        }
    }
}

impl Deliver {
    /// A deliverer over the service's table, with an HTTP caller for the providers. `public_base_url` is the API's
    /// address as providers see it.
    pub fn new(
        service: Service,
        adapters: Adapters<dyn Outbound>,
        client: ProviderClient,
        public_base_url: &str,
    ) -> Self {
        Self {
            service,
            adapters,
            client,
            public_base_url: public_base_url.into(),
            told: ToldBefore::default(),
            typed: TypedBefore::default(),
            circuits: Circuits::default(),
            deadline: None,
        }
    }

    /// The same, for what must be done until then: what cannot be begun in time comes again.
    #[must_use]
    pub fn until(&self, deadline: DateTime<Utc>) -> Self {
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// Carries out one command, or says why it must come again. `receives`: how often it came, from 1.
    pub async fn carry_out(&self, command: Command, receives: u32) -> Result<(), Retry> {
        // An error span, because whatever level is logged must say for which session.
        let span = tracing::error_span!(
            "command",
            project.id = %command.project_id,
            transfer.id = %command.transfer_id,
            command = command.deduplication_id(),
        );
        let turn = Turn { command, receives };
        let carried_out = async {
            // Boxed, because a call's whole exchange would otherwise be one very large future.
            Box::pin(self.act(&turn)).await.inspect_err(|retry| {
                if retry.is_pause() {
                    return;
                }
                tracing::warn!(why = retry.why, receives, "a command must come again");
            })
        };
        carried_out.instrument(span).await
    }

    async fn act(&self, turn: &Turn) -> Result<(), Retry> {
        match &turn.command.action {
            // What calls the contact centre makes very large futures.
            Action::Open => Box::pin(self.open(turn)).await,
            Action::Message { sequence } => Box::pin(self.message(turn, *sequence)).await,
            Action::WaitingMessages { from, through } => self.waiting_messages(turn, *from..=*through).await,
            Action::Identify { representative } => self.identify(&turn.command, representative).await,
            Action::Typing(typing) => {
                self.typing(&turn.command, *typing).await;
                Ok(())
            }
            Action::Acknowledge { messages, state } => self.acknowledge(turn, messages, *state).await,
            Action::ApplyParked => self.apply_parked(&turn.command).await,
            Action::Look { only_polled } => self.look(turn, *only_polled).await,
            Action::FallBack => self.fall_back(&turn.command).await,
            Action::Close => self.close(turn).await,
            Action::Forget { last } => self.forget(turn, last).await,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.service.now()
    }

    /// The session's provider, if it can still be called for this session: what the session says, and its tokens, are for
    /// the contact centre that has its conversation and for no other.
    async fn desk(&self, session: &Session) -> Result<Result<Desk, NoDesk>, Retry> {
        let provider = session.provider;
        let integration = self.service.directory.integration(&session.project_id, provider).await?;
        let Some(integration) = integration else { return Ok(Err(NoDesk::Gone)) };
        let adapter = match self.adapters.bound(&integration) {
            Some(Ok(adapter)) => adapter,
            Some(Err(unreadable)) => {
                tracing::error!(integration.id = %integration.integration_id, error = %unreadable, "an integration cannot be used");
                return Ok(Err(NoDesk::Unreadable));
            }
            None => return Ok(Err(NoDesk::Gone)),
        };
        if !integration.speaks_for(session) {
            return Ok(Err(NoDesk::Elsewhere));
        }
        let secrets = self.service.secrets.outbound(&integration).await?;
        Ok(Ok(Desk { adapter, integration, secrets, admission: Admission::default() }))
    }

    async fn live_session(&self, command: &Command) -> Result<Option<Session>, Retry> {
        let session = self.service.store.session(&command.project_id, command.transfer_id).await?;
        Ok(session.filter(|session| !session.is_expired(self.now())))
    }

    /// A session with what its provider told, as calls to the provider need it.
    async fn conversation(&self, session: Session) -> Result<Conversation, Retry> {
        let conversation = self.told.conversation(&self.service.store, session).await?;
        conversation.ok_or_else(|| Retry::because("what its provider told is removed"))
    }

    /// Writes what is decided about a session.
    async fn write<D: Decision>(
        &self,
        session: &Session,
        mut decide: impl FnMut(&Session, DateTime<Utc>) -> Option<D>,
    ) -> Result<Wrote<D>, Retry> {
        let now = self.now();
        let decide = |session: &Session| Ok::<_, Infallible>(decide(session, now));
        let store = &self.service.store;
        Ok(wrote(store.transact(&session.project_id, session.transfer_id(), now, decide).await?))
    }

    /// As [`Self::write`], about what its provider told, too.
    async fn write_told<D: Decision>(
        &self,
        session: &Session,
        mut decide: impl FnMut(&Conversation, DateTime<Utc>) -> Option<D>,
    ) -> Result<Wrote<D>, Retry> {
        let now = self.now();
        let decide = |conversation: &Conversation| Ok::<_, Infallible>(decide(conversation, now));
        let store = &self.service.store;
        Ok(wrote(store.transact_conversation(&session.project_id, session.transfer_id(), now, decide).await?))
    }
}

fn wrote<D>(transacted: Transacted<Infallible, D>) -> Wrote<D> {
    match transacted {
        Transacted::Committed(decision) => Wrote::Done(decision),
        Transacted::Unchanged(session) | Transacted::Seen { session, .. } => Wrote::Nothing(session),
        Transacted::Missing => Wrote::Gone,
        Transacted::LinkTaken => Wrote::NameTaken,
        Transacted::Refused(never) => match never {},
    }
}
