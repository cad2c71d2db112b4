//! The name of a contact-centre product.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::InvalidId;

const MAX_BYTES: usize = 24;
const EXPECTED: &str = "1 to 24 of a-z 0-9 _, a letter first";

/// A contact-centre product, such as `genesys`, by the name that stands in paths, keys and events.
///
/// An open set: which products there are, their adapters say. A name never contains a separator of a key or path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Provider {
    /// Padded with zeros, so that the derived order is that of the texts.
    bytes: [u8; MAX_BYTES],
}

impl Provider {
    /// A name that stands in the code. Refused while compiling if it breaks the grammar.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        match Self::parse(name) {
            Some(provider) => provider,
            None => panic_in_const(),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        let text = self.bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        // Only ASCII gets in, so this never falls back.
        std::str::from_utf8(text).unwrap_or_default()
    }

    const fn parse(text: &str) -> Option<Self> {
        let mut rest = text.as_bytes();
        let mut bytes = [0; MAX_BYTES];
        let mut free: &mut [u8] = &mut bytes;
        let mut first = true;
        while let [byte, after @ ..] = rest {
            let fits = byte.is_ascii_lowercase() || (!first && (byte.is_ascii_digit() || *byte == b'_'));
            let current = free;
            let [place, places @ ..] = current else { return None };
            if !fits {
                return None;
            }
            *place = *byte;
            (rest, free, first) = (after, places, false);
        }
        if first { None } else { Some(Self { bytes }) }
    }
}

#[expect(clippy::panic, reason = "only while compiling: a name in the code that breaks the grammar")]
const fn panic_in_const() -> ! {
    panic!("not the name of a provider")
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Provider {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text).ok_or(InvalidId { expected: EXPECTED })
    }
}

impl Serialize for Provider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Provider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Provider {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let description = "A contact-centre product, such as `genesys`. An open set: more may come.";
        crate::schema::text(description, "^[a-z][a-z0-9_]*$", 1..=MAX_BYTES)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Provider {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_is_what_was_parsed(name in "[a-z][a-z0-9_]{0,23}") {
            let provider: Provider = name.parse().unwrap();
            prop_assert_eq!(provider.as_str(), &name);
            prop_assert_eq!(serde_json::to_value(provider).unwrap(), name);
        }

        #[test]
        fn names_are_ordered_as_texts(one in "[a-z][a-z0-9_]{0,5}", other in "[a-z][a-z0-9_]{0,5}") {
            let of = |text: &str| text.parse::<Provider>().unwrap();
            prop_assert_eq!(of(&one).cmp(&of(&other)), one.cmp(&other));
        }

        #[test]
        fn whatever_is_outside_the_grammar_is_refused(text in "[^a-z].*|[a-z][a-z0-9_]*[^a-z0-9_].*|[a-z0-9_]{25,40}|") {
            prop_assert!(text.parse::<Provider>().is_err());
        }
    }
}
