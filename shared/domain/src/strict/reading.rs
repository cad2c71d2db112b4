//! Text into values: one field of a name, and no deeper than anybody means.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How deep lists and objects may stand in each other.
pub const MAX_DEPTH: usize = 32;

/// Why a text is no JSON object that may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It breaks the grammar.
    #[error("not JSON, at line {line} column {column}")]
    NotJson {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// An object has two fields of one name.
    #[error("a field stands twice, at line {line} column {column}")]
    Twice {
        /// Where the second one stands, from 1.
        line: usize,
        /// Where the second one stands, from 1.
        column: usize,
    },
    /// Lists and objects stand too deep in each other.
    #[error("nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
    /// It is JSON of another kind.
    #[error("not a JSON object")]
    NotAnObject,
}

/// Reads a JSON object.
pub fn read_object(text: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    let fault = Cell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = Reading { depth: 0, fault: &fault }.deserialize(&mut reader);
    let value = read.and_then(|value| reader.end().map(|()| value)).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match fault.get() {
            Some(Fault::Twice) => Unreadable::Twice { line, column },
            Some(Fault::TooDeep) => Unreadable::TooDeep,
            None => Unreadable::NotJson { line, column },
        }
    })?;
    match value {
        Value::Object(fields) => Ok(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Unreadable::NotAnObject)
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Twice,
    TooDeep,
}

/// Builds a value, and notes what is wrong with it beside the grammar.
#[derive(Clone, Copy)]
struct Reading<'a> {
    depth: usize,
    fault: &'a Cell<Option<Fault>>,
}

impl Reading<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth < MAX_DEPTH {
            Ok(Self { depth: self.depth + 1, ..self })
        } else {
            Err(self.refuse(Fault::TooDeep))
        }
    }

    fn refuse<E: serde::de::Error>(self, fault: Fault) -> E {
        self.fault.set(Some(fault));
        E::custom("refused")
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(deeper)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut values = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            if values.contains_key(&name) {
                return Err(self.refuse(Fault::Twice));
            }
            let value = fields.next_value_seed(deeper)?;
            values.insert(name, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_stands_twice_is_refused_at_any_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"m":{"x":[{"a":1,"b":2,"a":3}]}}"#, r#"{"a":1,"\u0061":1}"#] {
            assert!(matches!(read_object(text.as_bytes()), Err(Unreadable::Twice { line: 1, .. })), "{text}");
        }
        assert_eq!(read_object(br#"{"a":{"a":1},"b":{"a":1}}"#).unwrap().len(), 2);
    }

    #[test]
    fn only_an_object_of_bounded_depth_is_read() {
        let nested = |depth: usize| format!("{}{{}}{}", r#"{"a":"#.repeat(depth - 1), "}".repeat(depth - 1));
        assert!(read_object(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(read_object(nested(MAX_DEPTH + 1).as_bytes()), Err(Unreadable::TooDeep));
        assert_eq!(read_object("[".repeat(100_000).as_bytes()), Err(Unreadable::TooDeep));
        for text in ["[]", "null", "1", "\"{}\""] {
            assert_eq!(read_object(text.as_bytes()), Err(Unreadable::NotAnObject), "{text}");
        }
        for text in ["", "{", "{} {}", "{\"a\":01}", "{\"a\":1e999}", "{\"a\":\"\\ud800\"}", "{'a':1}"] {
            assert!(matches!(read_object(text.as_bytes()), Err(Unreadable::NotJson { .. })), "{text}");
        }
    }
}
