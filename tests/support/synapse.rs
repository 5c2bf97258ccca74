//! A real Matrix homeserver, Synapse, whose users must accept its terms before they may write.

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use reqwest::{Client, Method, Request, Response};
use serde_json::{Value, json};

use super::{chromium::Running, servers};

/// The homeserver for all tests of a file. It stops with their process.
#[derive(Debug)]
pub struct Synapse {
    /// The server's URL, without a path.
    pub url: String,
    _running: Running,
}

impl Synapse {
    /// The test is skipped if Synapse is not installed.
    #[track_caller]
    pub fn find(test: &str) -> Option<&'static Self> {
        static SYNAPSE: OnceLock<Synapse> = OnceLock::new();
        let python = servers::installed(test, "synapse")?.join("bin/python");
        Some(SYNAPSE.get_or_init(|| Self::start(&python)))
    }

    fn start(python: &Path) -> Self {
        let mut command = Command::new(python);
        command
            .args(["start.py", env!("CARGO_TARGET_TMPDIR")])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("servers/synapse"))
            .stdin(Stdio::piped());
        let (running, port) = Running::start(&mut command, |line| {
            let port = line.strip_prefix("Synapse now listening on TCP port ")?;
            Some(port.to_owned())
        });
        Self {
            url: format!("http://127.0.0.1:{port}"),
            _running: running,
        }
    }

    /// A new user, who has not accepted the terms.
    pub async fn register(&self) -> User {
        static USERS: AtomicUsize = AtomicUsize::new(0);
        let name = format!("user-{}", USERS.fetch_add(1, Ordering::Relaxed));
        let form = json!({
            "auth": { "type": "m.login.dummy" },
            "username": name,
            "password": "a password of no use",
        });
        let register = Client::new().post(format!("{}/_matrix/client/v3/register", self.url));
        let answer = register.body(form.to_string()).send().await.unwrap();
        let answer = json_of(answer).await;
        let own = |member: &str| answer[member].as_str().expect(member);
        User::of(&self.url, own("user_id"), own("access_token"))
    }
}

#[derive(Clone, Debug)]
pub struct User {
    pub id: String,
    token: String,
    api: String,
}

impl User {
    /// A user of another homeserver, by its URL.
    pub fn of(homeserver: &str, id: &str, token: &str) -> Self {
        Self {
            id: id.to_owned(),
            token: token.to_owned(),
            api: format!("{homeserver}/_matrix/client/v3"),
        }
    }

    /// The same user with another token.
    pub fn with_token(&self, token: &str) -> Self {
        let token = token.to_owned();
        Self {
            token,
            ..self.clone()
        }
    }

    /// A call of this user, which was not sent yet.
    pub fn call(&self, method: Method, path: &str, body: &Value) -> Request {
        let call = Client::new().request(method, format!("{}{path}", self.api));
        let call = call.bearer_auth(&self.token).body(body.to_string());
        call.build().unwrap()
    }

    /// The same, without any layer.
    pub async fn sends(&self, method: Method, path: &str, body: &Value) -> Response {
        let call = self.call(method, path, body);
        Client::new().execute(call).await.unwrap()
    }
}

pub async fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}
