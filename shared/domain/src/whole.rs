//! Whole numbers as JSON has them: `5.0` is one, too.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, Unexpected, Visitor};

/// Reads a whole number, however it is written.
pub fn whole<'de, D: Deserializer<'de>, T: TryFrom<u64>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_u64(Whole(PhantomData))
}

struct Whole<T>(PhantomData<T>);

impl<T: TryFrom<u64>> Visitor<'_> for Whole<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number that is not negative and not too large")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        let whole = u64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))?;
        self.visit_u64(whole)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        let refused = |it: &Self| E::invalid_value(Unexpected::Float(number), it);
        if number.fract() != 0.0 {
            return Err(refused(&self));
        }
        // Written without a fraction, what fits is read exactly, and what does not is refused.
        let whole = format!("{:.0}", number + 0.0).parse().map_err(|_| refused(&self))?;
        self.visit_u64(whole)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Deserialize)]
    struct Priority {
        #[serde(deserialize_with = "super::whole")]
        priority: u8,
    }

    fn read(number: &Value) -> Option<u8> {
        serde_json::from_value::<Priority>(json!({ "priority": number })).ok().map(|it| it.priority)
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction_of_nothing() {
        for number in [json!(5), json!(5.0), json!(5e0)] {
            assert_eq!(read(&number), Some(5), "{number}");
        }
        assert_eq!(read(&json!(-0.0)), Some(0));
    }

    #[test]
    fn what_is_no_whole_number_or_does_not_fit_is_refused() {
        for number in
            [json!(5.5), json!(-1), json!(-1.0), json!(256), json!(256.0), json!(1e300), json!("5"), json!(null)]
        {
            assert_eq!(read(&number), None, "{number}");
        }
    }
}
