//! What holds at any time.

use std::collections::BTreeSet;

use simulators::Author;
use transfer_domain::ProjectId;

use super::ledger::{Case, Told};
use super::run::Simulation;
use crate::harness::PROJECT;

impl Simulation {
    /// Of every transfer that the step was about.
    pub(super) async fn check_touched(&mut self) {
        let touched = std::mem::take(&mut self.ledger.touched);
        for number in touched {
            self.check_desktop(number);
            self.check_one_is_open(number).await;
        }
    }

    /// At most one session of a conversation is open.
    async fn check_one_is_open(&mut self, number: usize) {
        let conversation = self.ledger.cases[number].conversation.clone();
        let all = self.ledger.cases.iter().filter(|case| case.conversation == conversation);
        let sessions: Vec<_> = all.filter_map(|case| case.session.clone()).collect();
        if sessions.len() < 2 {
            return;
        }
        let (project, now) = (ProjectId::new(PROJECT).unwrap(), self.now());
        let mut open = Vec::new();
        for session in sessions {
            if self.calm.service.store.lives(&project, session.transfer, now).await.unwrap() {
                open.push(session);
            }
        }
        if open.len() > 1 {
            self.wrong(format!("{conversation} has several open sessions: {open:?}"));
        }
    }

    /// What the representative sees was written by the contact, in this order, and stands there once.
    pub(super) fn check_desktop(&mut self, number: usize) {
        let case = &self.ledger.cases[number];
        let seen = self.seen(case);
        let mut wrong = Vec::new();
        if !seen.is_sorted() {
            wrong.push(format!("case {number}: the representative sees {seen:?}: not in order"));
        }
        let once: BTreeSet<_> = seen.iter().collect();
        if once.len() != seen.len() {
            wrong.push(format!("case {number}: the representative sees {seen:?}: not once"));
        }
        for text in once {
            let answer = case.said.get(*text).map(|said| said.answer);
            if matches!(answer, None | Some(Told::Refused)) {
                wrong
                    .push(format!("case {number}: the representative sees {text}, which was not accepted: {answer:?}"));
            }
        }
        for wrong in wrong {
            self.wrong(wrong);
        }
    }

    /// The numbers of the contact's texts on the representative's desktop, in its order.
    pub(super) fn seen(&self, case: &Case) -> Vec<usize> {
        let there = case.uuid().and_then(|uuid| self.centres.conversation(case.centre, &uuid));
        let lines = there.into_iter().flat_map(|there| there.transcript);
        let texts: Vec<String> = lines.filter(|line| line.author == Author::Contact).map(|line| line.text).collect();
        let numbers = texts.iter().flat_map(|text| {
            let found = case.said.iter().enumerate().filter(|(_, said)| text.contains(&said.text));
            found.map(|(number, _)| number)
        });
        numbers.collect()
    }
}
