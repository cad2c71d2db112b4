//! Telling what the fields are: as JSON Schema, and as the table of the documentation.

use serde_json::{Map, Value, json};

use super::check::MAX_CREDENTIAL_BYTES;
use super::{Credential, Fields, Form, Kind, Preset, Setting, When};

impl Fields {
    /// JSON Schema (2020-12) of an object with `settings` and `credentials`. It refuses nothing that validation takes;
    /// what is required only sometimes is said in words, and as a condition for programs:
    /// `x-required-when`, and `x-taken-when` for a credential that belongs to some cases only. `x-default-by` names the
    /// setting that a default follows from, and `x-enter` says where the addresses are entered, and when.
    pub fn schema(&self) -> Value {
        let settings = self.settings.iter().map(|setting| (setting.name, setting.schema()));
        let always = |setting: &&Setting| matches!(setting.required, When::Always);
        let required: Vec<&str> = self.settings.iter().filter(always).map(|setting| setting.name).collect();
        let credentials = self.credentials.iter().map(|credential| (credential.name, credential.schema()));
        let mut settings = object(settings);
        settings.insert("required".to_owned(), json!(required));
        json!({
            "type": "object",
            "properties": { "settings": settings, "credentials": object(credentials) },
            "required": ["settings"],
            "x-enter": self.enter.iter().map(|(when, text)| json!({ "when": when.schema(), "text": text })).collect::<Vec<_>>(),
        })
    }

    /// The tables of the documentation, in Markdown.
    pub fn page(&self) -> String {
        let settings = self.settings.iter().map(|setting| {
            let is = setting.kind.says();
            let is = if is.contains('<') { format!("`{is}`") } else { cell(&is) };
            format!("| `{}` | {is} | {} | {} |", setting.name, setting.otherwise(), cell(setting.about))
        });
        let credentials = self
            .credentials
            .iter()
            .map(|credential| format!("| `{}` | {} | {} |", credential.name, credential.needed(), credential.means()));
        let warnings = self.settings.iter().flat_map(|setting| setting.warnings);
        let warnings: Vec<String> = warnings.map(|(_, warning)| format!("* {warning}")).collect();
        let mut lines = vec!["| setting | is | by default | means |".to_owned(), "|---|---|---|---|".to_owned()];
        lines.extend(settings);
        lines.extend(["", "| credential | is needed | means |", "|---|---|---|"].map(str::to_owned));
        lines.extend(credentials);
        if !self.enter.is_empty() {
            lines.extend(["", "Entered at the contact centre:"].map(str::to_owned));
        }
        lines.extend(self.enter.iter().map(|(when, text)| {
            let case = when.says();
            if case.is_empty() { format!("* {text}") } else { format!("* {case}: {text}") }
        }));
        if !warnings.is_empty() {
            lines.extend(["", "Warned of, where it applies:"].map(str::to_owned));
        }
        lines.extend(warnings);
        lines.push(String::new());
        lines.join("\n")
    }
}

impl Setting {
    fn schema(&self) -> Value {
        let mut schema = self.kind.schema(self.may_be_empty());
        let is_said = matches!(self.kind, Kind::Switch | Kind::Word(_));
        let is = if is_said { String::new() } else { format!(" It must be {}.", self.kind.says()) };
        let is_said = matches!(self.required, When::Never | When::Always);
        let required = if is_said { String::new() } else { format!(" It {}.", self.required.rule()) };
        schema.insert("description".to_owned(), sentence(self.about, &format!("{is}{required}")).into());
        if let (Some(words), Some((alias, _))) = (schema.get_mut("enum").and_then(Value::as_array_mut), self.alias) {
            words.push(alias.into());
        }
        if let Some(preset) = self.preset.value(&Map::new()) {
            schema.insert("default".to_owned(), preset);
        }
        if let Preset::By(name, words) = self.preset {
            let each: Map<_, _> = words.iter().map(|(word, preset)| ((*word).to_owned(), json!(preset))).collect();
            schema.insert("x-default-by".to_owned(), json!({ name: each }));
        }
        if !required.is_empty() {
            schema.insert("x-required-when".to_owned(), self.required.schema());
        }
        if self.may_be_null() {
            if let Some(kind) = schema.get("type").cloned() {
                schema.insert("type".to_owned(), json!([kind, "null"]));
            }
            if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
                words.push(Value::Null);
            }
        }
        Value::Object(schema)
    }

    /// What happens without the setting.
    fn otherwise(&self) -> String {
        let required = self.required.rule().trim_start_matches("is ").to_owned();
        match (self.preset, self.required) {
            (Preset::None | Preset::Text(""), When::Never) => String::new(),
            (Preset::None | Preset::Text(""), _) => required,
            (Preset::By(_, words), _) => {
                words.iter().map(|(word, preset)| format!("`{preset}` with {word}")).collect::<Vec<_>>().join(", ")
            }
            (preset, _) => preset.value(&Map::new()).map_or_else(String::new, |value| format!("`{}`", shown(&value))),
        }
    }
}

impl Credential {
    fn schema(&self) -> Value {
        let description = sentence(&self.means(), &format!(" Needed: {}.", self.needed()));
        let mut schema = json!({ "type": "string", "writeOnly": true, "minLength": self.min,
                                 "maxLength": MAX_CREDENTIAL_BYTES, "description": description });
        let cases = [
            ("x-required-when", self.required.schema(), self.required.schema() != json!(false)),
            ("x-taken-when", self.taken.schema(), self.taken.schema() != json!(true)),
        ];
        if let Some(schema) = schema.as_object_mut() {
            schema.extend(cases.into_iter().filter(|(.., said)| *said).map(|(name, case, _)| (name.to_owned(), case)));
        }
        schema
    }

    fn needed(&self) -> String {
        match (self.required, self.taken) {
            (When::Always, _) => "always".to_owned(),
            (When::Never, When::Always) => "if wanted".to_owned(),
            (When::Never, taken) => format!("if wanted, {}", taken.says()),
            (required, _) => required.says(),
        }
    }

    fn means(&self) -> String {
        let pem =
            if self.pem.is_empty() { String::new() } else { format!(", in PEM form ({})", self.pem.join(" or ")) };
        let min = if self.min > 1 { format!(", at least {} characters", self.min) } else { String::new() };
        format!("{}{pem}{min}", self.about)
    }
}

/// Of a set of words. Those that differ in capitals alone get names that differ, for who makes constants of them.
fn words_schema(words: &[&str]) -> Value {
    let mut schema = json!({ "type": "string", "enum": words });
    let names: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(index, word)| {
            let alike = words.iter().take(index).filter(|other| other.eq_ignore_ascii_case(word)).count();
            if alike == 0 { (*word).to_owned() } else { format!("{word}{}", alike + 1) }
        })
        .collect();
    if names != words
        && let Some(schema) = schema.as_object_mut()
    {
        schema.insert("x-enum-varnames".to_owned(), names.into());
    }
    schema
}

impl Kind {
    fn schema(&self, may_be_empty: bool) -> Map<String, Value> {
        let schema = match self {
            Self::Switch => json!({ "type": "boolean" }),
            Self::Number { min, max, or_zero } => {
                json!({ "type": "integer", "minimum": if *or_zero { 0 } else { *min }, "maximum": max })
            }
            Self::Word(words) => words_schema(words),
            Self::Text { max, form } => form.schema(*max, may_be_empty),
            Self::Url { .. } | Self::Source { .. } => json!({ "type": "string" }),
            Self::List { of, min, max, distinct } => json!({
                "type": "array", "items": of.schema(false), "minItems": min, "maxItems": max, "uniqueItems": distinct,
            }),
            Self::Map { names, of, max } => json!({
                "type": "object", "propertyNames": names.schema(false), "additionalProperties": of.schema(false),
                "maxProperties": max,
            }),
            Self::Object { .. } => json!({ "type": "object" }),
        };
        schema.as_object().cloned().into_iter().flatten().collect()
    }
}

impl Form {
    fn schema(self, max: usize, may_be_empty: bool) -> Value {
        let min = u8::from(!may_be_empty && !matches!(self, Self::Free | Self::Own { .. }));
        let mut schema = json!({ "type": "string", "minLength": min });
        let pattern = match self {
            Self::Line => Some(r"^[^\u0000-\u001F\u007F-\u009F]*$".to_owned()),
            Self::Of(further) => {
                let further: String = further.chars().flat_map(|c| ['\\', c]).collect();
                Some(format!("^[A-Za-z0-9{}]*$", further.replace("\\_", "_")))
            }
            Self::Free | Self::Words | Self::Header | Self::Pointer | Self::Own { .. } => None,
        };
        let limit = (max < usize::MAX).then_some(json!(max));
        let further = [("maxLength", limit), ("pattern", pattern.map(Value::from))];
        if let Value::Object(schema) = &mut schema {
            schema.extend(further.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        }
        schema
    }
}

fn object(properties: impl Iterator<Item = (&'static str, Value)>) -> Map<String, Value> {
    let properties: Map<_, _> = properties.map(|(name, schema)| (name.to_owned(), schema)).collect();
    let object = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    object.as_object().cloned().into_iter().flatten().collect()
}

/// A text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// A note of the table as sentences.
fn sentence(about: &str, then: &str) -> String {
    let mut letters = about.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.{then}", letters.as_str())
}

/// A default as it is read best.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
