//! The description of the API, used to hold requests and answers to it.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

/// The document as JSON.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(openapi::json);

static VALIDATORS: LazyLock<Mutex<BTreeMap<String, &'static Validator>>> = LazyLock::new(Mutex::default);

/// A validator of a schema that stands in the document.
pub fn validator(schema: &Value) -> &'static Validator {
    let mut validators = VALIDATORS.lock().unwrap();
    validators.entry(schema.to_string()).or_insert_with(|| {
        let whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
        let validator = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
        Box::leak(Box::new(validator))
    })
}

/// What a value breaks of a schema of the document.
pub fn faults(schema: &Value, value: &Value) -> Vec<String> {
    validator(schema).iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

/// The object, or the one that its `$ref` names.
pub fn resolved(object: &Value) -> &Value {
    match object["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => object,
    }
}

/// The operation of a request's method and path, whose parameters are filled in.
pub fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let document: &'static Value = &DOCUMENT;
    let path: Vec<&str> = path.split('?').next()?.split('/').collect();
    let fits = |template: &str| {
        let template: Vec<&str> = template.split('/').collect();
        template.len() == path.len() && template.iter().zip(&path).all(|(own, one)| own.starts_with('{') || own == one)
    };
    let mut paths = document["paths"].as_object()?.iter().filter(|(template, _)| fits(template));
    paths.find_map(|(_, item)| item.get(method.to_lowercase()))
}

/// Holds a request and its answer to the description: the answer is a described one, and what was taken is what the
/// description allows.
pub fn hold(method: &str, path: &str, request: Option<&Value>, status: u16, media_type: &str, answer: &Value) {
    let Some(operation) = operation(method, path) else { return };
    let described = resolved(&operation["responses"][status.to_string()]);
    assert!(described.is_object(), "{method} {path} answered {status}, which is not described: {answer}");
    if let Some(content) = described["content"].as_object() {
        let media_type = media_type.split(';').next().unwrap_or_default();
        let content = content.get(media_type).unwrap_or_else(|| panic!("{method} {path}: {status} as {media_type:?}"));
        let faults = faults(&content["schema"], answer);
        assert!(faults.is_empty(), "{method} {path} {status}: {faults:#?}\n{answer:#}");
        if let Some(examples) = content["examples"].as_object().filter(|_| status >= 400) {
            let is_this = |example: &Value| ["type", "status"].iter().all(|it| example["value"][it] == answer[it]);
            assert!(examples.values().any(is_this), "{method} {path} {status} is none of its problems: {answer:#}");
        }
    }
    if let (200..300, Some(request)) = (status, request) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        assert!(!schema.is_null(), "{method} {path} took a body that is not described");
        let faults = faults(schema, request);
        assert!(faults.is_empty(), "{method} {path} took what the description forbids: {faults:#?}\n{request:#}");
    }
}
