//! What acts look like on the wire: envelopes.

use crate::engine::{Act, Attachment, Author, EndedBy, Phase, Scene};

use super::{
    Case, Instance, ServiceNow, Stage,
    envelope::{Cause, Envelope, action, bot_text, representative_file, representative_text, system, waiting},
};

const STAND_BY: &str = "Please stand by while I connect you to a live agent.";
const NO_AGENTS: &str = "There are no agents available right now. Please try again later.";
const ENDED: &str = "The conversation has ended. If you need help again, type hi.";

/// Gives the conversation back to the caller: it is over here.
pub(super) fn take_control(desk: &Instance, case: &mut Case, by: EndedBy) {
    let envelope = Envelope::new("take_control", Cause::Answer, Vec::new()).flag("takeControl", true).flag("score", 0);
    envelope.send(case);
    case.own.stage = Stage::Bot;
    desk.settle(case, Phase::Ended, Some(by));
}

impl Scene<'_, ServiceNow> {
    pub(super) fn play(&mut self, act: Act) {
        match act {
            // Routing inside the desk and after-call work are not exposed.
            Act::Accept | Act::Offer | Act::Decline | Act::WrapUp => {}
            Act::Queue => self.queue(),
            Act::Join => self.join(),
            Act::Say(text) => self.say(text),
            Act::SendFile(file, text) => self.send_file(file, text),
            Act::StartTyping => self.typing("StartTypingIndicator"),
            Act::StopTyping => self.typing("EndTypingIndicator"),
            Act::Transfer => {
                // No event is documented: the next message simply has another agentId.
                self.case.representative += 1;
                self.case.own.transferring = true;
            }
            Act::Leave => self.leave(),
            Act::Survey(text) => self.bot_text("survey", text),
            Act::FlowText(text) => self.bot_text("flow_text", text),
            Act::NoAgents => self.bot_text("no_agents", NO_AGENTS.to_owned()),
            Act::End(by) => self.end(by),
        }
    }

    fn message_id(&self) -> String {
        self.id_or(|| self.desk.runtime.ids.sys_id())
    }

    /// The first time the whole announcement, later only news about the waiting time.
    fn queue(&mut self) {
        let waiting = waiting(&self.desk.config.wait_time);
        let items = if self.case.phase == Phase::Queued {
            vec![waiting]
        } else {
            let text = bot_text(STAND_BY, &self.message_id());
            vec![text, action("SubscribeToSupportQueue"), waiting]
        };
        self.case.own.stage = Stage::AgentChat;
        Envelope::new("queued", Cause::Answer, items).flag("score", 1).send(self.case);
    }

    fn join(&mut self) {
        self.case.own.stage = Stage::AgentChat;
        if std::mem::take(&mut self.case.own.transferring) {
            return;
        }
        let name = &self.who().name;
        let items = vec![
            action("EndSpinner"),
            action("SubscribeToChatPresence"),
            action("SwitchToLiveAgent"),
            system(&format!("{name} has entered the chat.")),
        ];
        Envelope::new("joined", Cause::Unsolicited, items).send(self.case);
    }

    fn say(&mut self, text: String) {
        let message_id = self.message_id();
        let who = self.who();
        let item = representative_text(&text, &message_id, who);
        Envelope::new("message", Cause::Unsolicited, vec![item]).send(self.case);
        self.show(Author::Representative, message_id, text, None, self.time());
    }

    fn send_file(&mut self, file: Attachment, text: String) {
        let message_id = self.message_id();
        let who = self.who();
        let mut items = vec![representative_file(&file, &message_id, who)];
        if !text.is_empty() {
            let caption = self.desk.runtime.ids.sys_id();
            items.push(representative_text(&text, &caption, who));
        }
        Envelope::new("attachment", Cause::Unsolicited, items).send(self.case);
        self.show(Author::Representative, message_id, text, Some(file), self.time());
    }

    fn typing(&mut self, indicator: &str) {
        let items = vec![action(indicator)];
        Envelope::new("typing", Cause::Unsolicited, items).send(self.case);
    }

    fn bot_text(&mut self, kind: &'static str, text: String) {
        let message_id = self.message_id();
        let item = bot_text(&text, &message_id);
        Envelope::new(kind, Cause::Answer, vec![item]).send(self.case);
        self.show(Author::Flow, message_id, text, None, self.time());
    }

    fn leave(&mut self) {
        let name = &self.who().name;
        let items = vec![system(&format!("{name} has closed the support session.")), action("SwitchToVirtualAgent")];
        Envelope::new("left", Cause::Unsolicited, items).send(self.case);
        // The bot has the conversation again, until it is over.
        self.case.own.stage = Stage::Bot;
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
        envelope.send(self.case);
        self.case.own.stage = Stage::Bot;
    }
}
