//! What happens between the user, Carnet and Orange: logged in the terminal, and kept for the picture on the
//! start page. There is one user, since the sandbox has one.

use std::{
    collections::HashMap,
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tower_privacy::sandbox::{Choice, Event, Visit};
use url::{Url, form_urlencoded};

use super::Data;

/// Clones share what happened.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Exchange>>);

/// What happened last, from the request of a page to that page.
#[derive(Default)]
pub(super) struct Exchange {
    pub(super) steps: Vec<Step>,
    data: Option<Data>,
    /// The target of the request that the user comes back with.
    back: Option<String>,
    choices: HashMap<Data, Choice>,
}

/// One message.
pub(super) struct Step {
    pub(super) from: Party,
    pub(super) to: Party,
    pub(super) text: String,
    /// What is in it of HTTP.
    pub(super) http: String,
    pub(super) outcome: Outcome,
}

/// In the order of the picture.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Party {
    You,
    Carnet,
    Orange,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    None,
    Denied,
    Granted,
}

impl Party {
    pub(super) const ALL: [Self; 3] = [Self::You, Self::Carnet, Self::Orange];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::You => "You",
            Self::Carnet => "Carnet",
            Self::Orange => "Orange",
        }
    }
}

impl Log {
    /// The user opens a page, or comes back to it.
    pub(super) fn opens(&self, data: Data) {
        let mut exchange = self.exchange();
        let back = exchange.back.take();
        let back = back.filter(|_| exchange.data == Some(data));
        if back.is_none() {
            exchange.data = Some(data);
            exchange.steps.clear();
        }
        let (text, target) = match back {
            Some(target) => (format!("You come back to {}.", data.name()), target),
            None => (format!("You open {}.", data.name()), data.path().to_owned()),
        };
        let http = format!("GET {target}");
        exchange.add(Party::You, Party::Carnet, &text, &http, Outcome::None);
    }

    pub(super) fn add(&self, from: Party, to: Party, text: &str, http: &str, outcome: Outcome) {
        self.exchange().add(from, to, text, http, outcome);
    }

    /// What the sandbox reports of its user. Carnet knows its own calls.
    pub(super) fn report(&self, event: &Event) {
        match event {
            Event::Opened(visit) => self.exchange().is_asked(visit),
            Event::Chose(visit) => self.exchange().chooses(visit),
            _ => {}
        }
    }

    pub(super) fn forget(&self) {
        *self.exchange() = Exchange::default();
        tell("Orange forgets what you chose.");
    }

    /// Each change is complete when the guard is dropped.
    pub(super) fn exchange(&self) -> MutexGuard<'_, Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Exchange {
    /// What the user chose last for this.
    pub(super) fn choice(&self, data: Data) -> Option<Choice> {
        self.choices.get(&data).copied()
    }

    fn is_asked(&mut self, visit: &Visit) {
        // In another window there may be another exchange.
        if self.is_about(visit) {
            let text = "You open Orange's privacy page.";
            let http = "GET /urm-gui/interaction.do";
            self.add(Party::You, Party::Orange, text, http, Outcome::None);
        }
    }

    fn chooses(&mut self, visit: &Visit) {
        let Some(choice) = visit.choice() else { return };
        if let Some(data) = Data::of(visit.family()) {
            self.choices.insert(data, choice);
        }
        if !self.is_about(visit) {
            return;
        }
        let back = target(visit.return_url().as_url());
        // In the picture, the answer takes the place of the question.
        let is_question = |step: &mut Step| (step.from, step.to) == (Party::You, Party::Orange);
        self.steps.pop_if(is_question);
        let text = format!("Orange asks you. You choose “{}”.", label(choice));
        let http = "POST /urm-gui/interaction.do";
        self.add(Party::You, Party::Orange, &text, http, Outcome::None);
        let text = "Orange sends you back.";
        let http = format!("303 See Other, to {back}");
        self.add(Party::Orange, Party::You, text, &http, Outcome::None);
        self.back = Some(back);
    }

    fn is_about(&self, visit: &Visit) -> bool {
        self.data.is_some() && self.data == Data::of(visit.family())
    }

    fn add(&mut self, from: Party, to: Party, text: &str, http: &str, outcome: Outcome) {
        tell(&format!("{} → {}: {text} ({http})", from.name(), to.name()));
        self.steps.push(Step {
            from,
            to,
            text: text.to_owned(),
            http: http.to_owned(),
            outcome,
        });
    }
}

/// The button's label.
pub(super) fn label(choice: Choice) -> &'static str {
    match choice {
        Choice::Once => "Allow once",
        Choice::Always => "Always allow",
        Choice::Refuse => "Don't allow",
        _ => choice.as_str(),
    }
}

/// The path, and the names in the query. Values may be long, and are nobody's business in a terminal.
pub(super) fn target(url: &Url) -> String {
    let names = form_urlencoded::parse(url.query().unwrap_or_default().as_bytes());
    let names: Vec<_> = names.map(|(name, _)| format!("{name}=…")).collect();
    let mut target = url.path().to_owned();
    if !names.is_empty() {
        target = format!("{target}?{}", names.join("&"));
    }
    target
}

/// A terminal that is gone is no reason to fail.
fn tell(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
