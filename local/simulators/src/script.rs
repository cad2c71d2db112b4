//! The scripted human: which acts follow from the opening and from the contact's messages.
//!
//! A script knows nothing of any provider; a centre turns its [`Act`]s into wire events.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, EndedBy, Stamp},
    centre::Control,
    options::{Lines, Options},
    unfinished::Receiver,
};

/// What the human does by itself. Names on the wire are `snake_case`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Script {
    /// Queued, joins, greets, answers each message, leaves after some messages or on "bye".
    #[default]
    Greet,
    /// Joins, says hello, then never answers.
    Idle,
    /// Nobody ever joins.
    QueueForever,
    /// Queued, then nobody is there.
    NoAgents,
    /// The open itself is refused with a definite 4xx.
    Reject,
    /// The first representative declines the alert, then it is answered; goes on as `greet`.
    DeclineThenAnswer,
    /// At the first contact message: back to the queue, a second representative joins; then as `greet`.
    TransferToQueue,
    /// As `greet`, but with a noticeable time and a survey between leaving and the end.
    WrapUp,
    /// Only what is commanded.
    Manual,
}

/// How many steps of the pace pass, and the act that follows.
type Beat = (u32, Act);

impl Script {
    fn opening(self, lines: &Lines) -> Vec<Beat> {
        let mut beats = vec![(0, Act::Accept)];
        if let Some(text) = &lines.flow_greeting {
            beats.push((0, Act::FlowText(text.clone())));
        }
        beats.push((1, Act::Queue));
        let joins = [(1, Act::Join), (1, Act::Say(lines.greeting.clone()))];
        match self {
            Self::Greet | Self::Idle | Self::TransferToQueue | Self::WrapUp => beats.extend(joins),
            Self::DeclineThenAnswer => {
                beats.extend([(1, Act::Offer), (1, Act::Decline)]);
                beats.extend(joins);
            }
            Self::NoAgents => beats.extend([(1, Act::NoAgents), (0, Act::End(EndedBy::Provider))]),
            Self::QueueForever => {}
            Self::Reject | Self::Manual => return Vec::new(),
        }
        beats
    }

    /// The acts that follow the contact's `heard`-th message (from 1).
    fn reaction(self, text: &str, heard: u32, options: &Options) -> Vec<Beat> {
        match self {
            Self::Idle | Self::QueueForever | Self::NoAgents | Self::Reject | Self::Manual => {
                return Vec::new();
            }
            Self::Greet | Self::DeclineThenAnswer | Self::TransferToQueue | Self::WrapUp => {}
        }
        if is_goodbye(text) {
            return self.farewell(&options.lines);
        }
        let mut beats = vec![(1, Act::StartTyping), (1, Act::Say(answer(text))), (0, Act::StopTyping)];
        if self == Self::TransferToQueue && heard == 1 {
            let [_, second] = &options.representatives;
            let hello = format!("Hello, {} here now.", second.name);
            beats.extend([(1, Act::Transfer), (1, Act::Join), (1, Act::Say(hello))]);
        }
        if heard >= options.answers_before_leaving {
            beats.extend(self.farewell(&options.lines));
        }
        beats
    }

    fn farewell(self, lines: &Lines) -> Vec<Beat> {
        let mut beats = vec![(1, Act::Say(lines.farewell.clone())), (1, Act::Leave)];
        if self == Self::WrapUp {
            beats.push((1, Act::Survey(lines.survey.clone())));
            beats.push((5, Act::WrapUp));
        } else {
            beats.push((0, Act::WrapUp));
        }
        beats.push((0, Act::End(EndedBy::Representative)));
        beats
    }
}

fn is_goodbye(text: &str) -> bool {
    let word = text.trim().trim_end_matches(['!', '.']);
    word.eq_ignore_ascii_case("bye") || word.eq_ignore_ascii_case("goodbye")
}

fn answer(text: &str) -> String {
    format!("About \"{text}\": I am looking into it for you.")
}

/// Lets the scripted human play `conversation` until it is over or the cues (contact messages) end.
pub(crate) fn play(
    centre: Arc<dyn Control>,
    conversation: String,
    script: Script,
    mut cues: Receiver<String>,
) -> impl Future<Output = ()> + Send {
    // From now on, not from the first poll.
    let opening = centre.runtime().unfinished.begin();
    async move {
        let options = centre.runtime().options.clone();
        if !perform_all(&centre, &conversation, script.opening(&options.lines)).await {
            return;
        }
        drop(opening);
        let mut heard = 0_u32;
        while let Some((text, _unfinished)) = cues.recv().await {
            heard = heard.saturating_add(1);
            let beats = script.reaction(&text, heard, &options);
            if !perform_all(&centre, &conversation, beats).await {
                return;
            }
        }
    }
}

/// `false` once an act is no longer possible: somebody else ended the conversation or took the desk over.
async fn perform_all(centre: &Arc<dyn Control>, conversation: &str, beats: Vec<Beat>) -> bool {
    let options = &centre.runtime().options;
    for (pauses, act) in beats {
        if pauses > 0 {
            options.timer.pause(options.pace.step.saturating_mul(pauses)).await;
        }
        if let Err(error) = centre.perform(conversation, act, Stamp::default()) {
            tracing::debug!(%error, "the script stops");
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::Phase;

    const ALL: [Script; 9] = [
        Script::Greet,
        Script::Idle,
        Script::QueueForever,
        Script::NoAgents,
        Script::Reject,
        Script::DeclineThenAnswer,
        Script::TransferToQueue,
        Script::WrapUp,
        Script::Manual,
    ];

    fn walk(phase: Phase, beats: &[Beat]) -> Phase {
        let step = |phase: Phase, (_, act): &Beat| phase.after(act).unwrap_or_else(|why| panic!("{act:?}: {why}"));
        beats.iter().fold(phase, step)
    }

    #[test]
    fn every_script_is_playable_from_opening_to_goodbye() {
        let options = Options::brisk();
        for script in ALL {
            let mut phase = walk(Phase::New, &script.opening(&options.lines));
            phase = walk(phase, &script.reaction("Where is it?", 1, &options));
            walk(phase, &script.reaction("bye", 2, &options));
        }
    }

    #[test]
    fn the_representative_leaves_after_the_last_answer() {
        let options = Options::brisk();
        let last = options.answers_before_leaving;
        let ends =
            |heard| Script::Greet.reaction("more", heard, &options).iter().any(|(_, act)| matches!(act, Act::End(_)));
        assert!(!ends(last - 1));
        assert!(ends(last));
    }

    #[test]
    fn goodbye_is_recognised_as_people_write_it() {
        for text in ["bye", " Bye! ", "GOODBYE."] {
            assert!(is_goodbye(text), "{text}");
        }
        assert!(!is_goodbye("bye bye now, one more question"));
    }
}
