//! The files of the folder `console`, which are part of the binary: the page, and its assets under one digest.
//!
//! The digest names all assets at once, so the modules' relative imports stay valid, and an answer can be kept for ever.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

/// What is below the folder and is no asset.
const PAGE: &str = "index.html";
/// What stands in the page for the place of its assets.
const PLACE: &str = "__ASSETS__";
/// Where they are.
const BELOW: &str = "/console/assets/";

#[derive(RustEmbed)]
#[folder = "../../console"]
#[exclude = "*.md"]
#[exclude = "jsconfig.json"]
#[exclude = "package*.json"]
#[exclude = "node_modules/*"]
struct Embedded;

/// A file as it is served.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) bytes: Cow<'static, [u8]>,
    pub(crate) media_type: String,
    compressed: OnceLock<Option<Vec<u8>>>,
}

/// All that is served.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) page: File,
    pub(crate) digest: String,
    assets: BTreeMap<String, File>,
}

impl File {
    fn new(path: &str, bytes: Cow<'static, [u8]>) -> Self {
        let kind = mime_guess::from_path(path).first_or_octet_stream();
        let is_text = kind.type_() == mime_guess::mime::TEXT || kind.subtype() == mime_guess::mime::JSON;
        let media_type = if is_text { format!("{kind}; charset=utf-8") } else { kind.to_string() };
        Self { bytes, media_type, compressed: OnceLock::new() }
    }

    /// The same in less, if it is less. Made when it is first asked for: each process serves a few files only.
    pub(crate) fn compressed(&self) -> Option<&[u8]> {
        let make = || {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(&self.bytes).ok()?;
            encoder.finish().ok().filter(|smaller| smaller.len() < self.bytes.len())
        };
        self.compressed.get_or_init(make).as_deref()
    }
}

impl Files {
    /// As they were when this was built.
    pub(crate) fn embedded() -> Self {
        let files = Embedded::iter().filter_map(|path| Some((path.to_string(), Embedded::get(&path)?.data)));
        Self::of(files)
    }

    fn of(files: impl IntoIterator<Item = (String, Cow<'static, [u8]>)>) -> Self {
        let mut files: BTreeMap<_, _> = files.into_iter().collect();
        let page = files.remove(PAGE).unwrap_or_default();
        let mut hash = Sha256::new();
        for (path, bytes) in &files {
            for part in [path.as_bytes(), bytes.as_ref()] {
                hash.update(part.len().to_be_bytes());
                hash.update(part);
            }
        }
        let digest = hex::encode(hash.finalize()).chars().take(32).collect::<String>();
        let page = String::from_utf8_lossy(&page).replace(PLACE, &format!("{BELOW}{digest}"));
        Self {
            page: File::new(PAGE, Cow::Owned(page.into_bytes())),
            assets: files.into_iter().map(|(path, bytes)| (path.clone(), File::new(&path, bytes))).collect(),
            digest,
        }
    }

    /// An asset of this digest.
    pub(crate) fn asset(&self, digest: &str, path: &str) -> Option<&File> {
        self.assets.get(path).filter(|_| digest == self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(script: &'static str) -> Files {
        let page = "<script type=\"module\" src=\"__ASSETS__/app/main.js\"></script>";
        let all = [("index.html", page), ("app/main.js", script), ("style/main.css", "body { margin: 0 }")];
        Files::of(all.map(|(path, text)| (path.to_owned(), Cow::Borrowed(text.as_bytes()))))
    }

    #[test]
    fn the_page_names_its_assets_by_a_digest_of_all_of_them() {
        let (one, other) = (files("a()"), files("b()"));
        assert_ne!(one.digest, other.digest);
        assert_eq!(one.digest, files("a()").digest);
        let page = String::from_utf8_lossy(&one.page.bytes).into_owned();
        assert_eq!(
            page,
            format!("<script type=\"module\" src=\"/console/assets/{}/app/main.js\"></script>", one.digest)
        );
    }

    #[test]
    fn an_asset_is_found_by_its_digest_and_path_alone() {
        let files = files("a()");
        assert!(files.asset(&files.digest, "app/main.js").is_some());
        for (digest, path) in
            [("0", "app/main.js"), (&files.digest, "index.html"), (&files.digest, "app/../index.html")]
        {
            assert!(files.asset(digest, path).is_none(), "{digest} {path}");
        }
    }

    #[test]
    fn each_kind_of_file_says_what_it_is() {
        let kind = |path| File::new(path, Cow::Borrowed(b"")).media_type;
        assert_eq!(kind("a.js"), "text/javascript; charset=utf-8");
        assert_eq!(kind("a.css"), "text/css; charset=utf-8");
        assert_eq!(kind("a.html"), "text/html; charset=utf-8");
        assert_eq!(kind("a.svg"), "image/svg+xml");
        assert_eq!(kind("a.woff2"), "font/woff2");
        assert_eq!(kind("a"), "application/octet-stream");
    }

    #[test]
    fn what_does_not_become_less_is_not_compressed() {
        assert_eq!(File::new("a.js", Cow::Borrowed(b"a")).compressed(), None);
        let long = File::new("a.js", Cow::Owned(vec![b'a'; 1_000]));
        assert!(long.compressed().is_some_and(|less| less.len() < 100));
    }

    #[test]
    fn what_is_built_in_has_a_page_and_nothing_that_is_no_asset() {
        let files = Files::embedded();
        assert!(!files.page.bytes.is_empty());
        let path = |name: &str| std::path::Path::new(name).extension().is_some_and(|it| it == "md");
        assert!(files.assets.keys().all(|name| !path(name) && !name.starts_with("package") && name != "jsconfig.json"));
        assert!(!String::from_utf8_lossy(&files.page.bytes).contains(PLACE));
    }
}
