//! What `sam local` needs to run the functions in containers, on this stack's table, queues and bus.

use std::net::{IpAddr, SocketAddr};

use serde_json::json;
use url::Url;

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

/// The address as containers know it.
fn from_containers(url: &str, listen: IpAddr) -> String {
    let port = Url::parse(url).ok().and_then(|url| url.port());
    match port {
        Some(port) if listen.is_unspecified() => format!("http://{HOST}:{port}"),
        Some(port) => format!("http://{}", SocketAddr::new(listen, port)),
        None => url.to_owned(),
    }
}
