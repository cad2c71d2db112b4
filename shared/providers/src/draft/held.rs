//! What a provider's tests hold of its table: that the typed settings and the page of the documentation agree with it.

use std::path::PathBuf;

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, json};

use super::{Kind, Preset, Setting, Typed, typed};

/// Tells the names of a struct's fields instead of a value.
struct Names;

impl<'de> Deserializer<'de> for Names {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(value::Error::custom("no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        Err(value::Error::custom(fields.join(" ")))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn names_of<T: DeserializeOwned>() -> Vec<String> {
    let told = T::deserialize(Names).err().map(|error| error.to_string());
    let mut names: Vec<String> = told.unwrap().split(' ').map(str::to_owned).collect();
    names.sort();
    names
}

/// What stands at the edges of a setting.
fn edges(setting: &Setting) -> Vec<Value> {
    let edges = |kind: &Kind| match kind {
        Kind::Switch => vec![json!(true), json!(false)],
        Kind::Number { min, max, .. } => vec![json!(min), json!(max)],
        Kind::Word(words) => words.iter().map(|word| json!(word)).collect(),
        Kind::Text { .. } | Kind::Url { .. } | Kind::Source { .. } => vec![json!("x")],
        Kind::List { .. } | Kind::Map { .. } | Kind::Object { .. } => Vec::new(),
    };
    match &setting.kind {
        Kind::List { of, .. } => vec![Value::Array(edges(of))],
        Kind::Map { of, .. } => edges(of).into_iter().map(|value| json!({ "x": value })).collect(),
        Kind::Object { .. } => vec![json!({})],
        Kind::Switch
        | Kind::Number { .. }
        | Kind::Word(_)
        | Kind::Text { .. }
        | Kind::Url { .. }
        | Kind::Source { .. } => edges(&setting.kind),
    }
}

/// Holds that the typed settings have the fields of the table and take everything that it allows, and that the page of
/// the documentation shows it. `UPDATE_SETTINGS=1` writes the page anew.
pub(crate) fn holds<T: Typed>(provider: &str) {
    let mut of_table: Vec<&str> = T::FIELDS.settings.iter().map(|setting| setting.name).collect();
    of_table.sort_unstable();
    assert_eq!(names_of::<T>(), of_table, "{provider}");
    let required: Map<String, Value> = T::FIELDS
        .settings
        .iter()
        .filter(|setting| matches!(setting.preset, Preset::None))
        .filter_map(|setting| Some((setting.name.to_owned(), edges(setting).into_iter().next()?)))
        .collect();
    for setting in T::FIELDS.settings {
        for value in edges(setting) {
            let mut settings = required.clone();
            settings.insert(setting.name.to_owned(), value.clone());
            let read = typed::<T>(&settings).map(drop);
            assert_eq!(read, Ok(()), "{provider}: {} {value}", setting.name);
        }
    }
    is_documented(provider, &T::FIELDS.page());
}

fn is_documented(provider: &str, table: &str) {
    const BEGIN: &str = "<!-- settings: written by UPDATE_SETTINGS=1 cargo test -p transfer-providers -->\n";
    const END: &str = "<!-- end of settings -->\n";
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/contracts/{provider}.md"));
    let page = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has a mark where the table begins");
    let (_, after) = rest.split_once(END).expect("the page has a mark where the table ends");
    let expected = format!("{before}{BEGIN}{table}{END}{after}");
    if std::env::var_os("UPDATE_SETTINGS").is_some() {
        std::fs::write(&file, &expected).unwrap();
    } else {
        assert!(page == expected, "{} is out of date: run this test with UPDATE_SETTINGS=1", file.display());
    }
}
