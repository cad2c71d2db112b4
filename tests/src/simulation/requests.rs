//! What the agent runtime asks for, and the human at the contact centre.

use serde_json::{Value, json};
use simulators::Act;
use transfer_providers::Adapters;

use super::agenda::Step;
use super::ledger::{Said, Told};
use super::run::Simulation;
use crate::harness::{Answer, ApiRequest, answer_of};

impl Simulation {
    pub(super) async fn create(&mut self, number: usize) {
        let case = &self.ledger.cases[number];
        let body = json!({
            "conversationSessionId": case.conversation, "contactId": "contact-1", "channel": case.channel,
            "agent": "billing-agent", "provider": self.centres.provider(case.centre), "summary": "Order 12 is late.",
        });
        let request = ApiRequest::of("POST /v1/projects/{projectId}/transfers")
            .header("Idempotency-Key", case.key.clone())
            .json(&body)
            .build();
        let work = self.begin();
        let answer = answer_of(create_transfer::handle(&work.process.service, request).await);
        let answer = self.survived(&work).then_some(answer);
        self.trace(format!("create {number}: {}", shown(answer.as_ref())));
        match answer {
            Some(Answer { status: 200 | 201, body, .. }) => self.created(number, &body),
            Some(Answer { status: 409, body, .. }) if !is_problem(&body, "idempotency-in-progress") => {
                self.figures.count("creates refused, one is open", 1);
            }
            Some(Answer { status: 429 | 500.., .. } | Answer { status: 409, .. }) | None => {
                let delay = self.dice.between(500, 5_000);
                self.later(delay, Step::Create { case: number });
            }
            Some(answer) => self.wrong(format!("create {number}: {} {}", answer.status, answer.body)),
        }
    }

    fn created(&mut self, number: usize, body: &Value) {
        let session: transfer_domain::SessionId = body["sessionId"].as_str().unwrap().parse().unwrap();
        let case = &mut self.ledger.cases[number];
        self.ledger.by_transfer.insert(session.transfer, number);
        self.ledger.touched.insert(number);
        let (channel, pace) = (case.channel, case.pace * 1000);
        if case.session.replace(session).is_some() {
            return;
        }
        self.figures.sessions += 1;
        self.figures.timer(channel.as_str(), 0);
        let delay = self.dice.between(500, 20_000);
        self.later(delay, Step::Human { case: number });
        let delay = self.dice.between(500, pace);
        self.later(delay, Step::Say { case: number });
    }

    /// The contact's texts come in order: the next is sent when this one is answered.
    pub(super) async fn say(&mut self, number: usize) {
        let case = &mut self.ledger.cases[number];
        let Some(next) = case.to_say.front().copied() else {
            if case.ends {
                // Not in the middle of an outage: what waits then is tried once more and told as failed.
                let least = if self.plan.is_one_outage { 900_000 } else { 500 };
                let delay = self.dice.between(least, least + 60_000);
                self.later(delay, Step::End { case: number });
            }
            return;
        };
        let text = case.text(next);
        if case.said.len() == next {
            case.said.push(Said { text: text.clone(), answer: Told::Nothing });
        }
        let pace = case.pace * 1000;
        let request = self
            .about(number, "POST /v1/projects/{projectId}/transfers/{sessionId}/messages")
            .json(&json!({ "messageId": format!("message-{next}"), "text": text }));
        let work = self.begin();
        let (service, commands) = (&work.process.service, work.process.commands());
        let answer = answer_of(send_message::handle(service, &Adapters::inbound(), &commands, request.build()).await);
        let answer = self.survived(&work).then_some(answer);
        self.trace(format!("say {number}.{next}: {}", shown(answer.as_ref())));
        self.ledger.touched.insert(number);
        let case = &mut self.ledger.cases[number];
        let delay = match answer.as_ref().map(|answer| answer.status) {
            Some(202) => {
                case.said[next].answer = Told::Accepted;
                case.to_say.pop_front();
                self.dice.between(100, pace)
            }
            Some(404 | 409 | 410 | 422) => {
                case.to_say.clear();
                if case.said[next].answer == Told::Nothing {
                    case.said[next].answer = Told::Refused;
                }
                return;
            }
            Some(429 | 500..) | None => {
                // Whether it was taken is not known now.
                case.said[next].answer = Told::Unclear;
                self.dice.between(500, 4_000)
            }
            Some(status) => return self.wrong(format!("say {number}: {status}")),
        };
        self.later(delay, Step::Say { case: number });
    }

    pub(super) async fn end(&mut self, number: usize) {
        let request = self.about(number, "POST /v1/projects/{projectId}/transfers/{sessionId}/end");
        let work = self.begin();
        let answer = answer_of(end_transfer::handle(&work.process.service, request.build()).await);
        let answer = self.survived(&work).then_some(answer);
        self.trace(format!("end {number}: {}", shown(answer.as_ref())));
        self.ledger.touched.insert(number);
        if answer.is_none_or(|answer| answer.status == 429 || answer.status >= 500) {
            let delay = self.dice.between(500, 4_000);
            self.later(delay, Step::End { case: number });
        }
    }

    /// Whether the contact centre of a transfer can be asked about its end.
    pub(super) fn can_be_asked(&self, number: usize) -> bool {
        self.centres.can_be_asked(self.ledger.cases[number].centre)
    }

    /// Who is told that nobody has heard of a call for long asks its human, and ends what they have left.
    pub(super) async fn look_at_stale(&mut self, number: usize) {
        let case = &self.ledger.cases[number];
        if case.session.as_ref().is_none_or(|session| self.ledger.events.is_over(session)) {
            return;
        }
        if case.left_at.is_some() {
            self.figures.count("calls ended by who was told of their silence", 1);
            self.end(number).await;
        } else {
            let delay = self.dice.between(600_000, 1_200_000);
            self.later(delay, Step::Stale { case: number });
        }
    }

    fn about(&self, number: usize, route: &str) -> ApiRequest {
        let session = self.ledger.cases[number].session.as_ref().unwrap();
        ApiRequest::of(route).parameter("sessionId", session.to_string())
    }

    /// The human does the next thing, as soon as there is a conversation, and as long as it goes on.
    pub(super) fn human(&mut self, number: usize) {
        let case = &self.ledger.cases[number];
        let Some(uuid) = case.uuid() else { return };
        let (pace, centre) = (case.pace * 1000, case.centre);
        let Some(there) = self.centres.conversation(centre, &uuid) else {
            let is_over = case.session.as_ref().is_some_and(|session| self.ledger.events.is_over(session));
            if !is_over {
                let delay = self.dice.between(2_000, 30_000);
                self.later(delay, Step::Human { case: number });
            }
            return;
        };
        if there.phase == simulators::Phase::Ended {
            return;
        }
        let Some(act) = self.ledger.cases[number].acts.pop_front() else { return };
        let done = self.centres.desk(centre).act(&uuid, act.clone());
        if let (Act::Say(text), Ok(())) = (&act, &done) {
            let now = self.now();
            self.ledger.cases[number].answers.push((text.clone(), now));
        }
        if matches!(act, Act::End(_) | Act::NoAgents | Act::Leave) {
            let now = self.now();
            self.ledger.cases[number].left_at.get_or_insert(now);
        }
        self.trace(format!("human {number}: {act:?} {}", if done.is_ok() { "" } else { "not possible" }));
        let delay = self.dice.between(200, pace);
        self.later(delay, Step::Human { case: number });
    }
}

fn shown(answer: Option<&Answer>) -> String {
    answer.map_or_else(|| "killed".to_owned(), |answer| answer.status.to_string())
}

fn is_problem(body: &Value, kind: &str) -> bool {
    body["type"].as_str().is_some_and(|told| told.ends_with(kind))
}
