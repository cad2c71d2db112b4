//! The template, read: values with the intrinsic functions in one spelling.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml_ng::Value;

/// The deployment's template.
pub(crate) struct Template(Value);

/// One Lambda function of it.
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    pub(crate) binary: &'a str,
    pub(crate) properties: &'a Value,
}

/// An event source of a function.
pub(crate) struct Source<'a> {
    pub(crate) kind: &'a str,
    pub(crate) properties: &'a Value,
}

impl Template {
    pub(crate) fn read() -> Self {
        Self(serde_yaml_ng::from_str(agent_transfer::routes::TEMPLATE).unwrap())
    }

    pub(crate) fn section(&self, name: &str) -> &Value {
        &self.0[name]
    }

    /// Every resource of a type, by name.
    pub(crate) fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let resources = self.0["Resources"].as_mapping().unwrap();
        let wanted = resources.iter().filter(move |(_, resource)| resource["Type"].as_str() == Some(kind));
        wanted.map(|(name, resource)| (name.as_str().unwrap(), &resource["Properties"]))
    }

    pub(crate) fn properties(&self, name: &str) -> &Value {
        let resource = &self.0["Resources"][name];
        assert!(resource.is_mapping(), "the template has no {name}");
        &resource["Properties"]
    }

    pub(crate) fn functions(&self) -> Vec<Function<'_>> {
        let functions = self.of_type("AWS::Serverless::Function");
        let binary = |name| self.0["Resources"][name]["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
        functions.map(|(name, properties)| Function { name, binary: binary(name), properties }).collect()
    }

    /// What all functions share.
    pub(crate) fn globals(&self) -> &Value {
        &self.0["Globals"]["Function"]
    }

    /// The variables that a function is given, written out.
    pub(crate) fn environment(&self, function: &Function<'_>) -> BTreeMap<String, String> {
        [self.globals(), function.properties]
            .into_iter()
            .flat_map(|of| entries(&of["Environment"]["Variables"]))
            .collect()
    }

    /// A number; that of a parameter is its default.
    pub(crate) fn number(&self, value: &Value) -> u64 {
        if let Value::Tagged(tagged) = value
            && tagged.tag == "Ref"
        {
            return self.number(&self.0["Parameters"][tagged.value.as_str().unwrap()]["Default"]);
        }
        value.as_u64().unwrap_or_else(|| panic!("{value:?} is no number"))
    }
}

impl Function<'_> {
    /// Where its events come from.
    pub(crate) fn sources(&self) -> Vec<Source<'_>> {
        let events = self.properties["Events"].as_mapping().into_iter().flat_map(serde_yaml_ng::Mapping::values);
        events.map(|event| Source { kind: event["Type"].as_str().unwrap(), properties: &event["Properties"] }).collect()
    }

    pub(crate) fn sources_of(&self, kind: &str) -> Vec<Source<'_>> {
        self.sources().into_iter().filter(|source| source.kind == kind).collect()
    }

    /// A property, or what all functions have.
    pub(crate) fn property<'a>(&'a self, template: &'a Template, name: &str) -> &'a Value {
        let own = &self.properties[name];
        if own.is_null() { &template.globals()[name] } else { own }
    }
}

/// A value in one spelling: `!Ref A` is `${A}`, `!GetAtt A.B` is `${A.B}`, and `!Sub` is its text.
pub(crate) fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Tagged(tagged) => match (tagged.tag.to_string().as_str(), &tagged.value) {
            ("!Ref" | "!GetAtt", Value::String(name)) => format!("${{{name}}}"),
            ("!Sub", Value::String(text)) => text.clone(),
            ("!If", Value::Sequence(parts)) => {
                let parts: Vec<String> = parts.iter().map(written).collect();
                format!("if {}", parts.join(", "))
            }
            (tag, value) => panic!("{tag} {value:?} is read nowhere yet"),
        },
        Value::Sequence(values) => values.iter().map(written).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Mapping(_) => panic!("{value:?} has no spelling"),
    }
}

/// A list, or a single value as a list of one.
pub(crate) fn list(value: &Value) -> Vec<String> {
    match value.as_sequence() {
        Some(values) => values.iter().map(written).collect(),
        None => vec![written(value)],
    }
}

/// Names and values of a mapping.
pub(crate) fn entries(value: &Value) -> BTreeMap<String, String> {
    let mapping = value.as_mapping().into_iter().flatten();
    mapping.map(|(name, value)| (name.as_str().unwrap().to_owned(), written(value))).collect()
}

/// The names that stand in `${…}` anywhere in a value.
pub(crate) fn names_in(text: &str) -> BTreeSet<&str> {
    text.split("${").skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

/// Every text in a value, however deep.
pub(crate) fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Sequence(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Mapping(mapping) => mapping.iter().for_each(|(name, value)| {
            texts(name, found);
            texts(value, found);
        }),
        Value::Tagged(tagged) => texts(&tagged.value, found),
        Value::String(text) => found.push(text.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
