//! What a provider's tests hold of its table: that the typed settings and the page of the documentation agree with it.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, json};

use super::{Form, Kind, Preset, Typed, typed, validate};
use crate::{FieldFault, HostPolicy, IntegrationDraft, ValidIntegration};

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

/// What stands at the edges of a kind.
fn edges_of(kind: &Kind) -> Vec<Value> {
    match kind {
        Kind::Switch => vec![json!(true), json!(false)],
        Kind::Number { min, max, .. } => vec![json!(min), json!(max)],
        Kind::Word(words) => words.iter().map(|word| json!(word)).collect(),
        Kind::Text { .. } | Kind::Url { .. } | Kind::Source { .. } => vec![json!("x")],
        Kind::List { of, .. } => vec![Value::Array(edges_of(of))],
        Kind::Map { of, .. } => edges_of(of).into_iter().map(|value| json!({ "x": value })).collect(),
        Kind::Object { .. } => vec![json!({})],
    }
}

/// What a setting of this kind must not be, whatever its provider.
fn wrong(kind: &Kind) -> Vec<Value> {
    match kind {
        Kind::Switch => vec![json!("yes"), json!(1)],
        Kind::Number { min, max, or_zero } => {
            let below = min.checked_sub(1).filter(|below| !(*or_zero && *below == 0));
            below.map(Value::from).into_iter().chain([json!(max + 1), json!(min.to_string()), json!(-1)]).collect()
        }
        Kind::Word(_) => vec![json!("no such word"), json!(true)],
        Kind::Text { max, form } => {
            let odd: &[&str] = match form {
                Form::Free | Form::Own { .. } => &[],
                Form::Words => &["", " "],
                Form::Line => &["", "a\nb"],
                Form::Of(_) => &["", "a b", "a/b"],
                Form::Header => &["", "no header"],
                Form::Pointer => &["", "to"],
            };
            let long = (*max < usize::MAX).then(|| "x".repeat(max + 1));
            let texts = odd.iter().map(|text| json!(text)).chain(long.map(Value::from));
            texts.chain([json!(5), json!(["x"])]).collect()
        }
        Kind::Url { .. } => ["https://evil.example", "http://127.0.0.1:1", "x y"].map(Value::from).to_vec(),
        Kind::Source { .. } => ["aws.partner/other.com/cloud/x/y", "x"].map(Value::from).to_vec(),
        Kind::List { of, min, distinct, .. } => {
            let items = wrong(of).into_iter().map(|item| json!([item]));
            let few = (*min > 0).then(|| json!([]));
            let twice = edges_of(of).first().filter(|_| *distinct).map(|edge| json!([edge, edge]));
            items.chain(few).chain(twice).chain([json!("x"), json!({})]).collect()
        }
        Kind::Map { of, .. } => {
            let nameless = edges_of(of).into_iter().map(|edge| json!({ "": edge }));
            wrong(of).into_iter().map(|item| json!({ "x": item })).chain(nameless).chain([json!([])]).collect()
        }
        Kind::Object { .. } => vec![json!([]), json!("x")],
    }
}

/// The fields of an integration as somebody sends them.
#[derive(Debug, Clone)]
pub(crate) struct Sent<T> {
    settings: Value,
    credentials: BTreeMap<String, SecretString>,
    of: PhantomData<T>,
}

impl<T: Typed + PartialEq> Sent<T> {
    pub(crate) fn new(settings: Value, credentials: &[(&str, &str)]) -> Self {
        let credentials = credentials.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        Self { settings, credentials, of: PhantomData }
    }

    /// The same with other settings beside them, or instead of them.
    pub(crate) fn with(&self, extra: Value) -> Self {
        let Value::Object(extra) = extra else { panic!("no object: {extra}") };
        let mut settings = self.settings.clone();
        settings.as_object_mut().unwrap().extend(extra);
        Self { settings, credentials: self.credentials.clone(), of: PhantomData }
    }

    /// The same with other credentials.
    pub(crate) fn by(&self, credentials: &[(&str, &str)]) -> Self {
        Self::new(self.settings.clone(), credentials)
    }

    pub(crate) fn checked(&self, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
        let settings = self.settings.as_object().cloned().unwrap();
        validate::<T>(&IntegrationDraft { settings, credentials: self.credentials.clone() }, hosts)
    }

    pub(crate) fn valid(&self) -> ValidIntegration {
        self.checked(HostPolicy::Public).unwrap_or_else(|faults| panic!("{} {faults:?}", self.settings))
    }

    /// Where the fields are wrong.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let Err(faults) = self.checked(HostPolicy::Public) else { panic!("valid: {}", self.settings) };
        faults.into_iter().map(|fault| fault.pointer).collect()
    }

    /// Holds that each of these is taken.
    pub(crate) fn takes(&self, each: &[Value]) {
        for extra in each {
            self.with(extra.clone()).valid();
        }
    }

    /// Holds that each of these is wrong, and nothing else beside it.
    pub(crate) fn refuses(&self, each: &[(&str, Value)]) {
        for (name, value) in each {
            let found = self.with(json!({ *name: value })).wrong();
            let at = format!("/settings/{name}");
            let within = |found: &String| *found == at || found.starts_with(&format!("{at}/"));
            assert!(found.iter().all(within), "{name}={value}: {found:?}");
        }
    }

    /// Holds what follows from the table alone: that the typed settings have its fields and take everything that it
    /// allows, that what its kinds do not allow is pointed at, that what was validated is valid again, with these
    /// defaults, and that the page of the documentation shows it. `UPDATE_SETTINGS=1` writes the page anew.
    pub(crate) fn holds(&self, provider: &str, defaults: &Value) {
        typed_as_in_table::<T>(provider);
        self.refuses(&[("unheardOf", json!(1))]);
        for setting in T::FIELDS.settings {
            let optional = |value: &Value| value.as_str() == Some("") && setting.may_be_empty();
            let wrong = wrong(&setting.kind).into_iter().filter(|value| !optional(value));
            self.refuses(&wrong.map(|value| (setting.name, value)).collect::<Vec<_>>());
        }
        let valid = self.valid();
        assert_eq!(Value::Object(valid.settings.clone()), self.with(defaults.clone()).settings, "{provider}");
        assert_eq!(self.with(Value::Object(valid.settings.clone())).valid(), valid, "{provider}");
        is_documented(&format!("{provider}.md"), "settings", &T::FIELDS.page());
    }
}

fn typed_as_in_table<T: Typed>(provider: &str) {
    let mut of_table: Vec<&str> = T::FIELDS.settings.iter().map(|setting| setting.name).collect();
    of_table.sort_unstable();
    assert_eq!(names_of::<T>(), of_table, "{provider}");
    let required: Map<String, Value> = T::FIELDS
        .settings
        .iter()
        .filter(|setting| matches!(setting.preset, Preset::None))
        .filter_map(|setting| Some((setting.name.to_owned(), edges_of(&setting.kind).into_iter().next()?)))
        .collect();
    for setting in T::FIELDS.settings {
        for value in edges_of(&setting.kind) {
            let mut settings = required.clone();
            settings.insert(setting.name.to_owned(), value.clone());
            let read = typed::<T>(&settings).map(drop);
            assert_eq!(read, Ok(()), "{provider}: {} {value}", setting.name);
        }
    }
}

/// Holds that a page of the documentation shows a table between the marks of that name.
pub(crate) fn is_documented(page: &str, name: &str, table: &str) {
    let begin = format!("<!-- {name}: written by UPDATE_SETTINGS=1 cargo test -p transfer-providers -->\n");
    let end = format!("<!-- end of {name} -->\n");
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/contracts").join(page);
    let page = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = page.split_once(&begin).expect("the page has a mark where the table begins");
    let (_, after) = rest.split_once(&end).expect("the page has a mark where the table ends");
    let expected = format!("{before}{begin}{table}{end}{after}");
    if std::env::var_os("UPDATE_SETTINGS").is_some() {
        std::fs::write(&file, &expected).unwrap();
    } else {
        assert!(page == expected, "{} is out of date: run this test with UPDATE_SETTINGS=1", file.display());
    }
}
