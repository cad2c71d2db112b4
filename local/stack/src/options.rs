//! How a stack is started.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use transfer_domain::Clock as _;
use transfer_providers::{Adapters, Outbound};

use crate::centres::{SIMULATED, Simulated};
use crate::clock::TestClock;

/// Where the table is.
#[derive(Debug, Clone)]
pub enum Storage {
    /// In this process, gone with it.
    Memory,
    /// In a file, with the queues, secrets and the stream position.
    File(PathBuf),
    /// In a DynamoDB elsewhere: AWS's DynamoDB Local, or AWS.
    Elsewhere(Elsewhere),
}

/// A DynamoDB outside this process.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// `AWS_ENDPOINT_URL_DYNAMODB`. Plain HTTP is taken for an emulator, https for AWS.
    pub endpoint: String,
    /// `AWS_REGION`. An emulator needs none.
    pub region: Option<String>,
    /// The table, made if there is none.
    pub table: String,
    /// The access key by which an emulator keeps data apart; everybody who names none shares `local`.
    pub access_key: Option<String>,
    /// Where queues, secrets and the stream position are kept; in memory without one.
    pub beside: Option<PathBuf>,
}

/// What moves records, commands and events on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driving {
    /// Tasks in the background, as in the cloud.
    Background {
        /// How often expired items are removed.
        sweep: Duration,
    },
    /// [`crate::Stack::settle`] alone, for tests that decide when things happen.
    Stepped,
}

/// How a stack is started.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// Of the API; 0 takes any free one.
    pub port: u16,
    /// Of EventBridge, SQS and Secrets Manager; 0 takes any free one. Without one it is two after the API's, or any free
    /// one if that is taken or the API's is any.
    pub aws_port: Option<u16>,
    /// Where everything listens, and the address by which the parts name each other.
    pub listen: IpAddr,
    /// Where the table is.
    pub storage: Storage,
    /// Whether the project `demo` is set up, with an integration for every contact centre.
    pub demo: bool,
    /// The time of everything but the contact centres, which have a timer in their own options.
    pub clock: TestClock,
    /// What moves things on.
    pub driving: Driving,
    /// The adapters of the providers.
    pub adapters: Adapters<dyn Outbound>,
    /// The contact centres that are simulated.
    pub centres: Vec<Simulated>,
    /// How the simulated contact centres behave.
    pub simulators: simulators::Options,
    /// How long one exchange with a provider may take.
    pub provider_timeout: Duration,
    /// Whether it is looked each minute for what comes due. Without it nothing ends, or is announced, by the clock alone.
    pub watch: bool,
    /// Whether the functions keep what they measure, to be read from [`crate::Stack::service`]; else it goes nowhere.
    pub measured: bool,
}

impl StackOptions {
    /// For people: everything moves by itself, representatives take a moment.
    pub fn interactive() -> Self {
        Self {
            port: 3000,
            aws_port: None,
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            storage: Storage::Memory,
            demo: true,
            clock: TestClock::running(),
            // A sweep walks the whole table: each second of it would be a tenth of a processor with ten thousand rows.
            driving: Driving::Background { sweep: Duration::from_secs(30) },
            adapters: Adapters::outbound(),
            centres: SIMULATED.to_vec(),
            simulators: simulators::Options::interactive(),
            provider_timeout: transfer_providers::ProviderClient::DEFAULT_TIMEOUT,
            watch: true,
            measured: false,
        }
    }

    /// For tests: any port, the contact centres' clock stands as ours, nothing moves but by [`crate::Stack::settle`], and
    /// representatives do only what they are told.
    pub fn stepped(clock: TestClock) -> Self {
        let timer = simulators::Timer::standing(clock.now().timestamp_millis());
        Self {
            port: 0,
            clock,
            driving: Driving::Stepped,
            simulators: simulators::Options { timer, ..simulators::Options::brisk() }
                .with_script(simulators::Script::Manual),
            ..Self::interactive()
        }
    }
}
