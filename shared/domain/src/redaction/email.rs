//! Addresses of e-mail, by how they are written.

use std::ops::Range;

use super::glyph::{Glyph, Sort};
use super::numbers::span;

/// Where the text has addresses.
pub(super) fn emails(glyphs: &[Glyph]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    for at in 0..glyphs.len() {
        if at >= from
            && glyphs.get(at).is_some_and(|glyph| matches!(glyph.char, '@' | '\u{FE6B}' | '\u{FF20}'))
            && let Some(address) = address_around(glyphs, at, from)
        {
            from = address.end;
            found.extend(span(glyphs, address));
        }
    }
    found
}

fn address_around(glyphs: &[Glyph], at: usize, from: usize) -> Option<Range<usize>> {
    let before = glyphs.get(from..at)?;
    let local = before.iter().rev().take_while(|glyph| glyph.is_alphanumeric() || is_of_local_part(glyph.char)).count();
    // It does not begin with what may also stand around it.
    let leading = before.iter().skip(before.len() - local).take_while(|glyph| !glyph.is_alphanumeric()).count();
    if local == leading {
        return None;
    }
    let behind = glyphs.get(at + 1..)?;
    let domain = behind.iter().take_while(|glyph| glyph.is_alphanumeric() || is_dot(glyph.char) || glyph.char == '-');
    let domain: Vec<Glyph> = domain.copied().collect();
    let trailing = domain.iter().rev().take_while(|glyph| !glyph.is_alphanumeric()).count();
    let domain = domain.get(..domain.len() - trailing)?;
    let last_dot = domain.iter().rposition(|glyph| is_dot(glyph.char))?;
    let top = domain.get(last_dot + 1..)?;
    let named = top.len() >= 2 && top.first().is_some_and(|first| !matches!(first.sort, Sort::Digit(_)));
    (named && last_dot > 0).then_some(at - (local - leading)..at + 1 + domain.len())
}

fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{FF0E}')
}

fn is_of_local_part(c: char) -> bool {
    is_dot(c) || matches!(c, '_' | '%' | '+' | '-' | '\'' | '&' | '=' | '~')
}
