//! The table, by one that has a bit of everything.

use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::{HostPolicy, IntegrationDraft};

const FIELDS: Fields = Fields {
    settings: &[
        Setting::number("size", 7, 1, 9, "how large"),
        Setting::new(
            "codes",
            Kind::List { of: &Kind::Number { min: 0, max: 255, or_zero: false }, min: 0, max: 3, distinct: true },
            "which codes",
        )
        .preset(Preset::Numbers(&[])),
        Setting::line("name", 8, "its name").required(When::Is("colour", &["red"])),
        Setting::word("colour", "blue", &["blue", "red"], "its colour")
            .alias("azure", "blue")
            .warns(&[(When::Is("colour", &["red"]), "Red is loud.")]),
        Setting::text("note", 8, Form::Of("_-"), "a | note"),
    ],
    credentials: &[
        Credential::new("clientId", "who").required(When::Always),
        Credential::new("clientSecret", "the secret").required(When::Is("colour", &["blue"])),
        Credential::new("token", "a token").only(When::Is("colour", &["blue"])).inbound(4),
    ],
    enter: &[(When::Always, "At the gate."), (When::Is("colour", &["red"]), "By the red door.")],
};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Sample {
    size: u32,
    codes: Vec<u8>,
    name: Option<String>,
    colour: String,
    note: Option<String>,
}

impl Typed for Sample {
    const FIELDS: &'static Fields = &FIELDS;

    fn targets(&self) -> Vec<String> {
        Vec::new()
    }
}

fn checked(settings: &Value, credentials: &[(&str, &str)]) -> Result<crate::ValidIntegration, Vec<FieldFault>> {
    let draft = IntegrationDraft {
        settings: settings.as_object().cloned().unwrap(),
        credentials: credentials.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect(),
    };
    validate::<Sample>(&draft, HostPolicy::Public)
}

const CLIENT: &[(&str, &str)] = &[("clientId", "id"), ("clientSecret", "secret")];

fn told(settings: &Value) -> Vec<String> {
    let faults = checked(settings, CLIENT).unwrap_err();
    faults.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.rule)).collect()
}

#[test]
fn every_wrong_field_is_named_with_its_rule_and_without_its_value() {
    let settings = json!({ "size": -1, "codes": [200, "s3cret"], "name": ["s3cret"], "a/b": 1, "colour": "s3cret" });
    assert_eq!(
        told(&settings),
        [
            "/settings/a~1b is not a setting of this provider",
            "/settings/size must be a whole number of 1 to 9",
            "/settings/codes/1 must be a whole number of 0 to 255",
            "/settings/name must be a text",
            "/settings/colour must be one of blue, red",
        ]
    );
    assert_eq!(told(&json!({ "colour": "red" }))[0], "/settings/name is required with colour red");
    for twice in [json!({ "codes": [1, 1] }), json!({ "codes": [1, 2, 3, 4] })] {
        let rule = "must be a list of at most 3, each a whole number of 0 to 255, none twice";
        assert_eq!(told(&twice), [format!("/settings/codes {rule}")]);
    }
    assert_eq!(told(&json!({ "size": null })), ["/settings/size must be a whole number of 1 to 9"]);
    assert_eq!(told(&json!({ "note": "" })), ["/settings/note is required"]);
}

#[test]
fn what_is_left_out_null_or_empty_has_its_default() {
    let expected = json!({ "size": 7, "codes": [], "colour": "blue" });
    for settings in [json!({}), json!({ "name": null, "note": null }), json!({ "name": "", "colour": "azure" })] {
        assert_eq!(Value::Object(checked(&settings, CLIENT).unwrap().settings), expected, "{settings}");
    }
    let red = checked(&json!({ "colour": "red", "name": "n" }), &[("clientId", "id")]).unwrap();
    assert_eq!(red.warnings, ["Red is loud."]);
}

#[test]
fn what_was_stored_before_a_setting_existed_has_its_default() {
    let old = json!({ "codes": [4], "colour": "red", "dropped": true });
    let sample: Sample = typed(old.as_object().unwrap()).unwrap();
    assert_eq!(sample, Sample { size: 7, codes: vec![4], name: None, colour: "red".to_owned(), note: None });
}

#[test]
fn credentials_are_required_known_and_never_shown() {
    let given = [("clientId", "id"), ("colour", "blue"), ("token", "abc")];
    let faults = checked(&json!({}), &given).unwrap_err();
    let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/credentials/clientSecret", "/credentials/colour", "/credentials/token"]);
    assert!(!format!("{faults:?}").contains("abc"));
    let red = checked(&json!({ "colour": "red", "name": "n" }), &[("clientId", "id"), ("token", "abcd")]);
    assert_eq!(red.unwrap_err()[0].pointer, "/credentials/token");
    assert!(FIELDS.is_inbound("token") && !FIELDS.is_inbound("clientId"));
}

#[test]
fn the_schema_says_bounds_and_defaults_and_refuses_nothing_that_is_taken() {
    let schema = FIELDS.schema();
    let settings = &schema["properties"]["settings"];
    assert_eq!(settings["additionalProperties"], false);
    assert_eq!(settings["required"], json!([]));
    let of = |name: &str| settings["properties"][name].clone();
    assert_eq!((of("size")["minimum"].clone(), of("size")["default"].clone()), (json!(1), json!(7)));
    assert_eq!(of("colour")["enum"], json!(["blue", "red", "azure"]));
    assert_eq!((of("name")["type"].clone(), of("name")["minLength"].clone()), (json!(["string", "null"]), json!(0)));
    assert_eq!(
        of("name")["description"],
        "Its name. It must be 1 to 8 characters without control characters. It is required with colour red."
    );
    assert_eq!(of("note")["pattern"], r"^[A-Za-z0-9_\-]*$");
    assert_eq!(schema["properties"]["credentials"]["properties"]["token"]["minLength"], 4);
}

/// A condition as a program reads it that knows nothing but the description.
fn holds_as_described(when: &Value, given: &Given<'_>) -> bool {
    let each =
        |all: &Value| all.as_array().unwrap().iter().map(|one| holds_as_described(one, given)).collect::<Vec<_>>();
    if let Some(always) = when.as_bool() {
        return always;
    }
    let (kind, of) = when.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "is" => of.as_object().unwrap().iter().all(|(name, words)| {
            let switched = given.is_on(name).to_string();
            let word = given.word(name).unwrap_or(&switched);
            words.as_array().unwrap().iter().any(|one| one == word)
        }),
        "has" => given.has(of.as_str().unwrap()),
        "not" => !holds_as_described(of, given),
        "all" => each(of).into_iter().all(|holds| holds),
        "any" => each(of).into_iter().any(|holds| holds),
        other => panic!("{other}"),
    }
}

/// The names that a condition looks at, with the words that it asks for.
fn looks_at(when: &When) -> Vec<(&'static str, &'static [&'static str])> {
    match *when {
        When::Never | When::Always => Vec::new(),
        When::Is(name, words) => vec![(name, words)],
        When::Has(name) => vec![(name, &[])],
        When::Not(inner) => looks_at(inner),
        When::All(each) | When::Any(_, each) => each.iter().flat_map(looks_at).collect(),
    }
}

/// Settings and credentials in which every name that a condition looks at is missing, is each of its words, or another.
fn cases(when: &When) -> Vec<(Map<String, Value>, Vec<&'static str>)> {
    let mut cases = vec![(Map::new(), Vec::new())];
    for (name, words) in looks_at(when) {
        let before = cases.clone();
        let values = words.iter().chain(&["another"]).map(|word| match *word {
            "true" => json!(true),
            "false" => json!(false),
            word => json!(word),
        });
        for value in values.chain([json!("")]) {
            cases.extend(before.iter().cloned().map(|(mut settings, credentials)| {
                settings.insert(name.to_owned(), value.clone());
                (settings, credentials)
            }));
        }
        cases.extend(before.into_iter().map(|(settings, mut credentials)| {
            credentials.push(name);
            (settings, credentials)
        }));
    }
    cases
}

#[test]
fn every_condition_of_every_provider_is_described_and_says_what_validation_does() {
    let mut conditions = 0;
    let adapters = crate::Adapters::inbound();
    for adapter in adapters.providers().filter_map(|provider| adapters.get(provider)) {
        let (fields, schema) = (adapter.fields(), adapter.fields().schema());
        let of = |part: &str, name: &str, case: &str| schema["properties"][part]["properties"][name].get(case).cloned();
        let always =
            |name: &str| schema["properties"]["settings"]["required"].as_array().unwrap().contains(&json!(name));
        let settings = fields.settings.iter().map(|one| {
            let told = of("settings", one.name, "x-required-when").unwrap_or_else(|| json!(always(one.name)));
            (one.name, one.required, told)
        });
        let credentials = fields.credentials.iter().flat_map(|one| {
            let of =
                |case: &str, otherwise: bool| of("credentials", one.name, case).unwrap_or_else(|| json!(otherwise));
            [(one.name, one.required, of("x-required-when", false)), (one.name, one.taken, of("x-taken-when", true))]
        });
        let enter = fields.enter.iter().enumerate();
        let enter = enter.map(|(at, (when, text))| (*text, *when, schema["x-enter"][at]["when"].clone()));
        for (name, when, described) in settings.chain(credentials).chain(enter) {
            conditions += usize::from(!described.is_boolean());
            for (settings, credentials) in cases(&when) {
                let given = Given { settings: &settings, credentials: &credentials };
                let holds = holds_as_described(&described, &given);
                assert_eq!(holds, when.holds(&given), "{name} {described} {settings:?} {credentials:?}");
            }
        }
    }
    assert!(conditions > 30, "{conditions}");
}

#[test]
fn the_page_has_a_line_for_each_field() {
    let page = FIELDS.page();
    for line in [
        "| `size` | a whole number of 1 to 9 | `7` | how large |",
        "| `name` | 1 to 8 characters without control characters | required with colour red | its name |",
        "| `note` | 1 to 8 of A-Z a-z 0-9 _ - |  | a \\| note |",
        "| `clientSecret` | with colour blue | the secret |",
        "| `token` | if wanted, with colour blue | a token, at least 4 characters |",
        "* At the gate.",
        "* with colour red: By the red door.",
        "* Red is loud.",
    ] {
        assert!(page.lines().any(|it| it == line), "{line}\n{page}");
    }
}
