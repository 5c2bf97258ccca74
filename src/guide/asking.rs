//! When a user is asked, and when again.
//!
//! The privacy page tells nothing of what was chosen, so an app only learns it from the next call. A user
//! who refused is denied again, and to send them to the page again would be a circle. So the return URL
//! carries a marker of what they were asked for:
//!
//! ```text
//! https://app.example/contacts?page=2&fromOrangePrivacy=1764000000~contact.see
//! ```
//!
//! | the user | the call that follows | they see |
//! |---|---|---|
//! | was not asked | is denied: [`Redirect`] | the privacy page |
//! | grants for good | answers | their data |
//! | grants for this time | answers once, then is denied: [`Refused`] | their data; after a reload a page that says that access was declined, and offers to ask again |
//! | refuses | is denied: [`Refused`] | that page |
//! | needs another permission, too | is denied for that one: [`Redirect`] | the privacy page, once for each permission |
//! | opens the page anew, without the marker or after its life | is denied: [`Redirect`] | the privacy page |
//!
//! 1. A page that is opened costs at most one trip for each permission, and at most 16, whatever upstream
//!    answers.
//! 2. The marker lives for ten minutes ([`PrivacyLayer::marker_life`]). It is a hint and not signed: nothing
//!    is granted by it.
//! 3. Handlers do not see it: the inbound side takes it out of the request's URL. Nor is there any state to
//!    keep or to share between replicas.
//!
//! # "Only this time"
//!
//! It is one call of the API. A page that calls the same API twice needs a permission for good, or has to
//! keep what it got the first time. A user who reloads sees the refusal, and the link to be asked again in
//! it: to ask by itself would send those who meant "once" round at every reload.
//!
//! # Words of one's own
//!
//! ```
//! use tower_privacy::{Audience, PrivacyError, PrivacyReturnLayer, ReturnUrl};
//!
//! let layer = PrivacyReturnLayer::new(ReturnUrl::try_from("https://app.example/")?)
//!     .map_reply(|error, audience, mut reply| {
//!         if let (PrivacyError::Refused(redirect), Audience::Navigation) = (error, audience) {
//!             let again = redirect.location().as_str().replace('&', "&amp;");
//!             *reply.body_mut() = format!("No contacts, then. <a href=\"{again}\">Ask me again</a>");
//!         }
//!         reply
//!     });
//! # let _ = layer;
//! # Ok::<(), tower_privacy::ReturnUrlError>(())
//! ```
//!
//! [`Redirect`]: crate::PrivacyError::Redirect
//! [`Refused`]: crate::PrivacyError::Refused
//! [`PrivacyLayer::marker_life`]: crate::PrivacyLayer::marker_life
