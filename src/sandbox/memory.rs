//! What the sandbox remembers, and how it changes. Pure: no HTTP here.

use std::{collections::VecDeque, time::SystemTime};

use super::{
    consent::{Choice, Consents, Permission},
    latest::Latest,
    record::{Call, Visit},
    tickets::{Code, Grant, Tickets},
};

#[derive(Default)]
pub(super) struct Memory {
    consents: Consents,
    /// Choices made in advance, one per visit.
    pub(super) script: VecDeque<Choice>,
    /// The choice made in advance for when the script is over.
    pub(super) answer: Option<Choice>,
    pub(super) calls: Latest<Call>,
    pub(super) visits: Latest<Visit>,
    /// GitHub's authorization requests, each with its organisation.
    pub(super) authorization_requests: Tickets<String>,
    pub(super) codes: Tickets<Code>,
    pub(super) access_tokens: Tickets<Grant>,
    /// The user's latest sign-in at the authorization server.
    pub(super) signed_in: Option<SystemTime>,
}

impl Memory {
    pub(super) fn decide(&mut self, protocol: &str, service_id: &str, name: &str, choice: Choice) {
        let permission = Permission::new(protocol, service_id, name);
        self.consents.decide(permission, choice);
    }

    pub(super) fn holds(&self, protocol: &str, service_id: &str, name: &str) -> bool {
        let permission = Permission::new(protocol, service_id, name);
        self.consents.hold(&permission)
    }

    /// The user opens a page. Makes the choice that was made in advance, if there is one.
    pub(super) fn open(&mut self, mut visit: Visit) -> Visit {
        visit.choice = self.script.pop_front().or(self.answer);
        if let Some(choice) = visit.choice {
            self.decide_all(&visit, choice);
        }
        self.visits.push(visit.clone());
        visit
    }

    /// The user presses a button of a page. The visit is the latest one to that page that is still open.
    pub(super) fn press(&mut self, visit: &Visit, choice: Choice) -> Visit {
        self.decide_all(visit, choice);
        let chosen = Visit {
            choice: Some(choice),
            ..visit.clone()
        };
        match self.visits.last(|other| other == visit) {
            Some(open) => open.choice = Some(choice),
            None => self.visits.push(chosen.clone()),
        }
        chosen
    }

    fn decide_all(&mut self, visit: &Visit, choice: Choice) {
        for name in &visit.permissions {
            self.decide(visit.protocol, &visit.service_id, name, choice);
        }
    }

    /// A call with the sandbox's own token. It uses up what was granted for one call.
    pub(super) fn admit(&mut self, call: Call, service_id: &str) -> Call {
        let permission = |name: &String| Permission::new(call.protocol, service_id, name);
        let mut needed = call.permissions.iter();
        let lacking = needed.find(|name| !self.consents.hold(&permission(name)));
        let lacking = lacking.cloned();
        if lacking.is_none() {
            for name in &call.permissions {
                self.consents.spend(&permission(name));
            }
        }
        self.remember(call, lacking)
    }

    /// A call with a token that the authorization server issued; `Err` if there is no such token.
    pub(super) fn admit_token(
        &mut self,
        call: Call,
        token: &str,
        now: SystemTime,
    ) -> Result<Call, ()> {
        let grant = self.access_tokens.find(token, now).ok_or(())?;
        let mut needed = call.permissions.iter();
        let lacking = needed.find(|needed| !grant.holds(needed, now)).cloned();
        if lacking.is_none() && grant.lasts_for_one_call {
            self.access_tokens.take(token, now);
        }
        Ok(self.remember(call, lacking))
    }

    fn remember(&mut self, mut call: Call, lacking: Option<String>) -> Call {
        call.granted = lacking.is_none();
        if let Some(lacking) = lacking {
            call.permissions = vec![lacking];
        }
        self.calls.push(call.clone());
        call
    }
}
