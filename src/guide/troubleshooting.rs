//! From symptom to cause.
//!
//! # What a user sees
//!
//! | the user sees | cause | what to do |
//! |---|---|---|
//! | "Log in please", after they gave access | The session cookie has `SameSite=Strict`, which tower-sessions sets by default. Browsers do not send it on the way back from another site | `SameSite=Lax` ([`production`](super::production#settings-of-cookies-policies-and-proxies)) |
//! | Nothing, after they sent a form | The app answers the form with a redirect of its own, and `form-action` of its Content Security Policy blocks that in Chromium. The layer's own replies to forms are pages, so they work | Allow the target in `form-action` |
//! | The page's `#fragment` behind the privacy page's URL, and it is gone when they come back | Browsers carry the fragment over a redirect, and servers are not told it | Make the call in the page's script ([`return_urls`](super::return_urls#which-page-a-request-returns-to)) |
//! | The home page after the trip, and not the page that they were on | The layer's own return URL was used, because the call had no context | Remove [`return_to`](crate::PrivacyLayer::return_to), and an error shows you where |
//! | The landing page after the trip | A script's request does not name its page; or the URL was [too long](super::return_urls#long-urls), or is one of `never_return_to` | Send `HX-Current-URL` ([`scripts`](super::scripts)) |
//! | Their page without its query | The location was [too long](super::return_urls#long-urls) with it | Keep less in the query |
//! | A page at `http://`, or "Not found" without a path's prefix, or with the prefix twice | The base URL is not the one that browsers see, or has a prefix that the app has too | [`return_urls`](super::return_urls#a-path-prefix) |
//! | The app on another of its hosts | That host is not listed, or the proxy does not pass `Host` on | [`also_at`](crate::PrivacyReturnLayer::also_at), and `proxy_set_header Host $http_host;` |
//! | An error after they gave access, such as "this code was used already" | The call is made while a URL is answered that is good once, and the user came back to it | [`never_return_to`](crate::PrivacyReturnLayer::never_return_to), or the call after it ([`return_urls`](super::return_urls#single-use-urls)) |
//! | The privacy page again and again | The return URL was set by hand, so it has no marker; or a script follows `location` from a page whose URL it does not send; or the landing page leads on by itself to a URL that is good once | Use the host side; send `HX-Current-URL` ([`scripts`](super::scripts)); make the call [after that URL](super::return_urls#single-use-urls) |
//! | "This step is still needed" after a reload, although they gave access | They gave it for this time only, and the page called twice or was reloaded | [`asking`](super::asking) |
//! | Only the first of two privacy pages, with two upstreams | Both layers have the same protocol and no name, so what one asked for counts for the other | [`named`](super::asking#several-upstreams) on both |
//! | Kratos's error page, `Requested return_to URL … is not allowed` | Kratos does not list the app | [`allowed_return_urls`](super::kratos#set-up-kratos) |
//! | Two links in place of GitHub's or Matrix's page | That page does not lead back, so nobody is sent there | Nothing ([`protocol`](crate::protocol#at-a-glance)) |
//! | GitHub's page a second time, although they signed in there | The token is an app's, and was issued before | Sign in to the app again ([`github_sso`](super::github_sso#which-tokens-are-affected)) |
//! | "This step is still needed" after they consented at the sign-in route | The new token has the new scope, and no longer the old ones; or the provider does not know the `acr_values` | Ask for [both](super::bearer#the-sign-in-route) |
//! | JSON | A script or a service worker shows what it gets, and did not ask for HTML | `Accept: text/html`, or `fetch(event.request)` in the worker ([`scripts`](super::scripts)) |
//! | "Refused to connect" in a frame | The app redirects by itself; or the page is on http, where browsers do not say that it is in a frame | Let the layer answer; use https |
//! | A link in a frame that does nothing | The `sandbox` of the frame does not allow top navigation | `allow-top-navigation-by-user-activation` |
//! | An offline page, an old copy or nothing | A service worker hides what is not a 2xx, or keeps what says `no-store` | [`scripts`](super::scripts#what-the-layer-cannot-fix) |
//! | The same message several times | A poll of htmx goes on, and adds it each time | A filter in `hx-trigger` ([`scripts`](super::scripts#htmx)) |
//! | The privacy page, although they clicked nothing | A poll was denied, or a page was open for longer than the marker's life | Stop the poll, or make it by `fetch()`, and show a link |
//! | "Content missing" in a `<turbo-frame>` | A handler or a middleware answers by itself | Let the layer answer |
//! | "502 Bad Gateway" of nginx, which logs "upstream sent too big header" | The headers of the reply, with the app's cookies, are over 4 KiB | `proxy_buffer_size 8k;` |
//! | A page in English or French, in an app of another language | The layer has no other | [`map_reply`](crate::PrivacyReturnLayer::map_reply) ([`asking`](super::asking#your-own-words)) |
//!
//! # What a developer sees
//!
//! | symptom | cause | what to do |
//! |---|---|---|
//! | A denial comes through as a 500 with an XML body | The layer is not around this client, or the response is encoded (`not_inspected`, `encoded`) | Wrap the client; put decompression inside ([`stack`](super::stack)) |
//! | The same, with reqwest | `reqwest::Client` itself is called, not the `Privacy` around it. `get_ref()` builds requests; sending goes through the service | `client.execute(request)`, never `get_ref().get(url).send()` |
//! | The same, and the document is readable | The document has a DOCTYPE, or is over the cap (`too_long`), or its status is under 400 and the layer looks at errors only | [`Orange`](crate::protocol::Orange) has the rules; [`max_document_bytes`](crate::PrivacyLayer::max_document_bytes) sets the cap |
//! | `Rejected`, "points to an untrusted endpoint" | The privacy page is not on the list: another host, port, path or scheme, or a sandbox | [`also_trust`](crate::PrivacyLayer::also_trust). The error's text names the [`expected`](crate::RejectedDenial::expected) pages, and [`untrusted_url`](crate::RejectedDenial::untrusted_url) is the one that was found |
//! | `Rejected`, "has an invalid URL" | The `url` of the document is not an absolute URL, or has an element in it | Upstream has to send one URL as text |
//! | `Rejected`, "asks for a scope that the app does not allow" | The scope is not on the list of [`Bearer::new`](crate::protocol::Bearer::new) | Add it, if your app may ask for it |
//! | A `401` with `insufficient_claims` never comes, from Microsoft Graph | The app does not declare `cp1` | [`bearer`](super::bearer#set-up-microsoft-entra) |
//! | `InteractionRequired`, although there is a user | The call has no context: it is spawned, under `tower::buffer`, or outside the host side | [`background`](super::background) |
//! | The head of a stream comes only with its first bytes | The response is inspected, because it is labelled as text, as XML or not at all | Send a Content-Type, or look at errors only ([`production`](super::production)) |
//! | A handler's error is a 500 page of its own, not a redirect | The app's error type does not pass the signal on | `if let Some(signal) = PrivacyError::find(&error) { return signal.into_response() }` |
//! | A 502, and nothing in the log but `failed` | The app did not log the error that it passed on | [`production`](super::production) |
//! | "`?` couldn't convert the error to `AppError`" | `?` converts once: reqwest's error to `PrivacyError`, or that to the app's | Make the calls in a function that returns `PrivacyError`, or `.map_err(PrivacyError::from)` |
//! | A log has the token, in an error of reqwest's | The app's own error has a variant of `reqwest::Error`, which prints its URL | `.map_err(PrivacyError::from)`, which removes the query |
//! | `find` does not see a `Service` error | `#[error(transparent)]` hides the error that it stands for; a denial is found even so | Give the variant a message of its own |
//! | `fetch()` fails with a CORS error | The host side is missing around this route, and the handler redirects by itself | Let the layer answer ([`scripts`](super::scripts)) |
//! | Handlers see `fromOrangePrivacy` | The two sides have different marker names, or on actix-web the middleware is around a single resource | [`return_marker`](crate::PrivacyLayer::return_marker) on both; wrap the `App` |
//! | `?` does not turn an error of hyper's, or of one's own, into a `PrivacyError` | It does for those of reqwest, reqwest-middleware and boxes, which other layers fail with | `map_err(\|error\| PrivacyError::Service(error.into()))` |
//! | A retry sends each denial three times | Its policy looks at errors without asking [`is_denial`](crate::PrivacyError::is_denial) | [`stack`](super::stack) |
//! | "the method `oneshot` exists for struct `Privacy<Client>`, but its trait bounds were not satisfied", or `ready` | The feature of this version of reqwest is off | `reqwest-0-12` for reqwest 0.12, `reqwest` for 0.13 ([`client`](crate::client#which-version-is-it)) |
//! | "no method named `execute` found for struct `Privacy<Client>`" | The same | The same |
//! | "the trait `From<reqwest::Error>` is not implemented for `PrivacyError`" | The same | The same |
//! | "the method `oneshot` exists for struct `Privacy<…>`, but its trait bounds were not satisfied", with a client of your own | The inner service's error is not `Into<BoxError>`, or its response is no `http::Response` | Map the error, or the response |
//! | A new service per request shows up in a profile | Building a layer allocates; applying it or cloning the service does not | Build the layer once, and clone the service |
//! | curl is answered with JSON, where a browser is redirected | It does not ask for HTML, so it is a program | `curl -H 'Accept: text/html'` |
