//! What a message consists of: its text and the items of `content[]` (`docs/contracts/genesys.md`, "Callbacks").

use serde_json::Value;
use transfer_domain::{Choice, Part};

use crate::reading::{code, file, items, text};
use crate::told::{OptionAt, choices, lines, not_shown, own};

/// The parts of a message: its text, unless an item repeats it, and its content in order.
pub(super) fn parts(body: &Value) -> Vec<Part> {
    let content = items(body, "/content");
    let mut parts: Vec<Part> = Vec::new();
    let said = text(body, "/text");
    let repeated = content.iter().any(|item| said.is_some() && body_of(item) == said);
    parts.extend(said.filter(|_| !repeated).map(Part::text));
    let quick = content.iter().filter_map(|item| OPTION.read(item.get("quickReply")?));
    for item in content {
        of_item(item, &mut parts);
    }
    parts.extend(choices(None, quick));
    parts
}

fn body_of(item: &Value) -> Option<&str> {
    let template = item.get("template").or_else(|| item.get("notificationTemplate"))?;
    text(template, "/body/text")
}

fn of_item(item: &Value, parts: &mut Vec<Part>) {
    match text(item, "/contentType").unwrap_or_default() {
        "Attachment" => attachment(item, parts),
        // Quick replies are gathered below their question; the others say nothing to the contact.
        "QuickReply" | "Mention" | "Reactions" => {}
        "Notification" => template(item, parts),
        "Card" => parts.extend(item.get("card").map(card)),
        "Carousel" => parts.extend(items(item, "/carousel/cards").iter().map(card)),
        "Text" => parts.extend(text(item, "/text/body").or_else(|| text(item, "/text")).map(Part::text)),
        "DatePicker" => parts.push(date_picker(item.get("datePicker").unwrap_or(&Value::Null))),
        "ListPicker" => parts.push(list_picker(item.get("listPicker").unwrap_or(&Value::Null))),
        "ButtonResponse" => parts.extend(text(item, "/buttonResponse/text").map(Part::text)),
        "Location" => parts.push(location(item.get("location").unwrap_or(&Value::Null))),
        sort => {
            let sort = code(Some(sort)).filter(|sort| !sort.is_empty());
            parts.push(not_shown(sort.as_deref().unwrap_or("a part")));
        }
    }
}

/// What is written beside a file is the caption. A file without a name has it nowhere else.
fn attachment(item: &Value, parts: &mut Vec<Part>) {
    let item = item.get("attachment").unwrap_or(&Value::Null);
    parts.extend(text(item, "/text").map(Part::text));
    let image = (text(item, "/mediaType") == Some("Image")).then_some("image/*");
    let sort = text(item, "/mime").or(image);
    parts.push(file(text(item, "/url").unwrap_or_default(), text(item, "/filename"), sort));
}

fn template(item: &Value, parts: &mut Vec<Part>) {
    let template = item.get("template").or_else(|| item.get("notificationTemplate")).unwrap_or(&Value::Null);
    parts.extend(
        ["/header/text", "/body/text", "/footer/text"].iter().filter_map(|at| text(template, at)).map(Part::text),
    );
    if let Some(url) = text(template, "/header/media/url") {
        parts.push(file(url, None, text(template, "/header/media/mime")));
    }
    parts.extend(choices(None, options(items(template, "/buttons"))));
}

fn location(location: &Value) -> Part {
    let degrees = |at: &str| location.pointer(at).and_then(Value::as_number).cloned();
    let name = own(location, &["/text", "/address", "/url"]);
    match (degrees("/latitude"), degrees("/longitude"), name) {
        (Some(latitude), Some(longitude), name) => Part::Location { latitude, longitude, name },
        (_, _, Some(name)) => Part::text(name),
        (_, _, None) => not_shown("Location"),
    }
}

fn card(card: &Value) -> Part {
    let own = |at: &str| own(card, &[at]);
    Part::Card {
        title: own("/title"),
        text: own("/description"),
        image: own("/image"),
        url: own("/defaultAction/url"),
        fields: Vec::new(),
        choices: options(items(card, "/actions")).collect(),
    }
}

const OPTION: OptionAt = OptionAt { label: &["/text", "/title", "/payload"], value: &["/payload"], url: &["/url"] };

fn options(options: &[Value]) -> impl Iterator<Item = Choice> {
    options.iter().filter_map(|option| OPTION.read(option))
}

fn date_picker(picker: &Value) -> Part {
    let times = items(picker, "/availableTimes").iter().filter_map(|time| text(time, "/dateTime").map(Choice::plain));
    Part::Choices { text: lines(picker, &["/title", "/subtitle"]), choices: times.collect() }
}

fn list_picker(picker: &Value) -> Part {
    let offered = items(picker, "/sections").iter().flat_map(|section| options(items(section, "/items")));
    Part::Card {
        title: own(picker, &["/title", "/header/text"]),
        text: own(picker, &["/subtitle", "/body/text"]),
        image: None,
        url: None,
        fields: Vec::new(),
        choices: offered.collect(),
    }
}
