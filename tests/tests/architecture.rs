//! Which crate may know which, held by what cargo says.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers beside the tests fail a test by panicking, too"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
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
    fn sources(folder: &std::path::Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }
    let waits: Vec<_> = sources(&root().join("shared/providers/src"))
        .into_iter()
        .filter(|path| std::fs::read_to_string(path).unwrap().contains("sleep("))
        .map(|path| path.strip_prefix(root()).unwrap().to_owned())
        .collect();
    assert_eq!(waits, [PathBuf::from("shared/providers/src/caller/mod.rs")], "time passes by the caller alone");
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
    assert_eq!(folder("shared"), 5, "a new shared crate needs its place here");
    assert_eq!(known_by("transfer-domain"), BTreeSet::new());
    for package in ["transfer-store", "transfer-providers", "transfer-http"] {
        assert_eq!(known_by(package), BTreeSet::from(["transfer-domain"]), "{package}");
    }
    let inner = BTreeSet::from(["transfer-domain", "transfer-providers", "transfer-store"]);
    assert_eq!(known_by("transfer-aws"), inner);
    for function in function_folders() {
        for known in known_by(&function) {
            assert!(known.starts_with("transfer-"), "{function} knows {known}");
        }
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
