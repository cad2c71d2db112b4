use proptest::prelude::*;
use serde_json::json;

use super::*;

fn settings(value: serde_json::Value) -> Redaction {
    serde_json::from_value(value).unwrap()
}

fn every_kind() -> Redactor {
    Redactor::of(&settings(json!({ "kinds": ["card", "iban", "email", "telephone"] })))
}

fn redacted_by(redactor: &Redactor, text: &str) -> (String, Redacted) {
    let (mut text, mut redacted) = (text.to_owned(), Redacted::default());
    redactor.replace(&mut text, &mut redacted);
    (text, redacted)
}

fn redacted(text: &str) -> String {
    redacted_by(&every_kind(), text).0
}

#[test]
fn a_card_is_found_however_it_is_written() {
    for card in [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111 - 1111 - 1111 - 1111",
        "4111\u{a0}1111\u{2009}1111\u{202f}1111",
        "4111\u{2013}1111\u{2011}1111\u{2212}1111",
        "4111\n1111 1111 1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "4111\u{200b}1111\u{200d}1111\u{feff}1111",
        "4\u{200b}1\u{200b}1\u{2060}1\u{ad}111111111111",
        "4\u{fe0f}\u{20e3}1\u{fe0f}\u{20e3}11111111111111",
        "4\u{336}1\u{336}11 1111 1111 1111",
        "４１１１１１１１１１１１１１１１",
        "٤١١١ ١١١١ ١١١١ ١١١١",
        "४१११११११११११११११",
        "𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏",
        "4111１１１１1111١١١١",
        "5500000000000004",
        "340000000000009",
        "30000000000004",
        "6011000000000004",
        "3088000000000009",
        "2221000000000009",
    ] {
        assert_eq!(redacted(&format!("Card: {card}, please")), "Card: [card], please", "{card:?}");
        assert_eq!(redacted(&format!("x{card}y")), "x[card]y", "{card:?}");
    }
    assert_eq!(redacted("4111 1111 1111 1111 and 5500 0000 0000 0004"), "[card] and [card]");
    assert_eq!(redacted("12/26 4111111111111111 123"), "12/26 [card] 123");
}

#[test]
fn a_number_that_is_no_card_is_left_alone() {
    for text in [
        "4111 1111 1111 1112",
        "1234567890123456",
        "0000000000000000",
        "411111111111",
        "41111111111111111111111",
        "4111 1111, 1111 1111",
        "4111 1111 and 1111 1111",
        "order 1000000000000008",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn an_account_is_found_by_its_checksum() {
    for iban in [
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "de89 3704 0044 0532 0130 00",
        "GB82-WEST-1234-5698-7654-32",
        "NO9386011117947",
        "MT84MALT011000012345MTLCAST001S",
        "ＤＥ８９３７０４００４４０５３２０１３０００",
        "DE89\u{200b}3704\u{200b}0044053201\u{2060}3000",
        "FR14 2004 1010 0505 0001 3M02 606",
    ] {
        assert_eq!(redacted(&format!("To {iban}.")), "To [iban].", "{iban}");
    }
    for text in
        ["DE88370400440532013000", "XX89370400440532013000", "DE89 3704 0044 0532 0130", "aDE89370400440532013000"]
    {
        assert!(!redacted(text).contains("[iban]"), "{text}");
    }
}

#[test]
fn an_address_is_found_with_its_whole_name() {
    for (text, expected) in [
        ("Write to first.last+tag@mail.example.com.", "Write to [email]."),
        ("<a@b.example>", "<[email]>"),
        ("(o'neil_1%x@example.org)", "([email])"),
        ("jörg@büro.example", "[email]"),
        ("a\u{200b}b@exa\u{200b}mple.com", "[email]"),
        ("a＠example．com", "[email]"),
        ("a@x.com,b@y.com", "[email],[email]"),
        ("a@b@c.example", "a@[email]"),
    ] {
        assert_eq!(redacted(text), expected);
    }
    for text in ["@home", "a@", "a@b", "a@b.", "a@1.2", "a @ b.example", "me@localhost", "..@x.example"] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn a_telephone_number_is_found_by_how_it_is_written() {
    for number in [
        "+49 30 1234567",
        "+49 (0)30 123-4567",
        "+4930 / 1234567",
        "0049 30 1234567",
        "030 1234567",
        "(030) 1234567",
        "0151-23456789",
        "01 23 45 67 89",
        "555-123-4567",
        "(555) 123-4567",
        "1-555-123-4567",
        "＋４９ ３０ １２３４５６７",
        "+44\u{200b}20\u{200b}79460000",
    ] {
        assert_eq!(redacted(&format!("Call {number}!")), "Call [telephone]!", "{number}");
    }
    for text in [
        "2026-11-29 10:00",
        "01.02.2026 10:00",
        "12345678",
        "5551234567",
        "1.2.3.4",
        "+1",
        "a030 1234567",
        "42,000,000",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn what_is_found_is_counted_by_kind_and_by_the_name_of_a_pattern() {
    let redactor = Redactor::of(&settings(json!({
        "kinds": ["card"], "replacements": { "card": "•" },
        "patterns": [{ "name": "order", "pattern": "ORD-[0-9]{4}" }, { "name": "pin", "pattern": r"(?i)pin:?\s*\d{4}", "replacement": "<pin>" }],
    })));
    let (text, counted) = redacted_by(&redactor, "ORD-1234, ORD-5678, PIN 0000, 4111 1111 1111 1111");
    assert_eq!(text, "[order], [order], <pin>, •");
    assert_eq!(serde_json::to_value(&counted).unwrap(), json!({ "card": 1, "order": 2, "pin": 1 }));
    assert_eq!(redacted_by(&redactor, &text), (text, Redacted::default()));
}

#[test]
fn overlapping_finds_are_one_and_nothing_of_them_is_left() {
    let redactor = Redactor::of(&settings(json!({
        "kinds": ["card", "telephone"], "patterns": [{ "name": "tail", "pattern": "1111 end" }],
    })));
    assert_eq!(redacted_by(&redactor, "4111 1111 1111 1111 end").0, "[card]");
}

#[test]
fn a_text_is_looked_at_by_the_way_it_goes_and_stored_means_both() {
    for (directions, centre, runtime) in [
        (json!(["to_contact_centre"]), true, false),
        (json!(["to_runtime"]), false, true),
        (json!(["stored"]), true, true),
        (json!([]), false, false),
    ] {
        let redactor = Redactor::of(&settings(json!({ "kinds": ["card"], "directions": directions })));
        let looks = (redactor.looks_at(Flow::ToContactCentre), redactor.looks_at(Flow::ToRuntime));
        assert_eq!(looks, (centre, runtime), "{directions}");
    }
    assert!(Redaction::default().is_off());
}

#[test]
fn a_rule_that_cannot_be_applied_holds_the_text_back_or_lets_it_pass() {
    for (on_failure, expected) in [("hold_back", "[held back]"), ("pass", "Hello")] {
        let broken = json!({ "patterns": [{ "name": "p", "pattern": "(" }], "onFailure": on_failure });
        let redactor = Redactor::of(&settings(broken));
        let (text, counted) = redacted_by(&redactor, "Hello");
        assert_eq!(text, expected);
        assert_eq!(counted.is_empty(), on_failure == "pass");
        assert_eq!(redacted_by(&redactor, &text), (text, Redacted::default()));
    }
    let growing = json!({ "patterns": [{ "name": "p", "pattern": "a", "replacement": "long enough to matter" }] });
    assert_eq!(redacted_by(&Redactor::of(&settings(growing)), &"a".repeat(1_000)).0, "[held back]");
    let endless = json!({ "patterns": [{ "name": "p", "pattern": "^a" }] });
    assert_eq!(redacted_by(&Redactor::of(&settings(endless)), &"a".repeat(100)).0, "[held back]");
}

#[test]
fn what_is_wrong_in_settings_is_pointed_at() {
    let faulty = |value: serde_json::Value| -> Vec<String> {
        settings(value).faults().into_iter().map(|fault| fault.pointer.into_owned()).collect()
    };
    let pattern = |pattern: &str| json!({ "patterns": [{ "name": "p", "pattern": pattern }] });
    assert_eq!(faulty(pattern("[0-9]{4}")), Vec::<String>::new());
    assert_eq!(faulty(pattern(r"\d{8}")), Vec::<String>::new());
    for wrong in ["", "(", "a*", "(?=a)", r"(a)\1", r"\w{1000}", "((a{100}){100}){100}", &"a".repeat(513)] {
        assert_eq!(faulty(pattern(wrong)), ["/redaction/patterns/0/pattern"], "{wrong}");
    }
    let many: Vec<_> = (0..21).map(|at| json!({ "name": format!("p{at}"), "pattern": "x" })).collect();
    assert_eq!(faulty(json!({ "patterns": many })), ["/redaction/patterns"]);
    for name in ["card", "held_back"] {
        assert_eq!(faulty(json!({ "patterns": [{ "name": name, "pattern": "x" }] })), ["/redaction/patterns/0/name"]);
    }
    for instead in ["", "  ", "4111", "a@b", "a\nb", &"x".repeat(65)] {
        assert_eq!(faulty(json!({ "replacements": { "card": instead } })), ["/redaction/replacements/card"]);
    }
}

#[test]
fn a_very_long_text_takes_no_longer_than_its_length_asks() {
    let redactor = Redactor::of(&settings(json!({
        "kinds": ["card", "iban", "email", "telephone"], "patterns": [{ "name": "p", "pattern": "(x+x+)+y" }],
    })));
    for text in ["4111 ", "DE89 ", "a@", "+1(", "x", "0", "\u{200b}1", "1 - ", "a@b.c"] {
        let long = text.repeat(32 * 1024 / text.len());
        let (once, _) = redacted_by(&redactor, &long);
        assert_eq!(redacted_by(&redactor, &once).0, once);
    }
}

/// Pieces of which something may be found, in any order and broken anywhere.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "4111 1111 1111 1111",
            "4111",
            "1111",
            "DE89370400440532013000",
            "DE89 3704",
            "a@b.example",
            "@",
            ".",
            "-",
            " ",
            "\u{200b}",
            "\u{feff}",
            "４",
            "١",
            "+49 30 1234567",
            "(030)",
            "[card]",
            "[",
            "]",
            "x",
            "\n",
            "\u{0}",
            "\u{336}",
        ])
        .prop_map(str::to_owned),
        "[0-9 .-]{0,20}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_redacted_once_and_the_rest_of_it_stays(text in hostile()) {
        let redactor = every_kind();
        let (once, counted) = redacted_by(&redactor, &text);
        prop_assert_eq!(once == text, counted.is_empty());
        let (twice, again) = redacted_by(&redactor, &once);
        prop_assert_eq!(&twice, &once);
        prop_assert!(again.is_empty());
        // What stands between the replaced places stood there before, in the same order.
        let mut rest = text.as_str();
        for kept in once.split("[card]").flat_map(|it| it.split("[iban]")).flat_map(|it| it.split("[email]")).flat_map(|it| it.split("[telephone]")) {
            let at = rest.find(kept);
            prop_assert!(at.is_some(), "{kept:?}");
            rest = &rest[at.unwrap() + kept.len()..];
        }
    }

    #[test]
    fn a_text_without_digits_and_addresses_is_never_changed(text in "[^0-9@\\p{Nd}＠﹫]{0,200}") {
        prop_assert_eq!(redacted(&text), text);
    }

    #[test]
    fn a_card_is_found_with_anything_but_digits_around_it(
        before in "[a-z ,;:()\\[\\]]{0,20}", after in "[a-z ,;:()\\[\\]]{0,20}", gap in "[ .-]{0,3}",
    ) {
        let card = ["4111", "1111", "1111", "1111"].join(&gap);
        let expected = format!("{before}[card]{after}");
        let redactor = Redactor::of(&settings(json!({ "kinds": ["card"] })));
        prop_assert_eq!(redacted_by(&redactor, &format!("{before}{card}{after}")).0, expected);
    }
}
