//! What replies tell people, in each language.
//!
//! They are true for every protocol: the page may ask for a permission, for new terms, for a sign-in or for a
//! second factor. No text says that a user refused, since they may have given access for one time only.

use super::language::Language;

pub(super) struct Texts {
    /// Titles, each with what it stands above.
    pub(super) needed: (&'static str, &'static str),
    pub(super) needed_again: (&'static str, &'static str),
    pub(super) nobody_to_ask: (&'static str, &'static str),
    pub(super) unavailable: (&'static str, &'static str),
    /// Links.
    pub(super) step: &'static str,
    pub(super) ask_again: &'static str,
    pub(super) go_on: &'static str,
    pub(super) start_page: &'static str,
    /// Of a link that opens one.
    pub(super) new_window: &'static str,
    /// What to do where no link works.
    pub(super) open_anew_to_be_asked: &'static str,
    /// The same with an address that follows.
    pub(super) open_by_hand: &'static str,
}

impl Language {
    pub(super) fn texts(self) -> &'static Texts {
        match self {
            Self::English => &ENGLISH,
            Self::French => &FRENCH,
        }
    }
}

static ENGLISH: Texts = Texts {
    needed: (
        "One more step is needed",
        "To go on, please visit another page first. It will ask you to agree to something, or to sign in.",
    ),
    needed_again: (
        "This step is still needed",
        "It may not be finished, or may have counted for one time only. You can be asked again.",
    ),
    nobody_to_ask: (
        "A step is needed first",
        "It has to be taken by somebody who cannot be asked here.",
    ),
    unavailable: (
        "Not available now",
        "A service behind this page did not answer as it should. Please try again later.",
    ),
    step: "Open that page",
    ask_again: "Ask again",
    go_on: "Continue",
    start_page: "Go to the start page",
    new_window: "a new window",
    open_anew_to_be_asked: "To be asked again, close this message, leave this page, and come back to it by a \
                            link.",
    open_by_hand: "Open this address in a new window. Then close this message and try again.",
};

static FRENCH: Texts = Texts {
    needed: (
        "Une étape est nécessaire",
        "Pour continuer, veuillez d’abord passer par une autre page. Elle vous demandera votre accord, ou de \
         vous identifier.",
    ),
    needed_again: (
        "Cette étape est encore nécessaire",
        "Elle n’est peut-être pas terminée, ou n’a peut-être compté que pour une seule fois. Vous pouvez la \
         recommencer.",
    ),
    nobody_to_ask: (
        "Une étape est d’abord nécessaire",
        "Elle dépend d’une personne qui ne peut pas être sollicitée ici.",
    ),
    unavailable: (
        "Indisponible pour le moment",
        "Un service dont cette page a besoin n’a pas répondu comme prévu. Veuillez réessayer plus tard.",
    ),
    step: "Ouvrir cette page",
    ask_again: "Recommencer",
    go_on: "Continuer",
    start_page: "Aller à la page d’accueil",
    new_window: "nouvelle fenêtre",
    open_anew_to_be_asked: "Pour recommencer, fermez ce message, quittez cette page et revenez-y par un lien.",
    open_by_hand: "Ouvrez cette adresse dans une nouvelle fenêtre. Ensuite, fermez ce message et réessayez.",
};
