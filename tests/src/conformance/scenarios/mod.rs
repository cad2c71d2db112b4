//! The one list of scenarios.

mod callbacks;
mod content;
mod courtesy;
mod ending;
mod files;
mod handover;
mod messages;
mod opening;
mod outcomes;
mod queue;
mod tolerance;
mod trouble;

use std::pin::Pin;

use super::{Bench, Need};

/// How a scenario wants its stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// One on which an exchange with the provider may take a short time only.
    Hasty,
    /// One that other scenarios use before and after it.
    Usual,
    /// One that nobody uses after it.
    Last,
}

/// One promise of every adapter.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// The heading that it stands under.
    pub group: &'static str,
    /// What is promised.
    pub name: &'static str,
    /// What a provider must be able to do for it.
    pub needs: &'static [Need],
    /// How it wants its stack.
    pub pace: Pace,
    /// Plays it; panics if it does not hold.
    pub play: for<'a> fn(&'a Bench) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>,
}

macro_rules! scenarios {
    ($(under $group:literal; $($name:literal [$($need:ident)*] $pace:ident $($path:ident)::+;)+)+) => {
        &[$($(Scenario {
            group: $group,
            name: $name,
            needs: &[$(Need::$need),*],
            pace: Pace::$pace,
            play: |bench| Box::pin($($path)::+(bench)),
        },)+)+]
    };
}

/// Everything that is held against every provider.
pub const SCENARIOS: &[Scenario] = scenarios! {
    under "Opening";
    "a request opens one conversation, and the session knows its name" [] Usual opening::one_conversation;
    "the summary is told" [] Usual opening::summary;
    "the conversation so far is told in its order" [History] Usual opening::history;
    "the queue is told" [Queue] Usual opening::queue;
    "the priority is told" [Priority] Usual opening::priority;
    "skills and language are told" [Skills] Usual opening::skills;
    "who the contact is, is told" [Contact] Usual opening::contact;
    "any script and emoji arrive unharmed" [] Usual opening::unicode;
    "4 KB of metadata and a summary of 4,000 bytes do not get in the way" [] Usual opening::large;
    "a repeated request opens nothing more" [] Usual opening::repeated;
    "two conversations of one contact stay apart" [] Usual opening::two;
    "after an end the same conversation can be transferred again, to a new one" [] Usual opening::again;
    under "Outcomes of the opening";
    "refused: the transfer fails and the conversation is free" [] Usual outcomes::refused;
    "401: the token is fetched again, once" [Token] Usual outcomes::unauthorized;
    "401 for good: the transfer fails, and nothing hammers" [] Usual outcomes::unauthorized_for_good;
    "no token for a moment: it comes again" [Token] Usual outcomes::no_token;
    "no connection: it comes again" [] Usual outcomes::unreachable;
    "moved to another data centre: followed there" [Moves] Usual outcomes::moved;
    "429 with Retry-After: it comes again, no sooner" [] Usual outcomes::throttled_with_time;
    "429 without Retry-After: it comes again" [] Usual outcomes::throttled;
    "429 for good: the transfer fails and says why" [] Usual outcomes::throttled_for_good;
    "500 although taken: never repeated, settled by what comes" [] Usual outcomes::failed_but_taken;
    "503 and not taken: never repeated" [] Usual outcomes::failed;
    "connection closed although taken: never repeated, settled by what comes" [] Usual outcomes::closed_but_taken;
    "connection closed and not taken: never repeated" [] Usual outcomes::closed;
    "time-out after it was taken: never repeated, settled by what comes" [] Hasty outcomes::late_but_taken;
    "time-out before it was taken: never repeated" [] Hasty outcomes::late;
    "an answer that cannot be read: never repeated, settled by what comes" [OpeningAnswer] Usual outcomes::malformed;
    "an answer without end: not read, settled by what comes" [] Usual outcomes::huge;
    "a redirect is not followed" [] Usual outcomes::redirect;
    "an unconfirmed conversation that shows up after the end is closed" [RemoteEnd] Usual outcomes::orphan;
    under "Waiting";
    "in a queue" [] Usual queue::queued;
    "the place in the queue" [Position] Usual queue::position;
    "the expected wait" [Wait] Usual queue::wait;
    "news about the queue changes nothing else" [] Usual queue::repeated;
    "what the contact centre's own bot says is not a human's" [FlowTexts] Usual queue::flow_text;
    "a representative joins, by name" [] Usual queue::joins;
    "a declined alert leaves the contact in the queue" [Decline] Usual queue::declined;
    "nobody there: the transfer ends and says why" [NoAgents] Usual queue::nobody;
    "what the contact wrote before arrives in order, once" [] Usual queue::written_before;
    under "Messages";
    "from the representative, in order, once" [Order] Usual messages::inbound_order;
    "from the contact, in order, once" [] Usual messages::outbound_order;
    "both ways at the same time" [Order] Usual messages::both_ways;
    "the same message id again is not sent again" [] Usual messages::outbound_duplicate;
    "the same callback again is not told again" [] Usual messages::inbound_duplicate;
    "equal texts are different messages" [] Usual messages::equal_texts;
    "a very long text from the contact" [] Usual messages::long_outbound;
    "a very long text from the representative" [] Usual messages::long_inbound;
    "emoji, right-to-left and control characters, both ways" [] Usual messages::strange_texts;
    "typing is told and changes nothing" [Typing] Usual messages::typing;
    "a private message is not passed on" [SecureNotes] Usual messages::secure;
    "each message moves the expiry" [] Usual messages::expiry;
    "equal texts without an id are different messages" [Nameless] Usual content::equal_without_id;
    "equal texts with the same id are one message" [] Usual content::equal_with_id;
    "who speaks: a bot's text is nobody's, a human's proves one" [Speakers] Usual content::who_speaks;
    "a human's sentence ends nothing, whatever it says" [] Usual content::phrase_of_a_human;
    "a machine's phrase ends it, and not after a human joined" [Phrases] Usual content::phrase_of_a_machine;
    under "Tolerance";
    "half a character: what stands beside it is read" [] Usual tolerance::half_a_character;
    "null for a list: none" [Lists] Usual tolerance::null_for_a_list;
    "a number for an id: the same each time" [TextIds] Usual tolerance::number_for_an_id;
    "a blank name: the known one stays" [Names] Usual tolerance::blank_name;
    "a broken item: the good ones are read, and the timeline says so" [Items] Usual tolerance::broken_item;
    under "Courtesies";
    "typing of the contact is shown, or its sender is told that it cannot be" [] Usual courtesy::typing;
    "typing goes on, stops and starts again" [ContactTyping] Usual courtesy::typing_goes_on;
    "typing that is refused holds nothing up and is not tried again" [ContactTyping] Usual courtesy::typing_refused;
    "receipts of the contact are kept, and told where they are taken" [] Usual courtesy::receipts;
    "receipts that meet trouble are told again and hold nothing up" [Receipts] Usual courtesy::receipts_after_trouble;
    "nobody available: nothing is opened, and the alternatives are named" [Availability] Usual courtesy::nobody_available;
    "nobody knows who is available: it is opened" [Availability] Usual courtesy::availability_unknown;
    "outside hours: the transfer ends and says so" [Hours] Usual courtesy::outside_hours;
    under "Files";
    "a file of the contact" [FilesOut] Usual files::outbound;
    "more files than one message may carry" [FilesOut] Usual files::several;
    "a file without a text" [FilesOut] Usual files::bare;
    "a file of the representative" [FilesIn] Usual files::inbound;
    "a file of the representative, told twice" [FilesIn] Usual files::inbound_twice;
    under "Outcomes of a message";
    "401: the token is fetched again, and it shows once" [Renewal] Usual trouble::unauthorized;
    "moved to another data centre: followed there, and it shows once" [Moves] Usual trouble::moved;
    "429: it comes again, in order" [] Usual trouble::throttled;
    "503 although taken: it comes again under its id and shows once" [Resends Recognises] Usual trouble::failed_but_taken;
    "503 and not taken: it comes again" [Resends] Usual trouble::failed;
    "connection closed although taken: it shows once" [Resends Recognises] Usual trouble::closed_but_taken;
    "time-out after it was taken: it shows once" [Resends Recognises] Hasty trouble::late_but_taken;
    "an unknown outcome where repetitions are switched off: told as failed, shown once" [GivesUp] Usual trouble::not_repeated;
    "refused: its sender is told, and the next ones go on" [] Usual trouble::refused;
    "a web page with 200: not taken for delivered" [] Usual content::page_with_200;
    "nothing with 200: not taken for delivered" [] Usual content::nothing_with_200;
    "to a conversation that is gone: the transfer ends" [] Usual trouble::gone;
    "after the end: refused, and nothing reaches the contact centre" [] Usual trouble::after_end;
    under "Handing on";
    "to another queue" [QueueTransfer] Usual handover::queue;
    "to another person" [] Usual handover::person;
    "the second of two leaves: the first is shown" [Several] Usual content::second_leaves;
    "the representative leaves and the conversation goes on" [PostAgent] Usual handover::leaves;
    "the representative comes back" [PostAgent] Usual handover::comes_back;
    "after-call work is noted and changes nothing" [WrapUp] Usual handover::wrap_up;
    "a survey after the representative has left reaches the contact" [Survey] Usual handover::survey;
    under "The end";
    "by the contact" [RemoteEnd] Usual ending::contact;
    "by the AI agent" [RemoteEnd] Usual ending::agent;
    "by an operator" [RemoteEnd] Usual ending::operator;
    "by the representative" [] Usual ending::representative;
    "by the provider" [] Usual ending::provider;
    "asked for twice" [RemoteEnd] Usual ending::twice;
    "before anything was opened" [] Usual ending::before_opening;
    "while in the queue" [RemoteEnd] Usual ending::in_queue;
    "of what is gone there already" [RemoteEnd] Usual ending::already_gone;
    "answered with 503: told again until it is taken" [RemoteEnd] Usual ending::failed;
    "after messages: they arrive first" [RemoteEnd] Usual ending::after_messages;
    "by silence: the expiry closes the conversation" [RemoteEnd] Usual ending::expiry;
    "by silence after nobody ever came" [RemoteEnd] Usual ending::expiry_in_queue;
    under "Callbacks";
    "with a forged proof: refused, without effect" [Proof] Usual callbacks::forged;
    "with a changed body: refused, without effect" [Signature] Usual callbacks::changed;
    "without a proof: refused, without effect" [Proof] Usual callbacks::unproven;
    "caught and sent again long after: refused, without effect" [Stamp] Usual callbacks::stale;
    "at a wrong path: nothing is there" [Proof] Usual callbacks::wrong_path;
    "replayed: accepted, without effect" [] Usual callbacks::replayed;
    "all told three times: the same as once" [Order] Usual callbacks::duplicated;
    "all told backwards: the same state" [Times] Usual callbacks::backwards;
    "before the answer to the opening" [] Usual callbacks::early;
    "with a text, before the answer to the opening" [FlowTexts] Usual callbacks::early_text;
    "for an unknown session: without effect" [] Usual callbacks::unknown_session;
    "for an ended session: kept, without effect" [] Usual callbacks::after_end;
    "a late sign of the past does not bring a session back" [] Usual callbacks::late_join;
    "of another project's integration: accepted there, without effect here" [] Usual callbacks::stranger;
    "with the proof of another project's integration: refused, without effect" [Proof] Usual callbacks::confused;
    "that cannot be read: refused, and nothing breaks" [Answer] Usual callbacks::malformed;
    "of an unknown type: accepted, without effect" [] Usual callbacks::unknown_type;
    "that are too large: refused" [Answer] Usual callbacks::too_large;
    "of a joining that was lost: the first text tells it" [MessagePromotes] Usual callbacks::lost_join;
    "while secrets are rotated: old and new hold, then the new only" [Proof] Last callbacks::rotated;
};
