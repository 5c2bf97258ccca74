//! What the sandbox remembers: calls and visits.

use std::fmt;

use super::consent::Choice;
use crate::{
    protocol::{DEFAULT_NAME as ORANGE, Family},
    urls::ReturnUrl,
};

/// A call of an API, as listed by [`Sandbox::calls`](super::Sandbox::calls).
///
/// Its text is the permission and the outcome: `contact.see granted` for Orange, and
/// `kratos aal.aal2 denied` for another protocol.
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

    /// The protocol of the API, as the layer names it: `orange`, `kratos`, `bearer`,
    /// `github_sso` or `matrix_consent`.
    #[must_use]
    pub fn protocol(&self) -> &str {
        self.protocol
    }

    /// The path that was called, such as `/contacts`. A variable segment is written as its name:
    /// `/orgs/{org}/repos`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path
    }

    /// The permissions of the call, as the layer names them: all that it needs if it was served, else the
    /// first one that is missing.
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

    /// The first permission that is missing, if it was denied.
    pub(super) fn lacking(&self) -> Option<&str> {
        self.permissions().next().filter(|_| !self.granted)
    }

    /// Its permissions as text.
    pub(super) fn needed(&self) -> String {
        with_protocol(self.protocol, &self.permissions)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = if self.granted { "granted" } else { "denied" };
        write!(f, "{} {outcome}", self.needed())
    }
}

/// A visit of the user to a page where they choose, as listed by
/// [`Sandbox::visits`](super::Sandbox::visits).
///
/// Its text is the permissions and the choice: `contact.see refuse`, `photos.add,see once`, or
/// `contact.see open` if nothing was chosen yet. For another protocol than Orange it is
/// `kratos aal.aal2 always`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub(super) protocol: &'static str,
    pub(super) service_id: String,
    pub(super) family: Family,
    pub(super) attributes: Vec<String>,
    pub(super) permissions: Vec<String>,
    pub(super) return_url: ReturnUrl,
    pub(super) returns: bool,
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
            returns: true,
            choice: None,
        }
    }

    /// The same for a page that does not send the user back.
    pub(super) fn that_stays(self) -> Self {
        Self {
            returns: false,
            ..self
        }
    }

    /// The protocol of the page, as the layer names it.
    #[must_use]
    pub fn protocol(&self) -> &str {
        self.protocol
    }

    /// The requested permissions, as the layer names them.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.permissions.iter().map(String::as_str)
    }

    /// The service that sent the user there.
    #[must_use]
    pub fn service_id(&self) -> &str {
        &self.service_id
    }

    /// The family that Orange's page asked for; empty for another protocol.
    #[must_use]
    pub fn family(&self) -> &Family {
        &self.family
    }

    /// The attributes that Orange's page asked for; none for another protocol.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(String::as_str)
    }

    /// Where the page sends the user afterwards. If it does not [lead back](Self::returns), this is the URL of
    /// the page itself.
    #[must_use]
    pub fn return_url(&self) -> &ReturnUrl {
        &self.return_url
    }

    /// Whether the page sends the user back.
    #[must_use]
    pub fn returns(&self) -> bool {
        self.returns
    }

    /// The choice, if there was one.
    #[must_use]
    pub fn choice(&self) -> Option<Choice> {
        self.choice
    }

    /// The requested permissions as text.
    pub(super) fn asked_for(&self) -> String {
        match self.protocol {
            ORANGE => format!("{}.{}", self.family, self.attributes.join(",")),
            protocol => with_protocol(protocol, &self.permissions),
        }
    }
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let choice = self.choice.map_or("open", Choice::as_str);
        write!(f, "{} {choice}", self.asked_for())
    }
}

/// Orange's permissions are written without the protocol.
fn with_protocol(protocol: &str, permissions: &[String]) -> String {
    let permissions = permissions.join(",");
    match protocol {
        ORANGE => permissions,
        protocol => format!("{protocol} {permissions}"),
    }
}
