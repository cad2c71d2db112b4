//! Pages and the positions they continue from.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use transfer_domain::TransferId;
use uuid::Uuid;

use crate::ListError;
use crate::keys::digest;

/// One page of a session's rows, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows; possibly fewer than asked for, because pages are bounded by bytes as well.
    pub items: Vec<T>,
    /// Where to go on from, also after the last: what comes later stands behind it.
    pub next: String,
    /// Whether something stands there already.
    pub more: bool,
    /// Where a page after each of the items would start.
    pub after: Vec<String>,
}

impl<T> Page<T> {
    /// The first `limit` of some items, each with its place, of which there is one more if another page follows; `cut`:
    /// one follows anyhow. `start` is where they were asked for from.
    pub(crate) fn of(
        mut items: Vec<T>,
        places: impl Iterator<Item = String>,
        start: &str,
        limit: u8,
        cut: bool,
    ) -> Self {
        let more = cut || items.len() > usize::from(limit);
        items.truncate(limit.into());
        let after: Vec<_> = places.take(items.len()).collect();
        let next = after.last().cloned().unwrap_or_else(|| start.to_owned());
        Self { items, next, more, after }
    }

    /// Leaves out items; the page after goes on where it would have.
    pub fn retain(&mut self, keeps: impl Fn(&T) -> bool) {
        let kept: Vec<_> = self.items.iter().map(keeps).collect();
        let mut marks = kept.iter();
        self.items.retain(|_| marks.next().copied().unwrap_or_default());
        let mut marks = kept.iter();
        self.after.retain(|_| marks.next().copied().unwrap_or_default());
    }

    /// The first of the items, as many as fit into so many bytes, but at least one; the page after goes on behind them.
    #[must_use]
    pub fn within(mut self, bytes: usize, size: impl Fn(&T) -> usize) -> Self {
        let fitting = fitting(&self.items, bytes, size);
        if fitting < self.items.len() {
            if let Some(last) = self.after.get(fitting.saturating_sub(1)) {
                self.next.clone_from(last);
            }
            self.more = true;
            self.items.truncate(fitting);
            self.after.truncate(fitting);
        }
        self
    }
}

/// One page of a list, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// The items; none only after the last, or where so much was looked at that one more page must be asked for.
    pub items: Vec<T>,
    /// Where the next page starts; `None` after the last.
    pub next_cursor: Option<String>,
    /// How many entries were looked at for them.
    pub looked_at: u32,
    /// Where a page after one of the items would start.
    pub(crate) places: Places,
}

/// What the cursors after the items of a page are made of: most are never asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Places {
    /// What was asked for.
    pub(crate) question: String,
    /// The items' ids.
    pub(crate) ids: Vec<TransferId>,
}

impl<T> Listed<T> {
    /// The first of the items, as many as fit into so many bytes, but at least one; the page after goes on behind them.
    #[must_use]
    pub fn within(self, bytes: usize, size: impl Fn(&T) -> usize) -> Self {
        let fitting = fitting(&self.items, bytes, size);
        self.first(fitting)
    }

    /// So many of the items, at least one; the page after goes on behind them.
    #[must_use]
    pub fn first(mut self, count: usize) -> Self {
        let count = count.max(1);
        if count < self.items.len() {
            let Places { question, ids } = &mut self.places;
            self.next_cursor = ids.get(count.saturating_sub(1)).map(|last| list_cursor(question, *last));
            self.items.truncate(count);
            ids.truncate(count);
        }
        self
    }
}

/// How many of the first items fit into so many bytes; at least one, so that whoever reads on comes to an end.
fn fitting<T>(items: &[T], bytes: usize, size: impl Fn(&T) -> usize) -> usize {
    let ends = items.iter().scan(0_usize, |sum, item| {
        *sum = sum.saturating_add(size(item));
        Some(*sum)
    });
    ends.take_while(|end| *end <= bytes).count().max(1)
}

/// The format of list cursors: version, last id, digest of question and id.
const VERSION: u8 = 1;
const ID_BYTES: usize = 16;

/// The cursor after `last` in the list that `question` describes.
pub(crate) fn list_cursor(question: &str, last: TransferId) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend(last.uuid().as_bytes());
    bytes.extend(seal(question, last).as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The last id of a cursor; refuses any cursor that was not given out for this question. The seal is no secret: the
/// keys are made from the caller's own project, so a forged cursor shows its forger nothing but their own list.
pub(crate) fn list_position(question: &str, cursor: &str) -> Result<TransferId, ListError> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| ListError::InvalidCursor)?;
    let (version, rest) = bytes.split_first().ok_or(ListError::InvalidCursor)?;
    let (id, sealed) = rest.split_at_checked(ID_BYTES).ok_or(ListError::InvalidCursor)?;
    let id = Uuid::from_slice(id).ok().and_then(|uuid| TransferId::new(uuid).ok()).ok_or(ListError::InvalidCursor)?;
    if *version == VERSION && sealed == seal(question, id).as_bytes() { Ok(id) } else { Err(ListError::InvalidCursor) }
}

fn seal(question: &str, last: TransferId) -> String {
    digest([question, &last.to_string()])
}

/// The sequence that a page of messages or of the timeline goes on from.
pub(crate) fn after_sequence(place: Option<&str>) -> Result<u64, ListError> {
    let Some(place) = place else { return Ok(0) };
    place.parse().ok().filter(|sequence: &u64| sequence.to_string() == place).ok_or(ListError::InvalidCursor)
}
