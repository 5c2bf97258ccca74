//! The sandbox on a socket.

use std::{fmt, io, net::SocketAddr};

use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use url::Url;

use super::{github_sso, orange, state::Sandbox};
use crate::{protocol::Family, urls::PrivacyEndpoint};

impl Sandbox {
    /// Serves the sandbox at this address, which must be a loopback address. Port 0 takes any free port.
    /// This needs a tokio runtime with I/O enabled.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the address is not a loopback address, or the
    /// system's error if it cannot listen there.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::sandbox::Sandbox;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::new().bind(([127, 0, 0, 1], 0).into()).await?;
    /// assert_eq!(sandbox.base_url().host_str(), Some("127.0.0.1"));
    ///
    /// let refused = Sandbox::new().bind(([0, 0, 0, 0], 0).into()).await.unwrap_err();
    /// assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn bind(self, addr: SocketAddr) -> io::Result<RunningSandbox> {
        if !addr.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("a sandbox must be bound to a loopback address, and {addr} is not one"),
            ));
        }
        let listener = TcpListener::bind(addr).await?;
        // A URL cannot have the scope of an IPv6 address, so it is left out.
        let addr = SocketAddr::new(addr.ip(), listener.local_addr()?.port());
        let base_url = Url::parse(&format!("http://{addr}/")).map_err(io::Error::other)?;
        let page = |path| PrivacyEndpoint::new(at(&base_url, path)).map_err(io::Error::other);
        let endpoint = page(orange::PAGE)?;
        let github_sso_endpoint = page(github_sso::PAGE)?;

        let (stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(listener, self.router_at(Some(base_url.clone())))
            .with_graceful_shutdown(async {
                // An error means that the sandbox was dropped.
                let _ = stopped.await;
            });
        Ok(RunningSandbox {
            sandbox: self,
            base_url,
            endpoint,
            github_sso_endpoint,
            stop,
            task: tokio::spawn(async move { server.await }),
        })
    }
}

/// A running sandbox, as [`Sandbox::bind`] returns it.
///
/// Dropping it stops the server.
///
/// # Example
///
/// ```
/// use tower_privacy::{Family, PrivacyError, PrivacyLayer};
/// use tower_privacy::sandbox::{Choice, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::new().bind(([127, 0, 0, 1], 0).into()).await?;
///
/// let layer = PrivacyLayer::new()
///     .return_to("https://app.example/".parse()?)
///     .also_trust(sandbox.endpoint());
///
/// let url = sandbox.api_url(&Family::Contact);
/// let response = reqwest::get(url.clone()).await?;
/// let denied = layer.inspect(response.into()).await;
/// assert!(matches!(denied, Err(PrivacyError::Redirect(_))));
///
/// sandbox.sandbox().decide(&Family::Contact, "see", Choice::Always);
/// let response = reqwest::get(url).await?;
/// assert!(layer.inspect(response.into()).await.is_ok());
///
/// sandbox.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[must_use = "a sandbox that is dropped stops"]
pub struct RunningSandbox {
    sandbox: Sandbox,
    base_url: Url,
    endpoint: PrivacyEndpoint,
    github_sso_endpoint: PrivacyEndpoint,
    /// The server stops when this is dropped.
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl RunningSandbox {
    /// Where it is served, such as `http://127.0.0.1:8081/`.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// The URL of a Personal API, with its action and the token. As with the real one, keep it out of logs.
    ///
    /// For a family without an API in the sandbox, it is a URL that returns 404.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::{Family, sandbox::Sandbox};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::new().bind(([127, 0, 0, 1], 0).into()).await?;
    /// let url = sandbox.api_url(&Family::Agenda);
    /// assert_eq!(url.path(), "/calendar");
    /// assert_eq!(url.query(), Some("action=add_event&token=sandbox-token"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn api_url(&self, family: &Family) -> Url {
        orange::api_url(&self.base_url, family, self.sandbox.token())
    }

    /// The URL of this path, which may have a query. The [module](crate::sandbox) lists the paths of each
    /// protocol.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::{PrivacyLayer, protocol::Kratos, sandbox::Sandbox};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::new().bind(([127, 0, 0, 1], 0).into()).await?;
    /// let layer = PrivacyLayer::new().protocol(Kratos::new(sandbox.base_url())?);
    ///
    /// let whoami = sandbox.url("/sessions/whoami");
    /// let response = layer.inspect(reqwest::get(whoami).await?.into()).await?;
    /// assert_eq!(response.status(), 401);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn url(&self, path: &str) -> Url {
        at(&self.base_url, path)
    }

    /// Orange's privacy page, for a layer to trust
    /// ([`PrivacyLayer::also_trust`](crate::PrivacyLayer::also_trust)).
    #[must_use]
    pub fn endpoint(&self) -> PrivacyEndpoint {
        self.endpoint.clone()
    }

    /// GitHub's single sign-on page of any organisation, for a layer to trust
    /// ([`PrivacyLayer::also_trust`](crate::PrivacyLayer::also_trust)).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::{PrivacyError, PrivacyLayer, protocol::GitHubSso, sandbox::Sandbox};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::new().bind(([127, 0, 0, 1], 0).into()).await?;
    /// let layer = PrivacyLayer::new()
    ///     .protocol(GitHubSso::new())
    ///     .return_to("https://app.example/".parse()?)
    ///     .also_trust(sandbox.github_sso_endpoint());
    ///
    /// let repos = reqwest::Client::new().get(sandbox.url("/orgs/octodocs-test/repos"));
    /// let response = repos.bearer_auth(sandbox.sandbox().token()).send().await?;
    /// let denied = layer.inspect(response.into()).await;
    /// assert!(matches!(denied, Err(PrivacyError::Redirect(_))));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn github_sso_endpoint(&self) -> PrivacyEndpoint {
        self.github_sso_endpoint.clone()
    }

    /// The sandbox itself, to choose for the user and to see what was called.
    #[must_use]
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Stops the server, and waits until the calls in flight have their responses.
    pub async fn shutdown(self) {
        drop(self.stop);
        // The server's task neither fails nor panics.
        let _ = self.task.await;
    }
}

fn at(base_url: &Url, path: &str) -> Url {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let mut url = base_url.clone();
    url.set_path(path);
    url.set_query(query);
    url
}

impl fmt::Debug for RunningSandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningSandbox")
            .field("base_url", &self.base_url.as_str())
            .field("sandbox", &self.sandbox)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    async fn running(addr: &str) -> RunningSandbox {
        Sandbox::new().bind(addr.parse().unwrap()).await.unwrap()
    }

    fn address(sandbox: &RunningSandbox) -> SocketAddr {
        sandbox.base_url().socket_addrs(|| None).unwrap()[0]
    }

    #[tokio::test]
    async fn only_loopback_is_bound() {
        for addr in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            let error = Sandbox::new().bind(addr.parse().unwrap()).await;
            assert_eq!(error.unwrap_err().kind(), io::ErrorKind::InvalidInput);
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_the_systems_error() {
        let sandbox = running("127.0.0.1:0").await;
        let error = Sandbox::new().bind(address(&sandbox)).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[tokio::test]
    async fn the_interaction_url_is_under_the_endpoint_whatever_the_host_header_says() {
        let sandbox = running("127.0.0.1:0").await;
        let url = sandbox.api_url(&Family::Contact);
        let request = reqwest::Client::new().get(url).header("host", "evil.test");
        let response = request.send().await.unwrap();
        let body = response.text().await.unwrap();
        assert!(
            body.contains(&format!(
                "<url>{}urm-gui/interaction.do?",
                sandbox.base_url()
            )),
            "{body}"
        );
        let page = sandbox.base_url().join("urm-gui/interaction.do").unwrap();
        assert!(sandbox.endpoint().covers(&page));
    }

    #[tokio::test]
    async fn a_family_without_an_api_has_a_url_that_is_not_found() {
        let sandbox = running("127.0.0.1:0").await;
        for family in [Family::Favoris, Family::from("a?b/c")] {
            let response = reqwest::get(sandbox.api_url(&family)).await.unwrap();
            assert_eq!(response.status(), 404);
        }
    }

    #[tokio::test]
    async fn after_shutdown_nobody_listens_though_clients_keep_connections() {
        let sandbox = running("127.0.0.1:0").await;
        let address = address(&sandbox);
        let idle = TcpStream::connect(address).await.unwrap();
        let client = reqwest::Client::new();
        let response = client.get(sandbox.base_url().clone()).send().await.unwrap();
        assert_eq!(response.status(), 404);
        response.bytes().await.unwrap();

        let debug = format!("{sandbox:?}");
        assert!(
            debug.contains(sandbox.base_url().as_str()) && !debug.contains("token"),
            "{debug}"
        );

        sandbox.shutdown().await;
        // Without letting the server's task run.
        assert!(std::net::TcpStream::connect(address).is_err());
        drop(idle);
    }

    #[tokio::test]
    async fn a_sandbox_that_is_dropped_stops() {
        let sandbox = running("127.0.0.1:0").await;
        let address = address(&sandbox);
        drop(sandbox);
        for _ in 0..1000 {
            if TcpStream::connect(address).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("still served");
    }

    #[tokio::test]
    async fn debug_prints_no_token() {
        let sandbox = Sandbox::new().with_token("s3cret");
        let sandbox = sandbox.bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        assert!(!format!("{sandbox:?}").contains("s3cret"));
    }
}
