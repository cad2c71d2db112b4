//! Calls to Five9, by the flavour that the integration is of.

mod access;
mod body;
mod classic;
mod files;
mod open_messaging;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use classic::Classic;
use http::StatusCode;
use open_messaging::OpenMessaging;
use secrecy::{ExposeSecret, SecretString};
use transfer_domain::{Conversation, TransferId};

use super::settings::{Flavor, Settings};
use crate::client::Answer;
use crate::{CallError, Calls, Connection, Interface, secret};

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

/// What a path secret becomes for one transfer. It is computed, not stored: a callback can beat everything that we
/// could write after telling Five9 its address.
fn transfer_secret(path_secret: &SecretString, transfer: TransferId) -> String {
    let key = path_secret.expose_secret().as_bytes();
    URL_SAFE_NO_PAD.encode(secret::hmac_sha256(key, &[transfer.to_string().as_bytes()]))
}
