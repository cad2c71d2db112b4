//! What a scenario needs of a provider beside being one.

use transfer_providers::Receipts;

use super::Profile;

/// Something that not every contact centre can do or tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It takes files from the contact.
    FilesOut,
    /// It sends files of the representative.
    FilesIn,
    /// It takes the conversation so far.
    History,
    /// It takes the queue that was asked for.
    Queue,
    /// It takes the priority that was asked for.
    Priority,
    /// It takes skills and language.
    Skills,
    /// It tells the place in the queue.
    Position,
    /// It tells the expected wait.
    Wait,
    /// It tells when the representative types.
    Typing,
    /// It can be told that the contact types.
    ContactTyping,
    /// It takes receipts of the contact.
    Receipts,
    /// It can be asked whether somebody is there.
    Availability,
    /// It tells that it is closed.
    Hours,
    /// It can be told to end a conversation.
    RemoteEnd,
    /// It tells that the representative left when the conversation goes on.
    PostAgent,
    /// A representative's message alone proves that one is connected.
    MessagePromotes,
    /// A message whose outcome is unknown may be sent again.
    Resends,
    /// It is known to show a message once that is sent twice under the same id.
    Recognises,
    /// It can be set to give a message up whose outcome is unknown.
    GivesUp,
    /// Its events carry their times, so that their order can be restored.
    Times,
    /// Its calls use an access token that can be fetched again.
    Token,
    /// It tells when the conversation goes back to a queue.
    QueueTransfer,
    /// It tells that a representative declined.
    Decline,
    /// It tells that nobody is there.
    NoAgents,
    /// It tells about after-call work.
    WrapUp,
    /// It asks the contact for a rating.
    Survey,
    /// It marks messages that must not be shown.
    SecureNotes,
    /// What proves a callback covers its body.
    Signature,
    /// What proves a callback covers its time.
    Stamp,
    /// A callback proves itself.
    Proof,
    /// A callback is answered.
    Answer,
    /// It tells what its own bot says.
    FlowTexts,
    /// A token that is refused can be replaced while a conversation is open.
    Renewal,
    /// Its conversations move from one place to another.
    Moves,
    /// It takes who the contact is.
    Contact,
    /// It tells when the representative stops typing.
    TypingStop,
    /// Its events name the conversation by what operators may see.
    Name,
    /// It tells who ended a conversation.
    Ender,
    /// The answer to an opening tells something that is needed.
    OpeningAnswer,
    /// It sends texts without anything that would tell them from others of the same words.
    Nameless,
    /// Its texts tell whether a human or a bot wrote them.
    Speakers,
    /// It tells by phrases of its own bot that it is over.
    Phrases,
    /// It tells of each of several representatives who comes and goes.
    Several,
    /// Its texts have lists that may be empty.
    Lists,
    /// The ids of its texts are texts.
    TextIds,
    /// Its callbacks name the representative.
    Names,
    /// Its callbacks are lists of things that happened.
    Items,
    /// Its texts come in the order in which they were written.
    Order,
}

impl Need {
    /// Why a provider does not have it; `None` if it does.
    pub fn unmet(self, profile: &Profile) -> Option<&'static str> {
        let lacks = profile.lacks.iter().find(|(need, _)| *need == self).map(|(_, why)| *why);
        lacks.or_else(|| self.by_capability(profile))
    }

    fn by_capability(self, profile: &Profile) -> Option<&'static str> {
        let can = profile.capabilities();
        let (has, why) = match self {
            Self::FilesOut => (can.attachments > 0, "it takes no files"),
            Self::History => (can.history_upload, "it takes no history; the summary is all that is told"),
            Self::Position => (can.queue_position, "it tells no place in the queue"),
            Self::Wait => (can.wait_time, "it tells no expected wait"),
            Self::Typing => (can.typing_in, "it does not tell who types"),
            Self::ContactTyping => (can.typing_out, "it cannot be told that the contact types"),
            Self::Receipts => (can.receipts != Receipts::None, "it takes no receipts"),
            Self::Availability => (can.availability, "it cannot be asked who is there"),
            Self::RemoteEnd => (can.remote_end, "it cannot be told to end a conversation"),
            Self::PostAgent => (can.native_post_agent, "it does not tell that a representative left"),
            Self::MessagePromotes => (can.message_promotes, "a text is no proof of a human"),
            Self::Resends => (can.resends_safely, "a message has no id by which a repetition would be recognised"),
            Self::FilesIn
            | Self::Hours
            | Self::Queue
            | Self::Priority
            | Self::Skills
            | Self::Recognises
            | Self::GivesUp
            | Self::Times
            | Self::Token
            | Self::QueueTransfer
            | Self::Decline
            | Self::NoAgents
            | Self::WrapUp
            | Self::Survey
            | Self::SecureNotes
            | Self::Signature
            | Self::Stamp
            | Self::Order
            | Self::OpeningAnswer
            | Self::Nameless
            | Self::Speakers
            | Self::Phrases
            | Self::Several
            | Self::Lists
            | Self::TextIds
            | Self::Names
            | Self::Items
            | Self::Proof
            | Self::Answer
            | Self::FlowTexts
            | Self::Renewal
            | Self::Moves
            | Self::Contact
            | Self::TypingStop
            | Self::Name
            | Self::Ender => (true, ""),
        };
        (!has).then_some(why)
    }
}
