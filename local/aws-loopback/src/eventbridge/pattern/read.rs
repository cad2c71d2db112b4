//! From JSON to a pattern; the failure is the reason in words.

use ipnet::IpNet;
use serde_json::{Map, Value};

use super::filter::{Comparison, Filter, Test, Text};
use super::wildcard::Wildcard;
use super::{Fields, Node};

/// The field that is none: it holds alternatives.
const ALTERNATIVES: &str = "$or";
/// How far numbers to compare with may be from zero.
const FURTHEST_NUMBER: f64 = 5e9;

/// The pattern of a whole event.
pub(super) fn pattern(pattern: &Value) -> Result<Fields, String> {
    fields(pattern.as_object().ok_or("The pattern must be an object")?)
}

fn fields(object: &Map<String, Value>) -> Result<Fields, String> {
    if object.is_empty() {
        return Err("Empty objects are not allowed".to_owned());
    }
    let mut read = Fields::default();
    for (name, value) in object {
        match (name.as_str(), value) {
            (ALTERNATIVES, value) => read.any = alternatives(value)?,
            (_, Value::Object(inner)) => read.all.push((name.clone(), Node::Fields(fields(inner)?))),
            (_, Value::Array(values)) if values.is_empty() => {
                return Err(format!("Empty arrays are not allowed: \"{name}\""));
            }
            (_, Value::Array(values)) => {
                let filters = values.iter().map(filter).collect::<Result<_, _>>();
                let filters = filters.map_err(|reason| format!("{reason} at \"{name}\""))?;
                read.all.push((name.clone(), Node::Values(filters)));
            }
            (_, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                return Err(format!("\"{name}\" must be an object or an array"));
            }
        }
    }
    Ok(read)
}

fn alternatives(value: &Value) -> Result<Vec<Fields>, String> {
    let wrong = || format!("{ALTERNATIVES} must be an array of two or more objects");
    let all = value.as_array().filter(|all| all.len() >= 2).ok_or_else(wrong)?;
    all.iter().map(|one| fields(one.as_object().ok_or_else(wrong)?)).collect()
}

fn filter(value: &Value) -> Result<Filter, String> {
    let object = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Ok(Filter::One(Test::Is(value.clone())));
        }
        Value::Array(_) => return Err("Match value must be String, number, true, false, or null".to_owned()),
        Value::Object(object) => object,
    };
    let (kind, value) = only(object)?;
    match (kind, value) {
        ("exists", Value::Bool(true)) => Ok(Filter::Present),
        ("exists", Value::Bool(false)) => Ok(Filter::Absent),
        ("exists", _) => Err("exists match pattern must be either true or false".to_owned()),
        ("anything-but", value) => {
            let tests = anything_but(value)
                .ok_or("anything-but must be a text, a number, a list of one of both, or one match of texts")?;
            Ok(Filter::AnythingBut(tests))
        }
        (kind, value) => test(kind, value).map(Filter::One),
    }
}

fn only(object: &Map<String, Value>) -> Result<(&str, &Value), String> {
    let mut fields = object.iter();
    match (fields.next(), fields.next()) {
        (Some((kind, value)), None) => Ok((kind, value)),
        _ => Err("Only one key allowed in match expression".to_owned()),
    }
}

fn test(kind: &str, value: &Value) -> Result<Test, String> {
    let read = match kind {
        "prefix" => text(value).map(Test::Prefix),
        "suffix" => text(value).map(Test::Suffix),
        "equals-ignore-case" => value.as_str().map(|text| Test::EqualsIgnoringCase(text.to_lowercase())),
        "wildcard" => value.as_str().and_then(Wildcard::parse).map(Test::Wildcard),
        "numeric" => range(value).map(Test::Numeric),
        "cidr" => value.as_str().and_then(|text| text.parse::<IpNet>().ok()).map(Test::Network),
        unknown => return Err(format!("Unrecognized match type {unknown}")),
    };
    read.ok_or_else(|| format!("The value of the match type {kind} is not valid"))
}

/// A text, or one whose case does not count.
fn text(value: &Value) -> Option<Text> {
    match value {
        Value::String(exact) => Some(Text::Exact(exact.clone())),
        Value::Object(object) => match only(object).ok()? {
            ("equals-ignore-case", Value::String(text)) => Some(Text::IgnoringCase(text.to_lowercase())),
            _ => None,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

fn anything_but(value: &Value) -> Option<Vec<Test>> {
    match value {
        Value::String(_) | Value::Number(_) => Some(vec![Test::Is(value.clone())]),
        Value::Array(all) => {
            let uniform = all.iter().all(Value::is_string) || all.iter().all(Value::is_number);
            let tests = || all.iter().cloned().map(Test::Is).collect();
            (uniform && !all.is_empty()).then(tests)
        }
        Value::Object(object) => {
            let (kind, value) = only(object).ok()?;
            let texts = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            let of_texts = ["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(&kind);
            let is_text = |text: &Value| text.as_str().is_some_and(|text| !text.is_empty());
            if !of_texts || texts.is_empty() || !texts.iter().all(is_text) {
                return None;
            }
            texts.iter().map(|text| test(kind, text).ok()).collect()
        }
        Value::Null | Value::Bool(_) => None,
    }
}

/// One comparison, or a lower and then a higher bound.
fn range(value: &Value) -> Option<Vec<(Comparison, f64)>> {
    let (pairs, []) = value.as_array()?.as_chunks::<2>() else { return None };
    let range: Vec<(Comparison, f64)> = pairs.iter().map(comparison).collect::<Option<_>>()?;
    let fits = match range.as_slice() {
        [_] => true,
        [(Comparison::Above | Comparison::AtLeast, low), (Comparison::Below | Comparison::AtMost, high)] => low < high,
        _ => false,
    };
    fits.then_some(range)
}

fn comparison([sign, bound]: &[Value; 2]) -> Option<(Comparison, f64)> {
    let comparison = match sign.as_str()? {
        "=" => Comparison::Equal,
        "<" => Comparison::Below,
        "<=" => Comparison::AtMost,
        ">" => Comparison::Above,
        ">=" => Comparison::AtLeast,
        _ => return None,
    };
    let bound = bound.as_f64().filter(|bound| bound.abs() <= FURTHEST_NUMBER)?;
    Some((comparison, bound))
}
