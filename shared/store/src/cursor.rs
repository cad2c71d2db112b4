//! Pages and the positions they continue from.

/// One page of a session's rows, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows; possibly fewer than asked for, because pages are bounded by bytes as well.
    pub items: Vec<T>,
    /// Where the next page starts; `None` after the last.
    pub next: Option<String>,
}

/// One page of a list, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// The items; possibly none although more follow, because the work for one page is bounded.
    pub items: Vec<T>,
    /// Where the next page starts; `None` after the last.
    pub next_cursor: Option<String>,
}
