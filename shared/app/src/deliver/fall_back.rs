//! Doing a step of the fallback plan: the transfer is asked for again, elsewhere, without the caller.

use transfer_domain::{
    Command, Instead, NotFollowed, Provider, QueueName, Session, TransferRequest, give_up_fallback, instead_of,
};
use transfer_store::Created;

use super::{Deliver, Retry};

/// Why no step was done that asks again.
const NOTHING_CONFIGURED: &str = "the project has no integration of the provider that the plan names";
const OVERTAKEN: &str = "the conversation has another open transfer";

/// What a step asks for.
struct Again {
    place: usize,
    provider: Provider,
    queue: Option<QueueName>,
}

impl Deliver {
    /// Does the first step of the plan that is for the session's outcome and can be done. However often it comes, one session
    /// follows: it is created together with the link that says so.
    pub(crate) async fn fall_back(&self, command: &Command) -> Result<(), Retry> {
        let store = &self.service.store;
        // For as long as the record stands: a plan is done although nothing else is kept.
        let session = store.session(&command.project_id, command.transfer_id).await?;
        let Some(session) = session.filter(Session::falls_back) else { return Ok(()) };
        let request = store.request(&session.project_id, session.transfer_id()).await?;
        let request = request.ok_or_else(|| Retry::because("what was requested is removed"))?;
        match self.step(&session, &request).await? {
            Ok(again) => self.ask_again(&session, request, again).await,
            Err(left) => self.give_up(&session, &left, NOTHING_CONFIGURED).await,
        }
    }

    /// The first step that can be done, or what is left to be done without asking again.
    async fn step(&self, session: &Session, request: &TransferRequest) -> Result<Result<Again, Instead>, Retry> {
        let configured = self.service.directory.providers(&session.project_id).await?;
        let outcome = session.outcome();
        for (place, step) in outcome.into_iter().flat_map(|outcome| request.fallback.steps_for(outcome)) {
            match &step.instead {
                Instead::ContinueWithAgent => return Ok(Err(Instead::ContinueWithAgent)),
                Instead::Transfer { provider, queue } => {
                    let provider = provider.unwrap_or(session.provider);
                    if configured.contains(&provider) {
                        return Ok(Ok(Again { place, provider, queue: queue.clone() }));
                    }
                }
            }
        }
        Ok(Err(Instead::Transfer { provider: None, queue: None }))
    }

    async fn ask_again(&self, session: &Session, request: TransferRequest, again: Again) -> Result<(), Retry> {
        let project = &session.project_id;
        let directory = &self.service.directory;
        let settings = directory.settings(project).await?;
        let integration = directory.integration(project, again.provider).await?;
        let integration = integration.ok_or_else(|| Retry::because("the integration was removed meanwhile"))?;
        let others = directory.providers(project).await?.iter().copied().filter(|it| *it != again.provider).collect();
        let said = self.service.store.last_messages(project, session.transfer_id()).await?;
        let mut transfer = instead_of(session, request, again.place, again.queue, &said);
        // What was kept before the project asked for it is not told on as it was.
        if let Some(redactor) = directory.redactor(project).await? {
            self.service.count_redacted(&redactor.request(&mut transfer.request));
        }
        let now = self.now();
        let id = self.service.ids.transfer_id(now);
        let (transition, request) = transfer_domain::create(transfer, id, &integration, others, &settings, now);
        match self.service.store.create(&transition, &request, None, now).await? {
            Created::Created => {
                tracing::info!(transfer.id = %session.transfer_id(), successor = %id, "a step of the plan was done");
                Ok(())
            }
            Created::ConversationOpen(_) => {
                self.give_up(session, &Instead::Transfer { provider: None, queue: None }, OVERTAKEN).await
            }
            // Somebody did it meanwhile, or there is nothing any more that could be followed.
            Created::NotFollowed(NotFollowed::By(_)) | Created::NoPredecessor => Ok(()),
            Created::NotFollowed(NotFollowed::Open | NotFollowed::OtherContact)
            | Created::Repeated(_)
            | Created::KeyReused
            | Created::InProgress => Err(Retry::because("the session that would follow was not created")),
        }
    }

    async fn give_up(&self, session: &Session, left: &Instead, why: &str) -> Result<(), Retry> {
        let give_up = |session: &Session, now| give_up_fallback(session, left, why.to_owned(), now);
        self.write(session, give_up).await?.session().map(drop)
    }
}
