//! What is simulated.

/// One simulation. The same plan runs the same way.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Plan {
    /// What chance follows from.
    pub seed: u64,
    /// How many transfers are requested.
    pub sessions: usize,
    /// In how many minutes they are.
    pub minutes: i64,
    /// How often in a hundred deliveries something goes wrong: a kill, a lost answer, a throttle, a refusal.
    pub mishaps: u64,
    /// How often in a hundred callbacks, ticks and minutes of the watch one is lost.
    pub lost: u64,
    /// Whether sessions are watched.
    pub watch: bool,
    /// Whether DynamoDB removes what has expired.
    pub native_ttl: bool,
    /// Whether contact centres fail for minutes, one at a time.
    pub outages: bool,
    /// Whether the clock jumps.
    pub jumps: bool,
    /// Whether everybody is active, writes, and all contact centres are down for five minutes in the middle.
    pub is_one_outage: bool,
}

impl Plan {
    /// Everything goes wrong that can.
    pub const fn rough(seed: u64, sessions: usize) -> Self {
        Self {
            seed,
            sessions,
            minutes: 60,
            mishaps: 6,
            lost: 0,
            watch: true,
            native_ttl: true,
            outages: true,
            jumps: true,
            is_one_outage: false,
        }
    }

    /// How punctual the watch is: nothing but the watch ends a session, and little goes wrong.
    pub const fn punctual(seed: u64, sessions: usize) -> Self {
        Self { mishaps: 1, native_ttl: false, outages: false, jumps: false, ..Self::rough(seed, sessions) }
    }

    /// The watch is off, and native TTL is on.
    pub const fn unwatched(seed: u64, sessions: usize) -> Self {
        Self { watch: false, jumps: false, ..Self::rough(seed, sessions) }
    }

    /// One in twenty callbacks, ticks and minutes is lost.
    pub const fn lossy(seed: u64, sessions: usize) -> Self {
        Self { mishaps: 1, lost: 5, native_ttl: false, outages: false, jumps: false, ..Self::rough(seed, sessions) }
    }

    /// All contact centres are down for five minutes in the middle of the conversations.
    pub const fn outage(seed: u64, sessions: usize) -> Self {
        Self {
            minutes: 5,
            mishaps: 0,
            native_ttl: false,
            outages: false,
            jumps: false,
            is_one_outage: true,
            ..Self::rough(seed, sessions)
        }
    }
}
