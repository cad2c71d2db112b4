//! What a person sees when the stack has started.

use std::net::IpAddr;

use secrecy::ExposeSecret as _;

use super::output::line;
use super::{Arguments, PORT};
use crate::docs;
use crate::listen;
use crate::setup::DEMO_PROJECT;
use crate::stack::{AWS, Stack};

/// Prints where everything is and how to make a first transfer.
pub(super) fn show(stack: &Stack, arguments: &Arguments) {
    let base = stack.base_url();
    let kept = match &arguments.data {
        _ if !stack.sweeps() => "not in this process".to_owned(),
        Some(path) => format!("kept in {}", path.display()),
        None => "in memory, gone at the end".to_owned(),
    };
    line("Agent Transfer is running.\n");
    if stack.connected().is_empty() {
        line(format_args!("  Begin here           {base}/?view=settings   in a browser: connect a contact centre"));
    } else {
        line(format_args!(
            "  Begin here           {base}/?project={DEMO_PROJECT}&view=try   in a browser: play a transfer"
        ));
    }
    line("  Stop                 Ctrl-C\n");
    if !arguments.listen.is_loopback() {
        line(format_args!(
            "  WARNING              it listens on {}: whoever reaches it there can do everything, without a token\n",
            arguments.listen
        ));
    }
    line(format_args!("  Console              {base}/   what operators use"));
    line(format_args!("  API                  {base}   (local: no token needed, an unsigned JWT is believed)"));
    line(format_args!("  API description      {base}{}   as a page: {base}{}/", docs::DOCUMENT, docs::PAGE));
    let table = &stack.service().config.table;
    line(format_args!("  DynamoDB             {}   table {table}, {kept}", stack.dynamodb_endpoint()));
    let moved = moved_from(stack, arguments).map(|port| format!("   (port {port} is taken)")).unwrap_or_default();
    line(format_args!(
        "  EventBridge, SQS,\n  Secrets Manager      {}   bus {}{moved}",
        stack.aws_endpoint(),
        bus(stack)
    ));
    line("  Simulated");
    for centre in stack.centres() {
        let name = format!("  {}", centre.provider());
        line(format_args!("  {name:<20} {0}   state {0}/_control/state", centre.desk().base_url()));
    }
    show_environment(stack, arguments.listen);
    if stack.connected().is_empty() {
        line("\nThere is no project yet: the console connects the simulated contact centres by one press each.");
        return;
    }
    if arguments.show_secrets {
        show_project(stack);
    } else {
        let providers: Vec<_> = stack.connected().iter().map(|connected| connected.provider.as_str()).collect();
        line(format_args!(
            "\nProject `{DEMO_PROJECT}` is connected to {}; --show-secrets tells by which webhooks.",
            providers.join(", ")
        ));
    }
    show_first_transfer(base);
}

/// The port of the AWS endpoints that was not free.
fn moved_from(stack: &Stack, arguments: &Arguments) -> Option<u16> {
    let port = arguments.port.unwrap_or(PORT);
    let wanted = port.checked_add(AWS).filter(|_| port != 0 && arguments.aws_port.is_none())?;
    (!stack.aws_endpoint().ends_with(&format!(":{wanted}"))).then_some(wanted)
}

/// What boto3 and the AWS SDKs need to talk to this stack.
fn show_environment(stack: &Stack, listens: IpAddr) {
    line("\nFor boto3, the AWS CLI and the AWS SDKs (nothing of it is secret):\n");
    line(format_args!(
        "  export AWS_ENDPOINT_URL={} AWS_ENDPOINT_URL_DYNAMODB={}",
        stack.aws_endpoint(),
        stack.dynamodb_endpoint()
    ));
    line("  export AWS_REGION=local AWS_DEFAULT_REGION=local AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local");
    let port = stack.base_url().rsplit(':').next().unwrap_or_default();
    let reached = listen::reached(listens);
    let at = if reached.is_loopback() { String::new() } else { format!(" --listen {reached}") };
    line(format_args!("\nEvents as they come: cargo run -- events --follow --port {port}{at}"));
}

fn bus(stack: &Stack) -> &str {
    &stack.service().config.event_bus
}

fn show_project(stack: &Stack) {
    line(format_args!("\nProject `{DEMO_PROJECT}` (secrets of this machine only)"));
    for connected in stack.connected() {
        line(format_args!("  {}", connected.provider));
        line(format_args!("    webhook        {}", connected.webhook_url.expose_secret()));
        line(format_args!("    signing secret {}", connected.signing_secret.expose_secret()));
        line(format_args!("    relay          {}", connected.relay_url));
        line(format_args!("    relay secret   {}", connected.relay_secret.expose_secret()));
    }
}

fn show_first_transfer(base: &str) {
    line("\nA first transfer, to copy:\n");
    line(format_args!("  API={base}/v1/projects/{DEMO_PROJECT}"));
    line(
        r#"  JSON='content-type: application/json'
  curl -s $API/transfers -H "$JSON" -d '{"conversationSessionId":"conversation-'$RANDOM'","contactId":"contact-1","channel":"chat","agent":"support-bot","reason":"wants a human"}' | tee /tmp/transfer.json; echo
  ID=$(sed 's/.*"sessionId":"\([^"]*\)".*/\1/' /tmp/transfer.json)
  until curl -s "$API/transfers/$ID" | tee /tmp/transfer.json | grep -q '"status":"active"'; do sleep 1; done; cat /tmp/transfer.json; echo
  curl -s "$API/transfers/$ID/messages" -H "$JSON" -d '{"messageId":"m-1","text":"Where is my order?"}'; echo
  sleep 3; curl -s "$API/transfers/$ID/messages"; echo
  curl -s -X POST "$API/transfers/$ID/end"; echo
  curl -s "$API/transfers"; echo"#,
    );
    line("\nThe whole story by itself: cargo run -- demo");
}
