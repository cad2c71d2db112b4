//! The command line: start the stack, play a transfer, or show the events of a running stack.

mod banner;
mod demo;
mod events;
mod mcp;
mod output;
mod player;
mod sam;
mod story;
mod words;

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use transfer_domain::Provider;

use crate::centres::SIMULATED;
use crate::listen;
use crate::options::{Elsewhere, StackOptions, Storage};
use crate::stack::Stack;

/// The API's port unless another is chosen.
const PORT: u16 = 3000;

/// Agent Transfer on this machine: hands conversations to (simulated) contact centres and follows them.
#[derive(Debug, Parser)]
#[command(name = "agent-transfer", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Port of the API; the other endpoints follow it where they can [default: 3000, `demo`: any free one]
    #[arg(long, global = true)]
    port: Option<u16>,
    /// Where everything listens: an address of this machine, or 0.0.0.0 for all; whoever reaches it can do everything
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), global = true)]
    listen: IpAddr,
    /// Write what `sam local --env-vars` needs to run the functions on this stack's table, queues and bus
    #[arg(long, value_name = "FILE")]
    sam_env: Option<PathBuf>,
    /// Port of EventBridge, SQS and Secrets Manager [default: two after the API's; any free one if that is taken]
    #[arg(long)]
    aws_port: Option<u16>,
    /// Keep everything in this file, which is whole when the stack has stopped; in memory without it
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Start without the project `demo`
    #[arg(long)]
    no_demo: bool,
    /// Show the webhook addresses and secrets of the project `demo`
    #[arg(long)]
    show_secrets: bool,
    /// Use this DynamoDB (AWS's DynamoDB Local, or AWS) instead of the embedded one
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_DYNAMODB", global = true)]
    dynamodb: Option<String>,
    /// What is logged: a level, or levels by target, as in `info,transfer_app=debug` [default: warnings]
    #[arg(long, value_name = "LEVELS", env = "RUST_LOG", global = true)]
    log_levels: Option<String>,
    /// Region of that DynamoDB
    #[arg(long, env = "AWS_REGION", global = true)]
    region: Option<String>,
    /// Table in that DynamoDB, made if there is none
    #[arg(long, env = "TABLE_NAME", default_value = "agent-transfer", global = true)]
    table: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play whole transfers and show every step: one that the representative ends and one that expires
    Demo {
        /// Only this provider
        #[arg(long, value_parser = available)]
        provider: Option<Provider>,
    },
    /// Show the last 1,000 events of the stack that runs at --port: a line of JSON each, or readable in a terminal
    Events(events::Choice),
    /// Serve the tools of the Model Context Protocol on standard input and output, over the stack that runs at --port
    Mcp(mcp::Choice),
}

/// Runs the program; a failure is one line on standard error and the exit code 1.
pub async fn run() -> ExitCode {
    let given = Arguments::command().get_matches();
    let arguments = Arguments::from_arg_matches(&given).unwrap_or_else(|error| error.exit());
    start_logs(arguments.log_levels.as_deref());
    if let Err(error) = arguments.refuse_what_is_ignored(&given) {
        output::error(&error);
        return ExitCode::FAILURE;
    }
    let done = match &arguments.command {
        None => serve(&arguments).await,
        Some(Command::Demo { provider }) => demo::play(&arguments, *provider).await,
        Some(Command::Events(choice)) => events::print(choice, &arguments.local_api()).await,
        Some(Command::Mcp(choice)) => mcp::serve(choice, &arguments.local_api()).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&one_line(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let options = StackOptions {
        port: arguments.port.unwrap_or(PORT),
        aws_port: arguments.aws_port,
        listen: arguments.listen,
        storage: arguments.storage(),
        demo: !arguments.no_demo,
        ..StackOptions::interactive()
    };
    let stack = Stack::start(options).await?;
    if let Some(path) = &arguments.sam_env {
        std::fs::write(path, sam::environment(&stack, arguments.listen))
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    banner::show(&stack, arguments);
    terminated().await?;
    output::line("\nStopping.");
    Ok(stack.shutdown().await?)
}

impl Arguments {
    /// The commands take what stands behind them in the help; the rest is for the stack alone.
    fn refuse_what_is_ignored(&self, given: &ArgMatches) -> Result<(), String> {
        let of_the_stack = [
            ("--aws-port", self.aws_port.is_some()),
            // The demonstration moves its clock, which nothing that is kept should ever see.
            ("--data", self.data.is_some()),
            ("--no-demo", self.no_demo),
            ("--show-secrets", self.show_secrets),
            ("--sam-env", self.sam_env.is_some()),
        ];
        match of_the_stack.into_iter().find(|(_, given)| *given && self.command.is_some()) {
            Some((name, _)) => Err(format!("{name} is for the stack alone, without a command")),
            None if self.sam_env.is_some() && self.listen.is_loopback() => {
                Err("--sam-env needs --listen: containers do not reach loopback".to_owned())
            }
            None => self.refuse_what_no_database_needs(given),
        }
    }

    /// What is written down here, rather than in the environment for all programs.
    fn refuse_what_no_database_needs(&self, given: &ArgMatches) -> Result<(), String> {
        let is_written = |id: &&str| given.value_source(id) == Some(ValueSource::CommandLine);
        let talks_only = matches!(self.command, Some(Command::Events(_) | Command::Mcp(_)));
        if let Some(name) = ["dynamodb", "table", "region"].iter().find(|id| talks_only && is_written(id)) {
            return Err(format!("--{name} is for the stack and for `demo`"));
        }
        let is_elsewhere = self.dynamodb.as_ref().is_some_and(|endpoint| !endpoint.is_empty());
        match ["table", "region"].iter().find(|id| !is_elsewhere && is_written(id)) {
            Some(name) => Err(format!("--{name} is for the DynamoDB that --dynamodb names")),
            None => Ok(()),
        }
    }

    /// Of the stack that runs at the port.
    fn local_api(&self) -> String {
        format!("http://{}", SocketAddr::new(listen::reached(self.listen), self.port.unwrap_or(PORT)))
    }

    fn storage(&self) -> Storage {
        match (&self.dynamodb, &self.data) {
            (Some(endpoint), beside) if !endpoint.is_empty() => Storage::Elsewhere(Elsewhere {
                endpoint: endpoint.clone(),
                region: self.region.clone().filter(|region| !region.is_empty()),
                table: self.table.clone(),
                access_key: None,
                beside: beside.clone(),
            }),
            (_, Some(data)) => Storage::File(data.clone()),
            (_, None) => Storage::Memory,
        }
    }
}

fn available(word: &str) -> Result<Provider, String> {
    let all = || SIMULATED.iter().map(|simulated| simulated.provider);
    let known = || all().map(|provider| provider.to_string()).collect::<Vec<_>>().join(", ");
    all().find(|provider| provider.as_str() == word).ok_or_else(|| format!("available are {}", known()))
}

/// Warnings on standard error, more by `RUST_LOG`; standard output is for people.
fn start_logs(levels: Option<&str>) {
    let wanted = levels.and_then(|text| text.parse().ok());
    let usual = || Targets::new().with_default(LevelFilter::WARN).with_target("dynoxide", LevelFilter::ERROR);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let subscriber = tracing_subscriber::registry().with(wanted.unwrap_or_else(usual)).with(lines);
    if subscriber.try_init().is_err() {
        tracing::debug!("logging had been started");
    }
}

/// Resolves with Ctrl-C, or when the process is asked to end.
async fn terminated() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut asked = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = asked.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// The failure and its causes.
fn one_line(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crate::error::StackError;

    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_would_be_ignored_is_refused() {
        let refused = |words: &[&str]| {
            let all = ["agent-transfer"].iter().chain(words);
            let given = Arguments::command().try_get_matches_from(all).unwrap();
            Arguments::from_arg_matches(&given).unwrap().refuse_what_is_ignored(&given).err()
        };
        for words in [["--data", "x", "demo"], ["--aws-port", "1", "events"], ["--sam-env", "x", "demo"]] {
            let told = refused(&words).unwrap();
            assert_eq!(told, format!("{} is for the stack alone, without a command", words[0]));
        }
        assert!(refused(&["--no-demo", "mcp"]).is_some());
        assert!(refused(&["--sam-env", "x"]).unwrap().contains("--listen"));
        assert_eq!(refused(&["--sam-env", "x", "--listen", "0.0.0.0", "--data", "x", "--no-demo"]), None);
        assert_eq!(refused(&["--port", "1", "demo"]), None);
        for words in [["--table", "x"], ["--region", "x"]] {
            let told = format!("{} is for the DynamoDB that --dynamodb names", words[0]);
            for command in [&[][..], &["demo"]] {
                // Whatever the environment of the tests names.
                let none = [command, &words, &["--dynamodb", ""]].concat();
                assert_eq!(refused(&none).as_ref(), Some(&told), "{command:?}");
                assert_eq!(refused(&[command, &words, &["--dynamodb", "http://127.0.0.1:1"]].concat()), None);
            }
            let told = format!("{} is for the stack and for `demo`", words[0]);
            assert_eq!(refused(&["events", words[0], words[1]]).as_ref(), Some(&told));
            assert_eq!(refused(&[words[0], words[1], "mcp"]).as_ref(), Some(&told));
        }
        assert!(refused(&["mcp", "--dynamodb", "http://127.0.0.1:1"]).is_some());
    }

    #[test]
    fn a_failure_is_one_line_with_its_causes() {
        let source = std::io::Error::other("first\nsecond");
        let error = StackError::Listen { port: 1, source };
        assert_eq!(one_line(&error), "port 1 cannot be listened on: first second");
    }
}
