//! Time and randomness of the real world.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SubsecRound as _, Utc};
use transfer_domain::{Clock, Ids, TransferId};
use uuid::{Timestamp, Uuid};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place")]
        Utc::now().trunc_subsecs(3)
    }
}

/// The operating system's random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn transfer_id(&self, now: DateTime<Utc>) -> TransferId {
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        // Without a counter the whole tail is random: two processes cannot meet.
        let timestamp = Timestamp::from_unix_time(seconds, now.timestamp_subsec_nanos(), 0, 0);
        #[expect(clippy::expect_used, reason = "a version 7 uuid was just made")]
        TransferId::new(Uuid::new_v7(timestamp)).expect("version 7")
    }

    fn secret(&self) -> String {
        URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
    }

    fn fraction(&self) -> f64 {
        rand::random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made_for() {
        let earlier = DateTime::from_timestamp_millis(1_795_341_603_000).unwrap();
        let later = DateTime::from_timestamp_millis(1_795_341_603_001).unwrap();
        assert!(RandomIds.transfer_id(earlier) < RandomIds.transfer_id(later));
        assert_ne!(RandomIds.transfer_id(later), RandomIds.transfer_id(later));
    }

    #[test]
    fn a_secret_has_256_bits_and_fits_a_path() {
        let secret = RandomIds.secret();
        assert_eq!(secret.len(), 43);
        assert!(secret.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
    }
}
