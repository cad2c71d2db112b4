//! JSON that any transport takes: SQS refuses U+FFFE, U+FFFF and most control characters in a message, so whatever is
//! not printable ASCII is written as an escape.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

/// The JSON of a value, in printable ASCII.
pub fn ascii_json<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Ascii))?;
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

/// How many bytes a text takes between the quotes of [`ascii_json`].
pub fn escaped_len(text: &str) -> usize {
    text.chars().map(escaped_char_len).sum()
}

/// The longest beginning of a text that takes at most `bytes` between the quotes of [`ascii_json`].
pub fn cut(text: &str, bytes: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, letter)| {
        used += escaped_char_len(*letter);
        used > bytes
    });
    end.and_then(|(index, _)| text.get(..index)).unwrap_or(text)
}

fn escaped_char_len(letter: char) -> usize {
    match letter {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        ' '..='~' => 1,
        _ => 6 * letter.len_utf16(),
    }
}

struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for letter in fragment.chars() {
            if (' '..='~').contains(&letter) {
                writer.write_all(&[u8::try_from(letter).unwrap_or(b'?')])?;
            } else {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a \"b\" \\ / \n\t\u{8}\u{c}\u{0}\u{1f}\u{7f}\u{80}é漢\u{fffe}\u{ffff}😀";

    #[test]
    fn whatever_a_text_holds_it_is_printable_ascii_and_reads_back_as_it_was() {
        let json = ascii_json(TEXT).unwrap();
        assert!(json.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), TEXT);
        assert_eq!(json.len(), escaped_len(TEXT) + 2);
    }

    #[test]
    fn a_text_is_cut_at_a_character_by_what_it_takes_when_it_is_written() {
        assert_eq!(cut("aé😀b", 100), "aé😀b");
        assert_eq!(cut("aé😀b", 19), "aé😀", "1, 6 and 12 bytes");
        assert_eq!(cut("aé😀b", 18), "aé");
        assert_eq!(cut("aé😀b", 6), "a");
        assert_eq!(cut("aé😀b", 0), "");
        for bytes in 0..escaped_len(TEXT) {
            assert!(escaped_len(cut(TEXT, bytes)) <= bytes);
        }
    }
}
