//! How conversations and their sessions begin, for both products.

use std::collections::HashMap;

use crate::engine::{Book, Case, Desk};

use super::{
    Salesforce,
    book::{self, Product, Session},
};

/// A conversation that nothing routes yet.
pub(super) fn open<'a>(
    org: &Desk<Salesforce>,
    book: &'a mut Book<Salesforce>,
    id: String,
    contact: &str,
    product: Product,
) -> &'a mut Case<Salesforce> {
    let events = match product {
        Product::Byoc => &org.own.events,
        Product::Chat(_) => &org.own.frames,
    };
    let own = book::Kept {
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
pub(super) fn reopen(org: &Desk<Salesforce>, case: &mut Case<Salesforce>) {
    org.reopen(case);
    case.own.session = Session::new(&org.runtime.ids, org.stamp_ms());
    case.own.package = org.lane(&org.own.package);
    case.own.answers.clear();
    case.own.opened_by = None;
}
