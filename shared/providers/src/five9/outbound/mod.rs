//! Calls to Five9, by the flavour that the integration is of.

mod access;
mod body;
mod classic;
mod files;
mod open_messaging;

use async_trait::async_trait;
use classic::Classic;
use http::StatusCode;
use open_messaging::OpenMessaging;
use transfer_domain::Conversation;

use super::settings::{Flavor, Settings};
use crate::client::Answer;
use crate::{CallError, Calls, Connection, Interface};

#[async_trait]
impl Calls for Settings {
    fn interface<'a>(
        &'a self,
        connection: Connection<'a>,
        session: &'a Conversation,
    ) -> Result<Box<dyn Interface + 'a>, CallError> {
        Ok(match self.flavor_of(session) {
            Flavor::Classic => Box::new(Classic::new(connection, self, session)?),
            Flavor::OpenMessaging => Box::new(OpenMessaging::new(connection, self, session)?),
        })
    }

    /// Where the tenant has no call that ends a conversation.
    fn says_farewell(&self) -> bool {
        true
    }
}

/// Whether the tenant's interface does not know the call.
fn has_no_such_call(answer: &Answer) -> bool {
    matches!(answer.status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED)
}
