//! Queues, rules and functions, wired as the template wires them.

use std::sync::Arc;

use aws_loopback::{AwsError, AwsLoopback, DeduplicationScope, QueueHandle, QueueKind, QueueSettings, Redrive, Rule};
use event_deliveries::Deliveries;
use notify::Notify;
use serde_json::json;
use serve_console::{Console, Offer, SimulatorRecord};
use test_integration::Tester;
use transfer_aws::commands::Commands;
use transfer_aws::{RandomIds, SecretStore, Service};
use transfer_domain::{Clock, ProjectId};
use transfer_providers::ProviderClient;
use watch::Watch;

use crate::aws;
use crate::centres::Centre;
use crate::consumers::QueueFunction;
use crate::database::Database;
use crate::error::StackError;
use crate::forward;
use crate::gateway::Functions;
use crate::kept::Kept;
use crate::mapping::QueueMapping;
use crate::options::StackOptions;
use crate::progress::Progress;
use crate::queues::{QueueNumbers, rule_pattern};
use crate::routes::TEMPLATE;
use crate::setup::DEMO_PROJECT;
use crate::stream::{Checkpoint, StreamDriver};

/// The bus that our events are published to.
const BUS: &str = "agent-transfer";
const COMMANDS: &str = "agent-transfer-commands.fifo";
const DEAD_COMMANDS: &str = "agent-transfer-commands-dead.fifo";
const NOTICES: &str = "agent-transfer-notices.fifo";
const DEAD_NOTICES: &str = "agent-transfer-notices-dead.fifo";
const TICKS: &str = "agent-transfer-ticks";
const DEAD_TICKS: &str = "agent-transfer-ticks-dead";
const INBOX_EVENTS: &str = "agent-transfer-inbox-events";
const PARTNER_EVENTS: &str = "agent-transfer-partner-events";
const DEAD_EVENTS: &str = "agent-transfer-events-dead";
const PARKED_RECORDS: &str = "agent-transfer-parked-records";
/// The template's rule that says which events make the Inbox.
const INBOX_RULE: &str = "InboxRule";
/// What the sources of all partners start with.
const PARTNER_PREFIX: &str = "aws.partner/";

/// Everything behind the gateway.
#[derive(Debug)]
pub(crate) struct Wiring {
    pub(crate) service: Service,
    /// What answers requests.
    pub(crate) functions: Functions,
    pub(crate) commands: Arc<QueueMapping>,
    pub(crate) notices: Arc<QueueMapping>,
    pub(crate) dead_commands: QueueHandle,
    /// What is done each minute.
    pub(crate) watch: Watch,
    pub(crate) ticks: Arc<QueueMapping>,
    pub(crate) parked_records: QueueHandle,
    pub(crate) inbox_events: Arc<QueueMapping>,
    pub(crate) partner_events: Arc<QueueMapping>,
}

/// The services beside DynamoDB, as they were when the process ended last.
pub(crate) fn loopback(options: &StackOptions, database: &Database) -> Result<AwsLoopback, StackError> {
    let clock = options.clock.clone();
    let clock: aws_loopback::Clock = Arc::new(move || clock.now());
    match &database.beside {
        None => Ok(AwsLoopback::new(clock)),
        Some(beside) => AwsLoopback::restore(clock, Arc::new(Kept(Arc::clone(beside))))
            .map_err(|source| StackError::Journal { path: beside.path().display().to_string(), source }),
    }
}

impl Wiring {
    /// `base_url` is the API's address, `endpoint` that of the services beside DynamoDB.
    pub(crate) fn new(
        options: &StackOptions,
        centres: &[Centre],
        database: &Database,
        loopback: &AwsLoopback,
        base_url: &str,
        endpoint: &str,
        progress: &Progress,
    ) -> Result<(Self, StreamDriver), StackError> {
        let sdk = aws::local(endpoint);
        let queues = Queues::declare(loopback)?;
        let config = config(&database.table, base_url, endpoint)?;
        let secrets = aws_sdk_secretsmanager::Client::new(&sdk);
        let clock: Arc<dyn Clock> = Arc::new(options.clock.clone());
        let secrets = Arc::new(SecretStore::new(move || secrets, &config, Arc::clone(&clock)));
        let service = Service::new(config, database.client.clone(), secrets, clock, Arc::new(RandomIds));
        let service = if options.measured { service.measured() } else { service };

        let sqs = aws_sdk_sqs::Client::new(&sdk);
        let events = aws_sdk_eventbridge::Client::new(&sdk);
        let to_commands = Commands::new(sqs.clone(), &service.config.command_queue_url);
        let relay = relay_changes::Relay::new(service.clone(), events, sqs.clone());
        let watch = Watch::new(service.clone(), sqs.clone());
        let caller = ProviderClient::new(service.config.host_policy, options.provider_timeout);
        let functions = Functions {
            service: service.clone(),
            adapters: options.adapters.pure(),
            commands: to_commands,
            tester: Tester::new(service.clone(), options.adapters.clone(), caller.clone()),
            api_caller: mcp::ApiCaller::new()?,
            deliveries: Deliveries::new(service.clone(), sqs.clone()),
            console: Console::new(service.clone(), &offer(options, centres)),
        };
        let notify = Notify::new(service.clone(), caller.clone(), sqs.clone());
        let deliver = deliver::Deliver::new(service.clone(), options.adapters.clone(), caller, sqs);
        let checkpoint = database.beside.clone().map_or_else(|| Ok(Checkpoint::in_memory()), Checkpoint::in_file)?;
        let stream =
            StreamDriver::new(database.streams.clone(), database.stream_arn.clone(), checkpoint, Arc::new(relay));

        let mapping = |fed: &Fed, function: QueueFunction| {
            QueueMapping::new(fed.queue.clone(), fed.batch_size, Arc::new(function), progress.clone())
        };
        let inbox_events = mapping(&queues.inbox_events, QueueFunction::InboxEvents(service.clone()));
        let partner_events =
            mapping(&queues.partner_events, QueueFunction::ProviderEvent(service.clone(), options.adapters.pure()));
        let commands = mapping(&queues.commands, QueueFunction::Deliver(deliver));
        let notices = mapping(&queues.notices, QueueFunction::Notify(notify));
        let ticks = mapping(&queues.ticks, QueueFunction::Tick(service.clone()));
        loopback.event_bridge().create_bus(BUS);
        let ours = Rule::matching(BUS, &rule_pattern(TEMPLATE, INBOX_RULE)?)?;
        loopback.event_bridge().deliver_to(ours, queues.inbox_events.queue)?;
        let (dead_commands, parked_records) = (queues.dead_commands, queues.parked_records);
        let wiring = Self {
            service,
            functions,
            commands,
            notices,
            dead_commands,
            watch,
            ticks,
            parked_records,
            inbox_events,
            partner_events,
        };
        Ok((wiring, stream))
    }

    /// Lets the events of a partner's event source come in. Its bus has the source's name, as in AWS.
    pub(crate) fn add_partner_source(&self, loopback: &AwsLoopback, source: &str) -> Result<(), AwsError> {
        loopback.event_bridge().create_bus(source);
        let rule = Rule::matching(source, &json!({ "source": [{ "prefix": PARTNER_PREFIX }] }))?;
        loopback.event_bridge().deliver_to(rule, self.partner_events.queue().clone())
    }

    pub(crate) fn mappings(&self) -> [&Arc<QueueMapping>; 5] {
        [&self.commands, &self.notices, &self.ticks, &self.inbox_events, &self.partner_events]
    }
}

struct Queues {
    commands: Fed,
    notices: Fed,
    dead_commands: QueueHandle,
    ticks: Fed,
    inbox_events: Fed,
    partner_events: Fed,
    parked_records: QueueHandle,
}

/// A queue that feeds a function.
struct Fed {
    queue: QueueHandle,
    /// The most messages that one invocation gets.
    batch_size: u32,
}

impl Queues {
    fn declare(loopback: &AwsLoopback) -> Result<Self, StackError> {
        let sqs = loopback.sqs();
        let settings = |numbers: QueueNumbers, dead: &str, kind| QueueSettings {
            visibility_timeout: numbers.visibility_timeout,
            redrive: Some(Redrive { dead_letter_queue: dead.to_owned(), max_receive_count: numbers.max_receives }),
            deduplication_scope: DeduplicationScope::MessageGroup,
            ..QueueSettings::new(kind)
        };
        let dead_commands = sqs.declare(DEAD_COMMANDS, QueueSettings::new(QueueKind::Fifo))?;
        let fifo = |name: &str, dead: &str, resource: &str| {
            let numbers = QueueNumbers::from_template(TEMPLATE, resource)?;
            let queue = sqs.declare(name, settings(numbers, dead, QueueKind::Fifo))?;
            Ok::<_, StackError>(Fed { queue, batch_size: numbers.batch_size })
        };
        sqs.declare(DEAD_NOTICES, QueueSettings::new(QueueKind::Fifo))?;
        sqs.declare(DEAD_EVENTS, QueueSettings::new(QueueKind::Standard))?;
        sqs.declare(DEAD_TICKS, QueueSettings::new(QueueKind::Standard))?;
        let standard = |name: &str, dead: &str, resource: &str| {
            let numbers = QueueNumbers::from_template(TEMPLATE, resource)?;
            let queue = sqs.declare(name, settings(numbers, dead, QueueKind::Standard))?;
            Ok::<_, StackError>(Fed { queue, batch_size: numbers.batch_size })
        };
        Ok(Self {
            dead_commands,
            commands: fifo(COMMANDS, DEAD_COMMANDS, "CommandQueue")?,
            notices: fifo(NOTICES, DEAD_NOTICES, "NoticeQueue")?,
            ticks: standard(TICKS, DEAD_TICKS, "TickQueue")?,
            inbox_events: standard(INBOX_EVENTS, DEAD_EVENTS, "InboxQueue")?,
            partner_events: standard(PARTNER_EVENTS, DEAD_EVENTS, "PartnerQueue")?,
            parked_records: sqs.declare(PARKED_RECORDS, QueueSettings::new(QueueKind::Standard))?,
        })
    }
}

/// What the console can begin with on this machine.
fn offer(options: &StackOptions, centres: &[Centre]) -> Offer {
    let simulator = |centre: &Centre| SimulatorRecord {
        provider: centre.provider(),
        path: forward::path(centre.provider()),
        integration: centre.integration(),
    };
    let projects = ProjectId::new(DEMO_PROJECT).ok().filter(|_| options.demo);
    Offer { projects: projects.into_iter().collect(), simulators: Some(centres.iter().map(simulator).collect()) }
}

/// The functions' configuration, by the same variables as in the cloud.
fn config(table: &str, base_url: &str, endpoint: &str) -> Result<transfer_aws::Config, transfer_aws::ConfigError> {
    let queue = |name: &str| format!("{endpoint}/{}/{name}", aws_loopback::ACCOUNT);
    transfer_aws::Config::read(|name| match name {
        "TABLE_NAME" => Some(table.to_owned()),
        "EVENT_BUS_NAME" => Some(BUS.to_owned()),
        "COMMAND_QUEUE_URL" => Some(queue(COMMANDS)),
        "NOTICE_QUEUE_URL" => Some(queue(NOTICES)),
        "TICK_QUEUE_URL" => Some(queue(TICKS)),
        "PARKED_RECORDS_QUEUE_URL" => Some(queue(PARKED_RECORDS)),
        "PUBLIC_BASE_URL" => Some(base_url.to_owned()),
        "PROVIDER_HOSTS" => Some("simulated".to_owned()),
        _ => None,
    })
}
