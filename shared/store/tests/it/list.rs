use std::collections::{BTreeSet, HashSet};

use chrono::TimeDelta;
use transfer_domain::{
    Channel, ConversationSessionId, EndedBy, HandBackState, Labels, NewTransfer, Outcome, Overview, Provider, Session,
    Status, TransferId, Trigger,
};
use transfer_store::{ListError, Listing, SessionFilter};

use crate::world::{
    World, contact_message, integration, joined, later, listing, project, queued, request, start, world,
};

async fn sessions(world: &World, count: i64) -> Vec<Session> {
    let mut sessions = Vec::new();
    for n in 0..count {
        sessions.push(world.session_of(request(&format!("conversation-{n}")), later(n)).await);
    }
    sessions
}

async fn apply(world: &World, session: &Session, event: transfer_domain::ProviderEvent) {
    world.store.apply_events(&integration(), session.transfer_id(), vec![event], later(100)).await.unwrap();
}

async fn page(
    world: &World,
    filter: &SessionFilter,
    limit: u8,
    cursor: Option<&str>,
) -> (Vec<Overview>, Option<String>) {
    let listed = world.store.list(&project(), filter, &listing(limit, cursor), later(100)).await.unwrap();
    (listed.items, listed.next_cursor)
}

async fn all_pages(world: &World, filter: &SessionFilter, limit: u8) -> Vec<TransferId> {
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let (items, next) = page(world, filter, limit, cursor.as_deref()).await;
        ids.extend(items.iter().map(|item| item.session_id.transfer));
        cursor = next;
        if cursor.is_none() {
            return ids;
        }
    }
}

fn ids<'a>(sessions: impl IntoIterator<Item = &'a Session>) -> Vec<TransferId> {
    sessions.into_iter().map(Session::transfer_id).collect()
}

#[tokio::test]
async fn sessions_are_listed_newest_first_page_by_page() {
    let world = world().await;
    let mut expected = ids(&sessions(&world, 23).await);
    expected.reverse();
    for limit in [1, 5, 22, 23, 100] {
        assert_eq!(all_pages(&world, &SessionFilter::default(), limit).await, expected, "{limit}");
    }
    let (items, next) = page(&world, &SessionFilter::default(), 23, None).await;
    assert_eq!((items.len(), next), (23, None));
    let (items, next) = page(&world, &SessionFilter::default(), 0, None).await;
    assert_eq!((items.len(), next.is_some()), (1, true));
}

#[tokio::test]
async fn another_projects_sessions_are_not_listed() {
    let world = world().await;
    sessions(&world, 3).await;
    let other = "project-2".parse().unwrap();
    let listed = world.store.list(&other, &SessionFilter::default(), &listing(10, None), later(100)).await.unwrap();
    assert_eq!((listed.items, listed.next_cursor), (vec![], None));
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    let world = world().await;
    let mut email = request("conversation-email");
    email.channel = Channel::Email;
    let email = world.session_of(email, later(1)).await;
    let mut agent = request("conversation-agent");
    agent.agent = "Agent Two".parse().unwrap();
    let agent = world.session_of(agent, later(2)).await;
    let mut contact = request("conversation-contact");
    contact.contact_id = "contact-2".parse().unwrap();
    let contact = world.session_of(contact, later(3)).await;
    let mut sales = request("conversation-sales");
    sales.queue = Some("sales".parse().unwrap());
    let sales = world.session_of(sales, later(4)).await;
    let plain = world.session_of(request("conversation-plain"), later(5)).await;
    apply(&world, &plain, queued("event-1", later(6), "plain")).await;

    let none = SessionFilter::default;
    let cases = [
        (SessionFilter { channel: Some(Channel::Email), ..none() }, vec![&email]),
        (SessionFilter { agent: Some(agent.agent.clone()), ..none() }, vec![&agent]),
        (SessionFilter { contact_id: Some(contact.contact_id.clone()), ..none() }, vec![&contact]),
        (SessionFilter { queue: Some("sales".to_owned()), ..none() }, vec![&sales]),
        (SessionFilter { queue: Some("plain".to_owned()), ..none() }, vec![&plain]),
        (SessionFilter { statuses: vec![Status::Queued, Status::Queued, Status::Ended], ..none() }, vec![&plain]),
        (SessionFilter { provider: Some(Provider::named("genesys")), ..none() }, vec![]),
        (SessionFilter { provider: Some(plain.provider), ..none() }, vec![&plain, &sales, &contact, &agent, &email]),
        (SessionFilter { created_after: Some(later(4)), ..none() }, vec![&plain, &sales]),
        (SessionFilter { created_before: Some(later(2)), ..none() }, vec![&email]),
        (
            SessionFilter { created_after: Some(later(2)), created_before: Some(later(4)), ..none() },
            vec![&contact, &agent],
        ),
        (SessionFilter { created_after: Some(later(4)), created_before: Some(later(4)), ..none() }, vec![]),
        (SessionFilter { created_after: Some(later(4) + TimeDelta::microseconds(1)), ..none() }, vec![&plain]),
    ];
    for (filter, expected) in cases {
        assert_eq!(all_pages(&world, &filter, 2).await, ids(expected), "{filter:?}");
    }
}

#[tokio::test]
async fn paging_neither_repeats_nor_skips_while_statuses_change() {
    let world = world().await;
    let sessions = sessions(&world, 30).await;
    let (mut seen, mut cursor) = (Vec::new(), None);
    let mut next_event = 0;
    loop {
        let (items, next) = page(&world, &SessionFilter::default(), 4, cursor.as_deref()).await;
        seen.extend(items.iter().map(|item| item.session_id.transfer));
        for session in sessions.iter().skip(next_event % 3).step_by(3) {
            next_event += 1;
            let id = format!("event-{next_event}");
            let at = later(50 + i64::try_from(next_event).unwrap());
            let event = if next_event % 2 == 0 { joined(&id, at) } else { queued(&id, at, "sales") };
            apply(&world, session, event).await;
        }
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    let mut expected = ids(&sessions);
    expected.reverse();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_page_shows_what_the_record_says_and_its_expiry_if_that_is_asked_for() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    apply(&world, &session, queued("event-1", later(1), "sales")).await;
    let current = world.reload(&session).await;
    world.commit(&contact_message(&current, "message-1", later(2)), later(2)).await;
    let current = world.reload(&session).await;
    let shown = async |with_expiry| {
        let listing = Listing { with_expiry, ..listing(10, None) };
        let listed = world.store.list(&project(), &SessionFilter::default(), &listing, later(100)).await.unwrap();
        listed.items
    };
    let whole = Overview::of(&current, later(100));
    assert_eq!(whole.expires_at, Some(current.expires_at.into()));
    assert_eq!(shown(true).await, std::slice::from_ref(&whole));
    assert_eq!(shown(false).await, [Overview { expires_at: None, last_message_at: None, updated_at: None, ..whole }]);
}

#[tokio::test]
async fn a_session_is_looked_up_by_whatever_names_it() {
    let world = world().await;
    let sessions = sessions(&world, 3).await;
    let wanted = &sessions[1];
    let mut linked = joined("event-1", later(1));
    linked.correlation.provider_session_id = Some(crate::world::name("name-1"));
    apply(&world, wanted, linked).await;
    let none = SessionFilter::default;
    let conversation: ConversationSessionId = "conversation-1".parse().unwrap();
    let unknown = crate::world::name("name-2");
    for (filter, found) in [
        (SessionFilter { transfer: Some(wanted.transfer_id()), ..none() }, true),
        (SessionFilter { conversation: Some(conversation.clone()), ..none() }, true),
        (SessionFilter { provider_session_id: Some(crate::world::name("name-1")), ..none() }, true),
        (SessionFilter { provider_session_id: Some(unknown), ..none() }, false),
        (SessionFilter { conversation: Some(conversation), statuses: vec![Status::Ended], ..none() }, false),
    ] {
        let expected: Vec<_> = found.then(|| wanted.transfer_id()).into_iter().collect();
        assert_eq!(all_pages(&world, &filter, 2).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn an_expired_session_is_listed_as_ended_though_its_record_stands_open() {
    let world = world().await;
    let session = world.session("conversation-1").await;
    let expiry = session.expires_at.unwrap();
    let listed = async |status, at| {
        let filter = SessionFilter { statuses: vec![status], ..SessionFilter::default() };
        world.store.list(&project(), &filter, &listing(10, None), at).await.unwrap().items.len()
    };
    for (seconds, open, ended) in [(-1, 1, 0), (0, 0, 1), (1, 0, 1)] {
        let at = expiry + TimeDelta::seconds(seconds);
        assert_eq!((listed(Status::Pending, at).await, listed(Status::Ended, at).await), (open, ended), "{seconds}");
    }
}

#[tokio::test]
async fn a_page_is_never_empty_while_more_follow() {
    let world = world().await;
    let wanted = world.session_of(request("conversation-wanted"), start()).await;
    for n in 0..12 {
        let mut short = request(&format!("conversation-{n}"));
        short.channel = Channel::Messaging;
        world.session_of(short, start() + TimeDelta::seconds(1)).await;
    }
    // The twelve newer ones expire, the wanted one is kept alive by messages.
    let at = wanted.expires_at.unwrap() - TimeDelta::seconds(1);
    world.commit(&contact_message(&wanted, "message-1", at), at).await;
    let now = at + TimeDelta::seconds(60);
    let filter = SessionFilter { statuses: vec![Status::Pending], ..SessionFilter::default() };
    let list = async |cursor: Option<String>| {
        world.store.list(&project(), &filter, &listing(5, cursor.as_deref()), now).await.unwrap()
    };
    let first = list(None).await;
    let found: Vec<_> = first.items.iter().map(|item| item.session_id.transfer).collect();
    assert_eq!(found, [wanted.transfer_id()]);
    assert_eq!(first.next_cursor, None);
    assert!(first.looked_at >= 13, "{}", first.looked_at);
}

#[tokio::test]
async fn a_filter_that_few_match_is_paged_to_its_end() {
    let world = world().await;
    let mut expected = Vec::new();
    for n in 0..40 {
        let mut one = request(&format!("conversation-{n}"));
        if n % 13 == 0 {
            one.contact_id = "contact-2".parse().unwrap();
        }
        let session = world.session_of(one, later(n)).await;
        if n % 13 == 0 {
            expected.insert(0, session.transfer_id());
        }
    }
    let filter = SessionFilter { contact_id: Some("contact-2".parse().unwrap()), ..SessionFilter::default() };
    assert_eq!(all_pages(&world, &filter, 3).await, expected);
}

#[tokio::test]
async fn a_cursor_that_was_not_given_out_for_this_question_is_refused() {
    let world = world().await;
    sessions(&world, 6).await;
    let none = SessionFilter::default();
    let (_, cursor) = page(&world, &none, 2, None).await;
    let cursor = cursor.unwrap();
    let list = async |project: &transfer_domain::ProjectId, filter: &SessionFilter, cursor: &str| {
        world.store.list(project, filter, &listing(2, Some(cursor)), later(100)).await
    };
    assert!(list(&project(), &none, &cursor).await.is_ok());
    assert_eq!(list(&"project-2".parse().unwrap(), &none, &cursor).await, Err(ListError::InvalidCursor));
    let other_filters = [
        SessionFilter { channel: Some(Channel::Chat), ..none.clone() },
        SessionFilter { statuses: vec![Status::Pending], ..none.clone() },
        SessionFilter { created_after: Some(start()), ..none.clone() },
    ];
    for filter in other_filters {
        assert_eq!(list(&project(), &filter, &cursor).await, Err(ListError::InvalidCursor));
    }
    let mut tampered = HashSet::from([String::new(), "!".to_owned(), format!("{cursor}AA"), cursor[1..].to_owned()]);
    for position in 0..cursor.len() {
        for replacement in ['A', 'z', '9'] {
            let mut text: Vec<_> = cursor.chars().collect();
            text[position] = replacement;
            tampered.insert(text.into_iter().collect());
        }
    }
    tampered.remove(&cursor);
    for wrong in tampered {
        assert_eq!(list(&project(), &none, &wrong).await, Err(ListError::InvalidCursor), "{wrong}");
    }
}

fn labelled(conversation: &str, trigger: Trigger, code: &str, tags: &[&str]) -> NewTransfer {
    let tags: BTreeSet<_> = tags.iter().map(|tag| tag.parse().unwrap()).collect();
    let labels =
        Labels { trigger: Some(trigger), reason_code: Some(code.parse().unwrap()), tags: tags.try_into().unwrap() };
    NewTransfer { labels, ..request(conversation) }
}

#[tokio::test]
async fn what_transfers_are_counted_by_finds_them() {
    let world = world().await;
    let refund = labelled("conversation-1", Trigger::Escalate, "refund", &["vip", "eu"]);
    let refund = world.session_of(refund, later(1)).await;
    let change = labelled("conversation-2", Trigger::Handoff, "address", &["eu"]);
    let change = world.session_of(change, later(2)).await;
    let plain = world.session_of(request("conversation-3"), later(3)).await;
    let none = SessionFilter::default;
    for (filter, expected) in [
        (SessionFilter { trigger: Some(Trigger::Escalate), ..none() }, vec![&refund]),
        (SessionFilter { reason_code: Some("address".parse().unwrap()), ..none() }, vec![&change]),
        (SessionFilter { tag: Some("eu".parse().unwrap()), ..none() }, vec![&change, &refund]),
        (SessionFilter { tag: Some("vip".parse().unwrap()), ..none() }, vec![&refund]),
        (SessionFilter { tag: Some("e".parse().unwrap()), ..none() }, vec![]),
        (
            SessionFilter { tag: Some("eu".parse().unwrap()), contact_id: Some(plain.contact_id.clone()), ..none() },
            vec![&change, &refund],
        ),
        (none(), vec![&plain, &change, &refund]),
    ] {
        assert_eq!(all_pages(&world, &filter, 10).await, ids(expected), "{filter:?}");
    }
    let (items, _) = page(&world, &SessionFilter { trigger: Some(Trigger::Escalate), ..none() }, 10, None).await;
    assert_eq!(items[0].labels, refund.labels);
}

#[tokio::test]
async fn outcome_and_state_of_the_hand_back_find_what_has_ended() {
    let world = world().await;
    let [open, cancelled, abandoned] = [1, 2, 3].map(|n| format!("conversation-{n}"));
    let open = world.session_of(request(&open), later(1)).await;
    let cancelled = world.session_of(request(&cancelled), later(2)).await;
    let abandoned = world.session_of(request(&abandoned), later(3)).await;
    for (session, by) in [(&cancelled, EndedBy::Agent), (&abandoned, EndedBy::Contact)] {
        let end = transfer_domain::end(&world.reload(session).await, by, later(9)).unwrap();
        world.commit(&end, later(9)).await;
    }
    let newest = world.reload(&abandoned).await.hand_back.unwrap();
    let taken = transfer_domain::acknowledge(&world.reload(&abandoned).await, newest.version, later(10)).unwrap();
    world.commit(&taken.unwrap(), later(10)).await;

    let none = SessionFilter::default;
    let of = |outcome| SessionFilter { outcome: Some(outcome), ..none() };
    let in_state = |state| SessionFilter { hand_back: Some(state), ..none() };
    for (filter, expected) in [
        (of(Outcome::Cancelled), vec![&cancelled]),
        (of(Outcome::Abandoned), vec![&abandoned]),
        (of(Outcome::Served), vec![]),
        (in_state(HandBackState::Open), vec![&cancelled]),
        (in_state(HandBackState::Acknowledged), vec![&abandoned]),
        (SessionFilter { statuses: vec![Status::Pending], ..in_state(HandBackState::Open) }, vec![]),
    ] {
        assert_eq!(all_pages(&world, &filter, 10).await, ids(expected), "{filter:?}");
    }
    let (items, _) = page(&world, &in_state(HandBackState::Acknowledged), 10, None).await;
    let handed = items[0].hand_back.unwrap();
    assert_eq!((handed.version, handed.acknowledged_at), (newest.version, Some(later(10))));
    let after = open.expires_at.unwrap() + TimeDelta::seconds(1);
    let listed = world.store.list(&project(), &of(Outcome::Expired), &listing(10, None), after).await.unwrap();
    let shown: Vec<_> = listed.items.iter().map(|item| (item.session_id.transfer, item.outcome)).collect();
    assert_eq!(shown, [(open.transfer_id(), Some(Outcome::Expired))], "whoever has written that by then");
}
