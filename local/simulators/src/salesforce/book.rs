//! What the org knows: tokens and conversations.

use std::collections::{HashMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

use crate::engine::{Ids, Lane};

use super::{Book, Case, Org, entry::Entry};

/// What the org knows beside conversations and the tokens of the integration user.
#[derive(Default)]
pub struct Account {
    /// Enhanced Chat's access tokens and whose they are.
    pub(super) guests: HashMap<String, Guest>,
    /// When tokens were minted and renewed, epoch milliseconds.
    pub(super) minted: Window,
    pub(super) renewed: Window,
}

/// The newest conversation of a sender of Bring Your Own Channel.
pub(super) fn of_sender<'a>(book: &'a mut Book, from: &str) -> Option<&'a mut Case> {
    book.cases.iter_mut().rev().find(|it| it.contact == from && matches!(it.own.product, Product::Byoc))
}

/// The holder of an Enhanced Chat token.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub(super) subject: String,
    pub(super) expires_ms: i64,
    /// How long its tokens live.
    pub(super) life_ms: i64,
}

/// Calls of the last minute.
#[derive(Debug, Default)]
pub(super) struct Window(VecDeque<i64>);

impl Window {
    /// Counts a call, unless there are as many as are allowed within a minute.
    pub(super) fn admits(&mut self, now_ms: i64, most: Option<usize>) -> bool {
        while self.0.front().is_some_and(|it| *it <= now_ms - 60_000) {
            self.0.pop_front();
        }
        let admitted = most.is_none_or(|most| self.0.len() < most);
        if admitted {
            self.0.push_back(now_ms);
        }
        admitted
    }
}

/// Which way the end user came in.
#[derive(Debug)]
pub(super) enum Product {
    /// Bring Your Own Channel.
    Byoc,
    /// Enhanced Chat.
    Chat(Chat),
}

/// What an Enhanced Chat conversation has beside the rest.
#[derive(Debug)]
pub(super) struct Chat {
    /// The end user whose tokens may see it.
    pub(super) owner: String,
    /// What can be read, in order.
    pub(super) entries: Vec<Entry>,
    /// When the end user wrote.
    pub(super) written: Window,
    /// The end user has closed it for good.
    pub(super) closed: bool,
}

/// What the org keeps of a conversation with its current session.
pub struct Kept {
    pub(super) product: Product,
    pub(super) session: Session,
    /// Platform events, or frames of the stream.
    pub(super) events: Lane,
    /// What the package tells.
    pub(super) package: Lane,
    /// The message that opened it.
    pub(super) opened_by: Option<String>,
    /// Message id to the answer that was given.
    pub(super) answers: HashMap<String, Value>,
}

/// A `MessagingSession` record.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// `0Mw…`, 15 characters.
    pub(super) id: String,
    pub(super) status: Status,
    pub(super) started_ms: i64,
    /// `0JR…`, the pending service routing.
    pub(super) routing_id: String,
    /// `0Bz…`, the agent work.
    pub(super) work_id: String,
    /// How often it has been routed.
    pub(super) routings: u32,
    /// Place in the queue.
    pub(super) position: u32,
    /// A human has been there.
    pub(super) answered: bool,
}

impl Session {
    pub(super) fn new(ids: &Ids, started_ms: i64) -> Self {
        Self {
            id: record_id(ids, "0Mw"),
            status: Status::New,
            started_ms,
            routing_id: record_id(ids, "0JR"),
            work_id: record_id(ids, "0Bz"),
            routings: 0,
            position: 0,
            answered: false,
        }
    }
}

/// `MessagingSession.Status`, in its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Status {
    New,
    Waiting,
    Active,
    Inactive,
    Ended,
}

/// A record id of 15 characters with this prefix.
pub(super) fn record_id(ids: &Ids, prefix: &str) -> String {
    let rest: String = ids.sys_id().chars().take(15 - prefix.len().min(15)).collect();
    format!("{prefix}{rest}")
}

/// A conversation that nothing routes yet.
pub(super) fn open<'a>(org: &Org, book: &'a mut Book, id: String, contact: &str, product: Product) -> &'a mut Case {
    let events = match product {
        Product::Byoc => &org.own.events,
        Product::Chat(_) => &org.own.frames,
    };
    let own = Kept {
        product,
        session: Session::new(&org.runtime.ids, org.stamp_ms()),
        events: org.lane(events),
        package: org.lane(&org.own.package),
        opened_by: None,
        answers: HashMap::new(),
    };
    org.open(book, org.case(id, contact, own), |_| {})
}

/// A late message silently starts a new session.
pub(super) fn reopen(org: &Org, case: &mut Case) {
    org.reopen(case);
    case.own.session = Session::new(&org.runtime.ids, org.stamp_ms());
    case.own.package = org.lane(&org.own.package);
    case.own.answers.clear();
    case.own.opened_by = None;
}
