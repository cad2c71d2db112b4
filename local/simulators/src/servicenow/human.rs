//! What acts look like on the wire: envelopes.

use crate::{
    act::{Act, ActError, Attachment, EndedBy, Phase, Stamp},
    options::Representative,
    state::{Author, Line},
};

use super::{
    ServiceNow,
    book::{Book, Case, Stage},
    envelope::{Cause, Envelope, action, bot_text, representative_file, representative_text, system, waiting},
};

const STAND_BY: &str = "Please stand by while I connect you to a live agent.";
const NO_AGENTS: &str = "There are no agents available right now. Please try again later.";
const ENDED: &str = "The conversation has ended. If you need help again, type hi.";

pub(super) fn perform(
    instance: &ServiceNow,
    book: &mut Book,
    conversation: &str,
    act: Act,
    stamp: Stamp,
) -> Result<(), ActError> {
    let id = book.resolve(conversation).ok_or(ActError::UnknownConversation)?;
    let case = book.cases.get_mut(&id).ok_or(ActError::UnknownConversation)?;
    let phase = case.phase;
    let next = phase.after(&act)?;
    let ended_by = act.ended_by();
    let mut scene = Scene { instance, id: &id, case, stamp };
    scene.play(act, phase);
    settle(instance, case, &id, next, ended_by);
    Ok(())
}

/// Gives the conversation back to the caller: it is over here.
pub(super) fn take_control(instance: &ServiceNow, case: &mut Case, id: &str, by: EndedBy) {
    let envelope = Envelope::new("take_control", Cause::Answer, Vec::new()).flag("takeControl", true).flag("score", 0);
    case.callbacks.push(envelope.for_case(id, case));
    case.stage = Stage::Bot;
    settle(instance, case, id, Phase::Ended, Some(by));
}

fn settle(instance: &ServiceNow, case: &mut Case, id: &str, next: Phase, ended_by: Option<EndedBy>) {
    case.phase = next;
    if next == Phase::Ended {
        case.cues = None;
    }
    instance.runtime.show(id, next, case.representative, ended_by);
}

fn representative<'a>(instance: &'a ServiceNow, case: &Case) -> &'a Representative {
    instance.runtime.options.representative(case.representative)
}

/// One act under way.
struct Scene<'a> {
    instance: &'a ServiceNow,
    id: &'a str,
    case: &'a mut Case,
    stamp: Stamp,
}

impl Scene<'_> {
    fn play(&mut self, act: Act, phase: Phase) {
        match act {
            // Routing inside the desk and after-call work are not exposed.
            Act::Accept | Act::Offer | Act::Decline | Act::WrapUp => {}
            Act::Queue => self.queue(phase),
            Act::Join => self.join(),
            Act::Say(text) => self.say(text),
            Act::SendFile(file, text) => self.send_file(file, text),
            Act::StartTyping => self.typing("StartTypingIndicator"),
            Act::StopTyping => self.typing("EndTypingIndicator"),
            Act::Transfer => {
                // No event is documented: the next message simply has another agentId.
                self.case.representative += 1;
                self.case.transferring = true;
            }
            Act::Leave => self.leave(),
            Act::Survey(text) => self.bot_text("survey", text),
            Act::FlowText(text) => self.bot_text("flow_text", text),
            Act::NoAgents => self.bot_text("no_agents", NO_AGENTS.to_owned()),
            Act::End(by) => self.end(by),
        }
    }

    fn send(&self, envelope: Envelope) {
        self.case.callbacks.push(envelope.for_case(self.id, self.case));
    }

    fn message_id(&self) -> String {
        let given = self.stamp.id.clone();
        given.unwrap_or_else(|| self.instance.runtime.ids.sys_id())
    }

    /// The first time the whole announcement, later only news about the waiting time.
    fn queue(&mut self, phase: Phase) {
        let waiting = waiting(&self.instance.config.wait_time);
        let items = if phase == Phase::Queued {
            vec![waiting]
        } else {
            let text = bot_text(STAND_BY, &self.message_id());
            vec![text, action("SubscribeToSupportQueue"), waiting]
        };
        self.case.stage = Stage::AgentChat;
        self.send(Envelope::new("queued", Cause::Answer, items).flag("score", 1));
    }

    fn join(&mut self) {
        self.case.stage = Stage::AgentChat;
        if std::mem::take(&mut self.case.transferring) {
            return;
        }
        let name = &representative(self.instance, self.case).name;
        let items = vec![
            action("EndSpinner"),
            action("SubscribeToChatPresence"),
            action("SwitchToLiveAgent"),
            system(&format!("{name} has entered the chat.")),
        ];
        self.send(Envelope::new("joined", Cause::Unsolicited, items));
    }

    fn say(&mut self, text: String) {
        let message_id = self.message_id();
        let who = representative(self.instance, self.case);
        let item = representative_text(&text, &message_id, who);
        self.send(Envelope::new("message", Cause::Unsolicited, vec![item]));
        self.show(Author::Representative, message_id, text, Vec::new());
    }

    fn send_file(&mut self, file: Attachment, text: String) {
        let message_id = self.message_id();
        let who = representative(self.instance, self.case);
        let mut items = vec![representative_file(&file, &message_id, who)];
        if !text.is_empty() {
            let caption = self.instance.runtime.ids.sys_id();
            items.push(representative_text(&text, &caption, who));
        }
        self.send(Envelope::new("attachment", Cause::Unsolicited, items));
        self.show(Author::Representative, message_id, text, vec![file]);
    }

    fn typing(&mut self, indicator: &str) {
        let items = vec![action(indicator)];
        self.send(Envelope::new("typing", Cause::Unsolicited, items));
    }

    fn bot_text(&mut self, kind: &'static str, text: String) {
        let message_id = self.message_id();
        let item = bot_text(&text, &message_id);
        self.send(Envelope::new(kind, Cause::Answer, vec![item]));
        self.show(Author::Flow, message_id, text, Vec::new());
    }

    fn leave(&mut self) {
        let name = &representative(self.instance, self.case).name;
        let items = vec![system(&format!("{name} has closed the support session.")), action("SwitchToVirtualAgent")];
        self.send(Envelope::new("left", Cause::Unsolicited, items));
        // The bot has the conversation again, until it is over.
        self.case.stage = Stage::Bot;
    }

    /// A chat that never was on the way to a human ends without `completed`.
    fn end(&mut self, by: EndedBy) {
        let mut items = Vec::new();
        if by == EndedBy::Provider && self.case.phase == Phase::Connected {
            items.push(system("The chat has timed out."));
        }
        items.push(bot_text(ENDED, &self.message_id()));
        let mut envelope = Envelope::new("completed", Cause::Answer, items).flag("score", 1);
        if self.case.cues.is_some() {
            envelope = envelope.flag("completed", true);
        }
        self.send(envelope);
        self.case.stage = Stage::Bot;
    }

    fn show(&self, author: Author, message_id: String, text: String, attachments: Vec<Attachment>) {
        let now = self.instance.runtime.options.timer.now_ms();
        let line = Line { author, message_id, text, attachments, at_ms: self.stamp.at_ms.unwrap_or(now) };
        self.instance.runtime.update_conversation(self.id, |it| it.transcript.push(line));
    }
}
