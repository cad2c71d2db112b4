//! Numbers that prove themselves: payment cards by Luhn's checksum (ISO/IEC 7812-1), bank accounts by modulo 97
//! (ISO 13616); and telephone numbers, by how they are written.

use std::ops::Range;

use super::glyph::{Glyph, Sort};

/// As many marks may stand between two groups of a number: " - ".
const GAPS: usize = 3;

/// The fewest and the most digits of a card's number.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// The most digits of a telephone number (E.164), with the two zeros that may stand before it.
const TELEPHONE_DIGITS: usize = 17;

/// Digits that follow each other at once.
struct Group {
    /// Its glyphs.
    glyphs: Range<usize>,
    digits: Vec<u8>,
    /// Whether the group before it can be of the same number.
    joined: bool,
}

fn groups(glyphs: &[Glyph]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (index, digit) in glyphs.iter().enumerate().filter_map(|(index, glyph)| Some((index, glyph.digit()?))) {
        match groups.last_mut() {
            Some(group) if group.glyphs.end == index => {
                group.glyphs.end = index + 1;
                group.digits.push(digit);
            }
            last => {
                let joined = last.is_some_and(|last| are_gaps(glyphs.get(last.glyphs.end..index)));
                groups.push(Group { glyphs: index..index + 1, digits: vec![digit], joined });
            }
        }
    }
    groups
}

fn are_gaps(between: Option<&[Glyph]>) -> bool {
    between.is_some_and(|between| between.len() <= GAPS && between.iter().all(|glyph| glyph.sort == Sort::Gap))
}

/// Where the text has numbers of cards. A number begins and ends with a group, so no part of a longer one is a card.
pub(super) fn cards(glyphs: &[Glyph]) -> Vec<Range<usize>> {
    let groups = groups(glyphs);
    let mut found = Vec::new();
    let mut first = 0;
    while let Some(begin) = groups.get(first) {
        let mut digits = Vec::new();
        let mut last = None;
        for (index, group) in groups.iter().enumerate().skip(first) {
            if (index > first && !group.joined) || digits.len() + group.digits.len() > *CARD_DIGITS.end() {
                break;
            }
            digits.extend_from_slice(&group.digits);
            if is_card(&digits) {
                last = Some((index, group));
            }
        }
        first = match last {
            Some((index, end)) => {
                found.extend(span(glyphs, begin.glyphs.start..end.glyphs.end));
                index + 1
            }
            None => first + 1,
        };
    }
    found
}

fn is_card(digits: &[u8]) -> bool {
    CARD_DIGITS.contains(&digits.len()) && is_issued(digits) && luhn(digits)
}

/// Whether the schemes that issue cards begin numbers of this length so: of any digits, every tenth number would pass the
/// checksum.
fn is_issued(digits: &[u8]) -> bool {
    let prefix = |count: usize| digits.iter().take(count).fold(0_u32, |number, digit| number * 10 + u32::from(*digit));
    let length = digits.len();
    match prefix(2) {
        40..=49 => matches!(length, 13 | 16 | 19),
        51..=55 => length == 16,
        34 | 37 => length == 15,
        30 | 36 | 38 | 39 => length >= 14,
        35 | 81 => length >= 16,
        22..=27 if prefix(4) <= 2204 => length >= 16,
        22..=27 => length == 16 && (2221..=2720).contains(&prefix(4)),
        97 => length == 16 && prefix(4) == 9792,
        50 | 56..=69 => true,
        _ => false,
    }
}

fn luhn(digits: &[u8]) -> bool {
    let value = |(index, digit): (usize, &u8)| {
        let doubled = u32::from(*digit) * if index % 2 == 1 { 2 } else { 1 };
        doubled / 10 + doubled % 10
    };
    digits.iter().rev().enumerate().map(value).sum::<u32>() % 10 == 0
}

/// The length of an account number in each country of the registry.
const IBANS: [(&[u8; 2], usize); 89] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// Where the text has account numbers.
pub(super) fn ibans(glyphs: &[Glyph]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut next = 0;
    for first in 0..glyphs.len() {
        if first >= next
            && let Some(end) = iban_at(glyphs, first)
        {
            found.extend(span(glyphs, first..end));
            next = end;
        }
    }
    found
}

/// The end of the account number that begins here.
fn iban_at(glyphs: &[Glyph], first: usize) -> Option<usize> {
    let before = first.checked_sub(1).and_then(|before| glyphs.get(before));
    if before.is_some_and(|before| before.is_alphanumeric()) {
        return None;
    }
    let mut read: Vec<u8> = Vec::new();
    let mut length = usize::MAX;
    let mut gaps = 0;
    for (index, glyph) in glyphs.iter().enumerate().skip(first) {
        match glyph.sort {
            Sort::Latin(letter) => read.push(letter),
            Sort::Digit(digit) => read.push(b'0' + digit),
            Sort::Gap if gaps < GAPS && !read.is_empty() => {
                gaps += 1;
                continue;
            }
            Sort::Gap | Sort::Word | Sort::Other => return None,
        }
        gaps = 0;
        let fits = match (read.len(), read.last()) {
            (1 | 2, Some(last)) => last.is_ascii_uppercase(),
            (3 | 4, Some(last)) => last.is_ascii_digit(),
            (_, _) => true,
        };
        if read.len() == 2 {
            length = IBANS.iter().find(|(country, _)| country.as_slice() == read).map(|(_, length)| *length)?;
        }
        if !fits {
            return None;
        }
        if read.len() == length {
            let ends = glyphs.get(index + 1).is_none_or(|after| !after.is_alphanumeric());
            return (ends && remainder(&read) == 1).then_some(index + 1);
        }
    }
    None
}

/// Of the number that stands for the account: its first four characters last, each letter as two digits.
fn remainder(read: &[u8]) -> u32 {
    let (head, tail) = read.split_at(read.len().min(4));
    tail.iter().chain(head).fold(0, |rest, character| match character {
        b'0'..=b'9' => (rest * 10 + u32::from(character - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter.wrapping_sub(b'A')) + 10) % 97,
    })
}

/// Where the text has telephone numbers: international ones (`+49 …`, `0049 …`), national ones with a leading zero, and those
/// of North America in groups of three, three and four. Other numbers are taken for something else.
pub(super) fn telephones(glyphs: &[Glyph]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut first = 0;
    while first < glyphs.len() {
        first = match telephone_at(glyphs, first) {
            Some(number) => {
                let end = number.end;
                found.extend(span(glyphs, number));
                end
            }
            None => first + 1,
        };
    }
    found
}

fn telephone_at(glyphs: &[Glyph], first: usize) -> Option<Range<usize>> {
    let begin = glyphs.get(first)?;
    let plus = matches!(begin.char, '+' | '\u{FF0B}');
    if !plus && begin.char != '(' && begin.digit().is_none() {
        return None;
    }
    let before = first.checked_sub(1).and_then(|before| glyphs.get(before));
    if before.is_some_and(|before| before.is_alphanumeric() || matches!(before.char, '+' | '\u{FF0B}')) {
        return None;
    }
    let mut written = Written { plus, ..Written::default() };
    let mut marks = 0;
    let mut end = None;
    for (index, glyph) in glyphs.iter().enumerate().skip(first + usize::from(plus)) {
        match glyph.sort {
            Sort::Digit(digit) => {
                written.push(digit, marks > 0 || written.groups.is_empty());
                if written.digits.len() > TELEPHONE_DIGITS {
                    break;
                }
                marks = 0;
                let ends = glyphs.get(index + 1).is_none_or(|after| !after.is_alphanumeric());
                if ends && written.is_number() {
                    end = Some(index + 1);
                }
            }
            Sort::Gap | Sort::Other if marks < GAPS && is_between(glyph.char) => marks += 1,
            Sort::Gap | Sort::Other | Sort::Latin(_) | Sort::Word => break,
        }
    }
    end.map(|end| first..end)
}

/// What may stand within a telephone number. It does not go over the end of a line.
fn is_between(c: char) -> bool {
    !matches!(c, '\n' | '\r' | '_') && (matches!(c, '(' | ')') || matches!(super::glyph::sort(c), Sort::Gap))
}

/// A telephone number as far as it was read.
#[derive(Default)]
struct Written {
    plus: bool,
    digits: Vec<u8>,
    /// How many digits each group has.
    groups: Vec<usize>,
}

impl Written {
    fn push(&mut self, digit: u8, begins: bool) {
        self.digits.push(digit);
        match self.groups.last_mut() {
            Some(group) if !begins => *group += 1,
            Some(_) | None => self.groups.push(1),
        }
    }

    fn is_number(&self) -> bool {
        let count = self.digits.len();
        match (self.plus, self.digits.as_slice()) {
            (true, _) => (8..=15).contains(&count),
            (false, [0, 0, 1..=9, ..]) => (10..=TELEPHONE_DIGITS).contains(&count),
            // A date begins with a group of two, too, and goes on with one of four.
            (false, [0, 1..=9, ..]) => {
                let pairs = self.groups.iter().all(|group| *group == 2);
                let area = self.groups.first().is_some_and(|first| *first >= 3);
                (9..=12).contains(&count) && (area || pairs)
            }
            (false, _) => matches!(self.groups.as_slice(), [3, 3, 4] | [1, 3, 3, 4]),
        }
    }
}

/// Where glyphs stand in their text.
pub(super) fn span(glyphs: &[Glyph], of: Range<usize>) -> Option<Range<usize>> {
    let (first, last) = (glyphs.get(of.start)?, glyphs.get(of.end.checked_sub(1)?)?);
    Some(first.start..last.end)
}
