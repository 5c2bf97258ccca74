//! The responses of an in-process upstream.

use std::{
    convert::Infallible,
    fmt::Write,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body::{Body, Frame};
use tower::Service;
use tower_privacy::PrivacyLayer;

/// The size of a frame, if a body has several. It is that of a TLS record.
pub const FRAME: usize = 16 * 1024;

/// A response. Each call gets a new one, made of shared parts.
#[derive(Clone, Debug)]
pub struct Answer {
    pub name: &'static str,
    status: StatusCode,
    label: &'static str,
    header: Option<&'static (&'static str, &'static str)>,
    frames: Arc<[Bytes]>,
    /// The layer that this upstream is called through.
    pub layer: fn() -> PrivacyLayer,
}

impl Answer {
    fn new(name: &'static str, status: StatusCode, label: &'static str, body: String) -> Self {
        Self {
            name,
            status,
            label,
            header: None,
            frames: Arc::new([Bytes::from(body)]),
            layer: PrivacyLayer::new,
        }
    }

    fn by(self, layer: fn() -> PrivacyLayer) -> Self {
        Self { layer, ..self }
    }

    fn with(self, status: StatusCode, header: &'static (&'static str, &'static str)) -> Self {
        Self {
            status,
            header: Some(header),
            ..self
        }
    }

    /// The same body in frames of this many bytes.
    #[must_use]
    pub fn cut(&self, name: &'static str, size: usize) -> Self {
        let frames = self.frames.iter().flat_map(|frame| {
            let starts = (0..frame.len()).step_by(size);
            starts.map(move |start| frame.slice(start..frame.len().min(start + size)))
        });
        Self {
            name,
            frames: frames.collect(),
            ..self.clone()
        }
    }

    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.frames.iter().map(|frame| frame.len() as u64).sum()
    }

    /// The whole body, without a copy if it is one frame.
    #[must_use]
    pub fn data(&self) -> Bytes {
        match &*self.frames {
            [frame] => frame.clone(),
            frames => frames.concat().into(),
        }
    }

    #[must_use]
    pub fn response(&self) -> Response<Frames> {
        let mut response = Response::new(Frames {
            frames: Arc::clone(&self.frames),
            at: 0,
        });
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.label));
        if let Some((name, value)) = self.header {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        response
    }
}

/// A body that does not know its length, like a chunked one.
#[derive(Debug)]
pub struct Frames {
    frames: Arc<[Bytes]>,
    at: usize,
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    #[inline(never)]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = self.frames.get(self.at).cloned();
        self.at += 1;
        Poll::Ready(frame.map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.at >= self.frames.len()
    }
}

/// An upstream that answers every call with the same response.
///
/// Its future and its body are opaque to the compiler, like those of a client in another crate, so that
/// nothing is inlined that would not be inlined in an app.
#[derive(Clone, Debug)]
pub struct Upstream(pub Answer);

impl Service<Request<()>> for Upstream {
    type Response = Response<Frames>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Answering {
        Answering(self.0.clone())
    }
}

/// The future of a call. It creates the response when it is polled.
#[derive(Debug)]
pub struct Answering(Answer);

impl Future for Answering {
    type Output = Result<Response<Frames>, Infallible>;

    #[inline(never)]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(self.0.response()))
    }
}

/// 2 KiB of JSON.
#[must_use]
pub fn json() -> Answer {
    let mut body = String::from("[");
    while body.len() < 2 * 1024 - 40 {
        write!(body, "{{\"id\":{},\"name\":\"Camille\"}},", body.len()).unwrap();
    }
    body.truncate(body.len() - 1);
    body.push(']');
    Answer::new("json 2 KiB", StatusCode::OK, "application/json", body)
}

/// XML of about this size that is not a denial.
#[must_use]
pub fn contacts(name: &'static str, size: usize) -> Answer {
    let mut body = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><contacts>");
    while body.len() < size {
        let id = body.len();
        write!(body, "<contact id=\"{id}\"><name>Camille</name></contact>").unwrap();
    }
    body.push_str("</contacts>");
    Answer::new(name, StatusCode::OK, "application/xml", body)
}

/// An `error` document with another error.
#[must_use]
pub fn other_error() -> Answer {
    error(
        "another error",
        "OutOfServiceException",
        "privacy.orange.fr",
    )
}

/// The denial in Orange's documentation.
#[must_use]
pub fn denial() -> Answer {
    error(
        "the denial",
        "PrivacyAccessDeniedException",
        "privacy.orange.fr",
    )
}

/// A denial that names a page which is not trusted.
#[must_use]
pub fn rejected() -> Answer {
    error(
        "the denial of another host",
        "PrivacyAccessDeniedException",
        "privacy.example",
    )
}

fn error(name: &'static str, detail: &str, host: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><error><code>-3</code>\
         <message>operation non autorisee</message><detail>{detail}</detail>\
         <url>http://{host}/urm-gui/interaction.do?family=contact&amp;serviceId=S1\
         &amp;attributes=,see</url></error>"
    );
    Answer::new(
        name,
        StatusCode::INTERNAL_SERVER_ERROR,
        "text/xml;charset=UTF-8",
        body,
    )
}

/// The responses for the protocols that check the status first.
pub mod live {
    use tower_privacy::protocol::{Bearer, GitHubSso, Kratos, MatrixConsent};

    use super::{Answer, PrivacyLayer, StatusCode, json};

    fn by_kratos() -> PrivacyLayer {
        let kratos = Kratos::new("https://id.example");
        PrivacyLayer::new().protocol(kratos.expect("a valid URL"))
    }

    fn by_bearer() -> PrivacyLayer {
        let bearer = Bearer::new("https://app.example/sign-in", ["files:write"]);
        PrivacyLayer::new().protocol(bearer.expect("a valid URL"))
    }

    fn by_github() -> PrivacyLayer {
        PrivacyLayer::new().protocol(GitHubSso::new())
    }

    fn by_matrix() -> PrivacyLayer {
        let matrix = MatrixConsent::new("https://matrix.example");
        PrivacyLayer::new().protocol(matrix.expect("a valid URL"))
    }

    fn forbidden(name: &'static str, label: &'static str, body: &str) -> Answer {
        Answer::new(name, StatusCode::FORBIDDEN, label, body.to_owned()).by(by_kratos)
    }

    #[must_use]
    pub fn kratos_success() -> Answer {
        json().by(by_kratos)
    }

    #[must_use]
    pub fn bearer_success() -> Answer {
        json().by(by_bearer)
    }

    #[must_use]
    pub fn github_success() -> Answer {
        json().by(by_github)
    }

    #[must_use]
    pub fn matrix_success() -> Answer {
        json().by(by_matrix)
    }

    /// Ruled out by its challenge.
    #[must_use]
    pub fn bearer_other() -> Answer {
        json().by(by_bearer).with(
            StatusCode::UNAUTHORIZED, &("www-authenticate", "Bearer realm=\"api\", error=\"invalid_token\", error_description=\"The access token expired\"",),
        )
    }

    #[must_use]
    pub fn bearer_denial() -> Answer {
        json().by(by_bearer).with(
            StatusCode::FORBIDDEN,
            &(
                "www-authenticate",
                "Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"files:write\"",
            ),
        )
    }

    #[must_use]
    pub fn github_denial() -> Answer {
        json().by(by_github).with(
            StatusCode::FORBIDDEN, &("x-github-sso", "required; url=https://github.com/orgs/octodocs-test/sso?authorization_request=AZSCKL4",),
        )
    }

    #[must_use]
    pub fn matrix_denial() -> Answer {
        forbidden(
            "the denial of Matrix",
            "application/json",
            r#"{"errcode":"M_CONSENT_NOT_GIVEN","error":"To continue using this homeserver you must review and agree to the terms and conditions at https://matrix.example/_matrix/consent?u=ada&h=cafe","consent_uri":"https://matrix.example/_matrix/consent?u=ada&h=cafe"}"#,
        )
        .by(by_matrix)
    }

    /// Ruled out by its label.
    #[must_use]
    pub fn kratos_label() -> Answer {
        forbidden("a 403 of HTML", "text/html", "<p>Forbidden</p>")
    }

    /// Ruled out by its first byte.
    #[must_use]
    pub fn kratos_array() -> Answer {
        Answer {
            status: StatusCode::FORBIDDEN,
            ..kratos_success()
        }
    }

    /// An object that has to be read.
    #[must_use]
    pub fn kratos_other() -> Answer {
        forbidden(
            "another error of Kratos",
            "application/json",
            r#"{"error":{"id":"security_csrf_violation","code":403,"status":"Forbidden","reason":"Please retry the flow and optionally clear your cookies.","details":{"docs":"https://www.ory.sh/kratos/docs/debug/csrf"},"message":"the request was rejected to protect you from Cross-Site-Request-Forgery"}}"#,
        )
    }

    #[must_use]
    pub fn kratos_denial() -> Answer {
        forbidden(
            "the denial of Kratos",
            "application/json",
            r#"{"error":{"id":"session_aal2_required","code":403,"status":"Forbidden","reason":"An active session was found but it does not fulfill the requested Authenticator Assurance Level. Please verify yourself with a second factor to resolve this issue.","details":{"redirect_browser_to":"https://id.example/self-service/login/browser?aal=aal2"},"message":"Session does not fulfill the requested Authenticator Assurance Level"},"redirect_browser_to":"https://id.example/self-service/login/browser?aal=aal2"}"#,
        )
    }
}

/// Documents just under the default cap that take the longest, each in a different way.
#[must_use]
pub fn worst() -> Vec<Answer> {
    let label = "text/xml";
    let long = |name, before: &str, piece: &str, after: &str| {
        let room = 65_000 - before.len() - after.len();
        let body = [before, &piece.repeat(room / piece.len()), after].concat();
        Answer::new(name, StatusCode::OK, label, body)
    };
    vec![
        long("scanner: white space", "<?xml version='1.0'?>", " ", "<a/>"),
        long("scanner: a comment", "<!--", "x", "--><a/>"),
        long("scanner: comments", "", "<!---->", "<a/>"),
        long(
            "scanner: a DOCTYPE",
            "<!DOCTYPE a [",
            "<!ELEMENT a ANY>",
            "]><a/>",
        ),
        long("parser: text", "<error>", "x", "</error>"),
        long("parser: elements", "<error>", "<a/>", "</error>"),
        long(
            "parser: attributes",
            "<error>",
            "<a b='1' c=\"2\"/>",
            "</error>",
        ),
        long(
            "parser: references",
            "<error><url>",
            "&amp;",
            "</url></error>",
        ),
        long("parser: nesting", "<error>", "<a>", "</error>"),
    ]
}
