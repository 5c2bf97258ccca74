//! Ory Kratos: sessions that need a second factor or a fresh sign-in.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::Value;
use url::Url;

use super::{
    contract::{Look, Protocol, RECURRING_LIFE, RejectionKind, ReturnParameter, Verdict},
    denial::Denial,
    json,
};
use crate::urls::{PrivacyEndpoint, PrivacyEndpointError, query};

const NAME: &str = "kratos";
const AAL2_REQUIRED: &str = "session_aal2_required";
const REFRESH_REQUIRED: &str = "session_refresh_required";
const SESSION_INACTIVE: &str = "session_inactive";
const LOCATION: &str = "redirect_browser_to";
const RETURN_PARAMETER: &str = "return_to";

/// The protocol of Ory Kratos, for services that call its public API with the user's session, such as
/// `/sessions/whoami`.
///
/// 1. A denial is a 403 with a JSON object whose `error.id` is `session_aal2_required` (the session needs a
///    second factor) or `session_refresh_required` (the user has to sign in again). Its URL is
///    `redirect_browser_to`, or else `error.details.redirect_browser_to`.
/// 2. With [`sign_in`](Self::sign_in), a 401 is also a denial if its body is a JSON object whose `error.code`
///    is 401, with no `error.id` or the `error.id` `session_inactive`. It has no URL: the user goes to the
///    login page.
/// 3. `browser_location_change_required` is the answer to a form that the browser sent itself. It is not a
///    denial.
/// 4. The [code](Denial::code) is the `error.id`; a 401 has none. The [permission](Denial::permissions) is
///    `aal.` followed by the `aal` in the URL (`aal.aal2`), `refresh`, or `session`. All of them may be
///    needed again soon, so a marker counts for only ten minutes.
/// 5. The trusted page is the login page below the configured public URL, `self-service/login/browser`. A
///    server whose public URL is not configured sends an internal one. That denial is
///    [`Rejected`](crate::PrivacyError::Rejected), and the error names the expected page.
/// 6. The return URL goes in `return_to`. List it in Kratos's `allowed_return_urls`. A
///    `session_refresh_required` whose URL already has a `return_to` keeps it: it leads back into Kratos, so
///    [`returns`](crate::PrivacyRedirect::returns) is false.
///
/// Sources: the source code of Kratos (`session/manager.go`, `selfservice/flow`) and its API reference. See
/// also the [guide](../guide/kratos/index.html).
///
/// # Example
///
/// ```
/// use tower_privacy::{PrivacyError, PrivacyLayer, protocol::Kratos};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let layer = PrivacyLayer::new()
///     .protocol(Kratos::new("https://id.example")?)
///     .return_to("https://app.example/account".parse()?);
///
/// let body = r#"{"error":{"id":"session_aal2_required","code":403},
///     "redirect_browser_to":"https://id.example/self-service/login/browser?aal=aal2"}"#;
/// let response = http::Response::builder().status(403).body(body.to_owned())?;
///
/// let error = layer.inspect(response).await.unwrap_err();
/// let PrivacyError::Redirect(redirect) = error else { panic!("{error}") };
/// assert_eq!(
///     redirect.location().as_str(),
///     "https://id.example/self-service/login/browser?aal=aal2\
///      &return_to=https%3A%2F%2Fapp.example%2Faccount",
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Kratos {
    login: PrivacyEndpoint,
    sign_in: bool,
}

impl Kratos {
    /// Creates the protocol for the Kratos with this public URL, the `serve.public.base_url` in its
    /// configuration.
    ///
    /// # Errors
    ///
    /// Returns a [`PrivacyEndpointError`] if this is not an absolute http or https URL, or if it has a user
    /// name, a password, a query, a fragment, or a `*` in its host.
    pub fn new(public_url: impl AsRef<str>) -> Result<Self, PrivacyEndpointError> {
        let login = ["self-service", "login", "browser"];
        Ok(Self {
            login: PrivacyEndpoint::below(public_url.as_ref(), &login)?,
            sign_in: false,
        })
    }

    /// Sends users without a session to the login page.
    ///
    /// Default: off. A 401 is passed on to the app.
    #[must_use]
    pub fn sign_in(mut self) -> Self {
        self.sign_in = true;
        self
    }

    fn without_session(&self, error: &Value) -> Verdict {
        let id = error.get("id");
        let has_none = error["code"] == StatusCode::UNAUTHORIZED.as_u16()
            && id.is_none_or(|id| id.is_null() || id == SESSION_INACTIVE);
        match self.login.url() {
            Some(login) if has_none => {
                let denial = Denial::new(NAME, login.clone());
                Verdict::Denied(denial.with_permissions(["session"]))
            }
            _ => Verdict::NotDenied,
        }
    }
}

impl Protocol for Kratos {
    fn name(&self) -> &'static str {
        NAME
    }

    fn look(&self, status: StatusCode, _: &HeaderMap) -> Look {
        match status {
            StatusCode::FORBIDDEN => Look::Json,
            StatusCode::UNAUTHORIZED if self.sign_in => Look::Json,
            _ => Look::Pass,
        }
    }

    fn read(&self, status: StatusCode, _: &HeaderMap, body: &[u8]) -> Verdict {
        let object = json::object(body);
        if status == StatusCode::UNAUTHORIZED {
            self.without_session(&object["error"])
        } else {
            with_session(&object)
        }
    }

    fn endpoints(&self) -> Vec<PrivacyEndpoint> {
        vec![self.login.clone()]
    }

    fn return_parameter(&self, denial: &Denial) -> ReturnParameter {
        match denial.code() {
            Some(REFRESH_REQUIRED) => ReturnParameter::Keep(RETURN_PARAMETER.into()),
            _ => ReturnParameter::Replace(RETURN_PARAMETER.into()),
        }
    }

    fn marker_life(&self, _: &str) -> Duration {
        RECURRING_LIFE
    }
}

/// The verdict on a request that has a session.
fn with_session(object: &Value) -> Verdict {
    let error = &object["error"];
    let Some(code @ (AAL2_REQUIRED | REFRESH_REQUIRED)) = error["id"].as_str() else {
        return Verdict::NotDenied;
    };
    let url = match json::url(object.get(LOCATION)) {
        Err(RejectionKind::MissingUrl) => json::url(error["details"].get(LOCATION)),
        url => url,
    };
    match url {
        Ok(url) => {
            let permission = match code {
                REFRESH_REQUIRED => "refresh".to_owned(),
                _ => level(&url),
            };
            let denial = Denial::new(NAME, url).with_code(code);
            Verdict::Denied(denial.with_permissions([permission]))
        }
        Err(kind) => Verdict::Rejected(kind),
    }
}

/// The assurance level that the URL of a login page asks for.
fn level(login: &Url) -> String {
    let mut levels = query::values(login.query().unwrap_or_default(), &["aal"]);
    format!("aal.{}", levels.next().unwrap_or_default())
}
