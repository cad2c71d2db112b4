//! What the deployment's template says of queues and of the rules that feed them.

use serde_yaml_ng::Value;

/// How a queue hands out its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueNumbers {
    /// How long a received message stays hidden, in seconds.
    pub visibility_timeout: u32,
    /// How often a message is handed out before it is set aside.
    pub max_receives: u32,
    /// The most messages that one invocation of its function gets.
    pub batch_size: u32,
}

/// Why a template does not tell a queue's numbers, or what a rule takes.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// It is no YAML.
    #[error("the template cannot be read")]
    Unreadable(#[from] serde_yaml_ng::Error),
    /// The queue or one of its numbers is missing.
    #[error("the template does not tell the {number} of the queue {queue}")]
    Missing {
        /// The queue's name in the template.
        queue: String,
        /// What is missing.
        number: &'static str,
    },
    /// The rule or its pattern is missing.
    #[error("the template does not tell what the rule {0} takes")]
    NoPattern(String),
}

/// The event pattern of a template's rule.
pub fn rule_pattern(yaml: &str, rule: &str) -> Result<serde_json::Value, QueueError> {
    let template: Value = serde_yaml_ng::from_str(yaml)?;
    let rule_of = template.get("Resources").and_then(|it| it.get(rule)).and_then(|it| it.get("Properties"));
    let pattern = rule_of.and_then(|it| it.get("EventPattern"));
    pattern.and_then(|pattern| serde_json::to_value(pattern).ok()).ok_or_else(|| QueueError::NoPattern(rule.to_owned()))
}

impl QueueNumbers {
    /// The numbers of a template's queue. A parameter counts as its default.
    pub fn from_template(yaml: &str, queue: &str) -> Result<Self, QueueError> {
        let template: Value = serde_yaml_ng::from_str(yaml)?;
        let properties = template.get("Resources").and_then(|it| it.get(queue)).and_then(|it| it.get("Properties"));
        let read = |number: &'static str, value: Option<&Value>| {
            value
                .and_then(|value| resolved(&template, value))
                .ok_or_else(|| QueueError::Missing { queue: queue.to_owned(), number })
        };
        let redrive = properties.and_then(|it| it.get("RedrivePolicy"));
        Ok(Self {
            visibility_timeout: read("VisibilityTimeout", properties.and_then(|it| it.get("VisibilityTimeout")))?,
            max_receives: read("maxReceiveCount", redrive.and_then(|it| it.get("maxReceiveCount")))?,
            batch_size: read("BatchSize", mapping(&template, queue).and_then(|it| it.get("BatchSize")))?,
        })
    }
}

/// The properties of the event source mapping that takes from a queue.
fn mapping<'a>(template: &'a Value, queue: &str) -> Option<&'a Value> {
    let arn = format!("{queue}.Arn");
    let takes = |properties: &&Value| match properties.get("Queue") {
        Some(Value::Tagged(tagged)) => tagged.tag == "GetAtt" && tagged.value.as_str() == Some(&arn),
        _ => false,
    };
    let resources = template.get("Resources")?.as_mapping()?.values();
    let events = resources.filter_map(|resource| resource.get("Properties")?.get("Events")?.as_mapping());
    events.flat_map(serde_yaml_ng::Mapping::values).filter_map(|event| event.get("Properties")).find(takes)
}

fn resolved(template: &Value, value: &Value) -> Option<u32> {
    if let Value::Tagged(tagged) = value
        && tagged.tag == "Ref"
    {
        let parameter = template.get("Parameters")?.get(tagged.value.as_str()?)?;
        return u32::try_from(parameter.get("Default")?.as_u64()?).ok();
    }
    u32::try_from(value.as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "
Parameters:
  Receives: { Type: Number, Default: 7 }
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: { maxReceiveCount: !Ref Receives, deadLetterTargetArn: !GetAtt Dead.Arn }
  Dead:
    Type: AWS::SQS::Queue
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Route: { Type: HttpApi, Properties: { Method: GET, Path: / } }
        Messages: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn, BatchSize: 3 } }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        source: [app]
        detail-type: [{ prefix: order. }]
";

    #[test]
    fn a_parameter_counts_as_its_default() {
        let numbers = QueueNumbers::from_template(TEMPLATE, "Queue").unwrap();
        assert_eq!(numbers, QueueNumbers { visibility_timeout: 60, max_receives: 7, batch_size: 3 });
    }

    #[test]
    fn a_queue_without_its_numbers_is_refused() {
        for queue in ["Dead", "Other"] {
            let error = QueueNumbers::from_template(TEMPLATE, queue).unwrap_err();
            assert!(matches!(error, QueueError::Missing { number: "VisibilityTimeout", .. }), "{error}");
        }
    }

    #[test]
    fn a_rule_takes_what_its_pattern_says() {
        let pattern = rule_pattern(TEMPLATE, "Rule").unwrap();
        let wanted = serde_json::json!({ "source": ["app"], "detail-type": [{ "prefix": "order." }] });
        assert_eq!(pattern, wanted);
        assert!(matches!(rule_pattern(TEMPLATE, "Queue"), Err(QueueError::NoPattern(_))));
    }
}
