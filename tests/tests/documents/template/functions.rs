//! Every function: its binary, its time, its logs, and who else is told when it fails.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::reading::{Template, list, written};

/// The gateway waits no longer.
const GATEWAY_SECONDS: u64 = 30;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The binaries of the workspace's functions, with their folders.
fn binaries() -> BTreeSet<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut binaries = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap().strip_prefix(root().canonicalize().unwrap()).unwrap().to_owned();
        if !folder.starts_with("functions") {
            continue;
        }
        for target in package["targets"].as_array().unwrap() {
            if target["kind"][0] == "bin" {
                binaries.insert((target["name"].as_str().unwrap().to_owned(), folder.display().to_string()));
            }
        }
    }
    binaries
}

#[test]
fn every_binary_of_a_function_is_deployed_from_its_folder() {
    let template = Template::read();
    let functions = template.functions();
    let deployed: BTreeSet<_> = functions
        .iter()
        .map(|function| (function.binary.to_owned(), function.properties["CodeUri"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(deployed, binaries());
    for function in &functions {
        let words = function.binary.split('-').map(|word| word[..1].to_uppercase() + &word[1..]);
        assert_eq!(function.name, words.collect::<String>(), "the resource has the binary's name");
        let resource = &template.section("Resources")[function.name];
        assert_eq!(resource["Metadata"]["BuildMethod"].as_str(), Some("rust-cargolambda"), "{}", function.name);
        assert_eq!(function.property(&template, "Runtime").as_str(), Some("provided.al2023"), "{}", function.name);
        assert_eq!(list(function.property(&template, "Architectures")), ["${Architecture}"], "{}", function.name);
        assert_eq!(written(function.property(&template, "Tracing")), "${Tracing}", "{}", function.name);
    }
    let architecture = &template.section("Parameters")["Architecture"];
    assert_eq!(architecture["Default"].as_str(), Some("arm64"));
    assert_eq!(template.section("Parameters")["Tracing"]["Default"].as_str(), Some("Active"));
}

#[test]
fn every_function_keeps_its_logs_for_as_long_as_the_deployment_says() {
    let template = Template::read();
    for function in template.functions() {
        let group = format!("{}Logs", function.name);
        assert_eq!(written(&function.properties["LoggingConfig"]["LogGroup"]), format!("${{{group}}}"));
        assert_eq!(written(&template.properties(&group)["RetentionInDays"]), "${LogRetentionDays}");
    }
    for (name, group) in template.of_type("AWS::Logs::LogGroup") {
        assert_eq!(written(&group["RetentionInDays"]), "${LogRetentionDays}", "{name} would be kept for ever");
    }
}

#[test]
fn no_function_outlives_whoever_waits_for_it() {
    let template = Template::read();
    for function in template.functions() {
        let timeout = template.number(function.property(&template, "Timeout"));
        if !function.sources_of("HttpApi").is_empty() {
            assert!(timeout < GATEWAY_SECONDS, "{} may take {timeout} s", function.name);
        }
        for source in function.sources_of("SQS") {
            let queue = written(&source.properties["Queue"]);
            let queue = template.properties(queue.trim_start_matches("${").trim_end_matches(".Arn}"));
            let hidden = template.number(&queue["VisibilityTimeout"]);
            assert!(hidden >= 6 * timeout, "{}: a message comes again after {hidden} s", function.name);
        }
    }
    let deliver = template.functions().into_iter().find(|function| function.binary == "deliver").unwrap();
    let timeout = template.number(deliver.property(&template, "Timeout"));
    let exchange = transfer_providers::ProviderClient::DEFAULT_TIMEOUT.as_secs();
    assert!(timeout > 4 * exchange, "a token, a look-up, a call and its repetition take {} s", 4 * exchange);
}

#[test]
fn a_function_that_fails_is_seen() {
    let template = Template::read();
    for function in template.functions() {
        let alarm = template.properties(&format!("{}Failing", function.name));
        let watched: BTreeSet<(String, String)> = alarm["Metrics"]
            .as_sequence()
            .unwrap()
            .iter()
            .filter(|metric| !metric["MetricStat"].is_null())
            .map(|metric| &metric["MetricStat"]["Metric"])
            .map(|metric| (written(&metric["MetricName"]), written(&metric["Dimensions"][0]["Value"])))
            .collect();
        let own = format!("${{{}}}", function.name);
        assert_eq!(watched, BTreeSet::from(["Errors", "Throttles"].map(|it| (it.to_owned(), own.clone()))));
        assert!(alarm["AlarmDescription"].as_str().unwrap().starts_with(&format!("{} ", function.binary)));
    }
}

/// A function that is invoked asynchronously is tried three times, then its event is gone: none is.
#[test]
fn every_function_is_invoked_by_something_that_repeats_and_sets_aside() {
    let template = Template::read();
    for function in template.functions() {
        let sources = function.sources();
        assert!(!sources.is_empty(), "nothing invokes {}", function.name);
        for source in sources {
            match source.kind {
                // The caller repeats.
                "HttpApi" => {}
                "SQS" => {
                    assert_eq!(list(&source.properties["FunctionResponseTypes"]), ["ReportBatchItemFailures"]);
                    let queue = written(&source.properties["Queue"]);
                    let queue = template.properties(queue.trim_start_matches("${").trim_end_matches(".Arn}"));
                    let dead = written(&queue["RedrivePolicy"]["deadLetterTargetArn"]);
                    assert!(dead.contains("Dead"), "{}: {dead}", function.name);
                    let known = template.environment(&function)["MAX_RECEIVES"].parse();
                    assert_eq!(known, Ok(template.number(&queue["RedrivePolicy"]["maxReceiveCount"])));
                }
                "DynamoDB" => {
                    assert_eq!(list(&source.properties["FunctionResponseTypes"]), ["ReportBatchItemFailures"]);
                    assert!(!source.properties["DestinationConfig"]["OnFailure"]["Destination"].is_null());
                }
                "Schedule" => {
                    // The next one finds what this one left, so a late repetition is of no use.
                    assert_eq!(source.properties["Schedule"].as_str(), Some("rate(1 minute)"));
                    for repeated in [&source.properties["RetryPolicy"], &function.properties["EventInvokeConfig"]] {
                        assert_eq!(repeated["MaximumRetryAttempts"].as_u64(), Some(0), "{}", function.name);
                    }
                    let timeout = template.number(function.property(&template, "Timeout"));
                    assert!(timeout < 60, "{} may take {timeout} s", function.name);
                }
                other => panic!("{} is invoked by {other}, of which no test knows what it repeats", function.name),
            }
        }
    }
}
