//! The scheduler.

use std::collections::VecDeque;
use std::sync::Arc;

use aws_loopback::Rule;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use simulators::{RequestFault, Taken};
use tokio::sync::mpsc::UnboundedReceiver;
use transfer_domain::Clock as _;
use transfer_providers::GENESYS;

use super::agenda::{Agenda, Step};
use super::centres::{self, Centres};
use super::dice::Dice;
use super::figures::Figures;
use super::ledger::{Case, Ledger};
use super::plan::Plan;
use super::post::Post;
use crate::harness::{BUS, COMMAND_QUEUE, Process, TICK_QUEUE, World};

/// How much of the trace is kept.
const TRACE_LINES: usize = 100_000;
/// After so long everything must be at rest.
const LONGEST: TimeDelta = TimeDelta::hours(30);

/// One running simulation.
pub(super) struct Simulation {
    pub(super) plan: Plan,
    pub(super) dice: Dice,
    pub(super) world: World,
    pub(super) centres: Centres,
    pub(super) ledger: Ledger,
    pub(super) figures: Figures,
    /// A process to whose calls of AWS nothing happens.
    pub(super) calm: Arc<Process>,
    /// One to whose calls something may.
    pub(super) fragile: Arc<Process>,
    /// What is wrong.
    pub(super) wrong: Vec<String>,
    agenda: Agenda,
    post: Post,
    bus: UnboundedReceiver<Value>,
    /// Whether the step may have written.
    pub(super) wrote: bool,
    scheduled: Scheduled,
    trace: VecDeque<String>,
}

/// Which deliveries stand in the agenda already.
#[derive(Debug, Default)]
struct Scheduled {
    relays: bool,
    delivers: bool,
    ticks: bool,
}

/// What came of a simulation.
#[derive(Debug)]
pub struct Outcome {
    /// What was measured.
    pub figures: Figures,
    /// What is wrong; nothing should be.
    pub wrong: Vec<String>,
    /// Every step.
    pub trace: Vec<String>,
}

/// Runs one simulation to its end.
pub async fn simulate(plan: Plan) -> Outcome {
    let mut simulation = Box::pin(Simulation::start(plan)).await;
    simulation.play().await;
    if simulation.wrong.is_empty() {
        simulation.check_at_rest().await;
    }
    let Simulation { figures, wrong, trace, .. } = simulation;
    Outcome { figures, wrong, trace: trace.into() }
}

impl Simulation {
    async fn start(plan: Plan) -> Self {
        let post = Post::open().await;
        let world = World::start_at(GENESYS, &post.url).await;
        let now = world.clock.now();
        let centres = Centres::connect(&world, plan.seed, now).await;
        centres::put(&world, "settings", &centres::project_settings()).await;
        world.feed.lock().await.skip().await;
        let bus = world.bus().subscribe(Rule::every(BUS)).unwrap();
        let mut simulation = Self {
            plan,
            dice: Dice::new(plan.seed),
            calm: Arc::new(world.undisturbed()),
            fragile: Arc::new(world.process()),
            world,
            centres,
            ledger: Ledger::default(),
            figures: Figures::default(),
            wrong: Vec::new(),
            agenda: Agenda::default(),
            post,
            bus,
            wrote: false,
            scheduled: Scheduled::default(),
            trace: VecDeque::new(),
        };
        simulation.set_up();
        simulation
    }

    fn set_up(&mut self) {
        let span = self.plan.minutes * 60_000;
        for number in 0..self.plan.sessions {
            let case = Case::random(number, &mut self.dice, &self.plan, self.centres.count());
            self.ledger.cases.push(case);
            let at = self.dice.between(0, span);
            self.later(at, Step::Create { case: number });
        }
        self.later(self.plan.minutes, Step::Watch);
        if self.plan.native_ttl {
            self.later(60_000, Step::Sweep);
        }
        let all = self.centres.count();
        if self.plan.is_one_outage {
            let begins = span + 120_000;
            (0..all).for_each(|centre| self.later(begins, Step::Down { centre, seconds: 300 }));
        } else if self.plan.outages {
            for _ in 0..self.plan.minutes / 20 {
                let (centre, seconds) = (self.dice.index(all), self.dice.between(5, 280));
                let at = self.dice.between(0, span);
                self.later(at, Step::Down { centre, seconds });
            }
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.world.clock.now()
    }

    /// Adds a step after so many milliseconds.
    pub(super) fn later(&mut self, millis: i64, step: Step) {
        let lot = self.dice.number();
        self.agenda.add(self.now().timestamp_millis() + millis, lot, step);
    }

    pub(super) fn trace(&mut self, line: impl AsRef<str>) {
        if self.trace.len() >= TRACE_LINES {
            self.trace.pop_front();
        }
        let line = format!("{} {}", self.now().format("%H:%M:%S%.3f"), line.as_ref());
        self.trace.push_back(line);
    }

    pub(super) fn wrong(&mut self, what: String) {
        self.trace(format!("WRONG {what}"));
        self.wrong.push(what);
    }

    async fn play(&mut self) {
        let until = self.now() + LONGEST;
        while let Some((at, step)) = self.agenda.next() {
            self.come_to(at);
            let is_minute = matches!(step, Step::Watch);
            self.take(step).await;
            self.collect().await;
            self.check_touched().await;
            if !self.wrong.is_empty() {
                return;
            }
            if is_minute && self.agenda.is_idle() && self.is_at_rest().await {
                return;
            }
            if self.now() > until {
                let open = self.unsettled().await;
                return self.wrong(format!("it does not come to rest: {open:?}"));
            }
        }
    }

    fn come_to(&mut self, at: i64) {
        let jump = if self.plan.jumps && self.dice.in_100_000(50) { self.dice.between(1, 45_000) } else { 0 };
        let passed = (at - self.now().timestamp_millis()).max(0) + jump;
        if passed > 0 {
            let passed = TimeDelta::milliseconds(passed);
            self.world.clock.pass(passed);
            self.centres.pass(passed.to_std().unwrap());
        }
    }

    async fn take(&mut self, step: Step) {
        self.wrote = !matches!(step, Step::Human { .. } | Step::Watch | Step::Down { .. } | Step::Up { .. });
        match step {
            Step::Create { case } => self.create(case).await,
            Step::Say { case } => self.say(case).await,
            Step::End { case } => self.end(case).await,
            Step::Human { case } => self.human(case),
            Step::Callback { callback, tries } => self.callback(callback, tries).await,
            Step::Partner { event, tries } => self.partner(event, tries).await,
            Step::Inbox { event, tries } => self.inbox(event, tries).await,
            Step::Relay => {
                self.scheduled.relays = false;
                self.relay().await;
            }
            Step::Stale { case } => self.look_at_stale(case).await,
            Step::Deliver => {
                self.scheduled.delivers = false;
                self.deliver().await;
            }
            Step::Watch => self.watch().await,
            Step::Tick => {
                self.scheduled.ticks = false;
                self.tick().await;
            }
            Step::Sweep => self.sweep().await,
            Step::Down { centre, seconds } => self.down(centre, seconds),
            Step::Up { centre } => {
                self.centres.set_down(centre, None);
                self.trace(format!("{} is up", self.centres.provider(centre)));
            }
        }
    }

    fn down(&mut self, centre: usize, seconds: i64) {
        if !self.centres.is_down(centre) {
            let status = |status, retry_after| RequestFault::Status { status, retry_after, taken: Taken::No };
            let down = match self.dice.index(4) {
                0 => status(429, Some(20)),
                // What must not be sent twice is given up after an answer that leaves open what became of it, and told.
                _ if self.plan.is_one_outage && !self.centres.resends(centre) => status(429, None),
                1 => RequestFault::Close { taken: Taken::No },
                _ => status(503, None),
            };
            self.trace(format!("{} is down for {seconds} s", self.centres.provider(centre)));
            self.centres.set_down(centre, Some(down));
            self.later(seconds * 1000, Step::Up { centre });
        }
    }

    /// Whatever the step brought about is under way now.
    async fn collect(&mut self) {
        self.centres.quiet().await;
        for callback in self.post.collect() {
            self.on_its_way(|tries| Step::Callback { callback: callback.clone(), tries });
        }
        for event in self.centres.told() {
            self.on_its_way(|tries| Step::Partner { event: event.clone(), tries });
        }
        while let Ok(event) = self.bus.try_recv() {
            let now = self.now();
            if let Some(wrong) = self.ledger.events.add(&event, now) {
                self.wrong(wrong);
            }
            if event["detail-type"] == "transfer.stale"
                && let Some(case) = self.ledger.case_of(&event).filter(|case| !self.can_be_asked(*case))
            {
                let delay = self.dice.between(60_000, 600_000);
                self.later(delay, Step::Stale { case });
            }
            if event["detail-type"].as_str().is_some_and(|kind| kind.starts_with("transfer.")) {
                let delay = self.dice.between(20, 500);
                self.later(delay, Step::Inbox { event: event.clone(), tries: 0 });
                if self.dice.percent(3) {
                    let delay = self.dice.between(20, 20_000);
                    self.later(delay, Step::Inbox { event, tries: 0 });
                }
            }
        }
        if self.wrote && !self.scheduled.relays {
            self.scheduled.relays = true;
            let delay = self.dice.between(20, 300);
            self.later(delay, Step::Relay);
        }
        self.schedule_delivery();
        self.schedule_ticks();
    }

    /// What a contact centre tells arrives soon, late, twice, or not at all.
    fn on_its_way(&mut self, step: impl Fn(u32) -> Step) {
        if self.dice.percent(self.plan.lost) {
            self.figures.count("callbacks lost", 1);
            self.trace("a callback is lost");
            return;
        }
        let copies = 1 + usize::from(self.dice.percent(self.plan.mishaps));
        for _ in 0..copies {
            let delay = if self.dice.percent(self.plan.mishaps) {
                self.dice.between(1_000, 90_000)
            } else {
                self.dice.between(20, 400)
            };
            self.later(delay, step(0));
        }
    }

    fn schedule_delivery(&mut self) {
        if self.scheduled.delivers {
            return;
        }
        let counts = self.world.queue(COMMAND_QUEUE).counts().unwrap();
        let delay = match (counts.visible, counts.in_flight) {
            (0, 0) => return,
            (0, _) => 1000,
            (_, 0) => self.dice.between(10, 200),
            // What is visible may wait for what is in flight.
            (..) => self.dice.between(200, 1000),
        };
        self.scheduled.delivers = true;
        self.later(delay, Step::Deliver);
    }
    /// A tick that is kept back is looked for each second.
    fn schedule_ticks(&mut self) {
        if self.scheduled.ticks || !self.plan.watch {
            return;
        }
        let counts = self.world.queue(TICK_QUEUE).counts().unwrap();
        let delay = match (counts.visible, counts.in_flight + counts.delayed) {
            (0, 0) => return,
            (0, _) => 1000,
            (..) => self.dice.between(10, 300),
        };
        self.scheduled.ticks = true;
        self.later(delay, Step::Tick);
    }
}
