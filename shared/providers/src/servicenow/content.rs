//! What an item consists of, by its `uiType` (`docs/contracts/servicenow.md`, "Callbacks").

use serde_json::Value;
use transfer_domain::{Choice, FormField, Labelled, Part};

use crate::html;
use crate::reading::{code, file, flag, items, lenient_json, link, text, web_address};

/// Parts within parts, no deeper than people build cards.
const MAX_DEPTH: usize = 4;

/// The parts of an item. A control of a form that is not known says so, rather than nothing; an empty text is nothing.
pub(super) fn parts(item: &Value, ui_type: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    within(item, ui_type, MAX_DEPTH, &mut parts);
    let is_text = matches!(ui_type, "OutputText" | "OutputHtml" | "InputText");
    if parts.is_empty() && !is_text {
        let sort = code(Some(ui_type)).unwrap_or_else(|| "a control".to_owned());
        parts.push(Part::notice(format!("something that cannot be shown: {sort}")));
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
        let own = |at: &str| text(source, at).map(str::to_owned);
        let title = own("/title").or_else(|| own("/label"));
        parts.push(Part::Citation { title, url: own("/url").or_else(|| own("/value")), text: own("/text") });
    }
}

fn address(item: &Value) -> Option<&str> {
    ["/value", "/value/action", "/value/url", "/url"].iter().find_map(|at| text(item, at))
}

fn label(item: &Value) -> Option<&str> {
    ["/label", "/header", "/altText", "/promptMsg"].iter().find_map(|at| text(item, at))
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
    let own = |at: &str| text(data, at).map(str::to_owned);
    let fields = items(data, "/fields").iter().filter_map(|field| {
        let label = ["/fieldLabel", "/label"].iter().find_map(|at| text(field, at))?;
        let value = ["/fieldValue", "/value"].iter().find_map(|at| text(field, at)).unwrap_or_default();
        Some(Labelled { label: label.to_owned(), value: value.to_owned() })
    });
    let said: Vec<&str> = ["/subtitle", "/description"].iter().filter_map(|at| text(data, at)).collect();
    let card = Part::Card {
        title: own("/title").or_else(|| own("/label")),
        text: Some(said.join("\n")).filter(|said| !said.is_empty()),
        image: own("/image").or_else(|| own("/imageUrl")),
        url: own("/url").or_else(|| own("/target")),
        fields: fields.collect(),
        choices: items(data, "/actions").iter().chain(items(data, "/options")).filter_map(choice).collect(),
    };
    parts.extend(Some(card).filter(|card| !transfer_domain::text_of(std::slice::from_ref(card)).is_empty()));
}

fn table(item: &Value) -> Part {
    let cell = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => {
            let said = ["/value", "/label", "/displayValue"].iter().find_map(|at| text(value, at));
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

fn choice(option: &Value) -> Option<Choice> {
    let label = text(option, "/label").or_else(|| text(option, "/value")).or_else(|| option.as_str())?;
    let value = text(option, "/value").filter(|value| *value != label);
    Some(Choice {
        label: label.to_owned(),
        value: value.map(str::to_owned),
        url: text(option, "/url").map(str::to_owned),
    })
}

/// A text, its options and what stands in it.
fn plain(item: &Value, depth: usize, parts: &mut Vec<Part>) {
    let said = ["/value", "/label", "/message", "/header", "/promptMsg"].iter().find_map(|at| text(item, at));
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
    for image in options.iter().filter_map(|option| {
        let url = ["/image", "/imageUrl", "/attachment"].iter().find_map(|at| text(option, at))?;
        Some(file(url, text(option, "/label"), Some("image/*")))
    }) {
        parts.push(image);
    }
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
            let label = ["/label", "/name"].iter().find_map(|at| text(field, at))?;
            Some(FormField {
                label: label.to_owned(),
                choices: items(field, "/options").iter().filter_map(choice).collect(),
            })
        })
        .collect();
    if !fields.is_empty() {
        parts.push(Part::Form { title: None, fields });
    }
}
