//! What of a message is carried as what it is, and what as text.

use serde::Serialize;
use transfer_domain::PartKind;

/// How something reaches the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Carried {
    /// As what it is.
    Native,
    /// As text that says it.
    Text,
    /// Not at all: the other side has no such thing.
    No,
}

/// How a message of the contact is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// Everything in it as what it is.
    Native,
    /// Something of it, or all, as text and links.
    Text,
}

/// How parts of messages reach the other side, by their kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "each is the kind of its name")]
pub struct Carriage {
    pub text: Carried,
    pub link: Carried,
    pub image: Carried,
    pub file: Carried,
    pub card: Carried,
    pub choices: Carried,
    pub form: Carried,
    pub table: Carried,
    pub location: Carried,
    pub citation: Carried,
    pub notice: Carried,
}

impl Carriage {
    /// Words, files, and a notice of what cannot be shown: what every contact centre's messages are read as.
    pub const PLAIN: Self = Self {
        text: Carried::Native,
        link: Carried::Text,
        image: Carried::Native,
        file: Carried::Native,
        card: Carried::No,
        choices: Carried::No,
        form: Carried::No,
        table: Carried::No,
        location: Carried::No,
        citation: Carried::No,
        notice: Carried::Native,
    };

    /// That of the contact's messages at a contact centre that shows so many of their files as files. None takes anything
    /// else but words from the contact.
    pub const fn of_contact(attachments: u8) -> Self {
        let file = if attachments > 0 { Carried::Native } else { Carried::Text };
        Self {
            text: Carried::Native,
            link: Carried::Text,
            image: file,
            file,
            card: Carried::Text,
            choices: Carried::Text,
            form: Carried::Text,
            table: Carried::Text,
            location: Carried::Text,
            citation: Carried::Text,
            notice: Carried::Text,
        }
    }

    /// How this kind is carried.
    pub const fn of(self, kind: PartKind) -> Carried {
        match kind {
            PartKind::Text => self.text,
            PartKind::Link => self.link,
            PartKind::Image => self.image,
            PartKind::File => self.file,
            PartKind::Card => self.card,
            PartKind::Choices => self.choices,
            PartKind::Form => self.form,
            PartKind::Table => self.table,
            PartKind::Location => self.location,
            PartKind::Citation => self.citation,
            PartKind::Notice => self.notice,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use transfer_domain::{Attachment, OutgoingMessage, Part, PartKind, Reply, SourceId};

    use super::*;
    use crate::draft::held::is_documented;
    use crate::{Adapters, Capabilities, FIVE9, GENESYS};

    /// `in / out` of each kind at each provider.
    fn page_of_capabilities() -> String {
        let adapters = Adapters::inbound();
        let word = |value: Carried| json!(value).as_str().unwrap().to_owned();
        let row = |name: &str, cell: &dyn Fn(Capabilities) -> String| {
            let cells = adapters.providers().map(|it| cell(adapters.get(it).unwrap().capabilities()));
            format!("| {name} | {} |\n", cells.collect::<Vec<_>>().join(" | "))
        };
        let names: Vec<_> = adapters.providers().map(|it| it.as_str().to_owned()).collect();
        let head = format!("| in / out | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
        let kinds = PartKind::ALL.map(|kind| {
            let name = json!(kind).as_str().unwrap().to_owned();
            row(&name, &|can| format!("{} / {}", word(can.content_in.of(kind)), word(can.content_out.of(kind))))
        });
        head + &kinds.concat() + &row("a choice of the contact", &|can| word(can.reply))
    }

    #[test]
    fn the_page_of_the_contracts_says_what_is_carried() {
        is_documented("README.md", "content", &page_of_capabilities());
    }

    fn said(text: &str) -> OutgoingMessage {
        OutgoingMessage::text(SourceId::new("m-1").unwrap(), text)
    }

    fn told(message: OutgoingMessage) -> [Told; 2] {
        let message = message.complete();
        [GENESYS, FIVE9].map(|it| Adapters::inbound().get(it).unwrap().capabilities().told(&message))
    }

    #[test]
    fn words_are_told_as_they_are_everywhere() {
        assert_eq!(told(said("Hello")), [Told::Native; 2]);
    }

    #[test]
    fn content_is_told_as_text_where_it_is_not_taken() {
        let link: Part = serde_json::from_value(json!({ "type": "link", "url": "https://x.example" })).unwrap();
        assert_eq!(told(OutgoingMessage { content: vec![link], ..said("") }), [Told::Text; 2]);
        let file = |n: u8| Attachment { url: format!("https://x.example/{n}"), name: None, content_type: None };
        let files = |count: u8| OutgoingMessage { attachments: (0..count).map(file).collect(), ..said("") };
        assert_eq!(told(files(1)), [Told::Native; 2]);
        assert_eq!(told(files(2)), [Told::Text, Told::Native]);
    }

    #[test]
    fn a_choice_is_told_as_one_where_it_is_taken_and_nothing_is_said_beside_it() {
        let reply = || Reply { message_id: SourceId::new("in-1").unwrap(), value: "b".to_owned(), label: None };
        let chosen = |text: &str| OutgoingMessage { reply: Some(reply()), ..said(text) };
        assert_eq!(told(chosen("")), [Told::Native, Told::Text]);
        assert_eq!(told(chosen("b")), [Told::Native, Told::Text]);
        assert_eq!(told(chosen("b, and soon")), [Told::Text; 2]);
    }

    #[test]
    fn each_kind_has_its_field() {
        let fields = serde_json::to_value(Carriage::PLAIN).unwrap();
        assert_eq!(fields.as_object().unwrap().len(), PartKind::ALL.len());
        for kind in PartKind::ALL {
            let name = serde_json::to_value(kind).unwrap();
            assert_eq!(fields[name.as_str().unwrap()], json!(Carriage::PLAIN.of(kind)));
        }
    }
}
