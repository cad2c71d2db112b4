//! A stack with one provider on it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agent_transfer::{DEMO_PROJECT, Stack, StackOptions, TestClock};
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use simulators::{CallbackFault, Fault, Operation, RequestFault, RequestRecord, Taken};
use transfer_domain::Provider;

use super::{Desk, Pace, Profile, Transfer};
use crate::api::Api;

/// The limit of one exchange where a scenario waits for it.
const HASTY: Duration = Duration::from_secs(2);
/// Between two scenarios on one bench; more than any pause of a command, and a new minute for limits of rate.
const REST: Duration = Duration::from_secs(70);

/// Where a provider sends its callbacks, and what proves them.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// With the path secret in it.
    pub url: String,
    /// What signs or accompanies a callback.
    pub secret: String,
}

/// A stack in which nothing moves but by [`Bench::settle`], and one provider's simulator.
pub struct Bench {
    stack: Stack,
    api: Api,
    profile: &'static Profile,
    http: reqwest::Client,
    made: AtomicUsize,
    /// How many requests the simulator had seen before the scenario began.
    mark: AtomicUsize,
}

impl Bench {
    /// Starts a stack and connects the provider.
    pub async fn start(profile: &'static Profile, pace: Pace) -> Self {
        let mut options = StackOptions::stepped(TestClock::standing());
        options.centres.retain(|simulated| simulated.provider == profile.provider);
        if pace == Pace::Hasty {
            options.provider_timeout = HASTY;
        }
        let stack = Stack::start(options).await.unwrap();
        let api = Api::new(stack.base_url(), DEMO_PROJECT);
        let (made, mark) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let bench = Self { stack, api, profile, http: simulators::plain_http().build().unwrap(), made, mark };
        if !(profile.settings)().is_empty() {
            let put = bench.put_integration(&bench.api, &json!({})).await;
            assert_eq!(put.status, 200, "{}", put.text);
        }
        bench
    }

    /// Leaves nothing behind for the next scenario.
    pub async fn rest(&self) {
        self.desk().clear_faults();
        self.desk().release();
        self.later(REST).await;
        self.mark.store(self.desk().state().requests.len(), Ordering::SeqCst);
    }

    /// Stops the stack.
    pub async fn stop(self) {
        self.stack.shutdown().await.unwrap();
    }

    /// The stack.
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// A caller of the project's API.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// What the kit knows of the provider.
    pub fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// The provider's simulator.
    pub fn desk(&self) -> &dyn Desk {
        (self.profile.desk)(&self.stack).unwrap()
    }

    /// Moves everything on until it is quiet.
    pub async fn settle(&self) {
        self.stack.settle().await.unwrap();
    }

    /// Lets time pass, so that what was put off comes again.
    pub async fn later(&self, by: Duration) {
        self.stack.advance(by);
        self.settle().await;
    }

    /// Lets a command that was put off come again until its pauses are over.
    pub async fn retries(&self) {
        for _ in 0..3 {
            self.later(Duration::from_secs(6)).await;
        }
    }

    /// A name that no other conversation of this bench has.
    pub fn conversation(&self) -> String {
        format!("conv-{}", self.made.fetch_add(1, Ordering::SeqCst))
    }

    /// The body of a request for a transfer to the provider.
    pub fn request(&self) -> Value {
        crate::api::transfer(&self.conversation(), self.provider().as_str())
    }

    /// The provider.
    pub fn provider(&self) -> Provider {
        self.profile.provider
    }

    /// Requests a transfer; nothing has moved yet.
    pub async fn requested(&self) -> Transfer<'_> {
        self.requested_with(&json!({})).await
    }

    /// Requests a transfer with these fields beside the usual ones; nothing has moved yet.
    pub async fn requested_with(&self, fields: &Value) -> Transfer<'_> {
        let mut body = self.request();
        body.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
        let answer = self.api.post("/transfers", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        Transfer::new(self, answer.str("sessionId"))
    }

    /// A transfer whose conversation is open.
    pub async fn opened(&self) -> Transfer<'_> {
        let transfer = self.requested().await;
        self.settle().await;
        transfer
    }

    /// A transfer with a connected representative.
    pub async fn active(&self) -> Transfer<'_> {
        let transfer = self.opened().await;
        transfer.connect().await;
        transfer
    }

    /// A session that was made without the help of the bench.
    pub fn transfer(&self, id: String) -> Transfer<'_> {
        Transfer::new(self, id)
    }

    /// Plans that so many requests of an operation go wrong.
    pub fn fail(&self, operation: Operation, times: u32, fault: RequestFault) {
        self.desk().faults(vec![Fault::Request { operation: Some(operation), skip: 0, times, fault }]);
    }

    /// Plans that so many requests of an operation are answered with a status.
    pub fn answer_with(&self, operation: Operation, times: u32, status: u16, taken: Taken) {
        self.fail(operation, times, RequestFault::Status { status, retry_after: None, taken });
    }

    /// Plans that so many callbacks of a kind go wrong.
    pub fn disturb(&self, kind: &str, times: u32, fault: CallbackFault) {
        self.desk().faults(vec![Fault::Callback { kind: kind.to_owned(), skip: 0, times, fault }]);
    }

    /// The requests of an operation since the scenario began.
    pub fn requests(&self, operation: Operation) -> Vec<RequestRecord> {
        let mark = self.mark.load(Ordering::SeqCst);
        let requests = self.desk().state().requests;
        requests.into_iter().skip(mark).filter(|request| request.operation == operation).collect()
    }

    /// Where the provider sends its callbacks.
    pub fn address(&self) -> Address {
        let connected = self.stack.connected().iter().find(|one| one.provider == self.provider()).unwrap();
        Address {
            url: connected.webhook_url.expose_secret().to_owned(),
            secret: connected.signing_secret.expose_secret().to_owned(),
        }
    }

    /// Configures the provider for a project; `fields` go beside the settings.
    pub async fn put_integration(&self, api: &Api, fields: &Value) -> crate::api::Answer {
        let centre = self.stack.centres().iter().find(|centre| centre.provider() == self.provider()).unwrap();
        let mut body = centre.integration();
        body["settings"] = self.settings();
        body.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
        api.put(&format!("/integrations/{}", self.provider()), &body).await
    }

    /// The settings of the provider on this bench.
    pub fn settings(&self) -> Value {
        let centre = self.stack.centres().iter().find(|centre| centre.provider() == self.provider()).unwrap();
        let mut settings = centre.integration()["settings"].clone();
        settings.as_object_mut().unwrap().extend((self.profile.settings)());
        settings
    }

    /// Configures the provider for another project.
    pub async fn stranger(&self) -> Address {
        let mut settings = self.settings();
        settings.as_object_mut().unwrap().retain(|name, _| !self.profile.not_shared.contains(&name.as_str()));
        if !self.profile.not_shared.is_empty() {
            settings["lifecycleSource"] = json!("poll");
        }
        let project = format!("other-{}", self.made.fetch_add(1, Ordering::SeqCst));
        let api = Api::new(self.stack.base_url(), &project);
        let put = self.put_integration(&api, &json!({ "settings": settings })).await;
        assert_eq!(put.status, 201, "{}", put.text);
        Address { url: put.str("webhookUrl"), secret: put.str("signingSecret") }
    }

    /// Sends a callback as the provider would, with this proof's secret; tells the status.
    pub async fn call_back(&self, address: &Address, body: &str) -> u16 {
        self.post(&address.url, &(self.profile.proof)(&address.secret, body.as_bytes()), body).await
    }

    /// Posts a body with headers; tells the status.
    pub async fn post(&self, url: &str, headers: &[(&'static str, String)], body: &str) -> u16 {
        let mut request = self.http.request(Method::POST, url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.body(body.to_owned()).send().await.unwrap().status().as_u16()
    }
}
