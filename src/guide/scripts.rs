//! Scripts, page libraries and frames.
//!
//! A script cannot follow a redirect to the privacy page. That page is of another origin, so CORS ends the
//! call there, and the script only sees that it failed. So the host side looks at who asks
//! ([`Audience`](crate::Audience)) and answers in a form that works there. The status, headers and body of
//! each reply are in the [table](crate::PrivacyReturnLayer#what-is-answered) of `PrivacyReturnLayer`. In short:
//!
//! | who asks | what the app has to do | what the user sees |
//! |---|---|---|
//! | htmx, Turbo, Inertia, Unpoly, swup, barba, pjax | nothing | the privacy page; if they were asked already, a message with a link, in the page or in place of it |
//! | a service worker that passes navigations on by `fetch(event.request)` | show whatever comes back | the same |
//! | another script that puts HTML into the page | send `Accept: text/html`, and show a 403 too | the same |
//! | `fetch()`, XHR | read the problem details | what the script makes of them |
//! | a beacon, an `EventSource`, a WebSocket, an image | make a call by `fetch()` before it | nothing |
//! | a frame | nothing | a message in the frame, with a link that opens the privacy page in the whole window |
//! | whoever fetches a page ahead of a click | nothing | nothing, until they click |
//!
//! # A page's script
//!
//! ```js
//! async function api(path) {
//!   const response = await fetch(path, { headers: { "HX-Current-URL": location.href } });
//!   if (response.headers.get("content-type") === "application/problem+json") {
//!     const problem = await response.json();
//!     if (problem.type.endsWith("REDIRECT.html") && problem.returns) {
//!       location.assign(problem.location);      // the user is sent away, and comes back to this page
//!       return new Promise(() => {});
//!     }
//!     // Offer problem.location as a link, and problem.continue as a second one, if it is there.
//!     throw new Error(problem.title);
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
//!    `origin`, where `Referer` does not name the page, from a worker, and from a page of
//!    [another origin](super::return_urls#a-single-page-app-of-another-origin). It also keeps the page's
//!    fragment, for routers that have their state there.
//! 4. The marker counts for a day, for the page and for its scripts alike. A page that stays open for longer
//!    may send its user away again.
//! 5. If `problem.returns` is false, the page does not lead back. Open it in a new window, and offer
//!    `problem.continue` as the link to go on. It is always true with Orange and Bearer, and always false with
//!    GitHub and Matrix ([`protocol`](crate::protocol#at-a-glance)).
//! 6. A router that rewrites the address (`history.replaceState`) has to keep the parameter
//!    `fromOrangePrivacy` until the page's calls are done.
//! 7. A script that expects problem details must not name HTML in `Accept`. It would get a page.
//!
//! # A server that calls for its user
//!
//! A service may ask the app for data on behalf of its own user. Its `Accept` must not name HTML; then it
//! gets problem details, as any program. In `HX-Current-URL` it sends the whole URL of the page that its user
//! is on, marker included. It sends its own user to the `location` of the problem.
//!
//! # htmx
//!
//! There is nothing to set. A request that is denied takes the window to the privacy page, whether it came
//! from a link, a form or a poll. If the user was asked already, the message is put at the top of the page,
//! and the rest of the page stays as it is.
//!
//! A poll goes on, so each time that it is denied it adds the message once more. The message has the id
//! `tower-privacy`. Let the poll stop while it is there:
//!
//! ```html
//! <div hx-get="/inbox" hx-trigger="every 5s [!document.getElementById('tower-privacy')]">…</div>
//! ```
//!
//! Under a Content Security Policy such a filter needs `'unsafe-eval'` in `script-src`. Without it, htmx 1
//! and 2 ignore the filter, and htmx 4 does not poll at all. In htmx 1 and 2 a poll also stops when its reply
//! has the status 286, which [`map_reply`](crate::PrivacyReturnLayer::map_reply) can set.
//!
//! # Turbo, Inertia and the others
//!
//! There is nothing to set either. What may surprise:
//!
//! 1. Turbo acts on a stream, so the user leaves the page from a link, a form or a `<turbo-frame>` alike.
//!    A message is put at the top of the page. A second one takes the place of the first.
//! 2. In Inertia, a visit that is denied again opens its target as a whole page, which shows the message. A
//!    form or a partial reload shows the message in Inertia's own dialog. No link works in that dialog, so
//!    the message tells the user to leave the page and to come back to it by a link. A reload would not do: it
//!    keeps the marker. Of a page that does not lead back it tells the address, to be opened by hand.
//! 3. Turbo shows what it fetched when the user pointed at a link, also if they gave access meanwhile. So
//!    after a denial the click shows a page with a link, and not yet the privacy page. To turn that off, set
//!    `data-turbo-prefetch="false"` on the link.
//! 4. Unpoly, swup and barba show the reply in place of their page, or open it as a whole page.
//!
//! # Frames
//!
//! Most sites refuse to be shown in a frame, and so may the privacy page. So a frame is never redirected. It
//! shows a link that opens the privacy page in the whole window. The user comes back to the
//! page around the frame, if that is a page of the app and `Referer` names it. Otherwise they come back to
//! the frame's own URL, which then fills the window.
//!
//! Browsers tell that a page is in a frame by `Sec-Fetch-Dest`, which they send over https and to loopback
//! only.
//!
//! # What no reply can mend
//!
//! | case | what the user sees | what to do |
//! |---|---|---|
//! | A frame whose `sandbox` does not allow top navigation | the message, and a link that does nothing | add `allow-top-navigation-by-user-activation` to the frame's `sandbox` |
//! | A service worker that shows a page of its own for what is not a 2xx | the offline page, or an old copy | let it show every response to a navigation, or leave navigations alone: `if (event.request.mode === "navigate") return` |
//! | A service worker that calls `fetch(event.request.url)` | JSON. That request looks like any program's | `fetch(event.request)` |
//! | instantclick, which asks like a program too | nothing, or JSON | turn it off for pages that make calls: `data-no-instant` on their links |
//! | swup, on the way back in its history | it may be that nothing changes | a reload shows the message |
//! | A script that ignores what is not a 2xx | nothing | let it show a 403, or go to the `location` of the problem |
