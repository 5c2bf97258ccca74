//! From symptom to cause.
//!
//! | symptom | cause | what to do |
//! |---|---|---|
//! | A denial comes through as a 500 with an XML body | The layer is not around this client, or the response is encoded (`not_inspected`, `encoded`) | Wrap the client; put decompression inside ([`stack`](super::stack)) |
//! | The same, with reqwest | `reqwest::Client` itself is called, not the `Privacy` around it. `get_ref()` builds requests; sending goes through the service | `client.oneshot(request)`, never `get_ref().get(url).send()` |
//! | The same, and the document is readable | The document has a DOCTYPE, or is over the cap (`too_long`), or its status is under 400 and the layer looks at errors only | [`Orange`](crate::protocol::Orange) has the rules; [`max_document_bytes`](crate::PrivacyLayer::max_document_bytes) sets the cap |
//! | `Rejected`, "points to an untrusted endpoint" | The privacy page is not on the list: another host, port, path or scheme, or a sandbox | [`also_trust`](crate::PrivacyLayer::also_trust). The error's text names the [`expected`](crate::RejectedDenial::expected) pages, and [`untrusted_url`](crate::RejectedDenial::untrusted_url) is the one that was found |
//! | `Rejected`, "has an invalid URL" | The `url` of the document is not an absolute URL, or has an element in it | Upstream has to send one URL as text |
//! | `InteractionRequired`, although there is a user | The call has no context: it is spawned, under `tower::buffer`, or outside the host side | [`background`](super::background) |
//! | The user comes back to the home page, not to where they were | The layer's own return URL was used, for the same reason | Remove [`return_to`](crate::PrivacyLayer::return_to), and an error shows you where |
//! | The user comes back to `http://`, or without a path's prefix | The base URL is not the one that browsers see | [`return_urls`](super::return_urls) |
//! | The user goes round in circles | The return URL was set by hand, so it has no marker; or a script follows `location` from a page whose URL it does not send | Use the host side; send `HX-Current-URL` ([`scripts`](super::scripts)) |
//! | The user gave access, and is told after a reload that it is needed again | They gave it for this time only, and the page called twice or was reloaded | [`asking`](super::asking) |
//! | Two upstreams, and the user is not sent to the page of the second | Both layers have the same protocol and no name, so what one asked for counts for the other | [`named`](crate::PrivacyLayer::named) on both |
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
//! | "the trait bound … `Service<Request<_>>` is not satisfied" | The inner service's error is not `Into<BoxError>`, or its response is no `http::Response`; over reqwest the feature `reqwest` is off | Turn the feature on, or map the error |
//! | A new service per request shows up in a profile | Building a layer allocates; applying it or cloning the service does not | Build the layer once, and clone the service |
