//! What outlives a process, and processes in it.

use std::sync::{Arc, OnceLock};

use aws_loopback::{AwsLoopback, DeduplicationScope, EventBridge, QueueHandle, QueueKind, QueueSettings, Redrive};
use deliver::Deliver;
use event_deliveries::Deliveries;
use notify::Notify;
use relay_changes::Relay;
use test_database::TestDatabase;
use test_integration::Tester;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use transfer_app::CallLimit;
use transfer_aws::commands::Commands;
use transfer_aws::{Config, SdkConfig, SecretStore, Service};
use transfer_domain::{Clock, Integration, ProjectId, Provider, SecretsInUse, TokenForm};
use transfer_providers::{Adapters, HostPolicy, IntegrationSecrets, ProviderClient};
use transfer_store::{PutIntegration, Stage};
use watch::Watch;

use super::{ApiRequest, Centre, Feed, TestClock, TestIds, answer_of, clients};
use crate::fault_proxy::{FaultProxy, Faults};

/// The project of every world.
pub const PROJECT: &str = "demo";
/// The table.
pub const TABLE: &str = "transfers";
/// The queue between `relay-changes` and `deliver`.
pub const COMMAND_QUEUE: &str = "commands.fifo";
/// Where ticks wait for their sessions to come due.
pub const TICK_QUEUE: &str = "ticks";
/// Where events wait for the endpoints of their projects.
pub const NOTICE_QUEUE: &str = "notices.fifo";
/// Where unreadable stream records are set aside.
pub const PARKED_QUEUE: &str = "parked-records";
/// The secret in webhook paths.
pub const PATH_SECRET: &str = "path-secret-for-tests-0000000000000000000001";
/// The documented secret of Genesys' test vector.
pub const GENESYS_SECRET: &str = "genesys-test-secret-0001";
/// The documented secret of the relay's test vector.
pub const RELAY_SECRET: &str = "whsec_aGFuZG9mZi1yZWxheS10ZXN0LXNlY3JldC0wMDAwMDE=";

/// The bus.
pub const BUS: &str = "transfers";
/// Where commands are set aside that came too often.
pub const DEAD_LETTERS: &str = "commands-dead.fifo";
const MAX_RECEIVES: u32 = 1000;

/// Everything that outlives a process.
#[derive(Debug)]
pub struct World {
    /// Time, for everything but the simulator.
    pub clock: Arc<TestClock>,
    /// What goes wrong between processes and everything else, and the count of their I/O.
    pub faults: Faults,
    /// Bus, queues and secrets.
    pub aws: AwsLoopback,
    /// The contact centre.
    pub centre: Centre,
    /// The integration of the contact centre.
    pub integration: Integration,
    /// The table, by an undisturbed client.
    pub table: aws_sdk_dynamodb::Client,
    /// The table's stream.
    pub feed: Mutex<Feed>,
    steady: OnceLock<Process>,
    ids: Arc<TestIds>,
    database: TestDatabase,
    to_dynamodb: FaultProxy,
    to_aws: FaultProxy,
    aws_url: String,
    public_base_url: String,
    to_centre: FaultProxy,
    _serving: JoinSet<()>,
}

/// What a freshly started function has in memory: clients, caches and tokens.
#[derive(Debug)]
pub struct Process {
    /// For the functions that need nothing else.
    pub service: Service,
    /// `relay-changes`.
    pub relay: Relay,
    /// `watch`.
    pub watch: Watch,
    queue: aws_sdk_sqs::Client,
    deliver: OnceLock<Deliver>,
}

impl Process {
    /// The queue of commands.
    pub fn commands(&self) -> Commands {
        Commands::new(self.queue.clone(), &self.service.config.command_queue_url)
    }

    /// `event-deliveries`.
    pub fn deliveries(&self) -> Deliveries {
        Deliveries::new(self.service.clone(), self.queue.clone())
    }

    /// `notify`.
    pub fn notify(&self) -> Notify {
        let caller = ProviderClient::new(HostPolicy::Simulated, ProviderClient::DEFAULT_TIMEOUT);
        Notify::new(self.service.clone(), caller, self.queue.clone())
    }

    /// `test-integration`.
    pub fn tester(&self) -> Tester {
        let caller = ProviderClient::new(HostPolicy::Simulated, ProviderClient::DEFAULT_TIMEOUT);
        Tester::new(self.service.clone(), Adapters::outbound(), caller)
    }

    /// `deliver`; made when it is first asked for, because its HTTP client is dear.
    pub fn deliver(&self) -> &Deliver {
        self.deliver.get_or_init(|| {
            let caller = ProviderClient::new(HostPolicy::Simulated, ProviderClient::DEFAULT_TIMEOUT);
            Deliver::new(self.service.clone(), Adapters::outbound(), caller, self.queue.clone())
        })
    }
}

impl World {
    /// A world with an integration of one provider.
    pub async fn start(provider: Provider) -> Self {
        Box::pin(Self::start_at(provider, "https://api.example.com")).await
    }

    /// The same, with callbacks going to an address.
    pub async fn start_at(provider: Provider, public_base_url: &str) -> Self {
        let clock = Arc::new(TestClock::default());
        let faults = Faults::new();
        let database = TestDatabase::start(clock.clone(), TABLE).await;
        let sdk = clients::config(&database.endpoint(), database.credentials());
        let table = aws_sdk_dynamodb::Client::new(&sdk);
        let described = table.describe_table().table_name(TABLE).send().await.unwrap();
        let stream_arn = described.table.and_then(|table| table.latest_stream_arn).unwrap();
        let streams = aws_sdk_dynamodbstreams::Client::new(&sdk);
        let mut serving = JoinSet::new();
        let (aws, aws_url) = serve_aws(&clock, &mut serving).await;
        let centre = Centre::start(provider).await;
        let to_centre = FaultProxy::start(centre.base_url(), faults.clone()).await;
        let project_id = ProjectId::new(PROJECT).unwrap();
        let mut world = Self {
            to_dynamodb: FaultProxy::start(&database.endpoint(), faults.clone()).await,
            to_aws: FaultProxy::start(&aws_url, faults.clone()).await,
            aws_url,
            public_base_url: public_base_url.to_owned(),
            feed: Mutex::new(Feed::new(streams, stream_arn)),
            steady: OnceLock::new(),
            ids: Arc::default(),
            integration: placeholder(project_id, provider, &*clock),
            _serving: serving,
            clock,
            faults,
            aws,
            centre,
            table,
            database,
            to_centre,
        };
        world.integration = world.connect(&world.to_centre.url()).await;
        world.feed.lock().await.skip().await;
        world.faults.clear();
        world
    }

    /// Starts a process: nothing cached, no token, no connection.
    pub fn process(&self) -> Process {
        self.process_at(&self.to_dynamodb.url(), &self.to_aws.url())
    }

    /// A process that goes on running, for whatever is not what a test looks at: nothing happens to its calls of AWS.
    pub fn steady(&self) -> &Process {
        self.steady.get_or_init(|| self.undisturbed())
    }

    /// A process of its own to whose calls of AWS nothing happens.
    pub fn undisturbed(&self) -> Process {
        self.process_at(&self.database.endpoint(), &self.aws_url)
    }

    /// The address of bus, queues and secrets, past all faults.
    pub fn aws_url(&self) -> &str {
        &self.aws_url
    }

    fn process_at(&self, dynamodb: &str, aws: &str) -> Process {
        let service = self.service_at(&clients::config(dynamodb, self.database.credentials()), aws);
        let aws = clients::config(aws, clients::local());
        let queue = aws_sdk_sqs::Client::new(&aws);
        Process {
            relay: Relay::new(service.clone(), aws_sdk_eventbridge::Client::new(&aws), queue.clone()),
            watch: Watch::new(service.clone(), queue.clone()),
            service,
            queue,
            deliver: OnceLock::new(),
        }
    }

    /// What the functions that call no provider need of a process.
    pub fn service(&self) -> Service {
        let sdk = clients::config(&self.to_dynamodb.url(), self.database.credentials());
        self.service_at(&sdk, &self.to_aws.url())
    }

    /// As [`Self::service`], with the SDK's own retries on the table's calls, as in production.
    pub fn retrying_service(&self) -> Service {
        let sdk = clients::retrying_config(&self.to_dynamodb.url(), self.database.credentials());
        self.service_at(&sdk, &self.to_aws.url())
    }

    /// A client of Secrets Manager to which nothing happens.
    pub fn secrets_client(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&clients::config(&self.aws_url, clients::local()))
    }

    fn service_at(&self, table: &SdkConfig, aws: &str) -> Service {
        let dynamodb = aws_sdk_dynamodb::Client::new(table);
        let secrets = aws_sdk_secretsmanager::Client::new(&clients::config(aws, clients::local()));
        let config = config(aws, &self.public_base_url);
        let secrets = Arc::new(SecretStore::new(move || secrets, &config, self.clock.clone()));
        Service::new(config, dynamodb, secrets, self.clock.clone(), self.ids.clone()).measured()
    }

    /// The environment of a deployed function that works in this world.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let Config {
            table,
            event_bus,
            command_queue_url,
            notice_queue_url,
            tick_queue_url,
            parked_records_queue_url,
            secrets_prefix,
            public_base_url,
            tokens,
            console_sign_in: _,
            host_policy: _,
            stage,
            max_receives: _,
            secrets_key_arn: _,
            callback_limit: _,
            xray_daemon: _,
        } = config(&self.aws_url, &self.public_base_url);
        let credentials = self.database.credentials();
        vec![
            ("TABLE_NAME", table),
            ("EVENT_BUS_NAME", event_bus),
            ("COMMAND_QUEUE_URL", command_queue_url),
            ("NOTICE_QUEUE_URL", notice_queue_url),
            ("TICK_QUEUE_URL", tick_queue_url),
            ("PARKED_RECORDS_QUEUE_URL", parked_records_queue_url),
            ("SECRETS_PREFIX", secrets_prefix),
            ("PUBLIC_BASE_URL", public_base_url),
            ("STAGE", stage),
            ("PROJECT_CLAIM", tokens.project_claim),
            ("SCOPE_PREFIX", tokens.scope_prefix),
            ("PROVIDER_HOSTS", "simulated".to_owned()),
            ("AWS_REGION", "local".to_owned()),
            ("AWS_ACCESS_KEY_ID", credentials.access_key_id().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key().to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.database.endpoint()),
            ("AWS_ENDPOINT_URL", self.aws_url.clone()),
        ]
    }

    /// The bus.
    pub fn bus(&self) -> &EventBridge {
        self.aws.event_bridge()
    }

    /// A queue.
    pub fn queue(&self, name: &str) -> QueueHandle {
        self.aws.sqs().queue(name).unwrap()
    }

    /// Removes what has expired, as DynamoDB does some time later. Only an embedded database does it when it is asked.
    pub async fn sweep(&self) -> usize {
        self.database.sweep_expired().await
    }

    /// Makes the integration as an operator does, then gives it the id and the secrets that samples and vectors are made
    /// with.
    async fn connect(&self, base_url: &str) -> Integration {
        let provider = self.centre.provider();
        let request = ApiRequest::of("PUT /v1/projects/{projectId}/integrations/{provider}")
            .parameter("provider", provider.as_str())
            .json(&self.centre.integration(base_url));
        let service = self.service();
        let adapters = Adapters::inbound();
        let adapter = adapters.get(provider).unwrap();
        let answer = answer_of(settings::handle(&service, &adapters, request.build()).await);
        assert_eq!(answer.status, 201, "{}", answer.body);
        let project = ProjectId::new(PROJECT).unwrap();
        let integration = service.store.integration(&project, provider).await.unwrap().unwrap();
        let made = service.secrets.get(&integration).await.unwrap();
        let secrets = IntegrationSecrets {
            credentials: made.credentials.clone(),
            path_secrets: vec![PATH_SECRET.into()],
            signing_secrets: vec![GENESYS_SECRET.into()],
            relay_secrets: vec![RELAY_SECRET.into()],
        };
        let secrets = adapter.halves(&integration.settings, &secrets);
        let version = service.ids.transfer_id(service.now()).to_string();
        let known = Integration {
            integration_id: transfer_app::new_integration_id(&format!("{PROJECT}/{provider}")).unwrap(),
            secrets: SecretsInUse::default().followed_by(version),
            ..integration.clone()
        };
        service.secrets.write(Stage::Preparing, &known, &secrets).await.unwrap();
        let stored = service.store.put_integration(&known, Some(known.version)).await.unwrap();
        let PutIntegration::Stored { version } = stored else { panic!("{stored:?}") };
        service.secrets.delete(&project, &integration.integration_id).await.unwrap();
        Integration { version, ..known }
    }
}

fn config(aws: &str, public_base_url: &str) -> Config {
    let queue = |name: &str| format!("{aws}/{}/{name}", aws_loopback::ACCOUNT);
    Config {
        table: TABLE.to_owned(),
        event_bus: BUS.to_owned(),
        command_queue_url: queue(COMMAND_QUEUE),
        notice_queue_url: queue(NOTICE_QUEUE),
        tick_queue_url: queue(TICK_QUEUE),
        parked_records_queue_url: queue(PARKED_QUEUE),
        secrets_prefix: "agent-transfer".to_owned(),
        public_base_url: public_base_url.to_owned(),
        tokens: TokenForm { project_claim: "projects".to_owned(), ..TokenForm::default() },
        console_sign_in: None,
        host_policy: HostPolicy::Simulated,
        secrets_key_arn: None,
        // Time stands still in most tests, and no bucket fills.
        callback_limit: CallLimit { rate: 100, burst: 10_000 },
        max_receives: 0,
        stage: "test".to_owned(),
        xray_daemon: None,
    }
}

async fn serve_aws(clock: &Arc<TestClock>, serving: &mut JoinSet<()>) -> (AwsLoopback, String) {
    let now = clock.clone();
    let aws = AwsLoopback::new(Arc::new(move || now.now()));
    aws.event_bridge().create_bus(BUS);
    let fifo = |redrive| QueueSettings {
        visibility_timeout: 60,
        deduplication_scope: DeduplicationScope::MessageGroup,
        redrive,
        ..QueueSettings::new(QueueKind::Fifo)
    };
    let dead_letters = Redrive { dead_letter_queue: DEAD_LETTERS.to_owned(), max_receive_count: MAX_RECEIVES };
    aws.sqs().declare(DEAD_LETTERS, fifo(None)).unwrap();
    aws.sqs().declare(COMMAND_QUEUE, fifo(Some(dead_letters))).unwrap();
    aws.sqs().declare(NOTICE_QUEUE, fifo(None)).unwrap();
    aws.sqs().declare(TICK_QUEUE, QueueSettings::new(QueueKind::Standard)).unwrap();
    aws.sqs().declare(PARKED_QUEUE, QueueSettings::new(QueueKind::Standard)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = aws.clone();
    serving.spawn(async move { served.serve(listener, std::future::pending()).await.unwrap() });
    (aws, url)
}

/// Stands in until the real one is made.
fn placeholder(project_id: ProjectId, provider: Provider, clock: &dyn Clock) -> Integration {
    Integration {
        project_id,
        integration_id: transfer_domain::IntegrationId::new("none").unwrap(),
        provider,
        settings: serde_json::Map::new(),
        partner_source: None,
        hears: transfer_domain::Hears::default(),
        timers: transfer_domain::Timers::default(),
        targets: Vec::new(),
        created_at: clock.now(),
        updated_at: clock.now(),
        version: 0,
        secrets: transfer_domain::SecretsInUse::default(),
    }
}
