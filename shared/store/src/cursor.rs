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
    /// Where the next page starts; `None` after the last.
    pub next: Option<String>,
    /// Where a page after each of the items would start.
    pub(crate) after: Vec<String>,
}

impl<T> Page<T> {
    /// The first `limit` of some items, of which there is one more if another page follows; `cut`: one follows anyhow.
    pub(crate) fn of(mut items: Vec<T>, limit: u8, cut: bool, position: impl Fn(&T) -> String) -> Self {
        let more = cut || items.len() > usize::from(limit);
        items.truncate(limit.into());
        let after: Vec<_> = items.iter().map(position).collect();
        let next = after.last().cloned().filter(|_| more);
        Self { items, next, after }
    }

    /// The first of the items, as many as fit into so many bytes, but at least one; the page after goes on behind them.
    #[must_use]
    pub fn within(mut self, bytes: usize, size: impl Fn(&T) -> usize) -> Self {
        let fitting = fitting(&self.items, bytes, size);
        if fitting < self.items.len() {
            self.next = self.after.get(fitting.saturating_sub(1)).cloned();
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
    /// Where a page after each of the items would start.
    pub(crate) after: Vec<String>,
}

impl<T> Listed<T> {
    /// The first of the items, as many as fit into so many bytes, but at least one; the page after goes on behind them.
    #[must_use]
    pub fn within(mut self, bytes: usize, size: impl Fn(&T) -> usize) -> Self {
        let fitting = fitting(&self.items, bytes, size);
        if fitting < self.items.len() {
            self.next_cursor = self.after.get(fitting.saturating_sub(1)).cloned();
            self.items.truncate(fitting);
            self.after.truncate(fitting);
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

/// The cursors after each of some ids.
pub(crate) fn list_cursors(question: &str, ids: impl IntoIterator<Item = TransferId>) -> Vec<String> {
    ids.into_iter().map(|id| list_cursor(question, id)).collect()
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

/// The token for the rows after a sort key.
pub(crate) fn page_token(sk: &str) -> String {
    URL_SAFE_NO_PAD.encode(sk)
}

/// The sort key of a token; refuses what is not a sort key with this prefix and length.
pub(crate) fn page_position(token: &str, prefix: &str, length: usize) -> Result<String, ListError> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| ListError::InvalidCursor)?;
    let sk = String::from_utf8(bytes).map_err(|_| ListError::InvalidCursor)?;
    let allowed = |c: char| c == '#' || matches!(c, '0'..='9' | 'a'..='f');
    match sk.strip_prefix(prefix) {
        Some(rest) if sk.len() == length && rest.chars().all(allowed) => Ok(sk),
        _ => Err(ListError::InvalidCursor),
    }
}
