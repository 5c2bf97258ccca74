//! What replies tell people, in each language.
//!
//! No text says that a user refused: they may have given access for one time only.

use super::language::Language;

pub(super) struct Texts {
    /// Titles, each with what it stands above.
    pub(super) needed: (&'static str, &'static str),
    pub(super) needed_again: (&'static str, &'static str),
    pub(super) nobody_to_ask: (&'static str, &'static str),
    pub(super) unavailable: (&'static str, &'static str),
    /// Links.
    pub(super) privacy_page: &'static str,
    pub(super) ask_again: &'static str,
    pub(super) go_on: &'static str,
    pub(super) start_page: &'static str,
    /// Of a link that opens one.
    pub(super) new_window: &'static str,
    /// What to do where no link works.
    pub(super) open_anew: &'static str,
    pub(super) open_anew_to_be_asked: &'static str,
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
        "Your permission is needed",
        "To go on, this page needs data that only you can share.",
    ),
    needed_again: (
        "Access is needed again",
        "This page needs data that you did not share, or shared for one time only. You can be asked \
         again.",
    ),
    nobody_to_ask: (
        "Permission is needed",
        "This needs the permission of somebody who cannot be asked here.",
    ),
    unavailable: (
        "Not available now",
        "A service behind this page did not answer as it should. Please try again later.",
    ),
    privacy_page: "Go to the privacy page",
    ask_again: "Ask again",
    go_on: "Continue",
    start_page: "Go to the start page",
    new_window: "a new window",
    open_anew: "To go on, close this message and open this page anew.",
    open_anew_to_be_asked: "To be asked again, close this message, leave this page, and come back to it by a \
                            link.",
};

static FRENCH: Texts = Texts {
    needed: (
        "Votre accord est nécessaire",
        "Pour continuer, cette page a besoin de données dont le partage dépend de vous.",
    ),
    needed_again: (
        "Votre accord est de nouveau nécessaire",
        "Cette page a besoin de données que vous n’avez pas partagées, ou que vous n’avez partagées qu’une \
         seule fois. La question peut vous être posée de nouveau.",
    ),
    nobody_to_ask: (
        "Un accord est nécessaire",
        "Il faut l’accord d’une personne à qui la question ne peut pas être posée ici.",
    ),
    unavailable: (
        "Indisponible pour le moment",
        "Un service dont cette page a besoin n’a pas répondu comme prévu. Veuillez réessayer plus tard.",
    ),
    privacy_page: "Aller à la page de confidentialité",
    ask_again: "Poser la question de nouveau",
    go_on: "Continuer",
    start_page: "Aller à la page d’accueil",
    new_window: "nouvelle fenêtre",
    open_anew: "Pour continuer, fermez ce message et rouvrez cette page.",
    open_anew_to_be_asked: "Pour que la question vous soit posée de nouveau, fermez ce message, quittez \
                            cette page et revenez-y par un lien.",
};
