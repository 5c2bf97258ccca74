//! What the sandbox remembers of who came to it.

use std::fmt;

use super::consent::Choice;
use crate::{
    protocol::{DEFAULT_NAME as ORANGE, Family},
    urls::ReturnUrl,
};

/// One call of an API, as [`Sandbox::calls`](super::Sandbox::calls) remembers it.
///
/// As text it is what was called and what came of it: `contact.see granted`, and for other protocols than
/// Orange's `kratos aal.aal2 denied`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub(super) protocol: &'static str,
    pub(super) path: &'static str,
    pub(super) family: Family,
    pub(super) attribute: &'static str,
    pub(super) permissions: Vec<String>,
    pub(super) granted: bool,
}

impl Call {
    /// A call that needs these permissions.
    pub(super) fn of(
        protocol: &'static str,
        path: &'static str,
        permissions: impl IntoIterator<Item = String>,
    ) -> Self {
        Self {
            protocol,
            path,
            family: Family::from(""),
            attribute: "",
            permissions: permissions.into_iter().collect(),
            granted: false,
        }
    }

    /// The protocol of the API, by the name that the layer gives it: `orange`, `kratos`, `bearer`,
    /// `github_sso` or `matrix_consent`.
    #[must_use]
    pub fn protocol(&self) -> &str {
        self.protocol
    }

    /// The path that was called, such as `/contacts`. A part of it that is free is written as its name:
    /// `/orgs/{org}/repos`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path
    }

    /// The permissions of a call, as the layer names them: all that it needs if it was served, else the
    /// first that it lacks.
    ///
    /// # Example
    ///
    /// ```
    /// use axum::body::Body;
    /// use http::Request;
    /// use tower::ServiceExt;
    /// use tower_privacy::sandbox::{Choice, Sandbox};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::new();
    /// sandbox.decide_on("kratos", "session", Choice::Always);
    /// let whoami = Request::get("http://kratos.test/sessions/whoami");
    /// let whoami = whoami.header("x-session-token", sandbox.token()).body(Body::empty())?;
    /// sandbox.router().oneshot(whoami).await?;
    ///
    /// let [call] = &sandbox.calls()[..] else { panic!() };
    /// assert_eq!(call.protocol(), "kratos");
    /// assert!(call.permissions().eq(["aal.aal2"]));
    /// assert_eq!(call.to_string(), "kratos aal.aal2 denied");
    /// # Ok(())
    /// # }
    /// ```
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.permissions.iter().map(String::as_str)
    }

    /// Which of Orange's APIs was called; empty for another protocol.
    #[must_use]
    pub fn family(&self) -> &Family {
        &self.family
    }

    /// The permission that a call of Orange's needs, which is also its action; empty for another protocol.
    #[must_use]
    pub fn attribute(&self) -> &str {
        self.attribute
    }

    /// Whether it was served.
    #[must_use]
    pub fn granted(&self) -> bool {
        self.granted
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = if self.granted { "granted" } else { "denied" };
        write_permissions(f, self.protocol, &self.permissions)?;
        write!(f, " {outcome}")
    }
}

/// One visit of the user to a page where they choose, as [`Sandbox::visits`](super::Sandbox::visits)
/// remembers it.
///
/// As text it is what was asked for and what the user chose: `contact.see refuse`, `photos.add,see
/// once`, or `contact.see open` as long as nothing is chosen. For other protocols than Orange's it is
/// `kratos aal.aal2 always`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub(super) protocol: &'static str,
    pub(super) service_id: String,
    pub(super) family: Family,
    pub(super) attributes: Vec<String>,
    pub(super) permissions: Vec<String>,
    pub(super) return_url: ReturnUrl,
    pub(super) choice: Option<Choice>,
}

impl Visit {
    /// A visit to a page that asks for these permissions.
    pub(super) fn of(
        protocol: &'static str,
        service_id: &str,
        permissions: impl IntoIterator<Item = String>,
        return_url: ReturnUrl,
    ) -> Self {
        Self {
            protocol,
            service_id: service_id.to_owned(),
            family: Family::from(""),
            attributes: Vec::new(),
            permissions: permissions.into_iter().collect(),
            return_url,
            choice: None,
        }
    }

    /// The protocol of the page, by the name that the layer gives it.
    #[must_use]
    pub fn protocol(&self) -> &str {
        self.protocol
    }

    /// The permissions that were asked for, as the layer names them.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.permissions.iter().map(String::as_str)
    }

    /// The service that sent the user there.
    #[must_use]
    pub fn service_id(&self) -> &str {
        &self.service_id
    }

    /// The kind of data that Orange's page asked for; empty for another protocol.
    #[must_use]
    pub fn family(&self) -> &Family {
        &self.family
    }

    /// The permissions that Orange's page asked for; none for another protocol.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(String::as_str)
    }

    /// Where the page sends the user afterwards. If it does not lead back, this is the URL of the page itself.
    #[must_use]
    pub fn return_url(&self) -> &ReturnUrl {
        &self.return_url
    }

    /// What was chosen, if anything was.
    #[must_use]
    pub fn choice(&self) -> Option<Choice> {
        self.choice
    }
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let choice = self.choice.map_or("open", Choice::as_str);
        match self.protocol {
            ORANGE => write!(f, "{}.{}", self.family, self.attributes.join(","))?,
            protocol => write_permissions(f, protocol, &self.permissions)?,
        }
        write!(f, " {choice}")
    }
}

/// Orange's are written without the protocol.
fn write_permissions(
    f: &mut fmt::Formatter<'_>,
    protocol: &str,
    permissions: &[String],
) -> fmt::Result {
    if protocol != ORANGE {
        write!(f, "{protocol} ")?;
    }
    f.write_str(&permissions.join(","))
}
