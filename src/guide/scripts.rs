//! `fetch()`, single-page apps and htmx.
//!
//! A script cannot follow a redirect to the privacy page: that is another origin, and CORS ends the call
//! there. So the host side tells scripts from navigations by `Sec-Fetch-Mode`, `HX-Request` and a few older
//! signs, and gives a script an answer that it can act on:
//!
//! | who asks | the answer to a [`Redirect`](crate::PrivacyError::Redirect) |
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
//!     throw new Error(problem.title);           // REFUSED: offer problem.location as a link
//!   }
//!   return response;
//! }
//! ```
//!
//! 1. `problem.location` is where to send the user, and `problem.permissions` says what for. The types are
//!    [`problem::REDIRECT`](crate::problem::REDIRECT) and its siblings. The module
//!    [`problem`](crate::problem) has all members.
//! 2. After the return, the page's own URL has the marker, and the script's calls are judged by it. A call
//!    that is denied again gets [`problem::REFUSED`](crate::problem::REFUSED), and no second trip.
//! 3. That needs the page's URL in the request: `Referer`, which browsers send by default, or
//!    `HX-Current-URL`, which any script can set. Send the latter under `Referrer-Policy: no-referrer`, under
//!    `origin`, where `Referer` does not name the page, and from a worker.
//! 4. The marker counts for a day, for the page and for its scripts alike. A page that stays open for longer
//!    may send its user away again.
//! 5. If `problem.returns` is false, the page does not lead back. Open it in a new window, and offer
//!    `problem.continue` as the link to go on. With Orange it is always true.
//! 6. A router that rewrites the address (`history.replaceState`) has to keep the parameter
//!    `fromOrangePrivacy` until the page's calls are done.
//!
//! # A server that calls for its user
//!
//! A service may ask the app for data on behalf of its own user. It sends `Accept: application/json` (or
//! XML: anything but HTML and `*/*`), so that it is not taken for a browser. In `HX-Current-URL` it sends the
//! whole URL of the page that its user is on, marker included. It gets the problem, and sends its own user to
//! `location`.
//!
//! # htmx
//!
//! There is nothing to do. htmx sends `HX-Current-URL` by itself and follows `HX-Redirect`. The answer to
//! [`Refused`](crate::PrivacyError::Refused) is a fragment that it can swap in.
