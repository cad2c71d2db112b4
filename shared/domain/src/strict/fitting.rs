//! Values into types: objects for objects, and words for whoever sent what does not fit.

use std::fmt::Display;

use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

/// Why a value does not fit where it stands, in words for whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct Unfit {
    words: String,
    is_list_for_fields: bool,
}

impl Unfit {
    fn new(words: impl Into<String>) -> Self {
        Self { words: words.into(), is_list_for_fields: false }
    }

    /// Whether a list stands where an object with known fields must stand. Readers differ in whether they take its items
    /// for the fields, so it is no wrong value but a body that must not be read at all.
    pub const fn is_list_for_fields(&self) -> bool {
        self.is_list_for_fields
    }
}

fn all_of(words: &[&str]) -> String {
    words.join(", ")
}

impl serde::de::Error for Unfit {
    fn custom<T: Display>(words: T) -> Self {
        Self::new(words.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("has a type that does not fit")
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("has a value that does not fit")
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::new("has not as many items as it must have")
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("must be one of {}", all_of(expected)))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        if expected.is_empty() {
            return Self::new("is not known");
        }
        Self::new(format!("is not known; known are {}", all_of(expected)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("must have the field {field}"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("must have the field {field} once"))
    }
}

/// A value to be read strictly: `T::deserialize(Strict(value))`.
#[derive(Debug, Clone)]
pub struct Strict(pub Value);

/// A whole number, however it is written: to JSON, `5.0` is one, too.
fn whole(value: &Value) -> Option<i128> {
    let written = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    written.or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        // Written without a fraction, what fits is read exactly, and what does not is refused.
        format!("{:.0}", number + 0.0).parse().ok()
    })
}

macro_rules! whole_numbers {
    ($($method:ident, $number:ty, $visit:ident;)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
            match whole(&self.0).and_then(|whole| <$number>::try_from(whole).ok()) {
                Some(number) => visitor.$visit(number),
                None => Err(Unfit::new(format!("must be a whole number of {} to {}", <$number>::MIN, <$number>::MAX))),
            }
        })+
    };
}

impl Strict {
    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Err(Unfit::new("must be a text"))
            }
        }
    }

    fn object<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::Object(fields) => visitor.visit_map(FieldsOf { fields: fields.into_iter(), value: None }),
            Value::Array(_) => Err(Unfit::new("must be an object, not a list")),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Err(Unfit::new("must be an object")),
        }
    }

    fn list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let Value::Array(items) = self.0 else { return Err(Unfit::new("must be a list")) };
        let mut items = ItemsOf(items.into_iter());
        let read = visitor.visit_seq(&mut items)?;
        if items.0.as_slice().is_empty() { Ok(read) } else { Err(Unfit::invalid_length(0, &"fewer")) }
    }

    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0.as_f64() {
            Some(number) => visitor.visit_f64(number),
            None => Err(Unfit::new("must be a number")),
        }
    }
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(ref number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => self.number(visitor),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(_) => self.list(visitor),
            Value::Object(_) => self.object(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0.as_bool() {
            Some(value) => visitor.visit_bool(value),
            None => Err(Unfit::new("must be true or false")),
        }
    }

    whole_numbers! {
        deserialize_u8, u8, visit_u8;
        deserialize_u16, u16, visit_u16;
        deserialize_u32, u32, visit_u32;
        deserialize_u64, u64, visit_u64;
        deserialize_i8, i8, visit_i8;
        deserialize_i16, i16, visit_i16;
        deserialize_i32, i32, visit_i32;
        deserialize_i64, i64, visit_i64;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.number(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.number(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.text(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.text(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.list(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.object(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        let is_list_for_fields = self.0.is_array();
        self.object(visitor)
            .map_err(|unfit| if is_list_for_fields { Unfit { is_list_for_fields, ..unfit } } else { unfit })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(Word(word)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Err(Unfit::new("must be a text"))
            }
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { i128 u128 char bytes byte_buf unit unit_struct tuple_struct }
}

struct FieldsOf {
    fields: serde_json::map::IntoIter,
    value: Option<Value>,
}

impl<'de> MapAccess<'de> for FieldsOf {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        let Some((name, value)) = self.fields.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Strict(Value::String(name))).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Unfit> {
        seed.deserialize(Strict(self.value.take().unwrap_or_default()))
    }
}

struct ItemsOf(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for ItemsOf {
    type Error = Unfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unfit> {
        self.0.next().map(|item| seed.deserialize(Strict(item))).transpose()
    }
}

/// A word of a list of words.
struct Word(String);

impl<'de> EnumAccess<'de> for Word {
    type Error = Unfit;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Unfit> {
        let word: StringDeserializer<Unfit> = self.0.into_deserializer();
        Ok((seed.deserialize(word)?, Self(String::new())))
    }
}

/// No word carries more than itself.
impl<'de> VariantAccess<'de> for Word {
    type Error = Unfit;

    fn unit_variant(self) -> Result<(), Unfit> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Unfit> {
        Err(Unfit::new("has a type that does not fit"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Unfit> {
        Err(Unfit::new("has a type that does not fit"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Unfit> {
        Err(Unfit::new("has a type that does not fit"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::{Map, json};

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Colour {
        Red,
        DarkBlue,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Inner {
        size: u8,
        by: i16,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        name: String,
        #[serde(default)]
        inner: Inner,
        #[serde(default)]
        all: Vec<Inner>,
        colour: Option<Colour>,
        #[serde(default)]
        words: BTreeMap<String, bool>,
        #[serde(default)]
        anything: Map<String, Value>,
    }

    fn read(value: Value) -> Result<Outer, Unfit> {
        Outer::deserialize(Strict(value))
    }

    #[test]
    fn what_fits_is_read() {
        let all = json!({
            "name": "n", "inner": { "size": 255, "by": -3 }, "all": [{ "size": 1 }, {}], "colour": "dark_blue",
            "words": { "a": true }, "anything": { "x": [1, -1, 0.5, null, "t", { "y": [] }] },
        });
        let read = read(all.clone()).unwrap();
        assert_eq!(read.inner, Inner { size: 255, by: -3 });
        assert_eq!(read.all, [Inner { size: 1, by: 0 }, Inner::default()]);
        assert_eq!(read.colour, Some(Colour::DarkBlue));
        assert_eq!(Value::Object(read.anything), all["anything"]);
        assert!(read.words["a"]);
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction_of_nothing() {
        let sized = |size: Value| read(json!({ "name": "n", "inner": { "size": size } })).ok().map(|it| it.inner.size);
        for (size, expected) in [(json!(5.0), 5), (json!(5e0), 5), (json!(-0.0), 0), (json!(255.0), 255)] {
            assert_eq!(sized(size), Some(expected));
        }
        for size in [json!(5.5), json!(-1.0), json!(256.0), json!(1e300), json!("5")] {
            assert_eq!(sized(size.clone()), None, "{size}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_without_types_and_values() {
        let cases = [
            (json!({ "name": "n", "inner": [7, 1] }), "must be an object, not a list"),
            (json!({ "name": "n", "all": [[7]] }), "must be an object, not a list"),
            (json!({ "name": "n", "words": [] }), "must be an object, not a list"),
            (json!({ "name": "n", "inner": "s3cret" }), "must be an object"),
            (json!({ "name": "n", "all": {} }), "must be a list"),
            (json!({ "name": 7 }), "must be a text"),
            (json!({ "name": "n", "inner": { "size": 256 } }), "must be a whole number of 0 to 255"),
            (json!({ "name": "n", "inner": { "by": 0.5 } }), "must be a whole number of -32768 to 32767"),
            (json!({ "name": "n", "colour": "s3cret" }), "must be one of red, dark_blue"),
            (json!({ "name": "n", "colour": { "red": null } }), "must be a text"),
            (json!({ "name": "n", "words": { "a": "s3cret" } }), "must be true or false"),
            (json!({ "name": "n", "inner": { "s3cret": 1 } }), "is not known; known are size, by"),
            (json!({}), "must have the field name"),
            (json!(["n"]), "must be an object, not a list"),
            (json!(null), "must be an object"),
        ];
        for (value, words) in cases {
            let unfit = read(value.clone()).unwrap_err();
            assert_eq!(unfit.to_string(), words, "{value}");
            let for_fields = words.ends_with("not a list") && value.get("words").is_none();
            assert_eq!(unfit.is_list_for_fields(), for_fields, "{value}");
        }
    }
}
