//! What `sam local` needs to run the functions in containers, on this stack's table, queues and bus.

use std::net::{IpAddr, SocketAddr};

use serde_json::json;
use url::Url;

use crate::listen;
use crate::setup::DEMO_PROJECT;
use crate::stack::Stack;

/// By which containers reach the machine that they run on, as container engines name it.
const HOST: &str = "host.docker.internal";

/// The file for `--env-vars`: it sets what the template declares.
pub(super) fn environment(stack: &Stack, listen: IpAddr) -> String {
    let config = &stack.service().config;
    let reached = |url: &str| from_containers(url, listen);
    let variables = json!({
        "AWS_ENDPOINT_URL": reached(stack.aws_endpoint()),
        "AWS_ENDPOINT_URL_DYNAMODB": reached(stack.dynamodb_endpoint()),
        "TABLE_NAME": config.table,
        "EVENT_BUS_NAME": config.event_bus,
        "COMMAND_QUEUE_URL": config.command_queue_url,
        "NOTICE_QUEUE_URL": config.notice_queue_url,
        "TICK_QUEUE_URL": config.tick_queue_url,
        "PARKED_RECORDS_QUEUE_URL": config.parked_records_queue_url,
        "SECRETS_PREFIX": config.secrets_prefix,
        "PUBLIC_BASE_URL": config.public_base_url,
        "PROVIDER_HOSTS": "simulated",
        "STAGE": config.stage,
        "LOCAL_CALLER_PROJECTS": DEMO_PROJECT,
    });
    format!("{:#}\n", json!({ "Parameters": variables }))
}

/// The address as containers know it, if it is one of this machine's own.
fn from_containers(url: &str, listen: IpAddr) -> String {
    let parsed = Url::parse(url).ok();
    let host = parsed.as_ref().and_then(|url| url.host_str()).and_then(|host| host.parse::<IpAddr>().ok());
    let port = parsed.as_ref().and_then(Url::port_or_known_default);
    match (host, port) {
        (Some(host), Some(port)) if host == listen::reached(listen) || host.is_loopback() => {
            if listen.is_unspecified() {
                format!("http://{HOST}:{port}")
            } else {
                format!("http://{}", SocketAddr::new(listen, port))
            }
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_this_machine_is_named_as_containers_reach_it() {
        let seen = |url: &str, listen: &str| from_containers(url, listen.parse().unwrap());
        assert_eq!(seen("http://127.0.0.1:3002", "0.0.0.0"), "http://host.docker.internal:3002");
        assert_eq!(seen("http://172.17.0.1:3002", "172.17.0.1"), "http://172.17.0.1:3002");
        assert_eq!(seen("http://127.0.0.1:8000", "172.17.0.1"), "http://172.17.0.1:8000");
        for elsewhere in ["http://db.example.com:8000", "https://dynamodb.eu-west-1.amazonaws.com"] {
            assert_eq!(seen(elsewhere, "172.17.0.1"), elsewhere);
        }
    }
}
