//! Matrix: consent to a homeserver's terms.

use http::{HeaderMap, StatusCode};
use url::Url;

use super::{
    contract::{Look, Protocol, ReturnParameter, Verdict},
    denial::Denial,
    json,
};
use crate::urls::{PrivacyEndpoint, PrivacyEndpointError};

const NAME: &str = "matrix_consent";
const CODE: &str = "M_CONSENT_NOT_GIVEN";

/// The protocol of Matrix homeservers whose users must accept the terms before they create or join a room,
/// invite somebody or send a message.
///
/// 1. A denial is a 403 with a JSON object whose `errcode` is `M_CONSENT_NOT_GIVEN`. Its URL is
///    `consent_uri`.
/// 2. The [code](Denial::code) is the `errcode`. The [permission](Denial::permissions) is `terms.` followed by
///    the homeserver's host: `terms.matrix.example`.
/// 3. The trusted page is `_matrix/consent` below the homeserver's public base URL.
/// 4. The page takes no return URL, and has no link back. So
///    [`returns`](crate::PrivacyRedirect::returns) is false, and the host's reply has two links: one opens the
///    page in a new window, the other continues.
///
/// Source: Synapse, `synapse/api/errors.py` and its documentation, "Support in Synapse for tracking agreement
/// to server terms and conditions". The Matrix specification does not define this code yet. See also the
/// [guide](../guide/matrix_consent/index.html).
///
/// # Example
///
/// ```
/// use tower_privacy::{PrivacyError, PrivacyLayer, protocol::MatrixConsent};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let layer = PrivacyLayer::new()
///     .protocol(MatrixConsent::new("https://matrix.example")?)
///     .return_to("https://app.example/rooms".parse()?);
///
/// let body = r#"{"consent_uri":"https://matrix.example/_matrix/consent?u=ada&h=83fe",
///     "errcode":"M_CONSENT_NOT_GIVEN","error":"You must accept the terms."}"#;
/// let response = http::Response::builder().status(403).body(body.to_owned())?;
///
/// let error = layer.inspect(response).await.unwrap_err();
/// let PrivacyError::Redirect(redirect) = error else { panic!("{error}") };
/// assert_eq!(redirect.location().path(), "/_matrix/consent");
/// assert!(!redirect.returns());
/// assert!(redirect.denial().permissions().eq(["terms.matrix.example"]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MatrixConsent {
    page: PrivacyEndpoint,
}

impl MatrixConsent {
    /// Creates the protocol for the homeserver with this public base URL. Synapse calls it `public_baseurl`.
    ///
    /// # Errors
    ///
    /// Returns a [`PrivacyEndpointError`] if this is not an absolute http or https URL, or if it has a user
    /// name, a password, a query, a fragment, or a `*` in its host.
    pub fn new(public_base_url: impl AsRef<str>) -> Result<Self, PrivacyEndpointError> {
        let page = PrivacyEndpoint::below(public_base_url.as_ref(), &["_matrix", "consent"])?;
        Ok(Self { page })
    }
}

impl Protocol for MatrixConsent {
    fn name(&self) -> &'static str {
        NAME
    }

    fn look(&self, status: StatusCode, _: &HeaderMap) -> Look {
        match status {
            StatusCode::FORBIDDEN => Look::Json,
            _ => Look::Pass,
        }
    }

    fn read(&self, _: StatusCode, _: &HeaderMap, body: &[u8]) -> Verdict {
        let object = json::object(body);
        if object["errcode"] != CODE {
            return Verdict::NotDenied;
        }
        match json::url(object.get("consent_uri")) {
            Ok(url) => {
                let homeserver = self.page.url().and_then(Url::host_str).unwrap_or_default();
                let permission = format!("terms.{homeserver}");
                let denial = Denial::new(NAME, url).with_code(CODE);
                Verdict::Denied(denial.with_permissions([permission]))
            }
            Err(kind) => Verdict::Rejected(kind),
        }
    }

    fn endpoints(&self) -> Vec<PrivacyEndpoint> {
        vec![self.page.clone()]
    }

    fn return_parameter(&self, _: &Denial) -> ReturnParameter {
        ReturnParameter::None
    }
}
