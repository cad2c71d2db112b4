//! What an item consists of, by its `uiType` (`docs/contracts/servicenow.md`, "Callbacks").

use serde_json::Value;
use transfer_domain::{Choice, FormField, Labelled, Part};

use crate::html;
use crate::reading::{code, file, flag, items, lenient_json, link, text, web_address};
use crate::told::{OptionAt, first, lines, not_shown, own};

/// Parts within parts, no deeper than people build cards.
const MAX_DEPTH: usize = 4;

/// The parts of an item. A control of a form that is not known says so, rather than nothing; an empty text is nothing.
pub(super) fn parts(item: &Value, ui_type: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    within(item, ui_type, MAX_DEPTH, &mut parts);
    let is_text = matches!(ui_type, "OutputText" | "OutputHtml" | "InputText");
    if parts.is_empty() && !is_text {
        let sort = code(Some(ui_type)).unwrap_or_else(|| "a control".to_owned());
        parts.push(not_shown(&sort));
    }
    parts
}

fn within(item: &Value, ui_type: &str, depth: usize, parts: &mut Vec<Part>) {
    match ui_type {
        // Where something can be fetched: the files of a representative come as links.
        "OutputLink" => parts.extend(linked(item)),
        "OutputImage" => parts.extend(attached(item, Some("image/*"))),
        "FileUpload" | "OutputFile" => parts.extend(attached(item, None)),
        "OutputCard" => card(item, parts),
        "OutputTable" => parts.push(table(item)),
        "CustomControl" => {}
        _ => plain(item, depth, parts),
    }
    for source in ["/citations", "/sources"].iter().flat_map(|at| items(item, at)) {
        let (title, url) = (own(source, &["/title", "/label"]), own(source, &["/url", "/value"]));
        parts.push(Part::Citation { title, url, text: own(source, &["/text"]) });
    }
}

fn address(item: &Value) -> Option<&str> {
    first(item, &["/value", "/value/action", "/value/url", "/url"])
}

fn label(item: &Value) -> Option<&str> {
    first(item, &["/label", "/header", "/altText", "/promptMsg"])
}

fn linked(item: &Value) -> Option<Part> {
    match address(item) {
        Some(url) if web_address(url).is_some() => attached(item, None),
        Some(url) => Some(link(url, label(item), None)),
        None => label(item).map(Part::text),
    }
}

fn attached(item: &Value, sort: Option<&str>) -> Option<Part> {
    match address(item) {
        Some(url) => Some(file(url, label(item), text(item, "/contentType").or(sort))),
        // It asks for a file rather than showing one.
        None => label(item).map(Part::text),
    }
}

/// `data` is an object, or a text with one in it.
fn card(item: &Value, parts: &mut Vec<Part>) {
    let decoded: Option<Value> = text(item, "/data").and_then(|data| lenient_json(data.as_bytes()).ok());
    let data = decoded.as_ref().or_else(|| item.get("data")).unwrap_or(item);
    let fields = items(data, "/fields").iter().filter_map(|field| {
        let label = first(field, &["/fieldLabel", "/label"])?;
        let value = first(field, &["/fieldValue", "/value"]).unwrap_or_default();
        Some(Labelled { label: label.to_owned(), value: value.to_owned() })
    });
    let card = Part::Card {
        title: own(data, &["/title", "/label"]),
        text: lines(data, &["/subtitle", "/description"]),
        image: own(data, &["/image", "/imageUrl"]),
        url: own(data, &["/url", "/target"]),
        fields: fields.collect(),
        choices: items(data, "/actions").iter().chain(items(data, "/options")).filter_map(choice).collect(),
    };
    parts.extend(Some(card).filter(|card| !transfer_domain::text_of(std::slice::from_ref(card)).is_empty()));
}

fn table(item: &Value) -> Part {
    let cell = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => {
            let said = first(value, &["/value", "/label", "/displayValue"]);
            said.unwrap_or_default().to_owned()
        }
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    };
    let cells = |row: &Value| row.as_array().map(|row| row.iter().map(cell).collect::<Vec<_>>());
    Part::Table {
        title: label(item).map(str::to_owned),
        headers: item.get("headers").and_then(cells).unwrap_or_default(),
        rows: ["/data", "/rows"].iter().flat_map(|at| items(item, at)).filter_map(cells).collect(),
    }
}

const OPTION: OptionAt = OptionAt { label: &["/label", "/value"], value: &["/value"], url: &["/url"] };

fn choice(option: &Value) -> Option<Choice> {
    OPTION.read(option).or_else(|| option.as_str().map(Choice::plain))
}

/// A text, its options and what stands in it.
fn plain(item: &Value, depth: usize, parts: &mut Vec<Part>) {
    let said = first(item, &["/value", "/label", "/message", "/header", "/promptMsg"]);
    let prompt = text(item, "/promptMsg").filter(|prompt| Some(*prompt) != said);
    let is_html = flag(item, "/isHtml") || text(item, "/uiType") == Some("OutputHtml");
    let mut words = match said {
        Some(said) if is_html => html::parts(said),
        said => said.map(Part::text).into_iter().collect(),
    };
    words.extend(prompt.map(Part::text));
    let options = items(item, "/options");
    let choices: Vec<Choice> = options.iter().filter_map(choice).collect();
    if choices.is_empty() {
        parts.append(&mut words);
    } else {
        let question = Some(transfer_domain::text_of(&words)).filter(|question| !question.is_empty());
        parts.push(Part::Choices { text: question, choices });
    }
    parts.extend(options.iter().filter_map(|option| {
        let url = first(option, &["/image", "/imageUrl", "/attachment"])?;
        Some(file(url, text(option, "/label"), Some("image/*")))
    }));
    if depth == 0 {
        return;
    }
    for inner in ["/values", "/groupParts", "/parts", "/body"].iter().flat_map(|at| items(item, at)) {
        if let Value::String(text) = inner {
            parts.push(Part::text(text));
        } else {
            within(inner, text(inner, "/uiType").unwrap_or_default(), depth - 1, parts);
        }
    }
    let fields: Vec<FormField> = items(item, "/fields")
        .iter()
        .filter_map(|field| {
            let label = first(field, &["/label", "/name"])?;
            let choices = items(field, "/options").iter().filter_map(choice).collect();
            Some(FormField { label: label.to_owned(), choices })
        })
        .collect();
    if !fields.is_empty() {
        parts.push(Part::Form { title: None, fields });
    }
}
