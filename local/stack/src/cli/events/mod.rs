//! `events`: prints what a running stack's bus told lately, and what it tells from now on.

mod choice;
mod error;
mod follow;
mod show;

use std::collections::HashSet;
use std::error::Error;

use aws_loopback::EventPattern;
use serde_json::Value;

pub(super) use self::choice::Choice;
use self::error::EventsError;
use self::follow::Follower;
use self::show::Screen;
use super::terminated;
use crate::recent::{PATH, Recent};

/// Prints until everything is told or, with `--follow`, until Ctrl-C or the end of who reads.
pub(super) async fn print(choice: &Choice, base: &str) -> Result<(), Box<dyn Error>> {
    let mut screen = Screen::standard();
    if !choice.follow {
        let recent = ask(base).await?;
        for event in chosen(&recent.events, choice)? {
            if !screen.show(event)? {
                break;
            }
        }
        return Ok(());
    }
    let Recent { aws_endpoint, event_bus, .. } = ask(base).await?;
    // The rule first: what happens between both is told twice, and shown once.
    let follower = Follower::start(&aws_endpoint, &event_bus, &choice.pattern()).await?;
    let shown = tokio::select! {
        shown = go_on(base, choice, &follower, &mut screen) => shown,
        asked = terminated() => asked.map_err(Into::into),
    };
    // A stack that has stopped has nothing to remove from.
    let removed = follower.end().await;
    shown?;
    Ok(removed?)
}

async fn go_on(base: &str, choice: &Choice, follower: &Follower, screen: &mut Screen) -> Result<(), Box<dyn Error>> {
    let recent = ask(base).await?;
    let mut told = HashSet::new();
    for event in chosen(&recent.events, choice)? {
        told.insert(id(event).to_owned());
        if !screen.show(event)? {
            return Ok(());
        }
    }
    loop {
        for event in follower.next().await? {
            if !told.remove(id(&event)) && !screen.show(&event)? {
                return Ok(());
            }
        }
    }
}

fn chosen<'e>(events: &'e [Value], choice: &Choice) -> Result<impl Iterator<Item = &'e Value>, EventsError> {
    let pattern = EventPattern::read(&choice.pattern()).map_err(EventsError::Choice)?;
    Ok(events.iter().filter(move |event| pattern.takes(event)))
}

fn id(event: &Value) -> &str {
    event.get("id").and_then(Value::as_str).unwrap_or_default()
}

async fn ask(base: &str) -> Result<Recent, EventsError> {
    let client = simulators::plain_http().build().map_err(EventsError::Client)?;
    let not_there = |source| EventsError::NotRunning { base: base.to_owned(), source };
    let answer = client.get(format!("{base}{PATH}")).send().await.map_err(not_there)?;
    let other = |source| EventsError::SomethingElse { base: base.to_owned(), source };
    answer.error_for_status().map_err(other)?.json().await.map_err(other)
}
