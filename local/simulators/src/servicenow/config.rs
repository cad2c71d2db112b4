//! How the simulated instance is set up.

use crate::engine::{choices, config};

/// How the platform proves itself to the instance.
#[derive(Clone)]
pub enum Auth {
    /// Integration user ([`ServiceNowConfig::user`]) by HTTP Basic.
    Basic,
    /// Bearer token from `/oauth_token.do`.
    OAuth2,
    /// Header `token`, or body field `token`; the header wins.
    MessageToken(String),
    /// Header `x-b2b-signature`: hex HMAC-SHA1 over the compact JSON body.
    MessageHash(String),
}

/// How the instance proves itself to the platform; the secret comes with the webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WebhookAuth {
    /// Header `X-Handoff-Secret`.
    #[default]
    HeaderSecret,
    /// HTTP Basic with this user name and the secret as password.
    Basic(String),
    /// Nothing beside the address, which carries the secret in its path.
    PathSecret,
}

choices! {
    /// What happens to a `requestId` that was seen before (by which key is not documented).
    pub enum RepeatedRequests {
        /// Ignored only while the bot still works on the first one; later it has its effect again.
        WhileBotWorks,
        /// Always ignored.
        Always,
    }

    /// What the instance does with what it documents to notice only in its own log:
    /// a wrong message token or hash, or a body that is not JSON.
    pub enum HiddenFailures {
        /// Answers 200 `success` and does nothing, as documented.
        Silent,
        /// Answers a failure, for tests that want to see the mistake at once.
        Loud,
    }
}

config! {
    /// An instance with one provider application.
    pub struct ServiceNowConfig(auth: Auth, app_inbound_id: &str) {
        /// Authentication of requests.
        auth: Auth = auth;
        /// OAuth client.
        client_id: String = "servicenow-client".to_owned();
        /// Its secret.
        client_secret: String = "servicenow-client-secret".to_owned();
        /// Integration user.
        user: String = "integration.user".to_owned();
        /// Its password.
        password: String = "integration-password".to_owned();
        /// Inbound id of the provider application, wanted on every request.
        app_inbound_id: String = app_inbound_id.to_owned();
        /// Response endpoint; `None` until the platform says it.
        webhook_url: Option<String> = None;
        /// Secret of the response endpoint.
        webhook_secret: String = String::new();
        /// How callbacks carry it.
        webhook_auth: WebhookAuth = WebhookAuth::default();
        /// Lifetime of an access token.
        token_seconds: u32 = 1799;
        /// Treatment of repeated requests.
        repeated_requests: RepeatedRequests = RepeatedRequests::default();
        /// Treatment of failures that only the instance's log shows.
        hidden_failures: HiddenFailures = HiddenFailures::default();
        /// Custom-adapter property `third_party_chat`; without it `UPDATE_MESSAGES` is refused.
        third_party_chat: bool = true;
        /// Text of the waiting time.
        wait_time: String = "8 Seconds".to_owned();
    }
}

impl ServiceNowConfig {
    /// The same instance with a response endpoint.
    #[must_use]
    pub fn with_webhook(mut self, url: &str, secret: &str, auth: WebhookAuth) -> Self {
        self.webhook_url = Some(url.to_owned());
        secret.clone_into(&mut self.webhook_secret);
        self.webhook_auth = auth;
        self
    }
}
