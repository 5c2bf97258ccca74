//! The query of the privacy page: what a service asks the user for.

use std::fmt;

use http::HeaderValue;
use url::Position;

use crate::{
    protocol::{DEFAULT_NAME as ORANGE, Family},
    sandbox::{mounted::parameter, record::Visit},
    urls::{ReturnUrl, ReturnUrlError},
};

/// What a service asks the user for.
pub(super) struct Ask {
    pub(super) service_id: String,
    pub(super) family: Family,
    pub(super) attributes: Vec<String>,
    pub(super) return_url: ReturnUrl,
    /// The return URL as it was given.
    pub(super) location: HeaderValue,
}

/// Why a request for the page is not valid.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Missing(&'static str),
    ReturnUrl(ReturnUrlError),
    Choice,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "The parameter {name} is missing or empty."),
            Self::ReturnUrl(error) => write!(f, "The parameter urlRetour is not valid: {error}."),
            Self::Choice => f.write_str("The choice must be once, always or refuse."),
        }
    }
}

impl Ask {
    pub(super) fn read(query: &str) -> Result<Self, Problem> {
        let value = |names: &[&'static str]| {
            parameter(query, names).ok_or(Problem::Missing(names.first().copied().unwrap_or("")))
        };
        let given = value(&["urlRetour"])?;
        let return_url = ReturnUrl::try_from(given.as_str()).map_err(Problem::ReturnUrl)?;
        let attributes: Vec<_> = value(&["attributes"])?
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        if attributes.is_empty() {
            return Err(Problem::Missing("attributes"));
        }
        Ok(Self {
            service_id: value(&["serviceId"])?,
            family: Family::from(value(&["family", "familly"])?.as_str()),
            attributes,
            location: location(&given, &return_url)?,
            return_url,
        })
    }

    pub(super) fn visit(&self) -> Visit {
        let permissions = self.attributes.iter();
        let permissions = permissions.map(|attribute| format!("{}.{attribute}", self.family));
        Visit {
            family: self.family.clone(),
            attributes: self.attributes.clone(),
            ..Visit::of(
                ORANGE,
                &self.service_id,
                permissions,
                self.return_url.clone(),
            )
        }
    }

    /// The host, with its port, that the user returns to.
    pub(super) fn host(&self) -> &str {
        &self.return_url.as_url()[Position::BeforeHost..Position::AfterPort]
    }
}

/// The URL as it was given if a header can hold it, else as the URL parser writes it.
fn location(given: &str, return_url: &ReturnUrl) -> Result<HeaderValue, Problem> {
    let text = if given.bytes().all(|byte| byte.is_ascii_graphic()) {
        given
    } else {
        return_url.as_str()
    };
    HeaderValue::from_str(text).map_err(|_| Problem::ReturnUrl(ReturnUrlError::NotAUrl))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_url_that_no_header_can_hold_is_sent_as_it_was_parsed() {
        for (given, expected) in [
            ("https://app.example", "https://app.example"),
            (
                "https://app.example/caf\u{e9}",
                "https://app.example/caf%C3%A9",
            ),
            (
                "https://app.example/\r\nSet-Cookie: a=b",
                "https://app.example/Set-Cookie:%20a=b",
            ),
        ] {
            let return_url = ReturnUrl::try_from(given).unwrap();
            assert_eq!(location(given, &return_url).unwrap(), expected);
        }
    }
}
