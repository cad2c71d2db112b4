//! Alarms and dashboard speak of things that exist, and nothing is set aside unseen.

use std::collections::BTreeSet;

use serde_json::Value;

use super::reading::{Template, names_in, written};

fn document(name: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join("docs").join(name)).unwrap()
}

#[test]
fn what_is_set_aside_anywhere_is_seen() {
    let template = Template::read();
    let fed: BTreeSet<&str> = template
        .of_type("AWS::SQS::Queue")
        .map(|(name, _)| name)
        .filter(|name| !["CommandQueue", "NoticeQueue", "TickQueue", "InboxQueue", "PartnerQueue"].contains(name))
        .collect();
    for queue in &fed {
        let alarm = template.properties(&format!("{queue}Alarm"));
        assert_eq!(alarm["MetricName"].as_str(), Some("ApproximateNumberOfMessagesVisible"));
        assert_eq!(written(&alarm["Dimensions"][0]["Value"]), format!("${{{queue}.QueueName}}"));
        assert_eq!(
            (alarm["Threshold"].as_u64(), alarm["ComparisonOperator"].as_str()),
            (Some(0), Some("GreaterThanThreshold"))
        );
        let retention = template.number(&template.properties(queue)["MessageRetentionPeriod"]);
        assert_eq!(retention, 14 * 24 * 60 * 60, "{queue} is kept as long as SQS can");
    }
    assert!(fed.len() >= 7, "{fed:?}");
}

#[test]
fn every_alarm_tells_the_topic_if_there_is_one_and_is_explained() {
    let template = Template::read();
    let explained = document("operate.md");
    for (name, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        assert_eq!(written(&alarm["AlarmActions"]), "if HasAlarmTopic, ${AlarmTopicArn}, ${AWS::NoValue}", "{name}");
        // Of what is told at each look nothing must not be silence.
        let silence = if name == "WatchSilent" { "breaching" } else { "notBreaching" };
        assert_eq!(alarm["TreatMissingData"].as_str(), Some(silence), "{name}");
        let heading = if name.ends_with("Failing") && name != "ApiFailing" { "…Failing" } else { name };
        assert!(explained.contains(&format!("`{heading}`")), "docs/operate.md does not tell what to do about {name}");
    }
}

/// An alarm on a metric that nobody tells never goes off.
#[test]
fn every_alarm_on_our_metrics_names_one_that_is_told_with_its_dimensions() {
    let described = document("metrics.md");
    let template = Template::read();
    let mut seen = BTreeSet::new();
    for (name, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        let of_expression = alarm["Metrics"].as_sequence().into_iter().flatten().map(|it| &it["MetricStat"]["Metric"]);
        for metric in of_expression.chain([alarm]).filter(|it| it["Namespace"].as_str() == Some("AgentTransfer")) {
            let metric_name = metric["MetricName"].as_str().unwrap();
            let row = described.lines().find(|line| line.starts_with(&format!("| `{metric_name}`")));
            let row = row.unwrap_or_else(|| panic!("{name} looks at {metric_name}, which is not described"));
            for dimension in metric["Dimensions"].as_sequence().unwrap() {
                let dimension = dimension["Name"].as_str().unwrap();
                assert!(dimension == "stage" || row.contains(&format!("`{dimension}`")), "{name}: {dimension}");
            }
            seen.insert(metric_name);
        }
    }
    let wanted = [
        "CredentialsRefused",
        "IntegrationStates",
        "MessagesGivenUp",
        "Overdue",
        "StaleVoiceSessions",
        "TransfersEnded",
        "UnrelayableRecords",
        "WebhookOutcomes",
    ];
    assert!(wanted.iter().all(|metric| seen.contains(metric)), "{seen:?}");
}

/// A deployment is taken back by this one alarm: `docs/decisions/gradual-deployment.md`.
#[test]
fn what_a_bad_version_shows_takes_its_deployment_back() {
    let template = Template::read();
    let (name, alarm) = template.of_type("AWS::CloudWatch::CompositeAlarm").next().unwrap();
    assert!(document("operate.md").contains(&format!("`{name}`")));
    assert!(alarm["AlarmActions"].is_null(), "each of its alarms tells by itself");
    let rule = written(&alarm["AlarmRule"]);
    let mut wanted: BTreeSet<String> =
        template.functions().iter().map(|function| format!("{}Failing", function.name)).collect();
    wanted.extend(["ApiFailing", "RecordsParked", "RelayBehind"].map(str::to_owned));
    assert_eq!(names_in(&rule), wanted.iter().map(String::as_str).collect());
    assert_eq!(rule.matches("ALARM(").count(), wanted.len());
    assert_eq!(rule.matches(" OR").count(), wanted.len() - 1);
}

/// What CloudWatch bills by the month, as the guide to costs says.
#[test]
fn the_guide_to_costs_counts_the_alarms_as_they_are_billed() {
    let template = Template::read();
    let (mut alarms, mut metrics, mut with_a_runtime) = (0, 0, 0);
    for (name, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        let of_expression = alarm["Metrics"].as_sequence().into_iter().flatten();
        let looked_at = of_expression.filter(|it| !it["MetricStat"].is_null()).count().max(1);
        if template.section("Resources")[name]["Condition"].is_null() {
            alarms += 1;
            metrics += looked_at;
        } else {
            with_a_runtime += looked_at;
        }
    }
    let told = format!("{alarms} alarms look at {metrics} metrics, and at {with_a_runtime} more with an agent runtime");
    assert!(document("cost.md").contains(&told), "docs/cost.md does not say: {told}");
}

#[test]
fn the_dashboard_is_json_and_names_only_what_the_template_has() {
    let template = Template::read();
    let (_, dashboard) = template.of_type("AWS::CloudWatch::Dashboard").next().unwrap();
    let body = written(&dashboard["DashboardBody"]);
    let read: Value = serde_json::from_str(&body).unwrap();
    assert!(read["widgets"].as_array().unwrap().len() > 10);
    let resources = template.section("Resources").as_mapping().unwrap();
    for name in names_in(&body).into_iter().filter(|name| !name.starts_with('!') && !name.starts_with("AWS::")) {
        let resource = name.split('.').next().unwrap();
        assert!(name == "Stage" || resources.contains_key(resource), "the dashboard names {name}");
    }
    let alarms = template.of_type("AWS::CloudWatch::Alarm").map(|(name, _)| name);
    let optional = |name: &&str| !template.section("Resources")[*name]["Condition"].is_null();
    for alarm in alarms.filter(|name| !optional(name)) {
        assert!(body.contains(&format!("\"${{{alarm}.Arn}}\"")), "the dashboard does not show {alarm}");
    }
    for function in template.functions() {
        assert!(body.contains(&format!("\"${{{}}}\"", function.name)), "the dashboard does not show {}", function.name);
        assert!(body.contains(&format!("'${{{}Logs}}'", function.name)), "nor its logs");
    }
}
