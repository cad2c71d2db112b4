//! Posts to the platform: where to, and what comes of them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::RequestBuilder;

use crate::{
    lane::{Callback, Carried, Carrier},
    runtime::{Runtime, locked},
    state::Outcome,
};

/// How long the platform may take to answer, where the provider's documents say nothing else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Where posts go from now on, with the secret that proves them.
#[derive(Debug, Default)]
pub(crate) struct Address(Mutex<(Option<String>, String)>);

impl Address {
    pub(crate) fn set(&self, url: &str, secret: &str) {
        self.set_if_known(Some(url.to_owned()), secret);
    }

    /// The secret alone, until the platform says the address.
    pub(crate) fn set_if_known(&self, url: Option<String>, secret: &str) {
        *locked(&self.0) = (url, secret.to_owned());
    }

    /// The URL, once known, and the secret.
    pub(crate) fn get(&self) -> (Option<String>, String) {
        locked(&self.0).clone()
    }
}

impl Runtime {
    /// One attempt to post a JSON body within the provider's patience, or that of the pace.
    pub(crate) async fn post(&self, request: RequestBuilder, body: String, patience: Duration) -> Outcome {
        let patience = self.options.pace.callback_timeout.unwrap_or(patience);
        match request.timeout(patience).header("Content-Type", "application/json").body(body).send().await {
            Ok(response) => Outcome::Status(response.status().as_u16()),
            Err(error) if error.is_timeout() => Outcome::TimedOut,
            Err(_) => Outcome::Failed,
        }
    }
}

/// Carries callbacks to the webhook of the moment. `prove` adds to a request what proves it, from the secret and the
/// body.
pub(crate) struct Webhook<P> {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) patience: Duration,
    /// Whether the provider repeats what did not arrive.
    pub(crate) repeats: bool,
    pub(crate) prove: P,
}

impl<P: Fn(RequestBuilder, &str, &str) -> RequestBuilder + Send + Sync> Carrier for Webhook<P> {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        Box::pin(async move {
            let (Some(url), secret) = self.runtime.webhook.get() else {
                return Outcome::NotConfigured;
            };
            let body = callback.body.to_string();
            let request = (self.prove)(self.runtime.client.post(url), &secret, &body);
            self.runtime.post(request, body, self.patience).await
        })
    }

    fn repeats(&self) -> bool {
        self.repeats
    }
}
