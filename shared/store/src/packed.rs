//! Large values of cold rows. A row costs by its size whenever it is written, read or removed, and what people and agents
//! say deflates to half: from a kilobyte on it stands as deflated JSON, below as JSON that can be read in the table.

use std::io::{Read, Write};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::Item;

use crate::StoreError;
use crate::rows::{Row, text};

/// From how many bytes of JSON a value is deflated.
const PACKED_FROM: usize = 1024;

/// No value is larger than this when it is read: more than a row may hold, and little enough for any function's memory.
const MOST: u64 = 2 * 1024 * 1024;

/// Adds a value as JSON, deflated if it is large.
pub(crate) fn with_packed<T: Serialize>(mut row: Row, name: &'static str, value: &T) -> Result<Row, StoreError> {
    let corrupt = |_| StoreError::corrupt(name);
    let json = serde_json::to_string(value).map_err(corrupt)?;
    let packed = if json.len() < PACKED_FROM {
        text(json)
    } else {
        let deflated = deflate(json.as_bytes()).map_err(|_| StoreError::corrupt(name))?;
        AttributeValue::B(Blob::new(deflated))
    };
    row.insert(name.to_owned(), packed);
    Ok(row)
}

/// Takes a value that was added so.
pub(crate) fn take_packed<T: DeserializeOwned>(item: &mut Item, name: &'static str) -> Result<T, StoreError> {
    let corrupt = StoreError::corrupt(name);
    let value = match item.remove(name) {
        Some(serde_dynamo::AttributeValue::S(json)) => serde_json::from_str(&json),
        Some(serde_dynamo::AttributeValue::B(deflated)) => {
            let mut json = Vec::new();
            let inflated = DeflateDecoder::new(deflated.as_slice()).take(MOST).read_to_end(&mut json);
            inflated.map_err(|_| StoreError::corrupt(name))?;
            serde_json::from_slice(&json)
        }
        _ => return Err(corrupt),
    };
    value.map_err(|_| corrupt)
}

fn deflate(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::{AttributeValue, Blob, Item, Row, take_packed, with_packed};

    fn there_and_back(value: &str) -> (Row, String) {
        let row = with_packed(Row::new(), "value", &value).unwrap();
        let mut item = Item::from(row.clone());
        (row, take_packed(&mut item, "value").unwrap())
    }

    #[test]
    fn a_large_value_takes_less_room_and_comes_back_as_it_was() {
        let value = "The card was declined twice, says the contact. ".repeat(100);
        let (row, back) = there_and_back(&value);
        assert_eq!(back, value);
        assert!(row["value"].as_b().unwrap().as_ref().len() < value.len() / 4);
    }

    #[test]
    fn a_small_value_can_be_read_in_the_table() {
        let (row, back) = there_and_back("Good morning");
        assert_eq!((row["value"].as_s().unwrap().as_str(), back.as_str()), ("\"Good morning\"", "Good morning"));
    }

    #[test]
    fn what_is_cut_off_or_no_value_at_all_is_corrupt() {
        let (mut row, _) = there_and_back(&"x".repeat(5_000));
        let half = row["value"].as_b().unwrap().as_ref()[..5].to_vec();
        row.insert("value".to_owned(), AttributeValue::B(Blob::new(half)));
        assert!(take_packed::<String>(&mut Item::from(row), "value").is_err());
        assert!(take_packed::<String>(&mut Item::from(Row::new()), "value").is_err());
    }
}
