//! What a message consists of, by its `messageType` and `formatType` (`docs/contracts/salesforce.md`, "Callbacks").

use serde_json::Value;
use transfer_domain::{Choice, FormField, Part};

use crate::reading::{code, file, items, link, text};
use crate::told::{first, not_shown, own};

/// The parts of an abstract message. What is of no known form says so.
pub(super) fn parts(message: &Value) -> Vec<Part> {
    let mut parts = Vec::new();
    static_content(message.get("staticContent").unwrap_or(&Value::Null), &mut parts);
    choices(message.get("choices").unwrap_or(&Value::Null), &mut parts);
    form(message.get("form").unwrap_or(&Value::Null), &mut parts);
    for citation in ["/citations", "/staticContent/citations"].iter().flat_map(|at| items(message, at)) {
        parts.push(cited(citation));
    }
    if parts.is_empty() {
        parts.extend(text(message, "/text").map(Part::text));
    }
    if parts.is_empty() {
        let sort = code(text(message, "/messageType")).unwrap_or_else(|| "a message".to_owned());
        let format = ["/staticContent/formatType", "/choices/formatType", "/form/formatType"];
        let format = format.iter().find_map(|at| code(text(message, at))).map(|format| format!(" {format}"));
        parts.push(not_shown(&format!("{sort}{}", format.unwrap_or_default())));
    }
    parts
}

fn static_content(content: &Value, parts: &mut Vec<Part>) {
    parts.extend(text(content, "/text").map(Part::text));
    if let Some(item) = content.get("linkItem") {
        linked(item, content, parts);
    } else if let Some(url) = text(content, "/url") {
        parts.push(link(url, title(content), None));
    }
    for item in ["/links", "/linkItems"].iter().flat_map(|at| items(content, at)) {
        linked(item, content, parts);
    }
    let asset = |value: &Value| {
        let url = first(value, &["/assetUrl", "/url"]);
        url.map(|url| file(url, text(value, "/name").or_else(|| title(value)), text(value, "/mimeType")))
    };
    parts.extend(content.get("mediaAsset").and_then(asset));
    parts.extend(items(content, "/attachments").iter().filter_map(asset));
    if text(content, "/formatType") == Some("WebView") {
        parts.extend(title(content).map(Part::text));
    }
}

fn linked(item: &Value, around: &Value, parts: &mut Vec<Part>) {
    let url = text(item, "/url").or_else(|| text(around, "/url"));
    let description = first(item, &["/description", "/titleItem/subTitle"]);
    match url {
        Some(url) => parts.push(link(url, title(item), description)),
        None => parts.extend(title(item).into_iter().chain(description).map(Part::text)),
    }
    if let Some(image) = first(item, &["/image/assetUrl", "/imageUrl"]) {
        parts.push(file(image, None, Some("image/*")));
    }
}

/// What something is called: a text, or an item with one.
fn title(value: &Value) -> Option<&str> {
    first(value, &["/titleItem/title", "/title/title", "/title"])
}

fn choices(choices: &Value, parts: &mut Vec<Part>) {
    if choices.is_null() {
        return;
    }
    let question: Vec<&str> =
        title(choices).into_iter().chain(["/message", "/text"].iter().filter_map(|at| text(choices, at))).collect();
    let options = ["/optionItems", "/items", "/timeslots"].iter().flat_map(|at| items(choices, at));
    let options: Vec<Choice> = options.filter_map(choice).collect();
    let text = Some(question.join("\n")).filter(|question| !question.is_empty());
    if text.is_some() || !options.is_empty() {
        parts.push(Part::Choices { text, choices: options });
    }
    for image in items(choices, "/images") {
        parts.extend(first(image, &["/assetUrl", "/url"]).map(|url| file(url, None, Some("image/*"))));
    }
}

/// A card of a carousel has choices of its own; they stand below its title.
fn choice(option: &Value) -> Option<Choice> {
    let inner: Vec<&str> =
        ["/interactionItems", "/interactions"].iter().flat_map(|at| items(option, at)).filter_map(title).collect();
    let label = title(option).or_else(|| text(option, "/startTime")).or_else(|| text(option, "/text"))?;
    let more = first(option, &["/titleItem/subTitle", "/subTitle"]);
    let label = more.map_or_else(|| label.to_owned(), |more| format!("{label}: {more}"));
    let label = if inner.is_empty() { label } else { format!("{label} ({})", inner.join(", ")) };
    let value = text(option, "/optionIdentifier").or_else(|| text(option, "/optionValue"));
    Some(Choice { label, value: value.map(str::to_owned), url: own(option, &["/url"]) })
}

fn form(form: &Value, parts: &mut Vec<Part>) {
    if form.is_null() {
        return;
    }
    let name = first(form, &["/formTitle/title", "/title/title", "/title"]);
    let fields = items(form, "/sections").iter().flat_map(|section| {
        let inputs = [section.get("input")].into_iter().flatten().chain(items(section, "/inputs"));
        inputs.filter_map(|input| {
            let label = first(input, &["/label/title", "/label", "/title"])?;
            let choices = items(input, "/optionItems").iter().filter_map(choice).collect();
            Some(FormField { label: label.to_owned(), choices })
        })
    });
    let fields: Vec<FormField> = fields.collect();
    if name.is_some() || !fields.is_empty() {
        parts.push(Part::Form { title: name.map(str::to_owned), fields });
    }
}

fn cited(citation: &Value) -> Part {
    let title = title(citation).map(str::to_owned);
    Part::Citation { title, url: own(citation, &["/url", "/source/url"]), text: own(citation, &["/text"]) }
}
