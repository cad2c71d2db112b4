//! Which crate may know which, held by what cargo says; and that comments and documents point to what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--offline", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The names of everything that a package is built of, without what only its tests and build scripts need.
fn built_of(package: &str) -> BTreeSet<String> {
    let tree = cargo(&["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let names: BTreeSet<String> =
        tree.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(names.contains(package));
    names
}

/// The packages of the workspace, each with the ones that it names as normal dependencies.
fn workspace() -> BTreeMap<String, BTreeSet<String>> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    packages
        .iter()
        .map(|package| {
            let normal = package["dependencies"].as_array().unwrap().iter().filter(|it| it["kind"].is_null());
            (name(package), normal.map(name).collect())
        })
        .collect()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension == wanted)
}

/// The Rust sources of the workspace, each as one line without the marks of its comments, so that a comment that is
/// wrapped reads as it is meant.
fn sources() -> Vec<(PathBuf, String)> {
    let all = ["functions", "local", "shared", "tests"].into_iter().flat_map(|folder| files(&root().join(folder)));
    let in_one_line = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().map(|line| line.trim().trim_start_matches(['/', '!']).trim()).collect();
        (path.strip_prefix(root()).unwrap().to_owned(), lines.join(" "))
    };
    all.filter(|path| has_extension(path, "rs")).map(in_one_line).collect()
}

/// The documents that a text points to, each with the headings that are quoted right behind its name.
fn pointers(text: &str) -> Vec<(String, Vec<String>)> {
    let pointer = |rest: &str| {
        let is_of_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
        let end = rest.find(|c: char| !is_of_path(c)).unwrap_or(rest.len());
        let (path, behind) = rest.split_at(end);
        let document = path.trim_end_matches('.').strip_suffix(".md")?;
        Some((format!("docs/{document}.md"), quoted(behind)))
    };
    text.split("docs/").skip(1).filter_map(pointer).collect()
}

/// The headings of a pointer such as `docs/glossary.md`, "People and places" and "A transfer".
fn quoted(behind: &str) -> Vec<String> {
    let mut headings = Vec::new();
    let mut rest = behind.trim_start_matches('`');
    while let Some(begun) = rest.strip_prefix(", \"").or(rest.strip_prefix(" and \"")) {
        let Some((heading, more)) = begun.split_once('"') else { break };
        headings.push(heading.to_owned());
        rest = more;
    }
    headings
}

/// The headings of a document, with their numbers.
fn headings(document: &str) -> impl Iterator<Item = &str> {
    document.lines().filter_map(|line| Some(line.strip_prefix('#')?.trim_start_matches('#').trim()))
}

fn without_number(heading: &str) -> &str {
    let numbered = heading.split_once(". ").filter(|(number, _)| number.chars().all(|c| c.is_ascii_digit()));
    numbered.map_or(heading, |(_, name)| name)
}

/// What a link to a heading ends with.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn function_folders() -> BTreeSet<String> {
    let folders = std::fs::read_dir(root().join("functions")).unwrap().map(Result::unwrap);
    let folders = folders.filter(|folder| folder.path().join("Cargo.toml").exists());
    folders.map(|folder| folder.file_name().into_string().unwrap()).collect()
}

#[test]
fn the_domain_knows_no_runtime_network_or_cloud() {
    let forbidden = |name: &&String| {
        let families = ["tokio", "hyper", "http", "aws", "lambda", "reqwest", "rustls", "axum", "tower"];
        families.iter().any(|family| *name == family || name.starts_with(&format!("{family}-")))
            || name.starts_with("aws_")
            || name.starts_with("lambda_")
    };
    let domain = built_of("transfer-domain");
    assert_eq!(domain.iter().filter(forbidden).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn what_receives_from_providers_cannot_call_them() {
    for function in ["provider-webhook", "provider-event"] {
        let parts = built_of(function);
        assert!(parts.contains("transfer-providers"), "{function}");
        assert!(!parts.contains("reqwest"), "{function} links the providers' HTTP client");
    }
    assert!(built_of("deliver").contains("reqwest"), "the one that calls is recognised");
}

#[test]
fn no_adapter_waits_by_itself() {
    let waits: Vec<_> = files(&root().join("shared/providers/src"))
        .into_iter()
        .filter(|path| std::fs::read_to_string(path).unwrap().contains("sleep("))
        .map(|path| path.strip_prefix(root()).unwrap().to_owned())
        .collect();
    assert_eq!(waits, [PathBuf::from("shared/providers/src/client/mod.rs")], "time passes by the client alone");
}

#[test]
fn dependencies_point_inward() {
    let workspace = workspace();
    let folder = |folder: &str| {
        let entries = std::fs::read_dir(root().join(folder)).unwrap().map(Result::unwrap);
        entries.map(|entry| entry.path().join("Cargo.toml")).filter(|path| path.exists()).count()
    };
    let ours: BTreeSet<&String> = workspace.keys().collect();
    let known_by = |package: &str| -> BTreeSet<&str> {
        workspace[package].iter().filter(|name| ours.contains(name)).map(String::as_str).collect()
    };
    assert_eq!(folder("shared"), 6, "a new shared crate needs its place here");
    assert_eq!(known_by("transfer-domain"), BTreeSet::new());
    for package in ["transfer-store", "transfer-providers", "transfer-http"] {
        assert_eq!(known_by(package), BTreeSet::from(["transfer-domain"]), "{package}");
    }
    let inner = BTreeSet::from(["transfer-domain", "transfer-providers", "transfer-store"]);
    assert_eq!(known_by("transfer-app"), inner);
    let of_app = inner.into_iter().chain(["transfer-app"]).collect::<BTreeSet<_>>();
    assert_eq!(known_by("transfer-aws"), of_app);
    for function in function_folders() {
        for known in known_by(&function) {
            assert!(known.starts_with("transfer-"), "{function} knows {known}");
        }
    }
}

/// What a manifest names as dependencies of any kind, whatever features turn on.
fn named_by(folder: &str) -> Vec<String> {
    let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
    let mut names = Vec::new();
    let mut is_of_dependencies = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            is_of_dependencies = line.trim_matches(['[', ']']).ends_with("dependencies");
        } else if let Some((name, _)) = line.split_once('=').filter(|_| is_of_dependencies && !line.starts_with('#')) {
            names.push(name.trim().to_owned());
        }
    }
    assert!(names.iter().any(|name| name == "chrono"), "{folder}: its dependencies are recognised");
    names
}

#[test]
fn the_use_cases_know_no_edge_and_nothing_further_in_knows_them() {
    let app = named_by("shared/app");
    let of_an_edge = |name: &&String| {
        let families = ["http", "lambda", "aws", "axum", "hyper", "reqwest"];
        let family = name.split(['-', '_']).next().unwrap_or_default();
        families.contains(&family) || ["transfer-http", "transfer-aws"].contains(&name.as_str())
    };
    assert_eq!(app.iter().filter(of_an_edge).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(named_by("shared/aws").iter().any(|name| of_an_edge(&name)), "what is of an edge is recognised");
    for inner in ["shared/domain", "shared/store", "shared/providers", "shared/http"] {
        let named = named_by(inner);
        let knows: Vec<_> =
            named.iter().filter(|name| ["transfer-app", "transfer-aws"].contains(&name.as_str())).collect();
        assert!(knows.is_empty(), "{inner} knows {knows:?}");
    }
}

#[test]
fn only_tests_and_the_laptop_know_local_parts() {
    let local = ["agent-transfer", "aws-loopback", "embedded-dynamodb", "openapi", "simulators", "test-database"];
    for (package, known) in workspace() {
        let may = local.contains(&package.as_str()) || package == "transfer-tests";
        let knows: Vec<_> = known.iter().filter(|name| local.contains(&name.as_str())).collect();
        assert!(may || knows.is_empty(), "{package} knows {knows:?}");
    }
}

#[test]
fn functions_carry_nothing_of_the_description_of_the_api() {
    for function in function_folders() {
        assert!(!built_of(&function).contains("utoipa"), "{function}");
    }
    assert!(built_of("openapi").contains("utoipa"), "what describes it is recognised");
}

#[test]
fn comments_point_to_documents_and_headings_that_are_there() {
    let mut found = 0;
    for (source, text) in sources() {
        for (document, wanted) in pointers(&text) {
            let content = std::fs::read_to_string(root().join(&document)).unwrap_or_default();
            assert!(!content.is_empty(), "{} points to {document}, which is not there", source.display());
            let known: BTreeSet<&str> = headings(&content).map(without_number).collect();
            for heading in wanted {
                found += 1;
                assert!(known.contains(heading.as_str()), "{}: no \"{heading}\" in {document}", source.display());
            }
        }
    }
    assert!(found > 20, "pointers are recognised");
}

#[test]
fn comments_cite_nothing_that_is_elsewhere() {
    let itself = Path::new("tests/tests/documents/architecture.rs");
    let elsewhere = [
        "contracts README",
        "contract, section",
        "contract, introduction",
        "(contract, ",
        "(contract: ",
        "design, section",
        "design.md",
        "(README, section",
    ];
    for (source, text) in sources().into_iter().filter(|(source, _)| source != itself) {
        for citation in elsewhere {
            assert!(!text.contains(citation), "{} cites \"{citation}\"", source.display());
        }
    }
}

#[test]
fn every_decision_is_listed() {
    let architecture = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (_, listed) = architecture.split_once("## Decisions").unwrap();
    let pages = files(&root().join("docs/decisions"));
    let names = pages.iter().map(|page| page.file_name().unwrap().to_str().unwrap());
    let unlisted: Vec<&str> = names.filter(|name| !listed.contains(&format!("(decisions/{name})"))).collect();
    assert_eq!(unlisted, Vec::<&str>::new());
}

#[test]
fn links_of_documents_lead_to_files_and_headings_that_are_there() {
    let documents = files(&root().join("docs")).into_iter().filter(|path| has_extension(path, "md"));
    for document in documents.chain([root().join("README.md"), root().join("events/README.md")]) {
        let text = std::fs::read_to_string(&document).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
        for target in targets.filter(|target| !target.contains("://")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let linked = if file.is_empty() { document.clone() } else { document.parent().unwrap().join(file) };
            assert!(linked.exists(), "{}: {target}", document.display());
            if !heading.is_empty() && has_extension(&linked, "md") {
                let content = std::fs::read_to_string(&linked).unwrap();
                let is_there = headings(&content).any(|known| anchor(known) == heading);
                assert!(is_there, "{}: {target}", document.display());
            }
        }
    }
}
