//! How the simulated instance is set up.

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

/// What happens to a `requestId` that was seen before (by which key is not documented).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedRequests {
    /// Ignored only while the bot still works on the first one; later it has its effect again.
    #[default]
    WhileBotWorks,
    /// Always ignored.
    Always,
}

/// What the instance does with what it documents to notice only in its own log:
/// a wrong message token or hash, or a body that is not JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HiddenFailures {
    /// Answers 200 `success` and does nothing, as documented.
    #[default]
    Silent,
    /// Answers a failure, for tests that want to see the mistake at once.
    Loud,
}

/// An instance with one provider application.
#[derive(Clone)]
pub struct ServiceNowConfig {
    /// Authentication of requests.
    pub auth: Auth,
    /// OAuth client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Integration user.
    pub user: String,
    /// Its password.
    pub password: String,
    /// Inbound id of the provider application, wanted on every request.
    pub app_inbound_id: String,
    /// Response endpoint; `None` until the platform says it.
    pub webhook_url: Option<String>,
    /// Secret of the response endpoint.
    pub webhook_secret: String,
    /// How callbacks carry it.
    pub webhook_auth: WebhookAuth,
    /// Lifetime of an access token.
    pub token_seconds: u32,
    /// Treatment of repeated requests.
    pub repeated_requests: RepeatedRequests,
    /// Treatment of failures that only the instance's log shows.
    pub hidden_failures: HiddenFailures,
    /// Custom-adapter property `third_party_chat`; without it `UPDATE_MESSAGES` is refused.
    pub third_party_chat: bool,
    /// Text of the waiting time.
    pub wait_time: String,
}

impl ServiceNowConfig {
    /// An instance with the vendor's defaults where they are known; credentials are neutral until set.
    pub fn new(auth: Auth, app_inbound_id: &str) -> Self {
        Self {
            auth,
            client_id: "servicenow-client".to_owned(),
            client_secret: "servicenow-client-secret".to_owned(),
            user: "integration.user".to_owned(),
            password: "integration-password".to_owned(),
            app_inbound_id: app_inbound_id.to_owned(),
            webhook_url: None,
            webhook_secret: String::new(),
            webhook_auth: WebhookAuth::default(),
            token_seconds: 1799,
            repeated_requests: RepeatedRequests::default(),
            hidden_failures: HiddenFailures::default(),
            third_party_chat: true,
            wait_time: "8 Seconds".to_owned(),
        }
    }

    /// The same instance with a response endpoint.
    #[must_use]
    pub fn with_webhook(mut self, url: &str, secret: &str, auth: WebhookAuth) -> Self {
        self.webhook_url = Some(url.to_owned());
        secret.clone_into(&mut self.webhook_secret);
        self.webhook_auth = auth;
        self
    }
}
