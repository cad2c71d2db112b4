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
