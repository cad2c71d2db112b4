//! A stack with one provider on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agent_transfer::Stack;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::bus::{EventBridgeHttp, PartnerBus as _, PartnerEvent};
use simulators::{CallbackFault, Control, Fault, Handle, Operation, RequestFault, RequestRecord, State, Taken};
use transfer_domain::{ProjectId, Provider};
use transfer_providers::{Adapters, Admission, Connection, ProviderClient};

use super::{Address, Headers, Keys, Need, Pace, Plot, Profile, Site, Transfer, Way};
use crate::api::{Answer, Api, stepped};

/// The limit of one exchange where a scenario waits for it.
const HASTY: Duration = Duration::from_secs(2);
/// Between two scenarios on one bench; more than any pause of a command, and a new minute for limits of rate.
const REST: Duration = Duration::from_secs(70);

/// How long a conversation may take to appear.
const PATIENCE: Duration = Duration::from_secs(10);

/// What benches on one stack share.
struct Ground {
    stack: Stack,
    simulators: simulators::Options,
    http: reqwest::Client,
    bus: EventBridgeHttp,
    made: AtomicUsize,
}

/// A stack in which nothing moves but by [`Bench::settle`], and on it a project with one contact centre.
pub struct Bench {
    ground: Arc<Ground>,
    site: Site,
    api: Api,
    keys: Keys,
    profile: &'static Profile,
    /// How many requests the simulator had seen before the scenario began.
    mark: AtomicUsize,
}

impl Bench {
    /// Starts a stack and connects the provider.
    pub async fn start(profile: &'static Profile, pace: Pace) -> Self {
        let mut options = stepped();
        options.demo = false;
        options.centres = Vec::new();
        if pace == Pace::Hasty {
            options.provider_timeout = HASTY;
        }
        let simulators = options.simulators.clone();
        let stack = Stack::start(options).await.unwrap();
        let bus = EventBridgeHttp::new(stack.aws_endpoint()).unwrap();
        let http = simulators::plain_http().build().unwrap();
        let ground = Arc::new(Ground { stack, simulators, http, bus, made: AtomicUsize::new(0) });
        Self::on(ground, profile, profile.site).await
    }

    /// Another project on the same stack, with a contact centre of this setup.
    pub async fn beside(&self, site: fn(Plot) -> Site) -> Self {
        Self::on(Arc::clone(&self.ground), self.profile, site).await
    }

    async fn on(ground: Arc<Ground>, profile: &'static Profile, site: fn(Plot) -> Site) -> Self {
        let number = ground.made.fetch_add(1, Ordering::SeqCst);
        let site = site(Plot::new(&ground.stack, number, &ground.simulators).await);
        if let Some(source) = site.integration["settings"]["partnerSource"].as_str() {
            ground.stack.add_partner_source(source).unwrap();
        }
        let api = Api::new(ground.stack.base_url(), &format!("project-{number}"));
        let put = api.put(&format!("/integrations/{}", profile.provider), &site.integration).await;
        assert_eq!(put.status, 201, "{}", put.text);
        let keys = Keys::of(&put);
        keys.tell(&site.desk);
        Self { ground, site, api, keys, profile, mark: AtomicUsize::new(0) }
    }

    /// Leaves nothing behind for the next scenario.
    pub async fn rest(&self) {
        self.desk().clear_faults();
        self.desk().release_held();
        self.later(REST).await;
        self.mark.store(self.desk().state().requests.len(), Ordering::SeqCst);
    }

    /// Stops the stack.
    pub async fn stop(self) {
        drop(self.site);
        if let Some(ground) = Arc::into_inner(self.ground) {
            ground.stack.shutdown().await.unwrap();
        }
    }

    /// The stack.
    pub fn stack(&self) -> &Stack {
        &self.ground.stack
    }

    /// A caller of the project's API.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// What the kit knows of the provider.
    pub fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// Whether the provider has what not every one has.
    pub fn has(&self, need: Need) -> bool {
        need.unmet(self.profile).is_none()
    }

    /// The provider's simulator.
    pub fn desk(&self) -> &Handle<dyn Control> {
        &self.site.desk
    }

    /// Moves everything on until it is quiet.
    pub async fn settle(&self) {
        loop {
            let before = self.stack().progress().count();
            self.desk().quiet().await;
            self.stack().settle().await.unwrap();
            if self.stack().progress().count() == before {
                return;
            }
        }
    }

    /// Waits until a contact has a conversation.
    pub async fn appears(&self, contact: &str) {
        let there = |state: &State| state.conversation(contact).is_some();
        assert!(self.desk().wait_until(PATIENCE, there).await.is_ok(), "the conversation did not appear");
    }

    /// Lets time pass, so that what was put off comes again.
    pub async fn later(&self, by: Duration) {
        self.stack().advance(by);
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
        format!("conv-{}", self.next())
    }

    /// A number that this stack has not seen yet.
    pub fn next(&self) -> usize {
        self.ground.made.fetch_add(1, Ordering::SeqCst)
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

    /// What the provider was told.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The partner event source of the integration.
    pub fn partner_source(&self) -> String {
        self.site.integration["settings"]["partnerSource"].as_str().unwrap_or_default().to_owned()
    }

    /// Changes the integration: these fields go beside what it has.
    pub async fn change(&self, fields: &Value) -> Answer {
        let mut body = self.site.integration.clone();
        body.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
        let put = self.api.put(&format!("/integrations/{}", self.provider()), &body).await;
        assert_eq!(put.status, 200, "{}", put.text);
        put
    }

    /// The settings of the integration as the contact centre wants them.
    pub fn settings(&self) -> Value {
        self.site.integration["settings"].clone()
    }

    /// Where another project's integration, at the same contact centre, takes callbacks about a conversation of ours.
    pub async fn stranger(&self, transfer: &Transfer<'_>) -> Address {
        let number = self.next();
        let mut body = self.site.integration.clone();
        if let Some(source) = body["settings"]["partnerSource"].as_str() {
            let source = format!("{source}{number}");
            self.stack().add_partner_source(&source).unwrap();
            body["settings"]["partnerSource"] = json!(source);
        }
        let api = Api::new(self.stack().base_url(), &format!("other-{number}"));
        let put = api.put(&format!("/integrations/{}", self.provider()), &body).await;
        assert_eq!(put.status, 201, "{}", put.text);
        match self.profile.way {
            Way::Bus(_) => {
                let url = body["settings"]["partnerSource"].as_str().unwrap().to_owned();
                Address { url, secret: String::new() }
            }
            Way::Webhook(_) | Way::Relay => self.profile.way.address(transfer, &Keys::of(&put), ""),
            Way::OwnAddress => {
                let theirs = api.create(&self.conversation(), self.provider().as_str()).await;
                self.settle().await;
                self.profile.way.address(&self.transfer(theirs), &Keys::of(&put), &transfer.there().id)
            }
        }
    }

    /// Sends a callback as the provider would; tells the status.
    pub async fn call_back(&self, address: &Address, body: &str) -> u16 {
        if let Way::Bus(event) = self.profile.way {
            return self.put_event(event(&address.url, body)).await;
        }
        self.post(&address.url, &self.proof(address, body), body).await
    }

    /// The headers that prove a body at an address.
    pub fn proof(&self, address: &Address, body: &str) -> Headers {
        self.profile.way.proof(self, address, body)
    }

    /// Puts an event on a partner event bus, which answers nothing but that it has it.
    pub async fn put_event(&self, event: PartnerEvent) -> u16 {
        self.ground.bus.put(event).await.unwrap();
        200
    }

    /// Asks the contact centre how a conversation stands and applies what it says, as whoever watches sessions will.
    pub async fn look(&self, transfer: &Transfer<'_>) {
        let service = self.stack().service();
        let project = ProjectId::new(self.api.project()).unwrap();
        let session = service.store.session(&project, transfer.key.parse().unwrap()).await.unwrap().unwrap();
        let integration = service.directory.integration(&project, self.provider()).await.unwrap().unwrap();
        let secrets = service.secrets.outbound(&integration).await.unwrap();
        let facts = service.store.facts_of(&session).await.unwrap();
        let conversation = transfer_domain::Conversation { session, facts: facts.unwrap() };
        let connection = Connection {
            integration: &integration,
            secrets: &secrets,
            client: &ProviderClient::new(service.config.host_policy, ProviderClient::DEFAULT_TIMEOUT),
            public_base_url: &service.config.public_base_url,
            clock: &*service.clock,
            admission: &Admission::default(),
        };
        let bound = Adapters::outbound().bound(&integration).unwrap().unwrap();
        let found = bound.poll(connection, &conversation).await.unwrap();
        service.receive(&integration, found).await.unwrap();
        self.settle().await;
    }

    /// Posts an event of our relay's own form, signed; tells the status.
    pub async fn relay(&self, body: &Value) -> u16 {
        let address = Address { url: self.keys.relay_url.clone(), secret: self.keys.relay_secret.clone() };
        let body = body.to_string();
        self.post(&address.url, &Way::Relay.proof(self, &address, &body), &body).await
    }

    /// Posts a body with headers; tells the status.
    pub async fn post(&self, url: &str, headers: &[(&'static str, String)], body: &str) -> u16 {
        let mut request = self.ground.http.request(Method::POST, url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.body(body.to_owned()).send().await.unwrap().status().as_u16()
    }
}
