//! Reads `Accept` (RFC 9110, section 12.5.1).

/// Which media types for people a request names and accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Accept {
    /// HTML. `*/*` does not count.
    pub(super) html: bool,
    /// Turbo's streams.
    pub(super) stream: bool,
}

impl Accept {
    /// Reads all `Accept` fields of a request.
    pub(super) fn of<'a>(fields: impl Iterator<Item = &'a str>) -> Self {
        let (mut html, mut text, mut stream) = (None, None, false);
        for range in fields.flat_map(|field| field.split(',')) {
            let mut parts = range.split(';').map(str::trim_ascii);
            let name = parts.next().unwrap_or_default();
            let is = |expected: &str| name.eq_ignore_ascii_case(expected);
            let is_taken = || weight(parts) > 0.0;
            if is("text/html") {
                html = Some(html.unwrap_or_default() || is_taken());
            } else if is("text/*") {
                text = Some(text.unwrap_or_default() || is_taken());
            } else if is("text/vnd.turbo-stream.html") {
                stream |= is_taken();
            }
        }
        Self {
            // The more specific range wins.
            html: html.or(text).unwrap_or_default(),
            stream,
        }
    }
}

/// The weight among the parameters of a range (section 12.4.2). A malformed weight is ignored.
pub(super) fn weight<'a>(mut parameters: impl Iterator<Item = &'a str>) -> f32 {
    let weight = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim_ascii()
            .eq_ignore_ascii_case("q")
            .then(|| value.trim_ascii().parse().ok())?
    });
    weight
        .filter(|weight| (0.0..=1.0).contains(weight))
        .unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[&str]) -> Accept {
        Accept::of(fields.iter().copied())
    }

    #[test]
    fn html_must_be_named_and_accepted() {
        for (fields, html) in [
            (
                &["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"][..],
                true,
            ),
            (&["text/html"], true),
            (&["TEXT/HTML ; charset=utf-8 ; q=0.1"], true),
            (&["application/json, text/*"], true),
            (&["application/json", "text/html"], true),
            (&["text/html;q=0.001"], true),
            (&["text/html;q=high"], true),
            (&["text/html, text/html;level=1;q=0"], true),
            (&[], false),
            (&[""], false),
            (&["*/*"], false),
            (&["application/json, text/plain, */*"], false),
            (&["text/html;q=0, */*"], false),
            (&["text/*, text/html; Q = 0.000"], false),
            (&["text/htmlx"], false),
            (&["text/vnd.turbo-stream.html"], false),
            (&["image/avif,image/webp,*/*;q=0.8"], false),
        ] {
            assert_eq!(of(fields).html, html, "{fields:?}");
        }
    }

    #[test]
    fn streams_have_their_own_media_type() {
        let turbo = of(&["text/vnd.turbo-stream.html, text/html, application/xhtml+xml"]);
        assert!(turbo.stream && turbo.html);
        assert!(!of(&["text/vnd.turbo-stream.html;q=0, text/html"]).stream);
        assert!(!of(&["text/html"]).stream);
    }
}
