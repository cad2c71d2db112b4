//! What a message consists of: typed parts in the order in which they are read, the one way in which they become text,
//! and the files that hang on them.
//!
//! A text says by itself what all parts say, so that whoever shows texts only loses nothing.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::{Attachment, Author, IncomingMessage, Redacted, Representative, SourceId};

/// More parts of one message than this are not kept apart; the text says them all the same.
pub const MAX_PARTS: usize = 64;

/// One part of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Words, with line breaks and nothing else.
    Text {
        /// What is said.
        text: String,
    },
    /// An address to follow.
    Link {
        /// Where it leads.
        url: String,
        /// What it is called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// What is said about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
    },
    /// A picture.
    #[serde(rename_all = "camelCase")]
    Image {
        /// Where it can be fetched.
        url: String,
        /// What it shows, or its file name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alt: Option<String>,
        /// Its media type.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content_type: Option<String>,
    },
    /// A file, a recording, a film.
    #[serde(rename_all = "camelCase")]
    File {
        /// Where it can be fetched.
        url: String,
        /// Its file name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Its media type.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content_type: Option<String>,
    },
    /// Something with a title and what belongs to it.
    Card {
        /// What it is called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// What is said below.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Its picture.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        image: Option<String>,
        /// Where it leads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// What else it tells.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fields: Vec<Labelled>,
        /// What can be chosen.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        choices: Vec<Choice>,
    },
    /// A question with answers to choose from.
    Choices {
        /// The question.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// The answers.
        choices: Vec<Choice>,
    },
    /// Fields to fill in.
    Form {
        /// What it is called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// What is asked for.
        fields: Vec<FormField>,
    },
    /// Rows and columns.
    Table {
        /// What it is called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// The names of the columns.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<String>,
        /// The cells, row by row.
        rows: Vec<Vec<String>>,
    },
    /// A place.
    Location {
        /// Degrees to the north.
        #[cfg_attr(feature = "openapi", schema(value_type = f64))]
        latitude: Number,
        /// Degrees to the east.
        #[cfg_attr(feature = "openapi", schema(value_type = f64))]
        longitude: Number,
        /// What it is called, or its address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// Where something that was said comes from.
    Citation {
        /// What it is called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// Where it can be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// The words that are cited.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// Something was said that cannot be shown here.
    Notice {
        /// What it was, without its content.
        text: String,
    },
}

/// A label with what it stands before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Labelled {
    /// Its name.
    pub label: String,
    /// What it says.
    pub value: String,
}

/// An answer that can be chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    /// What is read.
    pub label: String,
    /// What the contact centre expects back if it is chosen; what is read, if there is nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Where it leads, instead of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Something that a form asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormField {
    /// Its name.
    pub label: String,
    /// What can be chosen; anything, if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

/// A sort of part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the part of its name")]
pub enum PartKind {
    Text,
    Link,
    Image,
    File,
    Card,
    Choices,
    Form,
    Table,
    Location,
    Citation,
    Notice,
}

impl PartKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Text,
        Self::Link,
        Self::Image,
        Self::File,
        Self::Card,
        Self::Choices,
        Self::Form,
        Self::Table,
        Self::Location,
        Self::Citation,
        Self::Notice,
    ];
}

impl Choice {
    /// One that is read and sent back as the same words.
    pub fn plain(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }
}

impl Part {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// Something that cannot be shown.
    pub fn notice(text: impl Into<String>) -> Self {
        Self::Notice { text: text.into() }
    }

    /// Which sort it is.
    pub const fn kind(&self) -> PartKind {
        match self {
            Self::Text { .. } => PartKind::Text,
            Self::Link { .. } => PartKind::Link,
            Self::Image { .. } => PartKind::Image,
            Self::File { .. } => PartKind::File,
            Self::Card { .. } => PartKind::Card,
            Self::Choices { .. } => PartKind::Choices,
            Self::Form { .. } => PartKind::Form,
            Self::Table { .. } => PartKind::Table,
            Self::Location { .. } => PartKind::Location,
            Self::Citation { .. } => PartKind::Citation,
            Self::Notice { .. } => PartKind::Notice,
        }
    }

    /// What hangs on a message with this part.
    fn file(&self) -> Option<Attachment> {
        let file = |url: &String, name: &Option<String>, content_type: &Option<String>| Attachment {
            url: url.clone(),
            name: name.clone(),
            content_type: content_type.clone(),
        };
        match self {
            Self::Image { url, alt: name, content_type } | Self::File { url, name, content_type } => {
                Some(file(url, name, content_type))
            }
            Self::Card { image: Some(url), .. } => Some(file(url, &None, &None)),
            Self::Text { .. }
            | Self::Link { .. }
            | Self::Card { .. }
            | Self::Choices { .. }
            | Self::Form { .. }
            | Self::Table { .. }
            | Self::Location { .. }
            | Self::Citation { .. }
            | Self::Notice { .. } => None,
        }
    }

    /// What can be chosen in it.
    fn choices(&self) -> Vec<&Choice> {
        match self {
            Self::Card { choices, .. } | Self::Choices { choices, .. } => choices.iter().collect(),
            Self::Form { fields, .. } => fields.iter().flat_map(|field| &field.choices).collect(),
            Self::Text { .. }
            | Self::Link { .. }
            | Self::Image { .. }
            | Self::File { .. }
            | Self::Table { .. }
            | Self::Location { .. }
            | Self::Citation { .. }
            | Self::Notice { .. } => Vec::new(),
        }
    }

    /// Its lines in a text. Files have none: they hang on the message.
    fn lines(&self, lines: &mut Vec<String>) {
        match self {
            Self::Text { text } => lines.push(text.clone()),
            Self::Link { url, title, description } => {
                named_address(lines, title.as_ref(), description.as_ref(), Some(url));
            }
            Self::Image { .. } | Self::File { .. } => {}
            Self::Card { title, text, image: _, url, fields, choices } => {
                named_address(lines, title.as_ref(), text.as_ref(), None);
                lines.extend(fields.iter().map(|field| format!("{}: {}", field.label, field.value)));
                lines.extend(url.clone());
                lines.extend(choices.iter().map(Choice::line));
            }
            Self::Choices { text, choices } => {
                lines.extend(text.clone());
                lines.extend(choices.iter().map(Choice::line));
            }
            Self::Form { title, fields } => {
                lines.extend(title.clone());
                lines.extend(fields.iter().map(FormField::line));
            }
            Self::Table { title, headers, rows } => {
                lines.extend(title.clone());
                let rows = std::iter::once(headers).chain(rows).filter(|row| !row.is_empty());
                lines.extend(rows.map(|row| row.join(" | ")));
            }
            Self::Location { latitude, longitude, name } => {
                lines.extend(name.clone());
                lines.push(format!("{latitude}, {longitude}"));
            }
            Self::Citation { title, url, text } => named_address(lines, title.as_ref(), text.as_ref(), url.as_ref()),
            Self::Notice { text } => lines.push(format!("[{text}]")),
        }
    }
}

fn named_address(lines: &mut Vec<String>, name: Option<&String>, more: Option<&String>, url: Option<&String>) {
    let said = |text: &&String| url != Some(*text);
    lines.extend(name.into_iter().chain(more).filter(said).cloned());
    lines.extend(url.cloned());
}

impl Choice {
    /// What is sent back if it is chosen.
    fn sent_back(&self) -> &str {
        self.value.as_deref().unwrap_or(&self.label)
    }

    fn line(&self) -> String {
        match &self.url {
            Some(url) if *url != self.label => format!("- {}: {url}", self.label),
            Some(_) | None => format!("- {}", self.label),
        }
    }
}

impl FormField {
    fn line(&self) -> String {
        let choices: Vec<_> = self.choices.iter().map(|choice| choice.label.as_str()).collect();
        if choices.is_empty() {
            format!("- {}", self.label)
        } else {
            format!("- {} ({})", self.label, choices.join(", "))
        }
    }
}

/// What parts say, as a text that can be read by itself: line by line, choices as bullets, what is called something before
/// its address. Files alone are named with their addresses; beside words they only hang on the message.
pub fn text_of(parts: &[Part]) -> String {
    let words = words_of(parts);
    if words.is_empty() { text_of_files(&files_of(parts)) } else { words }
}

/// What parts say in words: [`text_of`] without files, which hang on a message also where nothing is said beside them.
pub(crate) fn words_of(parts: &[Part]) -> String {
    let mut lines = Vec::new();
    for part in parts {
        part.lines(&mut lines);
    }
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n")
}

/// What is read on the option that this value stands for.
pub(crate) fn label_of(parts: &[Part], value: &str) -> Option<String> {
    let options = parts.iter().flat_map(Part::choices);
    options.into_iter().find(|choice| choice.sent_back() == value).map(|choice| choice.label.clone())
}

/// What hangs on a message of these parts.
pub fn files_of(parts: &[Part]) -> Vec<Attachment> {
    parts.iter().filter_map(Part::file).collect()
}

fn text_of_files(files: &[Attachment]) -> String {
    let line = |file: &Attachment| match &file.name {
        Some(name) => format!("{name}: {}", file.url),
        None => file.url.clone(),
    };
    files.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Whether a text and files say it all, so that the parts need not be kept beside them.
pub(crate) fn is_plain(parts: &[Part]) -> bool {
    let mut kinds = parts.iter().map(Part::kind);
    let file = |kind: PartKind| matches!(kind, PartKind::Image | PartKind::File);
    let first = kinds.next();
    first.is_none_or(|first| first == PartKind::Text || file(first)) && kinds.all(file)
}

/// The parts of a message of which only text and files are kept.
pub(crate) fn plain_parts(text: &str, files: &[Attachment]) -> Vec<Part> {
    let words = Some(text).filter(|text| !text.is_empty() && *text != text_of_files(files)).map(Part::text);
    let is_image = |file: &Attachment| file.content_type.as_deref().is_some_and(|sort| sort.starts_with("image/"));
    let part = |file: &Attachment| {
        let Attachment { url, name, content_type } = file.clone();
        if is_image(file) {
            Part::Image { url, alt: name, content_type }
        } else {
            Part::File { url, name, content_type }
        }
    };
    words.into_iter().chain(files.iter().map(part)).take(MAX_PARTS).collect()
}

impl IncomingMessage {
    /// A message of these parts; `None` if they say nothing at all.
    pub fn of(message_id: SourceId, author: Author, parts: Vec<Part>) -> Option<Self> {
        let parts: Vec<Part> =
            parts.into_iter().filter(|part| !matches!(part, Part::Text { text } if text.is_empty())).collect();
        let (text, attachments) = (text_of(&parts), files_of(&parts));
        let says_something = !text.is_empty() || !attachments.is_empty();
        let content = if is_plain(&parts) { Vec::new() } else { parts };
        says_something.then_some(Self {
            message_id,
            author,
            text,
            truncated: false,
            attachments,
            content,
            redacted: Redacted::default(),
            proves_active: None,
        })
    }

    /// Written by a human, which proves that one is connected.
    #[must_use]
    pub fn proving(self, who: Option<Representative>) -> Self {
        Self { proves_active: who, ..self }
    }

    /// What of it cannot be shown, for the timeline; `None` if all can.
    pub fn not_shown(&self) -> Option<String> {
        let notice = |part: &Part| if let Part::Notice { text } = part { Some(text.clone()) } else { None };
        let notices: Vec<_> = self.content.iter().filter_map(notice).collect();
        (!notices.is_empty()).then(|| format!("not shown: {}", notices.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(label: &str, url: Option<&str>) -> Choice {
        Choice { label: label.to_owned(), value: None, url: url.map(str::to_owned) }
    }

    #[expect(clippy::unnecessary_wraps, reason = "what parts have is optional")]
    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn each_part_can_be_read_as_text() {
        let image = || some("https://files.example/p.png");
        for (part, expected) in [
            (Part::text("Good morning"), "Good morning"),
            (
                Part::Link { url: "https://shop.example".into(), title: some("Shop"), description: None },
                "Shop\nhttps://shop.example",
            ),
            (
                Part::Link {
                    url: "https://shop.example".into(),
                    title: some("https://shop.example"),
                    description: None,
                },
                "https://shop.example",
            ),
            (
                Part::Image { url: "https://files.example/p.png".into(), alt: some("p.png"), content_type: None },
                "p.png: https://files.example/p.png",
            ),
            (
                Part::File { url: "https://files.example/a".into(), name: None, content_type: None },
                "https://files.example/a",
            ),
            (
                Part::Card {
                    title: some("Printer"),
                    text: some("It is broken"),
                    image: image(),
                    url: some("https://desk.example/1"),
                    fields: vec![Labelled { label: "State".into(), value: "New".into() }],
                    choices: vec![choice("Open", Some("https://desk.example/2")), choice("Later", None)],
                },
                "Printer\nIt is broken\nState: New\nhttps://desk.example/1\n- Open: https://desk.example/2\n- Later",
            ),
            (
                Part::Choices { text: some("Which?"), choices: vec![choice("Yes", None), choice("No", None)] },
                "Which?\n- Yes\n- No",
            ),
            (
                Part::Form {
                    title: some("Your details"),
                    fields: vec![
                        FormField { label: "E-mail".into(), choices: vec![] },
                        FormField { label: "Size".into(), choices: vec![choice("S", None), choice("M", None)] },
                    ],
                },
                "Your details\n- E-mail\n- Size (S, M)",
            ),
            (
                Part::Table {
                    title: some("Orders"),
                    headers: vec!["Number".into(), "State".into()],
                    rows: vec![vec!["1".into(), "sent".into()], vec!["2".into(), "open".into()]],
                },
                "Orders\nNumber | State\n1 | sent\n2 | open",
            ),
            (
                Part::Location { latitude: Number::from(52), longitude: Number::from(-1), name: some("Shop") },
                "Shop\n52, -1",
            ),
            (
                Part::Citation { title: some("Manual"), url: some("https://docs.example/m"), text: some("Press it.") },
                "Manual\nPress it.\nhttps://docs.example/m",
            ),
            (Part::notice("a control of the contact centre"), "[a control of the contact centre]"),
        ] {
            assert_eq!(text_of(std::slice::from_ref(&part)), expected, "{part:?}");
            let written = serde_json::to_value(&part).unwrap();
            assert_eq!(serde_json::from_value::<Part>(written).unwrap(), part);
        }
    }

    #[test]
    fn a_file_beside_words_only_hangs_on_the_message() {
        let file = Part::File { url: "https://files.example/a.pdf".into(), name: some("a.pdf"), content_type: None };
        let id = SourceId::new("m-1").unwrap();
        let message = IncomingMessage::of(id.clone(), Author::Representative, vec![Part::text("Here"), file.clone()]);
        let message = message.unwrap();
        assert_eq!((message.text.as_str(), message.attachments.len(), message.content.len()), ("Here", 1, 0));
        assert_eq!(plain_parts(&message.text, &message.attachments), [Part::text("Here"), file.clone()]);
        let alone = IncomingMessage::of(id.clone(), Author::Representative, vec![file.clone()]).unwrap();
        assert_eq!(alone.text, "a.pdf: https://files.example/a.pdf");
        assert_eq!(plain_parts(&alone.text, &alone.attachments), [file]);
        assert_eq!(IncomingMessage::of(id, Author::Representative, vec![Part::text("")]), None);
    }

    #[test]
    fn what_cannot_be_shown_is_told() {
        let parts = vec![Part::text("Look"), Part::notice("a control")];
        let message = IncomingMessage::of(SourceId::new("m-1").unwrap(), Author::Provider, parts).unwrap();
        assert_eq!(message.text, "Look\n[a control]");
        assert_eq!(message.not_shown().as_deref(), Some("not shown: a control"));
    }
}
