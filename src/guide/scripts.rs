//! Scripts, page libraries and frames.
//!
//! A script cannot follow a redirect to the [location](crate::PrivacyRedirect::location), the page that the user has to
//! visit. It is on another origin, so the call fails with a CORS error, and the script learns nothing else. So the host
//! side detects who made the request ([`Audience`](crate::Audience)), and replies in a form that works there.
//! `PrivacyReturnLayer` has a [table](crate::PrivacyReturnLayer#replies) with the status, headers and body of
//! each reply. In short:
//!
//! | who asks | what the app has to do | what the user sees |
//! |---|---|---|
//! | htmx, Turbo, Inertia, Unpoly, swup, barba, pjax | nothing | the location; if they were already asked, a message with a link, in their page or instead of it |
//! | a service worker that forwards navigations with `fetch(event.request)` | show every response | the same |
//! | any other script that puts HTML into the page | send `Accept: text/html`, and also show a 403 | the same |
//! | `fetch()`, XHR | read the problem details | whatever the script does with them |
//! | a beacon, an `EventSource`, a WebSocket, an image | make a call with `fetch()` first | nothing |
//! | a frame | nothing | a message in the frame, with a link that opens the location in the whole window |
//! | a prefetch | nothing | nothing until they click |
//!
//! # A page's script
//!
//! ```js
//! async function api(path) {
//!   const response = await fetch(path, { headers: { "HX-Current-URL": location.href } });
//!   if (response.headers.get("content-type") === "application/problem+json") {
//!     const problem = await response.json();
//!     if (problem.type.endsWith("REDIRECT.html") && problem.returns) {
//!       location.assign(problem.location);  // the user visits that page, and comes back to this one
//!       return new Promise(() => {});
//!     }
//!     // Show problem.location as a link, and problem.continue as a second one if it is set.
//!     throw new Error(problem.title);
//!   }
//!   return response;
//! }
//! ```
//!
//! 1. `problem.location` is where to send the user, and `problem.permissions` says what for. The module
//!    [`problem`](crate::problem) documents all members and types.
//! 2. After the user comes back, the page's own URL has the marker, and it applies to the script's calls. A call that is
//!    denied again gets [`problem::REFUSED`](crate::problem::REFUSED) instead of a second trip.
//! 3. This requires the page's URL in the request: `Referer`, which browsers send by default, or `HX-Current-URL`,
//!    which any script can set. Send `HX-Current-URL` under `Referrer-Policy: no-referrer` or `origin`, from a worker,
//!    and from a page on [another origin](super::return_urls#a-single-page-app-on-another-origin). It also keeps the
//!    page's fragment, for routers that keep their state there.
//! 4. The marker is valid for a day. A page that stays open for longer may send its user away again.
//! 5. If `problem.returns` is false, the page does not send the user back. Open it in a new window, and show
//!    `problem.continue` as the link to continue. `returns` is always true with Orange and Bearer, and always false with
//!    GitHub and Matrix ([`protocol`](crate::protocol#at-a-glance)).
//! 6. A router that rewrites the address (`history.replaceState`) has to keep the parameter `fromOrangePrivacy` until
//!    the page's calls are done.
//! 7. A script that expects problem details must not name HTML in `Accept`. It would get a page instead.
//!
//! # A server that calls on behalf of its user
//!
//! Another service may call the app on behalf of its own user. If its `Accept` does not name HTML, it gets problem
//! details like any program. It sends the whole URL of the page that its user is on, including the marker, in
//! `HX-Current-URL`, and redirects its user to the `location` of the problem.
//!
//! # htmx
//!
//! htmx needs no code. If a request is denied, the whole window goes to the location, whether the request came from a
//! link, a form or a poll. If the user was already asked, a message appears at the top of the page, and the rest of the
//! page does not change.
//!
//! A poll continues, and adds the message again each time that it is denied. The message has the id `tower-privacy`.
//! Pause the poll while it is shown:
//!
//! ```html
//! <div hx-get="/inbox" hx-trigger="every 5s [!document.getElementById('tower-privacy')]">…</div>
//! ```
//!
//! Under a Content Security Policy, such a filter needs `'unsafe-eval'` in `script-src`. Without it, htmx 1 and 2 ignore
//! the filter, and htmx 4 does not poll at all. In htmx 1 and 2, a poll also stops if its reply has the status 286,
//! which you can set with [`map_reply`](crate::PrivacyReturnLayer::map_reply).
//!
//! # Turbo, Inertia and the others
//!
//! They need no code either. What may surprise you:
//!
//! 1. Turbo gets a stream, so a denied link, form or `<turbo-frame>` sends the whole window to the location. A
//!    message appears at the top of the page, and replaces an earlier one.
//! 2. In Inertia, a visit that is denied again opens its target as a whole page, which shows the message. A form or a
//!    partial reload shows the message in Inertia's own dialog. No link works in that dialog, so the message tells the
//!    user to leave the page and to follow a link back to it. (A reload does not help: it keeps the marker.) If the
//!    location does not send the user back, the dialog shows its address to copy.
//! 3. When a user points at a link, Turbo prefetches it, and a click shows what was prefetched, even if the user has
//!    granted access in the meantime. So after a denial, the click shows a page with a link to the location. To
//!    turn that off, set `data-turbo-prefetch="false"` on the link.
//! 4. Unpoly, swup and barba show the reply instead of their page, or open it as a whole page.
//!
//! # Frames
//!
//! Most sites refuse to be shown in a frame, so a frame is never redirected. It shows a link that opens the location
//! in the whole window. The user comes back to the page around the frame, if that belongs to the app and
//! `Referer` names it. Otherwise they come back to the frame's own URL, which then fills the window.
//!
//! Browsers announce a frame in `Sec-Fetch-Dest`, which they send only over https and to loopback addresses.
//!
//! # What the layer cannot fix
//!
//! | case | what the user sees | what to do |
//! |---|---|---|
//! | a frame whose `sandbox` does not allow top navigation | the message, and a link that does nothing | add `allow-top-navigation-by-user-activation` to the frame's `sandbox` |
//! | a service worker that shows its own page for any response other than a 2xx | the offline page, or an old copy | show every response to a navigation, or leave navigations alone: `if (event.request.mode === "navigate") return` |
//! | a service worker that calls `fetch(event.request.url)` | JSON, since that request looks like a program's | `fetch(event.request)` |
//! | instantclick, whose requests look like a program's too | nothing, or JSON | turn it off for pages that make calls: `data-no-instant` on their links |
//! | swup, going back in its history | sometimes no change | a reload shows the message |
//! | a script that ignores any response other than a 2xx | nothing | show a 403 too, or go to the `location` of the problem |
