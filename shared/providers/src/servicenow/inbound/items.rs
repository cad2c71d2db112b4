//! The items of an envelope's `body[]`, each by itself.

use serde_json::Value;
use transfer_domain::{Part, Representative};

use super::content;
use crate::reading::{id, name, text, truth};
use crate::told::{Meanings, meaning};

/// What one item is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// The conversation went to a queue.
    Queue,
    /// How long the wait is expected to be.
    Wait { seconds: Option<u32> },
    /// A human took over.
    LiveAgent,
    /// The human is gone, the bot is back.
    VirtualAgent,
    /// The instance created the conversation.
    Created,
    /// Somebody types, or stopped.
    Typing { on: bool },
    /// A line of the system, not of a person.
    System { text: String },
    /// Something to show.
    Shown { parts: Vec<Part>, writer: Writer },
    /// Something that must not be shown in plain text.
    Secure { writer: Writer },
    /// Nothing for us.
    Other,
    /// Not of the form of an item.
    Unreadable,
}

impl Item {
    /// Who wrote it, if anybody did.
    pub(super) fn writer(&self) -> Option<&Writer> {
        if let Self::Shown { writer, .. } | Self::Secure { writer } = self { Some(writer) } else { None }
    }
}

/// Who wrote an item, by its `agentInfo`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Writer {
    /// A human, surely.
    Human(Representative),
    /// Surely no human.
    Machine,
    /// The instance does not say.
    Unsaid,
}

/// Reads one item. `system_fields` is where a `System` item's text may stand.
pub(super) fn read(item: &Value, system_fields: &[String]) -> Item {
    match text(item, "/uiType") {
        Some("ActionMsg") => action(item, system_fields),
        Some(ui_type) => shown(item, ui_type),
        None => Item::Unreadable,
    }
}

/// What the actions are.
const ACTIONS: &Meanings<fn(&Value, &[String]) -> Item> = &[
    (&["SubscribeToSupportQueue"], |_, _| Item::Queue),
    (&["StartSpinner"], |item, _| match text(item, "/spinnerType") {
        Some("wait_time") => Item::Wait { seconds: text(item, "/waitTime").and_then(seconds) },
        Some(_) | None => Item::Other,
    }),
    (&["SwitchToLiveAgent"], |_, _| Item::LiveAgent),
    (&["SwitchToVirtualAgent"], |_, _| Item::VirtualAgent),
    (&["CreateConversation"], |_, _| Item::Created),
    (&["StartTypingIndicator"], |_, _| Item::Typing { on: true }),
    (&["EndTypingIndicator"], |_, _| Item::Typing { on: false }),
    (&["System"], |item, fields| {
        let said = fields.iter().find_map(|field| item.get(field)?.as_str().filter(|text| !text.is_empty()));
        said.map_or(Item::Other, |text| Item::System { text: text.to_owned() })
    }),
];

fn action(item: &Value, system_fields: &[String]) -> Item {
    let word = text(item, "/actionType").unwrap_or_default();
    // The documentation writes the same words with and without it.
    let known = meaning(ACTIONS, word.strip_suffix("ActionMsg").unwrap_or(word));
    known.map_or(Item::Other, |read| read(item, system_fields))
}

fn shown(item: &Value, ui_type: &str) -> Item {
    let writer = writer(item);
    if text(item, "/maskType") == Some("SECURE") {
        return Item::Secure { writer };
    }
    let parts = content::parts(item, ui_type);
    if parts.is_empty() { Item::Other } else { Item::Shown { parts, writer } }
}

fn writer(item: &Value) -> Writer {
    match truth(item, "/agentInfo/sentFromAgent") {
        Some(true) => Writer::Human(Representative {
            id: id(item, "/agentInfo/agentId"),
            name: name(item, "/agentInfo/agentName").map(str::to_owned),
        }),
        Some(false) => Writer::Machine,
        None => Writer::Unsaid,
    }
}

/// `8 Seconds`, `1 Minute 30 Seconds`, `2 min`: numbers with units. Another language gives no number.
fn seconds(wait: &str) -> Option<u32> {
    let mut words = wait.split_whitespace();
    let mut total: Option<u32> = None;
    while let Some(number) = words.next() {
        let number: u32 = number.parse().ok()?;
        let unit = words.next()?.to_ascii_lowercase();
        let factor = if unit.starts_with("sec") {
            1
        } else if unit.starts_with("min") {
            60
        } else if unit.starts_with("hour") {
            3600
        } else {
            return None;
        };
        total = Some(total.unwrap_or(0).checked_add(number.checked_mul(factor)?)?);
    }
    total
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(value: &Value) -> Item {
        read(value, &["message".to_owned(), "value".to_owned(), "label".to_owned()])
    }

    fn shown_text(value: &Value) -> String {
        let Item::Shown { parts, .. } = item(value) else { panic!("not shown: {value}") };
        transfer_domain::text_of(&parts)
    }

    #[test]
    fn waits_are_read_in_english_and_left_open_elsewhere() {
        for (text, expected) in [
            ("8 Seconds", Some(8)),
            ("1 Minute", Some(60)),
            ("1 Minute 30 Seconds", Some(90)),
            ("2 hours 5 min", Some(7500)),
            ("", None),
            ("8", None),
            ("acht Sekunden", None),
            ("8 Sekunden", None),
            ("4294967295 hours", None),
            ("-1 seconds", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn both_spellings_of_an_action_are_one() {
        for word in ["StartTypingIndicator", "StartTypingIndicatorActionMsg"] {
            assert_eq!(item(&json!({ "uiType": "ActionMsg", "actionType": word })), Item::Typing { on: true });
        }
    }

    #[test]
    fn the_text_of_a_system_line_is_looked_for_in_the_configured_order() {
        let line = json!({ "uiType": "ActionMsg", "actionType": "System", "value": "v", "label": "l" });
        assert_eq!(item(&line), Item::System { text: "v".to_owned() });
        assert_eq!(read(&line, &["label".to_owned()]), Item::System { text: "l".to_owned() });
        assert_eq!(read(&line, &[]), Item::Other);
    }

    #[test]
    fn controls_become_text_and_options() {
        let picker =
            json!({ "uiType": "Picker", "label": "Which one?", "options": [{ "label": "A" }, { "value": "B" }] });
        assert_eq!(shown_text(&picker), "Which one?\n- A\n- B");
        let parts =
            json!({ "uiType": "GroupedParts", "header": "Found", "values": [{ "label": "one" }, { "value": "two" }] });
        assert_eq!(shown_text(&parts), "Found\none\ntwo");
        assert_eq!(shown_text(&json!({ "uiType": "OutputHtml", "value": "<p>Hi <b>you</b></p>" })), "Hi you");
        assert_eq!(shown_text(&json!({ "uiType": "OutputText", "label": "older sample" })), "older sample");
        assert_eq!(item(&json!({ "uiType": "OutputText", "value": "" })), Item::Other);
        assert_eq!(shown_text(&json!({ "uiType": "Unknown" })), "[something that cannot be shown: Unknown]");
        assert_eq!(item(&json!("text")), Item::Unreadable);
    }

    #[test]
    fn links_and_images_keep_their_address() {
        let link = json!({ "uiType": "OutputLink", "label": "Guide", "value": { "action": "https://docs.example/g" } });
        assert_eq!(shown_text(&link), "Guide: https://docs.example/g");
        let script = json!({ "uiType": "OutputLink", "label": "Guide", "value": "javascript:alert(1)" });
        assert_eq!(shown_text(&script), "Guide\njavascript:alert(1)");
        let image = json!({ "uiType": "OutputImage", "altText": "a plug", "value": "https://files.example/p.png" });
        let Item::Shown { parts, .. } = item(&image) else { panic!("not shown") };
        assert_eq!(transfer_domain::files_of(&parts).len(), 1);
    }

    #[test]
    fn a_secure_item_keeps_its_text() {
        let secret = json!({ "uiType": "OutputText", "value": "4711", "maskType": "SECURE" });
        assert_eq!(item(&secret), Item::Secure { writer: Writer::Unsaid });
    }
}
