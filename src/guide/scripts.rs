//! `fetch()`, single-page apps and htmx.
//!
//! A script cannot follow a redirect to the privacy page: it is another origin, and CORS ends it there. So
//! what a script gets is told apart by `Sec-Fetch-Mode`, `HX-Request` and a few older signs, and is an
//! answer that it can act on:
//!
//! | who asks | the answer to a redirect |
//! |---|---|
//! | a navigation | 303 and `Location` |
//! | htmx | 200 and `HX-Redirect`, which htmx follows by itself |
//! | `fetch()`, XHR, another program | 403 and `application/problem+json` (RFC 9457) |
//!
//! # A page's script
//!
//! ```js
//! async function api(path) {
//!   const response = await fetch(path, { headers: { "HX-Current-URL": location.href } });
//!   if (response.headers.get("content-type") === "application/problem+json") {
//!     const problem = await response.json();
//!     if (problem.type.endsWith("REDIRECT.html")) {
//!       location.assign(problem.location);      // the user is sent away, and comes back to this page
//!       return new Promise(() => {});
//!     }
//!     throw new Error(problem.title);           // refused: offer problem.location as a link
//!   }
//!   return response;
//! }
//! ```
//!
//! 1. `problem.location` is where to send the user, `problem.family` and `problem.attributes` say what for.
//!    The types are [`problem::REDIRECT`](crate::problem::REDIRECT) and its siblings.
//! 2. The page's own URL has the marker after the return, and the script's calls are judged by it: a call that
//!    is denied again after the return is a refusal, not another trip.
//! 3. That needs the page's URL in the request: `Referer`, which browsers send by default, or
//!    `HX-Current-URL`, which any script may set. Under `Referrer-Policy: no-referrer`, and in a worker,
//!    only the latter is there.
//! 4. A router that rewrites the address (`history.replaceState`) has to keep the parameter
//!    `fromOrangePrivacy` until the page's calls are through.
//!
//! # A server that calls for its user
//!
//! A service that asks the app for data on behalf of its own user sends `Accept: application/json` (or XML:
//! anything but HTML and `*/*`), so that it is not taken for a browser, and in `HX-Current-URL` the whole URL
//! of the page that its user is on, marker included. It gets the problem, and sends its own user to
//! `location`.
//!
//! # htmx
//!
//! Nothing is to be done. htmx sends `HX-Current-URL` by itself and follows `HX-Redirect`; a refusal is a
//! fragment that it can swap in.
