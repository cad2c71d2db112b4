//! How batches reach the function: as they are, or disturbed for tests in ways that the platform allows.

use std::collections::{HashMap, VecDeque};

use aws_lambda_events::dynamodb::EventRecord;

/// How a batch is handed over. Streams promise at least once, and order per item only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StreamDelivery {
    /// Each batch once, in the order of the stream.
    #[default]
    InOrder,
    /// Each batch twice.
    Duplicated,
    /// Each batch once, its items mixed; the changes of one item keep their order.
    Shuffled {
        /// The same seed mixes the same batches alike.
        seed: u64,
    },
}

/// The largest batch of an event source mapping by default.
pub const MAX_BATCH: usize = 100;

/// Mixes the records of different items.
pub(super) fn shuffled(records: Vec<EventRecord>, seed: u64) -> Vec<EventRecord> {
    let mut lanes: Vec<VecDeque<EventRecord>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for record in records {
        let item = serde_json::json!(&record.change.keys).to_string();
        let lane = *known.entry(item).or_insert(lanes.len());
        match lanes.get_mut(lane) {
            Some(lane) => lane.push_back(record),
            None => lanes.push(VecDeque::from([record])),
        }
    }
    let mut mixed = Vec::new();
    let mut state = seed;
    while !lanes.is_empty() {
        let index = pick(&mut state, lanes.len());
        if let Some(record) = lanes.get_mut(index).and_then(VecDeque::pop_front) {
            mixed.push(record);
        }
        lanes.retain(|lane| !lane.is_empty());
    }
    mixed
}

/// `SplitMix64`: small, and good enough to mix with.
fn pick(state: &mut u64, among: usize) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((mixed ^ (mixed >> 31)) % among as u64).unwrap_or_default()
}
