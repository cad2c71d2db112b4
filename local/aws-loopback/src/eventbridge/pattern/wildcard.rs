//! Texts with `*` for any part of a text; `\*` and `\\` stand for themselves.

/// What must stand between the wildcards: the first part at the beginning, the last at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wildcard {
    first: String,
    /// Those behind each wildcard.
    others: Vec<String>,
}

impl Wildcard {
    /// Refuses two wildcards in a row and a backslash before anything else.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        if pattern.is_empty() {
            return None;
        }
        let mut parts = Vec::new();
        let mut part = String::new();
        let mut letters = pattern.chars();
        let mut after_wildcard = false;
        while let Some(letter) = letters.next() {
            if letter == '*' {
                if after_wildcard {
                    return None;
                }
                parts.push(std::mem::take(&mut part));
            } else if letter == '\\' {
                part.push(letters.next().filter(|escaped| ['*', '\\'].contains(escaped))?);
            } else {
                part.push(letter);
            }
            after_wildcard = letter == '*';
        }
        parts.push(part);
        let others = parts.split_off(1);
        Some(Self { first: parts.pop()?, others })
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        let Some((last, inner)) = self.others.split_last() else { return text == self.first };
        let Some(mut rest) = text.strip_prefix(&self.first) else { return false };
        for part in inner {
            // The earliest place leaves the most for what follows.
            let Some((_, behind)) = rest.split_once(part.as_str()) else { return false };
            rest = behind;
        }
        rest.ends_with(last)
    }
}
