//! From symptom to cause.
//!
//! | symptom | cause | what to do |
//! |---|---|---|
//! | A denial comes through as a 500 with an XML body | The layer is not around this client, or the response is encoded (`not_inspected`, `encoded`) | Wrap the client; put decompression inside ([`stack`](super::stack)) |
//! | The same, with reqwest | `reqwest::Client` itself is called, not the `Privacy` around it. `get_ref()` builds requests; sending goes through the service | `client.oneshot(request)`, never `get_ref().get(url).send()` |
//! | `Rejected`, "points to an untrusted endpoint" | The privacy page is not on the list: another host, port, path or scheme, or a sandbox | [`also_trust`](crate::PrivacyLayer::also_trust); [`untrusted_url`](crate::RejectedDenial::untrusted_url) says which it was |
//! | `InteractionRequired`, though there is a user | The call has no context: spawned, under `tower::buffer`, or outside of the inbound side | [`background`](super::background) |
//! | The user comes back to the home page, not to where they were | The layer's own return URL was taken, for the same reason | Take `PrivacyLayer::non_interactive()`, and the error shows where |
//! | The user comes back to `http://`, or without a path's prefix | The base URL is not the one that browsers see | [`return_urls`](super::return_urls) |
//! | The user goes round in circles | A return URL that was set by hand, so without a marker; or a script that follows `location` from a page whose URL it does not send | Use the inbound side; send `HX-Current-URL` ([`scripts`](super::scripts)) |
//! | The user sees "declined" after a reload, and did not decline | They granted for this time only, and the page called twice or was reloaded | [`asking`](super::asking) |
//! | A handler's error is a 500 page of its own, not a redirect | The app's error type does not hand the signal on | `if let Some(signal) = PrivacyError::find(&error) { return signal.into_response() }` |
//! | A 502, and nothing in the log but `failed` | The app did not log the error that it handed on | [`production`](super::production) |
//! | "`?` couldn't convert the error to `AppError`" | `?` converts once: reqwest's error to `PrivacyError`, or that to the app's | Make the calls in a function that returns `PrivacyError`, or `.map_err(PrivacyError::from)` |
//! | A log has the token, in an error of reqwest's | The app's own error has a variant of `reqwest::Error`, which prints its URL | `.map_err(PrivacyError::from)`, which takes the query away |
//! | `find` does not see a `Service` error | `#[error(transparent)]` hides the error that it stands for; a denial is found even so | Give the variant a message of its own |
//! | `fetch()` fails with a CORS error | The inbound side is missing around this route, and the handler redirects by itself | Let the layer answer ([`scripts`](super::scripts)) |
//! | Handlers see `fromOrangePrivacy` | The two sides have different marker names, or on actix-web the middleware is around a single resource | [`return_marker`](crate::PrivacyLayer::return_marker) on both; wrap the `App` |
//! | `?` does not turn an error of hyper's, or of one's own, into a `PrivacyError` | It does for those of reqwest, reqwest-middleware and boxes, which other layers fail with | `map_err(\|error\| PrivacyError::Service(error.into()))` |
//! | A retry sends each denial three times | Its policy looks at errors without asking [`is_denial`](crate::PrivacyError::is_denial) | [`stack`](super::stack) |
//! | "the trait bound … `Service<Request<_>>` is not satisfied" | The inner service's error is not `Into<BoxError>`, or its response is no `http::Response`; over reqwest the feature `reqwest` is off | Turn the feature on, or map the error |
//! | A clone of the service per request shows up in a profile | To apply the layer allocates, to clone the service does not | Apply it once, clone what comes out |
