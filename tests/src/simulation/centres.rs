//! The contact centres of all providers, connected to the project. Their humans do what the scheduler says.

use std::sync::Arc;
use std::time::Duration;

use agent_transfer::{Centre, SIMULATED, Simulated, Site};
use aws_loopback::Rule;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use simulators::bus::EventBridgeHttp;
use simulators::{Control, Conversation, Fault, Handle, Options, RequestFault, Script, Taken, Timer};
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use transfer_domain::{ProjectId, Provider};
use transfer_providers::{Adapters, FIVE9, GENESYS, SALESFORCE, SERVICENOW, SMARTASSIST};

use super::dice::Dice;
use crate::fault_proxy::FaultProxy;
use crate::harness::{ApiRequest, PROJECT, World, answer_of};

/// All of them.
#[derive(Debug)]
pub(super) struct Centres {
    all: Vec<Connected>,
    timer: Timer,
}

#[derive(Debug)]
struct Connected {
    centre: Centre,
    /// What it told over a partner bus.
    told: Option<UnboundedReceiver<Value>>,
    /// What it answers while it is down.
    down: Option<RequestFault>,
    _way: FaultProxy,
}

impl Centres {
    pub(super) async fn connect(world: &World, seed: u64, now: DateTime<Utc>) -> Self {
        let timer = Timer::standing(now.timestamp_millis());
        let mut all = Vec::new();
        for (number, simulated) in (0..).zip(SIMULATED) {
            let options = Options { timer: timer.clone(), seed: seed.wrapping_add(number), ..Options::brisk() };
            all.push(Connected::new(world, simulated, options.with_script(Script::Manual)).await);
        }
        Self { all, timer }
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    pub(super) fn provider(&self, centre: usize) -> Provider {
        self.all[centre].centre.provider()
    }

    pub(super) fn desk(&self, centre: usize) -> &Handle<dyn Control> {
        self.all[centre].centre.desk()
    }

    pub(super) fn conversation(&self, centre: usize, contact_key: &str) -> Option<Conversation> {
        self.desk(centre).conversation(contact_key)
    }

    pub(super) fn pass(&self, time: Duration) {
        self.timer.advance(time);
    }

    /// Waits until no callback is on its way any more.
    pub(super) async fn quiet(&self) {
        for connected in &self.all {
            connected.centre.desk().quiet().await;
        }
    }

    /// What came over the partner buses since the last time.
    pub(super) fn told(&mut self) -> Vec<Value> {
        let receivers = self.all.iter_mut().filter_map(|connected| connected.told.as_mut());
        let mut told = Vec::new();
        for receiver in receivers {
            while let Ok(event) = receiver.try_recv() {
                told.push(event);
            }
        }
        told
    }

    /// From now on it answers nothing but this, or as usual.
    pub(super) fn set_down(&mut self, centre: usize, down: Option<RequestFault>) {
        self.all[centre].down = down;
        self.calm(centre);
    }

    /// Whether a text is sent again after an answer that leaves open whether it was taken, such as 503.
    pub(super) fn resends(&self, centre: usize) -> bool {
        [GENESYS, SALESFORCE].contains(&self.provider(centre))
    }

    /// Whether somebody can be asked about an end that was not told. Of Salesforce's own channel no call is documented
    /// that would tell (`docs/contracts/salesforce.md`): there a session lasts until its expiry, and a call until somebody ends it who is told of its silence.
    pub(super) fn can_be_asked(&self, centre: usize) -> bool {
        self.provider(centre) != SALESFORCE
    }

    pub(super) fn is_down(&self, centre: usize) -> bool {
        self.all[centre].down.is_some()
    }

    /// Something goes wrong with one of the next calls.
    pub(super) fn disturb(&self, centre: usize, dice: &mut Dice) {
        let fault = match dice.index(8) {
            0 => RequestFault::Close { taken: Taken::Yes },
            1 => RequestFault::Close { taken: Taken::No },
            2 => RequestFault::Status { status: 503, retry_after: None, taken: Taken::Yes },
            3 => RequestFault::Status { status: 503, retry_after: None, taken: Taken::No },
            4 => RequestFault::Status { status: 429, retry_after: Some(1), taken: Taken::No },
            5 => RequestFault::Status { status: 429, retry_after: None, taken: Taken::No },
            // At Five9 a refused token is the end of the conversation (`on401`), which its simulator does not play.
            6 if self.provider(centre) != FIVE9 => RequestFault::RevokeTokens,
            _ => RequestFault::MalformedBody,
        };
        let skip = u32::try_from(dice.index(3)).unwrap();
        self.desk(centre).faults([Fault::Request { operation: None, skip, times: 1, fault }]);
    }

    /// Nothing goes wrong any more but an outage that lasts.
    pub(super) fn calm(&self, centre: usize) {
        let Connected { centre, down, .. } = &self.all[centre];
        centre.desk().clear_faults();
        let lasting =
            down.iter().map(|fault| Fault::Request { operation: None, skip: 0, times: u32::MAX, fault: fault.clone() });
        centre.desk().faults(lasting);
    }
}

impl Connected {
    async fn new(world: &World, simulated: &Simulated, options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bus = Arc::new(EventBridgeHttp::new(world.aws_url()).unwrap());
        let centre = (simulated.start)(Site { listener, bus, options }).unwrap();
        let way = FaultProxy::start(centre.desk().base_url(), world.faults.clone()).await;
        let told = centre.partner_source().map(|source| {
            world.bus().create_bus(source);
            world.bus().subscribe(Rule::every(source)).unwrap()
        });
        let integration = centre.integration().to_string().replace(centre.desk().base_url(), &way.url());
        let mut integration: Value = serde_json::from_str(&integration).unwrap();
        if centre.provider() == SERVICENOW {
            // Its default doubles a text whose answer was lost: repetitions are ignored for a while only.
            integration["settings"]["resendAmbiguousMessages"] = json!(false);
            // Its default leaves nobody who could be asked about an end whose callback was lost.
            integration["settings"]["tableLookup"] = json!(true);
        }
        if centre.provider() == SMARTASSIST {
            // Its default asks by an id that only the relay tells, which may be what was lost.
            integration["settings"]["sessionLookup"] = json!("list_match");
            integration["settings"]["sessionMatchPointer"] = json!("/customData/transferId");
        }
        put(world, &format!("integrations/{}", centre.provider()), &integration).await;
        let connected = Self { centre, told, down: None, _way: way };
        connected.tell(world).await;
        connected
    }

    /// Where its callbacks go, and what proves them.
    async fn tell(&self, world: &World) {
        let service = &world.steady().service;
        let provider = self.centre.provider();
        let project = ProjectId::new(PROJECT).unwrap();
        let integration = service.store.integration(&project, provider).await.unwrap().unwrap();
        let kept = service.secrets.get(&integration).await.unwrap();
        let shown = ApiRequest::of("GET /v1/projects/{projectId}/integrations/{provider}")
            .parameter("provider", provider.as_str())
            .build();
        let shown = answer_of(settings::handle(service, &Adapters::inbound(), shown).await).body;
        let text = |name: &str| shown[name].as_str().unwrap_or_default().to_owned();
        let desk = self.centre.desk();
        let first = |all: &[secrecy::SecretString]| {
            all.first().map(|secret| secret.expose_secret().to_owned()).unwrap_or_default()
        };
        let url = text("webhookUrl").replace("{secret}", &first(&kept.path_secrets));
        desk.set_webhook(&url, &first(&kept.signing_secrets));
        desk.set_relay(&text("relayUrl"), &first(&kept.relay_secrets));
    }
}

/// Sets something of the project's.
pub(super) async fn put(world: &World, what: &str, body: &Value) {
    let request = match what.split_once('/') {
        Some(("integrations", provider)) => {
            ApiRequest::of("PUT /v1/projects/{projectId}/integrations/{provider}").parameter("provider", provider)
        }
        _ => ApiRequest::of("PUT /v1/projects/{projectId}/settings/agent-transfer"),
    };
    let service = &world.steady().service;
    let answer = answer_of(settings::handle(service, &Adapters::inbound(), request.json(body).build()).await);
    assert!(matches!(answer.status, 200 | 201), "{what}: {}", answer.body);
}

/// What the project of a simulation sets: ended sessions are kept for longer than a simulation lasts.
pub(super) fn project_settings() -> Value {
    json!({
        "sessionLifecycle": {
            "ttlMinutes": { "chat": 30, "messaging": 30, "email": 120, "campaign": 60, "voice": 0 },
            "endedRetentionMinutes": 20 * 24 * 60,
            "limits": { "queuedMinutes": 50 },
        },
    })
}
