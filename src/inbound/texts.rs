//! The texts of replies for people, in each language.
//!
//! They fit every protocol: the page may ask for a permission, for new terms, for a sign-in or for a second
//! factor. No text says that a user refused, since they may have granted access for one call only.

use super::language::Language;

pub(super) struct Texts {
    /// Titles, each with the paragraph below it.
    pub(super) needed: (&'static str, &'static str),
    pub(super) needed_again: (&'static str, &'static str),
    pub(super) nobody_to_ask: (&'static str, &'static str),
    pub(super) unavailable: (&'static str, &'static str),
    /// The texts of links.
    pub(super) step: &'static str,
    pub(super) ask_again: &'static str,
    pub(super) go_on: &'static str,
    pub(super) start_page: &'static str,
    /// Follows the text of a link that opens one.
    pub(super) new_window: &'static str,
    /// What to do where no link works.
    pub(super) leave_and_return: &'static str,
    /// The same, with the address in the next paragraph.
    pub(super) open_address: &'static str,
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
        "To continue, please visit another page first. It will ask you to agree to something or to sign in.",
    ),
    needed_again: (
        "This step is still needed",
        "You may not have completed it, or it may have been valid only once. You can try again.",
    ),
    nobody_to_ask: (
        "A step is needed first",
        "It must be completed by someone who cannot be asked here.",
    ),
    unavailable: (
        "Not available right now",
        "A service that this page depends on did not respond as expected. Please try again later.",
    ),
    step: "Open that page",
    ask_again: "Try again",
    go_on: "Continue",
    start_page: "Go to the home page",
    new_window: "new window",
    leave_and_return: "To try again, close this message, leave this page, and follow a link back to it.",
    open_address: "Open this address in a new window. Then close this message and try again.",
};

static FRENCH: Texts = Texts {
    needed: (
        "Une étape supplémentaire est nécessaire",
        "Pour continuer, veuillez d’abord passer par une autre page. Vous devrez y donner votre accord ou vous \
         identifier.",
    ),
    needed_again: (
        "Cette étape reste nécessaire",
        "Vous ne l’avez peut-être pas terminée, ou elle n’était valable qu’une seule fois. Vous pouvez \
         réessayer.",
    ),
    nobody_to_ask: (
        "Une étape préalable est nécessaire",
        "Elle doit être effectuée par une personne qui ne peut pas être sollicitée ici.",
    ),
    unavailable: (
        "Indisponible pour le moment",
        "Un service dont cette page a besoin n’a pas répondu comme prévu. Veuillez réessayer plus tard.",
    ),
    step: "Ouvrir cette page",
    ask_again: "Réessayer",
    go_on: "Continuer",
    start_page: "Aller à la page d’accueil",
    new_window: "nouvelle fenêtre",
    leave_and_return: "Pour réessayer, fermez ce message, quittez cette page, puis revenez-y en suivant un \
                       lien.",
    open_address: "Ouvrez cette adresse dans une nouvelle fenêtre, puis fermez ce message et réessayez.",
};
