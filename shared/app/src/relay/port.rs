//! Where things go, and what a refusal there means.

use transfer_store::StoreError;

/// Why something was not taken. The code alone is kept: a message could quote the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code that it was refused by.
    pub code: String,
    /// What can be done about it.
    pub meaning: Meaning,
}

/// Of the table.
impl From<&StoreError> for Refusal {
    fn from(error: &StoreError) -> Self {
        let meaning = match error {
            StoreError::Unavailable { .. } => Meaning::Passes,
            // A row that cannot be read stays one, however long everybody else waits.
            StoreError::Corrupt { .. } => Meaning::ForGood,
            StoreError::Rejected { .. } => Meaning::Unclear,
        };
        Self { code: error.to_string(), meaning }
    }
}

/// What can be done about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Load, an outage, or a permission or resource that is missing for everything alike: it passes, or is mended.
    Passes,
    /// The content is not taken, however often it comes.
    ForGood,
    /// A code that nobody foresaw. It gets its time to pass.
    Unclear,
}

/// Where events or commands go.
pub trait Transport {
    /// What it is for.
    type Content;

    /// What it takes: the same, written.
    type Item;

    /// What it takes, for a person.
    const WHAT: &'static str;

    /// Writes one thing as it is sent.
    fn written(content: &Self::Content) -> Result<Self::Item, Refusal>;

    /// How many bytes one thing counts.
    fn size(item: &Self::Item) -> usize;

    /// Of one group nothing later is sent before something earlier.
    fn group(item: &Self::Item) -> &str;

    /// Makes one call. The outer failure is one of the whole call; the others are in the order of the items.
    fn send(&self, items: &[&Self::Item]) -> impl Future<Output = Result<Vec<Result<(), Refusal>>, Refusal>> + Send;
}

/// Where records are set aside for people.
pub trait Aside {
    /// Sets a record of the batch aside with its content, and says why. Tells whether it is safe now.
    fn set_aside(&self, record: usize, why: &str) -> impl Future<Output = bool> + Send;
}
