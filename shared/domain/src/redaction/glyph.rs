//! Characters as a reader takes them: a digit is a digit in every script, and what is not seen is not there.

/// The zeros of the decimal digits of all scripts (Unicode 16, `Nd`); the other nine follow each.
const ZEROS: [u32; 76] = [
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x10D40, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0,
    0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0,
    0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// What a character is to whoever looks for numbers and addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A decimal digit, by its value.
    Digit(u8),
    /// A Latin letter, as its ASCII capital.
    Latin(u8),
    /// A letter or a number of another sort.
    Word,
    /// What people put between the groups of a number.
    Gap,
    /// Anything else.
    Other,
}

/// A character that is seen, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    pub(super) sort: Sort,
    pub(super) char: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Glyph {
    pub(super) fn digit(self) -> Option<u8> {
        match self.sort {
            Sort::Digit(digit) => Some(digit),
            Sort::Latin(_) | Sort::Word | Sort::Gap | Sort::Other => None,
        }
    }

    /// Whether it is part of a word or number.
    pub(super) fn is_alphanumeric(self) -> bool {
        matches!(self.sort, Sort::Digit(_) | Sort::Latin(_) | Sort::Word)
    }
}

/// The characters of a text that are seen.
pub(super) fn glyphs(text: &str) -> Vec<Glyph> {
    let seen = text.char_indices().filter(|(_, c)| !is_invisible(*c));
    seen.map(|(start, char)| Glyph { sort: sort(char), char, start, end: start + char.len_utf8() }).collect()
}

pub(super) fn sort(c: char) -> Sort {
    if let Some(digit) = digit_of(c) {
        return Sort::Digit(digit);
    }
    match folded(c) {
        Some(latin) => Sort::Latin(latin),
        None if c.is_alphanumeric() => Sort::Word,
        None if is_gap(c) => Sort::Gap,
        None => Sort::Other,
    }
}

/// The value of a decimal digit of any script.
pub(super) fn digit_of(c: char) -> Option<u8> {
    let point = u32::from(c);
    let after = ZEROS.partition_point(|zero| *zero <= point);
    let zero = after.checked_sub(1).and_then(|index| ZEROS.get(index))?;
    u8::try_from(point - zero).ok().filter(|digit| *digit < 10)
}

/// A Latin letter, also of full width, as its capital.
fn folded(c: char) -> Option<u8> {
    let narrow = match c {
        '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' => char::from_u32(u32::from(c) - 0xFEE0)?,
        other => other,
    };
    narrow.is_ascii_alphabetic().then(|| u8::try_from(narrow.to_ascii_uppercase()).ok()).flatten()
}

fn is_gap(c: char) -> bool {
    let mark = matches!(
        c,
        '-' | '.' | '/' | '_' | '\u{B7}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2022}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{30FB}'
                | '\u{FE58}'
                | '\u{FE63}'
                | '\u{FF0D}'
                | '\u{FF0E}'
                | '\u{FF0F}'
                | '\u{FF3F}'
    );
    mark || c.is_whitespace()
}

/// What takes no room of its own: format and control characters, fillers, and marks that stand over or around another.
fn is_invisible(c: char) -> bool {
    let takes_none = matches!(
        c,
        '\u{AD}' | '\u{300}'..='\u{36F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{20D0}'..='\u{20FF}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    );
    takes_none || (c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digit_is_what_unicode_calls_a_decimal_digit() {
        let decimal = regex::Regex::new(r"\d").unwrap();
        let mut buffer = [0; 4];
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            // This table may be newer than that of the library.
            let known = decimal.is_match(c.encode_utf8(&mut buffer));
            assert!(!known || digit_of(c).is_some(), "{:x}", u32::from(c));
        }
        assert!(ZEROS.is_sorted());
        for (text, digits) in [("0189", [0, 1, 8, 9]), ("٠١٨٩", [0, 1, 8, 9]), ("０１８９", [0, 1, 8, 9])] {
            let read: Vec<u8> = text.chars().filter_map(digit_of).collect();
            assert_eq!(read, digits);
        }
        assert_eq!("aⅣ½²①/:".chars().filter_map(digit_of).count(), 0);
    }

    #[test]
    fn what_is_not_seen_is_left_out_and_the_rest_keeps_its_place() {
        let seen = glyphs("4\u{200B}1\u{FE0F}\u{20E3} Ａ");
        let places: Vec<_> = seen.iter().map(|glyph| (glyph.start, glyph.sort)).collect();
        assert_eq!(places, [(0, Sort::Digit(4)), (4, Sort::Digit(1)), (11, Sort::Gap), (12, Sort::Latin(b'A'))]);
    }
}
