//! What a request asks of AWS, in the words of IAM.

use serde_json::Value;

/// One action on one resource. A request that writes several rows asks for the action of each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call {
    /// The action, such as `dynamodb:GetItem`.
    pub action: String,
    /// What it acts on.
    pub on: Resource,
}

/// What an action acts on, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Resource {
    Table(String),
    Index(String, String),
    Queue(String),
    Bus(String),
    Secret(String),
}

/// What a request asks for; nothing if it is none of AWS. `target` is its `X-Amz-Target`.
pub(super) fn of_request(target: Option<&str>, body: &[u8]) -> Vec<Call> {
    let Some((service, operation)) = target.and_then(|target| target.rsplit_once('.')) else { return Vec::new() };
    let body: Value = serde_json::from_slice(body).expect("a request in JSON");
    match service {
        "DynamoDB_20120810" => of_dynamodb(operation, &body),
        "AmazonSQS" => vec![of_sqs(operation, &body)],
        "AWSEvents" => of_events(operation, &body),
        "secretsmanager" => {
            let name = body.get("SecretId").or_else(|| body.get("Name"));
            vec![call("secretsmanager", operation, Resource::Secret(text(name)))]
        }
        other => panic!("no policy is known for {other}"),
    }
}

/// A transaction has no action of its own: it needs those of its parts. A batch does have one.
fn of_dynamodb(operation: &str, body: &Value) -> Vec<Call> {
    match operation {
        "TransactWriteItems" => {
            let parts = body["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            let parts = parts.map(|(kind, part)| {
                let action = match kind.as_str() {
                    "Put" => "PutItem",
                    "Update" => "UpdateItem",
                    "Delete" => "DeleteItem",
                    "ConditionCheck" => "ConditionCheckItem",
                    other => panic!("no action is known for {other} in a transaction"),
                };
                call("dynamodb", action, Resource::Table(text(part.get("TableName"))))
            });
            parts.collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| call("dynamodb", operation, Resource::Table(table.clone()))).collect()
        }
        _ => {
            let table = text(body.get("TableName"));
            let on = match body.get("IndexName") {
                Some(index) => Resource::Index(table, text(Some(index))),
                None => Resource::Table(table),
            };
            vec![call("dynamodb", operation, on)]
        }
    }
}

/// Batches of SQS need the action of their entries.
fn of_sqs(operation: &str, body: &Value) -> Call {
    let url = text(body.get("QueueUrl"));
    let name = url.rsplit('/').next().unwrap_or_default().to_owned();
    call("sqs", operation.trim_end_matches("Batch"), Resource::Queue(name))
}

fn of_events(operation: &str, body: &Value) -> Vec<Call> {
    let entries = body["Entries"].as_array().into_iter().flatten();
    entries.map(|entry| call("events", operation, Resource::Bus(text(entry.get("EventBusName"))))).collect()
}

fn call(service: &str, operation: &str, on: Resource) -> Call {
    Call { action: format!("{service}:{operation}"), on }
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).expect("a name").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(target: &str, body: &str) -> Vec<(String, Resource)> {
        of_request(Some(target), body.as_bytes()).into_iter().map(|call| (call.action, call.on)).collect()
    }

    fn table() -> Resource {
        Resource::Table("t".to_owned())
    }

    #[test]
    fn a_transaction_needs_the_actions_of_its_parts_and_a_batch_its_own() {
        let transaction = r#"{ "TransactItems": [
            { "Put": { "TableName": "t" } }, { "Delete": { "TableName": "t" } },
            { "ConditionCheck": { "TableName": "t" } }, { "Update": { "TableName": "t" } } ] }"#;
        let parts = ["PutItem", "DeleteItem", "ConditionCheckItem", "UpdateItem"];
        let wanted: Vec<_> = parts.map(|it| (format!("dynamodb:{it}"), table())).into();
        assert_eq!(actions("DynamoDB_20120810.TransactWriteItems", transaction), wanted);
        let batch = r#"{ "RequestItems": { "t": [] } }"#;
        let wanted = [("dynamodb:BatchWriteItem".to_owned(), table())];
        assert_eq!(actions("DynamoDB_20120810.BatchWriteItem", batch), wanted);
    }

    #[test]
    fn an_index_is_a_resource_of_its_own() {
        let query = r#"{ "TableName": "t", "IndexName": "i" }"#;
        let index = Resource::Index("t".to_owned(), "i".to_owned());
        assert_eq!(actions("DynamoDB_20120810.Query", query), [("dynamodb:Query".to_owned(), index)]);
    }

    #[test]
    fn a_batch_of_messages_needs_the_action_of_one() {
        let send = r#"{ "QueueUrl": "http://127.0.0.1/000000000000/q.fifo", "Entries": [] }"#;
        let queue = Resource::Queue("q.fifo".to_owned());
        assert_eq!(actions("AmazonSQS.SendMessageBatch", send), [("sqs:SendMessage".to_owned(), queue)]);
    }

    #[test]
    fn what_is_no_call_of_aws_asks_for_nothing() {
        assert_eq!(of_request(None, b"no JSON"), []);
    }
}
