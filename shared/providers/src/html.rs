//! HTML that people and their templates write, as parts of a message: blocks become lines, lists bullets, links keep their
//! address, entities are read, styles and scripts vanish.

use html5gum::emitters::default::{DefaultEmitter, StartTag};
use html5gum::{Token, Tokenizer};
use transfer_domain::Part;

/// Elements that stand on lines of their own.
const BLOCKS: &[&[u8]] = &[
    b"address",
    b"article",
    b"aside",
    b"blockquote",
    b"dd",
    b"div",
    b"dl",
    b"dt",
    b"fieldset",
    b"figure",
    b"footer",
    b"form",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"header",
    b"hr",
    b"li",
    b"main",
    b"nav",
    b"ol",
    b"p",
    b"pre",
    b"section",
    b"table",
    b"tr",
    b"ul",
];

/// Elements whose content is nothing to read.
const UNREAD: &[&[u8]] = &[b"head", b"noscript", b"script", b"style", b"template", b"title"];

/// What a piece of HTML says: its text, and behind it the images in it that stand at web addresses.
pub(crate) fn parts(html: &str) -> Vec<Part> {
    let mut reader = Reader::default();
    let mut emitter = DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(html, emitter).flatten() {
        match token {
            Token::StartTag(tag) => reader.start(&tag),
            Token::EndTag(tag) => reader.end(&tag.name),
            Token::String(text) => reader.text(&String::from_utf8_lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    lines: Vec<String>,
    line: String,
    /// How many elements that are not read are open.
    unread: u32,
    /// Addresses of the links that are open, with where their words begin in the line.
    links: Vec<(Option<String>, usize)>,
    images: Vec<Part>,
    cells: bool,
}

impl Reader {
    fn start(&mut self, tag: &StartTag<()>) {
        let name: &[u8] = &tag.name;
        if UNREAD.contains(&name) {
            self.unread += u32::from(!tag.self_closing);
        }
        if self.unread > 0 {
            return;
        }
        match name {
            b"br" => self.end_line(),
            b"li" => {
                self.end_line();
                self.line.push_str("- ");
            }
            b"td" | b"th" => {
                if self.cells {
                    self.line.push_str(" | ");
                }
                self.cells = true;
            }
            b"a" => self.links.push((attribute(tag, b"href"), self.line.len())),
            b"img" => self.image(tag),
            name if BLOCKS.contains(&name) => self.end_line(),
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        if UNREAD.contains(&name) {
            self.unread = self.unread.saturating_sub(1);
            return;
        }
        if self.unread > 0 {
            return;
        }
        match name {
            b"a" => self.end_link(),
            name if BLOCKS.contains(&name) => self.end_line(),
            _ => {}
        }
    }

    /// Any run of blanks is one, and none stands at the beginning of a line.
    fn text(&mut self, text: &str) {
        if self.unread > 0 {
            return;
        }
        for c in text.chars() {
            if c.is_whitespace() {
                if !self.line.is_empty() && !self.line.ends_with(' ') {
                    self.line.push(' ');
                }
            } else {
                self.line.push(c);
            }
        }
    }

    /// Behind the words of a link stands its address, unless they are the address.
    fn end_link(&mut self) {
        let Some((Some(url), from)) = self.links.pop() else { return };
        let words = self.line.get(from..).unwrap_or_default().trim();
        if !is_followed(&url) || words == url {
            return;
        }
        let address = if words.is_empty() { url } else { format!(" ({url})") };
        self.line.truncate(self.line.trim_end().len());
        self.line.push_str(&address);
    }

    fn image(&mut self, tag: &StartTag<()>) {
        let alt = attribute(tag, b"alt").filter(|alt| !alt.trim().is_empty());
        match attribute(tag, b"src").filter(|url| is_web_address(url)) {
            Some(url) => self.images.push(Part::Image { url, alt, content_type: None }),
            None => self.text(&alt.unwrap_or_default()),
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.cells = false;
        for (_, from) in &mut self.links {
            *from = 0;
        }
        let line = line.trim();
        if !line.is_empty() && line != "-" {
            self.lines.push(line.to_owned());
        }
    }

    fn finish(mut self) -> Vec<Part> {
        while !self.links.is_empty() {
            self.end_link();
        }
        self.end_line();
        let text = Some(self.lines.join("\n")).filter(|text| !text.is_empty()).map(Part::text);
        text.into_iter().chain(self.images).collect()
    }
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    tag.attributes.get(name).map(|value| String::from_utf8_lossy(&value.value).into_owned())
}

fn is_web_address(url: &str) -> bool {
    crate::reading::web_address(url).is_some()
}

/// Whether somebody could follow it: a web address, a mail address, a number.
fn is_followed(url: &str) -> bool {
    is_web_address(url) || url.starts_with("mailto:") || url.starts_with("tel:")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        transfer_domain::text_of(&parts(html))
    }

    #[test]
    fn blocks_are_lines_lists_bullets_and_links_keep_their_address() {
        for (html, expected) in [
            ("<p>Hi <b>you</b></p>", "Hi you"),
            ("plain &amp; simple", "plain & simple"),
            ("a<br>b<br/>c", "a\nb\nc"),
            ("<p>First line,</p><p>step 1</p>", "First line,\nstep 1"),
            ("<ul><li>A</li><li><p>B</p></li></ul>", "- A\nB"),
            ("<a href=\"https://kb.example/1\">article</a>.", "article (https://kb.example/1)."),
            ("<a href=\"https://kb.example/1\">https://kb.example/1</a>", "https://kb.example/1"),
            ("<a href='javascript:alert(1)'>no</a>", "no"),
            ("<a href=\"https://kb.example/1\">never closed", "never closed (https://kb.example/1)"),
            ("<style>p{color:red}</style>x<script>alert('<p>')</script>y", "xy"),
            ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", "A | B\n1 | 2"),
            ("2 < 3 and <unknown>words</unknown>", "2 < 3 and words"),
            ("&#x1F600; &eacute; &nosuch;", "😀 é &nosuch;"),
            ("<img src=x alt=\"a sign\">", "a sign"),
            ("", ""),
            ("<p>", ""),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }

    #[test]
    fn an_image_alone_leaves_its_address() {
        assert_eq!(text("<img src=\"https://files.example/p.png\">"), "https://files.example/p.png");
        let found = parts("<p>Look</p><img src=\"https://files.example/p.png\" alt=\"p\">");
        let image =
            Part::Image { url: "https://files.example/p.png".into(), alt: Some("p".into()), content_type: None };
        assert_eq!(found, [Part::text("Look"), image]);
    }
}
