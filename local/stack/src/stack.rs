//! The whole service in one process.

use std::sync::Arc;
use std::time::Duration;

use aws_loopback::{AwsLoopback, QueueHandle};
use chrono::{DateTime, Utc};
use serde_json::Value;
use simulators::bus::EventBridgeHttp;
use simulators::{Control, Handle};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;
use transfer_aws::Service;
use transfer_domain::{Clock as _, Provider};

use crate::background;
use crate::centres::{Centre, Connected, Site};
use crate::clock::TestClock;
use crate::database::Database;
use crate::docs;
use crate::error::StackError;
use crate::forward;
use crate::gateway::Gateway;
use crate::listen;
use crate::options::{Driving, StackOptions};
use crate::progress::Progress;
use crate::recent;
use crate::routes::{RouteTable, TEMPLATE};
use crate::servers::Servers;
use crate::setup::DEMO_PROJECT;
use crate::stream::{Step, StreamDelivery, StreamDriver};
use crate::wiring::{self, Wiring};

/// How often the stream may hand over the same records in vain before [`Stack::settle`] gives up.
const MAX_ATTEMPTS: u32 = 20;
/// How often everything may move before [`Stack::settle`] takes it for a circle.
const MAX_ROUNDS: usize = 10_000;
/// How far the port of EventBridge, SQS and Secrets Manager is from the API's.
pub(crate) const AWS: u16 = 2;
/// How far the port of the first contact centre is from the API's.
const FIRST_CENTRE: u16 = 3;
/// How long the end of requests and invocations is waited for at a shutdown.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// A running stack: gateway, functions, table, stream, queues, bus, secrets, contact centres.
#[derive(Debug)]
pub struct Stack {
    base_url: String,
    endpoint: String,
    clock: TestClock,
    timer: simulators::Timer,
    database: Database,
    loopback: AwsLoopback,
    wiring: Wiring,
    stream: Arc<Mutex<StreamDriver>>,
    watch: bool,
    /// When it was looked last for what comes due.
    looked_at: Mutex<Option<DateTime<Utc>>>,
    clock_moved: Arc<Notify>,
    centres: Vec<Centre>,
    connected: Vec<Connected>,
    progress: Progress,
    servers: Servers,
    background: JoinSet<()>,
}

impl Stack {
    /// Starts everything, in the order in which one part needs another.
    pub async fn start(options: StackOptions) -> Result<Self, StackError> {
        let routes = RouteTable::from_template(TEMPLATE)?;
        let gateway = listen::on(options.listen, options.port).await?;
        let base_url = listen::url(&gateway)?;
        let port = options.port;
        let aws = Self::aws_listener(&options).await?;
        let endpoint = listen::url(&aws)?;
        let listener = listen::near(options.listen, port, 1).await?;
        let database = Database::open(&options.storage, Arc::new(options.clock.clone()), listener).await?;
        let loopback = wiring::loopback(&options, &database)?;
        let progress = Progress::default();
        let centres = Self::start_centres(&options, &endpoint).await?;
        let (wiring, stream) = Wiring::new(&options, &centres, &database, &loopback, &base_url, &endpoint, &progress)?;
        let api = Gateway::new(routes, wiring.functions.clone(), progress.clone()).router();
        let recent = recent::router(loopback.event_bridge().clone(), &endpoint, &wiring.service.config.event_bus);
        let simulators = forward::router(&centres).map_err(simulators::StartError::from)?;
        let api = docs::router().merge(recent).merge(simulators).merge(api);
        let servers = Servers::start(gateway, api, aws, &loopback);
        for source in centres.iter().filter_map(Centre::partner_source) {
            wiring.add_partner_source(&loopback, source)?;
        }
        let mut stack = Self {
            base_url,
            endpoint,
            clock: options.clock,
            timer: options.simulators.timer,
            database,
            loopback,
            wiring,
            stream: Arc::new(Mutex::new(stream)),
            watch: options.watch,
            looked_at: Mutex::default(),
            clock_moved: Arc::default(),
            centres,
            connected: Vec::new(),
            progress,
            servers,
            background: JoinSet::new(),
        };
        if options.demo {
            stack.connected = stack.connect(DEMO_PROJECT).await?;
            if let Some(first) = stack.connected.first().map(|connected| connected.provider) {
                stack.default_provider(DEMO_PROJECT, first).await?;
            }
        }
        if let Driving::Background { sweep } = options.driving {
            stack.start_background(sweep);
        }
        Ok(stack)
    }

    async fn aws_listener(options: &StackOptions) -> Result<TcpListener, StackError> {
        let Some(port) = options.aws_port else { return listen::near(options.listen, options.port, AWS).await };
        match listen::on(options.listen, port).await {
            Err(StackError::PortInUse { port }) => Err(StackError::AwsPortInUse { port }),
            opened => opened,
        }
    }

    async fn start_centres(options: &StackOptions, bus: &str) -> Result<Vec<Centre>, StackError> {
        let bus = Arc::new(EventBridgeHttp::new(bus).map_err(simulators::StartError::from)?);
        let mut centres = Vec::new();
        for (simulated, offset) in options.centres.iter().zip(FIRST_CENTRE..) {
            let listener = listen::near(listen::among_ourselves(options.listen), options.port, offset).await?;
            let site = Site { listener, bus: Arc::clone(&bus), options: options.simulators.clone() };
            centres.push((simulated.start)(site)?);
        }
        Ok(centres)
    }

    fn start_background(&mut self, sweep: Duration) {
        self.background.spawn(background::follow_stream(Arc::clone(&self.stream), self.progress.clone()));
        for mapping in self.wiring.mappings() {
            self.background.spawn(Arc::clone(mapping).follow());
        }
        if self.watch {
            let clock_moved = Arc::clone(&self.clock_moved);
            let look_ahead = background::look_ahead(self.wiring.watch.clone(), clock_moved, self.progress.clone());
            self.background.spawn(look_ahead);
        }
        if let Some(embedded) = &self.database.embedded {
            self.background.spawn(background::sweep(Arc::clone(embedded), sweep, self.progress.clone()));
        }
    }

    /// The API's address, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The address of EventBridge, SQS and Secrets Manager.
    pub fn aws_endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The address of DynamoDB and its streams.
    pub fn dynamodb_endpoint(&self) -> &str {
        &self.database.endpoint
    }

    /// A client of the table's database.
    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        &self.database.client
    }

    /// What the functions work with; the caches are theirs.
    pub fn service(&self) -> &Service {
        &self.wiring.service
    }

    /// The clock of everything but the simulators.
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// The count of everything that moved.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// EventBridge, SQS and Secrets Manager, with their faults and records.
    pub fn loopback(&self) -> &AwsLoopback {
        &self.loopback
    }

    /// The events of all buses so far, oldest first.
    pub fn recorded_events(&self) -> Vec<Value> {
        self.loopback.event_bridge().recorded_events()
    }

    /// Where commands wait for `deliver`.
    pub fn commands(&self) -> &QueueHandle {
        self.wiring.commands.queue()
    }

    /// Where commands are that were given up.
    pub fn dead_commands(&self) -> &QueueHandle {
        &self.wiring.dead_commands
    }

    /// Where ticks wait for their sessions to come due.
    pub fn ticks(&self) -> &QueueHandle {
        self.wiring.ticks.queue()
    }

    /// Where stream records are that could not be read.
    pub fn parked_records(&self) -> &QueueHandle {
        &self.wiring.parked_records
    }

    /// The contact centres.
    pub fn centres(&self) -> &[Centre] {
        &self.centres
    }

    /// The contact centre of a provider, if it was started.
    pub fn centre(&self, provider: Provider) -> Option<&Centre> {
        self.centres.iter().find(|centre| centre.provider() == provider)
    }

    /// The simulator of a provider, if it was started.
    pub fn desk(&self, provider: Provider) -> Option<&Handle<dyn Control>> {
        self.centre(provider).map(Centre::desk)
    }

    /// What the providers of the project `demo` were told.
    pub fn connected(&self) -> &[Connected] {
        &self.connected
    }

    /// Lets the events of a further partner event source come in.
    pub fn add_partner_source(&self, source: &str) -> Result<(), StackError> {
        Ok(self.wiring.add_partner_source(&self.loopback, source)?)
    }

    /// Moves the clock forward, the contact centres' too, and wakes everything that waits for time. Nothing is removed
    /// by it alone: see [`Stack::sweep_expired`].
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.timer.advance(by);
        self.loopback.time_changed();
        self.clock_moved.notify_one();
    }

    /// Whether [`Stack::sweep_expired`] removes anything: a database elsewhere has its own clock.
    pub fn sweeps(&self) -> bool {
        self.database.embedded.is_some()
    }

    /// Removes what has expired, as DynamoDB's TTL does in its own time; tells how many items went. A database
    /// elsewhere does it by itself.
    pub async fn sweep_expired(&self) -> Result<usize, StackError> {
        let Some(embedded) = &self.database.embedded else { return Ok(0) };
        let mut swept = 0;
        // A sweep may leave what was written while it was under way to the next one.
        loop {
            let more = embedded.sweep_expired().await?;
            if more == 0 {
                break;
            }
            swept += more;
        }
        self.progress.note();
        Ok(swept)
    }

    /// How the stream is handed over from the next batch on, and the most records of one (1 to 100).
    pub async fn disturb_stream(&self, delivery: StreamDelivery, batch_size: usize) {
        self.stream.lock().await.disturb(delivery, batch_size);
    }

    /// Hands over everything that the stream still holds once more.
    pub async fn redeliver_stream(&self) -> Result<(), StackError> {
        Ok(self.stream.lock().await.redeliver_all()?)
    }

    /// Looks for what comes due within the next minute, unless it did since the clock was moved: what becomes due by a
    /// change meanwhile is told by the stream.
    async fn look_ahead(&self) -> Result<(), StackError> {
        let now = self.clock.now();
        let mut looked_at = self.looked_at.lock().await;
        if self.watch && *looked_at != Some(now) {
            watch::handle(&self.wiring.watch, background::LOOK_TAKES).await?;
            *looked_at = Some(now);
        }
        Ok(())
    }

    /// Moves on whatever can move, until everything is quiet: what is due, stream, commands, events, contact centres.
    /// What waits for the clock keeps waiting.
    pub async fn settle(&self) -> Result<(), StackError> {
        self.look_ahead().await?;
        let mut read_until = None;
        for _ in 0..MAX_ROUNDS {
            let before = self.progress.count();
            for centre in &self.centres {
                centre.desk().quiet().await;
            }
            if read_until != Some(self.progress.count()) {
                read_until = Some(self.drain_stream().await?);
            }
            for mapping in self.wiring.mappings() {
                mapping.drain().await?;
            }
            if self.progress.count() == before {
                return Ok(());
            }
        }
        Err(StackError::Unsettled("everything moves in a circle"))
    }

    /// Tells the count of what had moved before the stream was found empty: until more moves, it stays so.
    async fn drain_stream(&self) -> Result<u64, StackError> {
        let mut stream = self.stream.lock().await;
        loop {
            let moved = self.progress.count();
            match stream.step().await? {
                Step::Idle => return Ok(moved),
                Step::Progressed => self.progress.note(),
                Step::Failed { attempts } if attempts < MAX_ATTEMPTS => {}
                Step::Failed { .. } => return Err(StackError::Unsettled("the stream is handed over in vain")),
            }
        }
    }

    /// Stops everything: first what comes in, then what moves, then what is written to.
    pub async fn shutdown(mut self) -> Result<(), StackError> {
        for centre in self.centres.drain(..) {
            centre.shutdown().await;
        }
        self.servers.stop_api().await;
        self.background.shutdown().await;
        for mapping in self.wiring.mappings() {
            if tokio::time::timeout(SHUTDOWN, mapping.idle()).await.is_err() {
                tracing::warn!(queue = mapping.queue().name(), "an invocation was not waited for any longer");
            }
        }
        self.servers.stop_aws().await;
        match self.database.embedded.and_then(Arc::into_inner) {
            Some(embedded) => Ok(embedded.shutdown().await?),
            None => Ok(()),
        }
    }
}
