//! A session's events, for those who ask for them.

use std::time::Duration;

use transfer_domain::{ProjectId, Session, SessionId};
use transfer_store::{FeedCursor, FeedPage};

use crate::Service;
use crate::show::{NotShown, kept};

/// The longest that somebody waits for an event.
pub const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// How long it is until the next look: short at first, since who asks again has often just caused something; then as long
/// as may pass between a word and its arrival.
const LOOKS: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];

/// The events of a session that a reader has not read, oldest first. Where there are none it looks again, for so long at most.
pub async fn events(
    service: &Service,
    project: &ProjectId,
    id: &SessionId,
    after: &FeedCursor,
    limit: u8,
    wait: Duration,
) -> Result<FeedPage, NotShown> {
    let mut page = look(service, project, id, after, limit).await?;
    // What is not there by a read that may lag behind is asked for by one that does not.
    let is_kept = |session: &Session| session.session_id == *id && !session.is_forgotten(service.now());
    if !page.session.as_ref().is_some_and(is_kept) {
        kept(service, project, id).await?;
    }
    let mut left = wait.min(LONGEST_WAIT);
    let mut pauses = LOOKS.into_iter().chain(std::iter::repeat(Duration::from_secs(1)));
    while page.events.is_empty() && !left.is_zero() {
        let pause = pauses.next().unwrap_or(left).min(left);
        tokio::time::sleep(pause).await;
        left -= pause;
        // From where the last look came to: what was new a moment ago need not be read again and again.
        page = look(service, project, id, &page.next, limit).await?;
    }
    Ok(page)
}

async fn look(
    service: &Service,
    project: &ProjectId,
    id: &SessionId,
    after: &FeedCursor,
    limit: u8,
) -> Result<FeedPage, NotShown> {
    Ok(service.store.feed(project, id.transfer, after, limit, service.now()).await?)
}
