//! The headers of an incoming request that matter here.

/// For `Vary`: most of the headers that tell who made the request, and from which page. The others are left
/// out: no cache may store a reply anyway, and a proxy's limit for headers must leave room for a long
/// location.
pub(super) const VARY_BY: &str = "Accept, HX-Current-URL, HX-History-Restore-Request, HX-Request, \
    Purpose, Referer, Sec-Fetch-Dest, Sec-Fetch-Mode, Sec-Purpose, Turbo-Frame, X-Barba, X-Inertia, \
    X-PJAX, X-Requested-With, X-Sec-Purpose, X-Turbo-Request-Id, X-Up-Version";

/// The first value of each header that matters, except `Accept`.
#[derive(Default)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Headers<'a> {
    pub(super) accept_language: Option<&'a [u8]>,
    pub(super) content_type: Option<&'a [u8]>,
    pub(super) host: Option<&'a [u8]>,
    pub(super) hx_boosted: Option<&'a [u8]>,
    pub(super) hx_current_url: Option<&'a [u8]>,
    pub(super) hx_history_restore_request: Option<&'a [u8]>,
    pub(super) hx_request: Option<&'a [u8]>,
    pub(super) purpose: Option<&'a [u8]>,
    pub(super) referer: Option<&'a [u8]>,
    pub(super) sec_fetch_dest: Option<&'a [u8]>,
    pub(super) sec_fetch_mode: Option<&'a [u8]>,
    pub(super) sec_fetch_user: Option<&'a [u8]>,
    pub(super) sec_purpose: Option<&'a [u8]>,
    pub(super) turbo_frame: Option<&'a [u8]>,
    pub(super) upgrade_insecure_requests: Option<&'a [u8]>,
    pub(super) x_barba: Option<&'a [u8]>,
    pub(super) x_inertia: Option<&'a [u8]>,
    pub(super) x_inertia_partial: Option<&'a [u8]>,
    pub(super) x_pjax: Option<&'a [u8]>,
    pub(super) x_requested_with: Option<&'a [u8]>,
    pub(super) x_sec_purpose: Option<&'a [u8]>,
    pub(super) x_turbo_request_id: Option<&'a [u8]>,
    pub(super) x_up_version: Option<&'a [u8]>,
}

impl<'a> Headers<'a> {
    /// Reads all headers in one pass. Looking up each of them costs five times as much.
    #[inline]
    pub(super) fn read(headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut read = Self::default();
        for (name, value) in headers {
            let slot = match name {
                "accept-language" => &mut read.accept_language,
                "content-type" => &mut read.content_type,
                "host" => &mut read.host,
                "hx-boosted" => &mut read.hx_boosted,
                "hx-current-url" => &mut read.hx_current_url,
                "hx-history-restore-request" => &mut read.hx_history_restore_request,
                "hx-request" => &mut read.hx_request,
                "purpose" => &mut read.purpose,
                "referer" => &mut read.referer,
                "sec-fetch-dest" => &mut read.sec_fetch_dest,
                "sec-fetch-mode" => &mut read.sec_fetch_mode,
                "sec-fetch-user" => &mut read.sec_fetch_user,
                "sec-purpose" => &mut read.sec_purpose,
                "turbo-frame" => &mut read.turbo_frame,
                "upgrade-insecure-requests" => &mut read.upgrade_insecure_requests,
                "x-barba" => &mut read.x_barba,
                "x-inertia" => &mut read.x_inertia,
                "x-inertia-partial-component" | "x-inertia-partial-data" => {
                    &mut read.x_inertia_partial
                }
                "x-pjax" => &mut read.x_pjax,
                "x-requested-with" => &mut read.x_requested_with,
                "x-sec-purpose" => &mut read.x_sec_purpose,
                "x-turbo-request-id" => &mut read.x_turbo_request_id,
                "x-up-version" => &mut read.x_up_version,
                _ => continue,
            };
            if slot.is_none() {
                *slot = Some(value);
            }
        }
        read
    }

    /// Whether a browser or a script prefetches a page, before a click.
    pub(super) fn is_prefetch(&self) -> bool {
        let says_so = |purposes: Option<&[u8]>| {
            purposes.is_some_and(|purposes| {
                let mut purposes = purposes.split(|byte| matches!(byte, b';' | b','));
                purposes.any(|purpose| purpose.trim_ascii().eq_ignore_ascii_case(b"prefetch"))
            })
        };
        says_so(self.sec_purpose) || says_so(self.x_sec_purpose) || says_so(self.purpose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_header_in_vary_is_read() {
        let unread = format!("{:?}", Headers::default());
        for name in VARY_BY.split(", ").filter(|name| *name != "Accept") {
            let name = name.to_ascii_lowercase();
            let read = Headers::read([(&*name, &b"x"[..])].into_iter());
            assert_ne!(format!("{read:?}"), unread, "{name}");
        }
    }

    #[test]
    fn the_first_of_several_values_counts() {
        let headers = [("referer", &b"a"[..]), ("referer", b"b")];
        let read = Headers::read(headers.into_iter());
        assert_eq!(read.referer, Some(&b"a"[..]));
    }

    #[test]
    fn a_prefetch_is_recognised_by_one_of_three_headers() {
        let is = |name: &'static str, value: &'static str| {
            Headers::read([(name, value.as_bytes())].into_iter()).is_prefetch()
        };
        assert!(is("sec-purpose", "prefetch;prerender") && is("purpose", "Prefetch"));
        assert!(is("x-sec-purpose", "prefetch") && is("sec-purpose", "a, prefetch ;b"));
        assert!(!is("sec-purpose", "prerender") && !is("purpose", "") && !is("via", "prefetch"));
    }
}
