//! Reading a conversation: its entries, its routing status.

use serde_json::{Value, json};

use crate::engine::{Answer, Incoming, Phase, Refusal, bad, refuse};

use super::{
    super::{
        book::{Guest, Product},
        entry::Entry,
    },
    Case, Org,
};

const MOST_ENTRIES: usize = 50;
const USUAL_ENTRIES: usize = 20;

/// A conversation is its end user's alone.
pub(super) fn check_owner(org: &Org, id: &str, guest: &Guest) -> Result<(), Refusal> {
    match org.book().case(id).map(|it| &it.own.product) {
        Some(Product::Chat(chat)) if chat.owner == guest.subject => Ok(()),
        Some(Product::Chat(_)) => Err(refuse(403, "the conversation is another end user's")),
        Some(Product::Byoc) | None => Err(refuse(404, "the conversation does not exist")),
    }
}

/// `GET …/conversation/{id}`.
pub(super) fn status(org: &Org, id: &str) -> Result<Answer, Refusal> {
    let mut book = org.book();
    let case = book.case(id).ok_or_else(|| refuse(404, "the conversation does not exist"))?;
    Ok(Answer::taken(200, json!({ "conversationId": id, "routingStatus": routing_status(case) })).about(id))
}

fn routing_status(case: &Case) -> &'static str {
    match case.phase {
        Phase::Queued | Phase::Offered if case.own.session.routings > 1 => "TRANSFER",
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
    fn of(request: &Incoming) -> Result<Self, Refusal> {
        let number = |name: &str, default: i64| match request.query_parameter(name).as_deref() {
            None | Some("") => Ok(default),
            Some(text) => text.parse::<i64>().map_err(|_| bad(format!("{name} must be a number"))),
        };
        let limit = number("limit", i64::try_from(USUAL_ENTRIES).unwrap_or(i64::MAX))?;
        let limit = usize::try_from(limit).ok().filter(|it| (1..=MOST_ENTRIES).contains(it));
        let newest_first = match request.query_parameter("direction").as_deref() {
            None | Some("FromStart") => false,
            Some("FromEnd") => true,
            Some(_) => return Err(bad("direction must be FromStart or FromEnd")),
        };
        let kinds = request.query_parameter("entryTypeFilter").filter(|it| !it.is_empty());
        Ok(Self {
            limit: limit.ok_or_else(|| bad("limit must be 1 to 50"))?,
            from_ms: number("startTimestamp", i64::MIN)?,
            to_ms: number("endTimestamp", i64::MAX)?,
            newest_first,
            kinds: kinds.map(|it| it.split(',').map(|kind| kind.trim().to_owned()).collect()),
        })
    }

    fn wants(&self, entry: &Entry) -> bool {
        let kind = entry.kind.facts().word;
        let wanted = self.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|it| it == kind));
        wanted && (self.from_ms..=self.to_ms).contains(&entry.at_ms)
    }
}

/// `GET …/conversation/{id}/entries`.
pub(super) fn entries(org: &Org, id: &str, request: &Incoming) -> Result<Answer, Refusal> {
    let query = Query::of(request)?;
    let mut book = org.book();
    let Some(Product::Chat(chat)) = book.case(id).map(|it| &it.own.product) else {
        return Err(refuse(404, "the conversation does not exist"));
    };
    let wanted = chat.entries.iter().filter(|it| query.wants(it));
    let found: Vec<Value> = if query.newest_first {
        wanted.rev().take(query.limit).map(Entry::document).collect()
    } else {
        wanted.take(query.limit).map(Entry::document).collect()
    };
    Ok(Answer::taken(200, json!({ "conversationEntries": found })).about(id))
}
