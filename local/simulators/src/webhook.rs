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

/// Carries callbacks by requests. `make` makes of one, and of its body, the request that lacks nothing but that body;
/// without an address it makes none.
pub(crate) struct Posts<M> {
    pub(crate) runtime: Arc<Runtime>,
    /// How long the platform may take to answer.
    pub(crate) patience: Duration,
    /// Whether the provider repeats what did not arrive.
    pub(crate) repeats: bool,
    pub(crate) make: M,
}

impl<M: Fn(&Runtime, &Callback, &str) -> Option<RequestBuilder> + Send + Sync> Carrier for Posts<M> {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        Box::pin(async move {
            let body = callback.body.to_string();
            let Some(request) = (self.make)(&self.runtime, callback, &body) else {
                return Outcome::NotConfigured;
            };
            match request.timeout(self.patience).header("Content-Type", "application/json").body(body).send().await {
                Ok(response) => Outcome::Status(response.status().as_u16()),
                Err(error) if error.is_timeout() => Outcome::TimedOut,
                Err(_) => Outcome::Failed,
            }
        })
    }

    fn repeats(&self) -> bool {
        self.repeats
    }
}

/// The way to the webhook of the moment. `prove` adds to a request what proves it, from the secret and the body.
pub(crate) fn webhook(
    runtime: &Arc<Runtime>,
    patience: Duration,
    repeats: bool,
    prove: impl Fn(RequestBuilder, &str, &str) -> RequestBuilder + Send + Sync + 'static,
) -> Arc<dyn Carrier> {
    let make = move |runtime: &Runtime, _: &Callback, body: &str| {
        let (url, secret) = runtime.webhook.get();
        Some(prove(runtime.client.post(url?), &secret, body))
    };
    Arc::new(Posts { runtime: Arc::clone(runtime), patience, repeats, make })
}
