//! The headers of Standard Webhooks, read strictly: a gateway that joins repeated headers with commas must not be able
//! to turn two values into one that passes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use secrecy::SecretString;
use subtle::{Choice, ConstantTimeEq};
use transfer_domain::SourceId;

use super::RELAY_TOLERANCE_SECONDS;
use crate::Unauthentic;
use crate::secret::is_one_of;
use crate::signing::{signing_key, tag};

const MAX_ID_CHARS: usize = 128;

/// A sender rotates between a few keys; more entries only cost time.
const MAX_SIGNATURES: usize = 8;

pub(super) fn verify(
    secrets: &[SecretString],
    headers: &HeaderMap,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<SourceId, Unauthentic> {
    let id = webhook_id(headers)?;
    let timestamp = only(headers, "webhook-timestamp")?;
    let at = seconds(timestamp)?;
    let tags = tags(only(headers, "webhook-signature")?)?;
    let mut matches = Choice::from(0);
    for key in secrets.iter().take(2).filter_map(signing_key) {
        let expected = tag(&key, id.as_str(), timestamp, body);
        for given in &tags {
            matches |= expected.ct_eq(given);
        }
    }
    let fresh = now.timestamp().abs_diff(at) <= RELAY_TOLERANCE_SECONDS.unsigned_abs();
    if bool::from(matches) && fresh { Ok(id) } else { Err(Unauthentic) }
}

pub(super) fn verify_bearer(secrets: &[SecretString], headers: &HeaderMap) -> Result<SourceId, Unauthentic> {
    let token = only(headers, "authorization")?.strip_prefix("Bearer ").ok_or(Unauthentic)?;
    if is_one_of(secrets, token.as_bytes()) { webhook_id(headers) } else { Err(Unauthentic) }
}

fn webhook_id(headers: &HeaderMap) -> Result<SourceId, Unauthentic> {
    let id = only(headers, "webhook-id")?;
    let fits = id.len() <= MAX_ID_CHARS && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if fits { SourceId::new(id).map_err(|_| Unauthentic) } else { Err(Unauthentic) }
}

/// Decimal digits and nothing else: no sign, blank or fraction.
fn seconds(text: &str) -> Result<i64, Unauthentic> {
    let fits = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().map_err(|_| Unauthentic) } else { Err(Unauthentic) }
}

/// The `v1` tags of the space-separated entries `v<version>,<base64>`. Entries of other versions, such as `v1a`, are
/// skipped; one that has not the form of an entry spoils the header.
fn tags(header: &str) -> Result<Vec<Vec<u8>>, Unauthentic> {
    let mut tags = Vec::new();
    for (count, entry) in header.split(' ').enumerate() {
        let (version, tag) = entry.split_once(',').ok_or(Unauthentic)?;
        let number = version.strip_prefix('v').ok_or(Unauthentic)?;
        let begins = number.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        let versioned = begins && number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if count >= MAX_SIGNATURES || !versioned || tag.contains(',') {
            return Err(Unauthentic);
        }
        if number == "1" {
            tags.push(STANDARD.decode(tag).map_err(|_| Unauthentic)?);
        }
    }
    Ok(tags)
}

/// The header's value, if it was sent exactly once and is text.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Unauthentic> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Unauthentic),
        (Some(_) | None, _) => Err(Unauthentic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_up_to_128_letters_digits_and_dashes() {
        let id = |text: &str| {
            let headers = HeaderMap::from_iter([("webhook-id".parse().unwrap(), text.parse().unwrap())]);
            webhook_id(&headers).is_ok()
        };
        assert!(id("evt_01-A") && id(&"a".repeat(128)));
        assert!(!id(&"a".repeat(129)) && !id("evt.01") && !id("evt 01") && !id(""));
    }

    #[test]
    fn a_timestamp_is_of_up_to_twelve_digits() {
        assert_eq!(seconds("1795341600"), Ok(1_795_341_600));
        assert_eq!(seconds("000000000007"), Ok(7));
        for wrong in ["", "1795341600.0", "+1795341600", " 1795341600", "-1", "0000000000007"] {
            assert_eq!(seconds(wrong), Err(Unauthentic), "{wrong:?}");
        }
    }

    #[test]
    fn of_signatures_those_of_the_first_version_count_and_none_may_be_misshapen() {
        assert_eq!(tags("v1,YQ== v2,!! v1,Yg==").unwrap(), [b"a", b"b"]);
        assert_eq!(tags("v1,YQ== v1a,hnO3f9T8").unwrap(), [b"a"]);
        assert_eq!(tags("v1234,YQ==").unwrap(), Vec::<Vec<u8>>::new());
        for wrong in
            ["", "v1", "v1,YQ==,Yg==", "1,YQ==", "v,YQ==", "v12345,YQ==", "vx,YQ==", "v1,!!", "v1,YQ==  v1,Yg=="]
        {
            assert_eq!(tags(wrong), Err(Unauthentic), "{wrong:?}");
        }
        assert!(tags(&["v1,YQ=="; 8].join(" ")).is_ok());
        assert!(tags(&["v1,YQ=="; 9].join(" ")).is_err());
    }
}
