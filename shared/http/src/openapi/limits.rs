//! The limits of fields, in the words of JSON Schema. The numbers are those that the validation uses.

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayItems, Object, ObjectBuilder, Schema, SchemaType, Type};

/// Line breaks and tabs are allowed, other control characters are not: as in [`crate::Fields::text`].
const TEXT: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$";
/// No control characters at all.
const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// What stands in cursors: base64 for URLs, without padding, or numbers.
pub(super) const POSITION: &str = "^[A-Za-z0-9._-]+$";
/// More than any cursor has.
pub(super) const MAX_POSITION: usize = 1024;

/// A text, or each text of a list, of at most `max` characters.
pub fn text(max: usize) -> impl FnOnce(&mut Schema) {
    on_text(move |object| {
        object.max_length = Some(max);
        object.pattern = Some(TEXT.to_owned());
    })
}

/// A text of one line with as many characters.
pub fn line(min: usize, max: usize) -> impl FnOnce(&mut Schema) {
    on_text(move |object| {
        (object.min_length, object.max_length) = (Some(min), Some(max));
        object.pattern = Some(LINE.to_owned());
    })
}

/// A text with as many characters.
pub fn length(min: usize, max: usize) -> impl FnOnce(&mut Schema) {
    on_text(move |object| (object.min_length, object.max_length) = (Some(min), Some(max)))
}

/// A text of at least `min` characters.
pub fn min_length(min: usize) -> impl FnOnce(&mut Schema) {
    on_text(move |object| object.min_length = Some(min))
}

/// An https address of at most `max` characters: with a host, without blanks and control characters.
pub fn https_url(max: usize) -> impl FnOnce(&mut Schema) {
    on_text(move |object| {
        object.max_length = Some(max);
        object.pattern =
            Some(r"^https://[^/?#\s\u0000-\u001f\u007f-\u009f][^\s\u0000-\u001f\u007f-\u009f]*$".to_owned());
    })
}

/// An e-mail address of at most `max` characters.
pub fn email(max: usize) -> impl FnOnce(&mut Schema) {
    on_text(move |object| {
        object.max_length = Some(max);
        object.pattern = Some(format!("{}@{}", TEXT.trim_end_matches('$'), TEXT.trim_start_matches('^')));
    })
}

/// A position in a list, as pages give it out.
pub fn position() -> impl FnOnce(&mut Schema) {
    on_text(|object| {
        object.max_length = Some(MAX_POSITION);
        object.pattern = Some(POSITION.to_owned());
    })
}

/// One of these words, or null.
pub fn one_of(words: impl IntoIterator<Item = String>) -> impl FnOnce(&mut Schema) {
    move |schema| {
        let words = words.into_iter().map(Value::from).chain([Value::Null]);
        let own = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(description(schema))
            .enum_values(Some(words));
        *schema = own.into();
    }
}

fn description(schema: &Schema) -> Option<String> {
    match schema {
        Schema::Object(object) => object.description.clone(),
        Schema::OneOf(one_of) => one_of.description.clone(),
        // The type is open for more.
        Schema::Array(_) | Schema::AllOf(_) | Schema::AnyOf(_) | _ => None,
    }
}

/// A list of at most `max` entries.
pub fn items(max: usize) -> impl FnOnce(&mut Schema) {
    move |schema| {
        if let Schema::Array(array) = schema {
            array.max_items = Some(max);
        }
    }
}

/// A list of at least `min` entries.
pub fn at_least(min: usize) -> impl FnOnce(&mut Schema) {
    move |schema| {
        if let Schema::Array(array) = schema {
            array.min_items = Some(min);
        }
    }
}

/// A list in which nothing stands twice.
pub fn distinct() -> impl FnOnce(&mut Schema) {
    move |schema| {
        if let Schema::Array(array) = schema {
            array.unique_items = true;
        }
    }
}

/// A number of at most `max`.
pub fn maximum(max: u32) -> impl FnOnce(&mut Schema) {
    range(0, max)
}

/// A number between both, inclusive.
pub fn range(min: u32, max: u32) -> impl FnOnce(&mut Schema) {
    move |schema| {
        if let Schema::Object(object) = schema {
            (object.minimum, object.maximum) = (Some(min.into()), Some(max.into()));
        }
    }
}

fn on_text(refine: impl FnOnce(&mut Object)) -> impl FnOnce(&mut Schema) {
    move |schema| {
        if let Schema::Object(object) = schema {
            refine(object);
        } else if let Schema::Array(array) = schema
            && let ArrayItems::RefOrSchema(items) = &mut array.items
            && let RefOr::T(Schema::Object(object)) = &mut **items
        {
            refine(object);
        }
    }
}
