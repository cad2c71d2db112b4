//! Reading a conversation: its entries, its routing status.

use serde_json::{Value, json};

use crate::{
    act::Phase,
    centre::{Answer, Incoming},
    runtime::locked,
};

use super::{
    super::{
        Salesforce,
        book::{Case, Guest, Product},
        entry::Entry,
    },
    Denial, deny,
};

const MOST_ENTRIES: usize = 50;
const USUAL_ENTRIES: usize = 20;

/// A conversation is its end user's alone.
pub(super) fn check_owner(org: &Salesforce, id: &str, guest: &Guest) -> Result<(), Denial> {
    match locked(&org.book).cases.get(id).map(|it| &it.product) {
        Some(Product::Chat(chat)) if chat.owner == guest.subject => Ok(()),
        Some(Product::Chat(_)) => Err(deny(403, "the conversation is another end user's")),
        Some(Product::Byoc) | None => Err(deny(404, "the conversation does not exist")),
    }
}

/// `GET …/conversation/{id}`.
pub(super) fn status(org: &Salesforce, id: &str) -> Result<Answer, Denial> {
    let book = locked(&org.book);
    let case = book.cases.get(id).ok_or_else(|| deny(404, "the conversation does not exist"))?;
    let body = json!({ "conversationId": id, "routingStatus": routing_status(case) });
    Ok(Answer::taken(200, Some(body)).about(id))
}

fn routing_status(case: &Case) -> &'static str {
    match case.phase {
        Phase::Queued | Phase::Offered if case.session.routings > 1 => "TRANSFER",
        Phase::New | Phase::Queued | Phase::Offered => "INITIAL",
        Phase::Connected => "ROUTED",
        Phase::Left | Phase::Ended => "NEEDS_ROUTING",
    }
}

/// What a read asks for.
struct Query {
    limit: usize,
    from_ms: i64,
    to_ms: i64,
    newest_first: bool,
    kinds: Option<Vec<String>>,
}

impl Query {
    fn of(request: &Incoming) -> Result<Self, Denial> {
        let number = |name: &str, default: i64| match request.query_parameter(name).as_deref() {
            None | Some("") => Ok(default),
            Some(text) => text.parse::<i64>().map_err(|_| deny(400, format!("{name} must be a number"))),
        };
        let limit = number("limit", i64::try_from(USUAL_ENTRIES).unwrap_or(i64::MAX))?;
        let limit = usize::try_from(limit).ok().filter(|it| (1..=MOST_ENTRIES).contains(it));
        let newest_first = match request.query_parameter("direction").as_deref() {
            None | Some("FromStart") => false,
            Some("FromEnd") => true,
            Some(_) => return Err(deny(400, "direction must be FromStart or FromEnd")),
        };
        let kinds = request.query_parameter("entryTypeFilter").filter(|it| !it.is_empty());
        Ok(Self {
            limit: limit.ok_or_else(|| deny(400, "limit must be 1 to 50"))?,
            from_ms: number("startTimestamp", i64::MIN)?,
            to_ms: number("endTimestamp", i64::MAX)?,
            newest_first,
            kinds: kinds.map(|it| it.split(',').map(|kind| kind.trim().to_owned()).collect()),
        })
    }

    fn wants(&self, entry: &Entry) -> bool {
        let kind = entry.kind.word();
        let wanted = self.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|it| it == kind));
        wanted && (self.from_ms..=self.to_ms).contains(&entry.at_ms)
    }
}

/// `GET …/conversation/{id}/entries`.
pub(super) fn entries(org: &Salesforce, id: &str, request: &Incoming) -> Result<Answer, Denial> {
    let query = Query::of(request)?;
    let book = locked(&org.book);
    let Some(Product::Chat(chat)) = book.cases.get(id).map(|it| &it.product) else {
        return Err(deny(404, "the conversation does not exist"));
    };
    let wanted = chat.entries.iter().filter(|it| query.wants(it));
    let document = |entry: &Entry| Value::Object(entry.document());
    let found: Vec<Value> = if query.newest_first {
        wanted.rev().take(query.limit).map(document).collect()
    } else {
        wanted.take(query.limit).map(document).collect()
    };
    Ok(Answer::taken(200, Some(json!({ "conversationEntries": found }))).about(id))
}
