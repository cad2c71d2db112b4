//! Whether bytes are the JSON that `JSON.stringify` would write.
//!
//! The instance parses a body and writes it again before it checks a message hash,
//! so a hash over any other spelling of the same JSON does not match there.

/// `true` if nothing would change by parsing and writing again: no spaces outside strings,
/// no escapes that are not needed, no numbers such as `1.0`.
pub(super) fn is_compact(json: &str) -> bool {
    let mut rest = json.chars();
    let mut number = String::new();
    while let Some(next) = rest.next() {
        if next.is_ascii_digit() || matches!(next, '-' | '+' | '.' | 'e' | 'E') {
            number.push(next);
            continue;
        }
        if !is_compact_number(&number) {
            return false;
        }
        number.clear();
        if next.is_ascii_whitespace() || (next == '"' && !string_is_compact(&mut rest)) {
            return false;
        }
    }
    is_compact_number(&number)
}

/// Letters of `true`, `false` and `null` end up here as well; none of them ends in a way that matters.
fn is_compact_number(number: &str) -> bool {
    let fraction = number.split_once('.').map(|(_, fraction)| fraction);
    let digits = number.bytes().any(|it| it.is_ascii_digit());
    !digits || !(fraction.is_some_and(|it| it.ends_with('0')) || number == "-0" || number.contains('E'))
}

/// Consumes a string up to its closing quote.
fn string_is_compact(rest: &mut impl Iterator<Item = char>) -> bool {
    while let Some(next) = rest.next() {
        match next {
            '"' => return true,
            '\\' => match rest.next() {
                Some('"' | '\\' | 'b' | 'f' | 'n' | 'r' | 't') => {}
                Some('u') => {
                    let digits: String = rest.take(4).collect();
                    if !must_be_escaped(&digits) {
                        return false;
                    }
                }
                Some(_) | None => return false,
            },
            _plain => {}
        }
    }
    false
}

/// Control characters without a short form, and lone surrogates.
fn must_be_escaped(digits: &str) -> bool {
    match u32::from_str_radix(digits, 16) {
        Ok(0x08 | 0x09 | 0x0a | 0x0c | 0x0d) | Err(_) => false,
        Ok(code) => code < 0x20 || (0xd800..=0xdfff).contains(&code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spelling_of_json_stringify_passes() {
        for json in [
            r#"{"requestId":"tr_01J9ZK-0001","message":{"text":"hi","typed":true}}"#,
            r#"{"a":[1,2.5,-3,null],"t":"ä \n \" \\ \u0001 e1.0"}"#,
            "{}",
        ] {
            assert!(is_compact(json), "{json}");
        }
    }

    #[test]
    fn any_other_spelling_is_noticed() {
        for json in [
            r#"{"a": 1}"#,
            "{\"a\":1}\n",
            r#"{"a":1.0}"#,
            r#"{"a":"\u00e4"}"#,
            r#"{"a":"\/"}"#,
            r#"{"a":"\u000a"}"#,
            r#"{"a":"open"#,
        ] {
            assert!(!is_compact(json), "{json}");
        }
    }
}
