//! `Retry-After` (RFC 9110, section 10.2.3): seconds or a date.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::RETRY_AFTER;

/// Nobody waits longer for one call; a provider that asks for more is asked again then.
const LONGEST: Duration = Duration::from_hours(1);

/// How long the provider wants us to wait, at most an hour.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are certainly more than the longest wait.
        Duration::from_secs(if text.is_empty() { return None } else { text.parse().unwrap_or(u64::MAX) })
    } else {
        let until = DateTime::<Utc>::from(httpdate::parse_http_date(text).ok()?);
        (until - now).to_std().unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<u64> {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
        let now = DateTime::parse_from_rfc3339("2015-10-21T07:27:30Z").unwrap().with_timezone(&Utc);
        retry_after(&headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read_and_bounded() {
        assert_eq!(parsed("0"), Some(0));
        assert_eq!(parsed("17"), Some(17));
        assert_eq!(parsed("99999999999999999999999"), Some(3600));
        assert_eq!(parsed("Wed, 21 Oct 2015 07:28:00 GMT"), Some(30));
        assert_eq!(parsed("Wed, 21 Oct 2015 07:20:00 GMT"), Some(0));
        assert_eq!(parsed("Wed, 21 Oct 2099 07:20:00 GMT"), Some(3600));
        // The two forms of old, which RFC 9110 still has everybody read.
        assert_eq!(parsed("Wednesday, 21-Oct-15 07:28:00 GMT"), Some(30));
        assert_eq!(parsed("Wed Oct 21 07:28:00 2015"), Some(30));
        for text in ["", "-1", "1.5", "soon", "+3"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
