//! The demonstration: for each provider one transfer that the representative ends and one that expires.

use std::error::Error;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use simulators::Script;
use transfer_domain::Provider;

use super::Arguments;
use super::output::line;
use super::player::Player;
use super::story::{Missed, Sign, Story};
use super::words::text;
use crate::centres::Centre;
use crate::options::{Driving, StackOptions};
use crate::setup::DEMO_PROJECT;
use crate::stack::Stack;

/// What the settings of the demonstration say about chats.
const TTL: Duration = Duration::from_mins(1);
/// What passes between two messages, so that the expiry is seen to move.
const A_WHILE: Duration = Duration::from_secs(5);

/// Plays every transfer; fails when a step does not come.
pub(super) async fn play(arguments: &Arguments, provider: Option<Provider>) -> Result<(), Box<dyn Error>> {
    let storage = arguments.storage();
    let port = arguments.port.unwrap_or(0);
    // What expires ends by the clock; nothing is removed meanwhile.
    let driving = Driving::Background { sweep: Duration::from_hours(1) };
    let stack =
        Stack::start(StackOptions { port, listen: arguments.listen, storage, driving, ..StackOptions::interactive() })
            .await?;
    let played = play_all(&stack, provider).await;
    stack.shutdown().await?;
    played?;
    line("\nEverything came as it should.");
    Ok(())
}

async fn play_all(stack: &Stack, only: Option<Provider>) -> Result<(), Missed> {
    line(format_args!("API {}, project {DEMO_PROJECT}, everything in this process.", stack.base_url()));
    let player = Player::new(stack, Story::begin("Settings: a chat without a message for 1 minute expires"));
    let settings = json!({ "sessionLifecycle": { "ttlMinutes": { "chat": TTL.as_secs() / 60 } } });
    player.ask(Method::PUT, "/settings/agent-transfer", Some(&settings), StatusCode::OK).await?;
    for centre in stack.centres().iter().filter(|centre| only.is_none_or(|only| centre.provider() == only)) {
        ended_by_the_representative(stack, centre).await?;
        expired(stack, centre).await?;
    }
    Ok(())
}

async fn ended_by_the_representative(stack: &Stack, centre: &Centre) -> Result<(), Missed> {
    let provider = centre.provider();
    centre.desk().script(Script::Greet);
    let story = Story::begin(&format!("{provider}: a transfer that the representative ends"));
    let mut player = Player::new(stack, story);
    open(&mut player, provider).await?;
    hear(&mut player, "Hello").await?;
    say(&mut player, "m-1", "Where is my order?").await?;
    hear(&mut player, "order").await?;
    say(&mut player, "m-2", "Goodbye!").await?;
    player.await_event("transfer.ended", |_| true).await?;
    let record = player.record().await?;
    expect(&record, "/status", "ended")?;
    expect(&record, "/endReason", "representative_ended")?;
    player
        .story
        .tell(Sign::Answer, format_args!("status ended, kept for the operator until {}", text(&record, "/expiresAt")));
    let list = player.ask(Method::GET, "/transfers?status=ended", None, StatusCode::OK).await?;
    let rows = list.get("items").and_then(Value::as_array).map_or(0, Vec::len);
    player.story.tell(Sign::Answer, format_args!("{rows} ended in the table"));
    Ok(())
}

async fn expired(stack: &Stack, centre: &Centre) -> Result<(), Missed> {
    let provider = centre.provider();
    centre.desk().script(Script::Idle);
    let story = Story::begin(&format!("{provider}: a transfer that expires"));
    let mut player = Player::new(stack, story);
    open(&mut player, provider).await?;
    hear(&mut player, "Hello").await?;
    say(&mut player, "m-1", "Are you still there?").await?;
    player.await_event("message.delivered", |_| true).await?;
    player.story.tell(Sign::Note, "nobody writes any more; the stack's clock goes 61 s forward instead of waiting");
    stack.advance(TTL + Duration::from_secs(1));
    let record = player.record().await?;
    expect(&record, "/status", "ended")?;
    expect(&record, "/endReason", "expired")?;
    player.story.tell(Sign::Answer, format_args!("status ended (expired), kept until {}", text(&record, "/expiresAt")));
    let late = json!({ "messageId": "m-2", "text": "Hello?" });
    player.ask(Method::POST, &player.path("/messages"), Some(&late), StatusCode::GONE).await?;
    player.story.tell(Sign::Answer, "410: nothing is written to it any more");
    player.await_event("transfer.expired", |_| true).await?;
    centre.ended(player.transfer()).await.map_err(|_| Missed("the provider was not told to close".to_owned()))?;
    player.story.tell(Sign::Note, "the contact centre was told and has closed the conversation");
    Ok(())
}

/// Creates a transfer and waits until a human has it.
async fn open(player: &mut Player<'_>, provider: Provider) -> Result<(), Missed> {
    let body = json!({
        "conversationSessionId": format!("demo-{}", player.stack.service().ids.secret().get(..8).unwrap_or_default()),
        "contactId": "contact-1",
        "channel": "chat",
        "agent": "support-bot",
        "provider": provider,
        "reason": "wants a human",
        "summary": "An order has not arrived.",
        "contact": { "name": "User One", "email": "user@example.com" },
        "history": [
            { "role": "contact", "text": "My order has not arrived." },
            { "role": "agent", "text": "I will find somebody who can help." },
        ],
    });
    let record = player.ask(Method::POST, "/transfers", Some(&body), StatusCode::CREATED).await?;
    player.follow(&record);
    player
        .story
        .tell(Sign::Answer, format_args!("201 {} (status {})", text(&record, "/sessionId"), text(&record, "/status")));
    player.story.tell(Sign::Answer, format_args!("expires at {}", text(&record, "/expiresAt")));
    player.await_event("transfer.representative_joined", |_| true).await?;
    let record = player.record().await?;
    expect(&record, "/status", "active")?;
    player.story.tell(Sign::Answer, format_args!("status active, expires at {}", text(&record, "/expiresAt")));
    Ok(())
}

/// A while later the contact writes, and the expiry moves.
async fn say(player: &mut Player<'_>, id: &str, words: &str) -> Result<(), Missed> {
    let before = player.expiry.clone();
    player.stack.advance(A_WHILE);
    player.story.tell(Sign::Note, format_args!("{} s pass on the stack's clock", A_WHILE.as_secs()));
    player.story.tell(Sign::FromContact, words);
    let body = json!({ "messageId": id, "text": words });
    player.ask(Method::POST, &player.path("/messages"), Some(&body), StatusCode::ACCEPTED).await?;
    moved(player, &before).await
}

/// A while later the representative writes, and the expiry moves.
async fn hear(player: &mut Player<'_>, words: &str) -> Result<(), Missed> {
    let before = player.expiry.clone();
    player.stack.advance(A_WHILE);
    player.story.tell(Sign::Note, format_args!("{} s pass on the stack's clock", A_WHILE.as_secs()));
    player.await_event("message.received", |event| text(event, "/detail/message/text").contains(words)).await?;
    moved(player, &before).await
}

async fn moved(player: &mut Player<'_>, before: &str) -> Result<(), Missed> {
    player.record().await?;
    let after = player.expiry.as_str();
    if after <= before {
        return Err(Missed(format!("the expiry did not move from {before}: it is {after}")));
    }
    player.story.tell(Sign::Answer, format_args!("the message moved the expiry from {before} to {after}"));
    Ok(())
}

fn expect(record: &Value, pointer: &str, expected: &str) -> Result<(), Missed> {
    let found = text(record, pointer);
    if found == expected { Ok(()) } else { Err(Missed(format!("{pointer} is {found:?} instead of {expected:?}"))) }
}
