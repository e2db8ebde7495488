//! The command line: what can be typed, and which room does it. The only room that prints.

mod assess;
mod backup;
mod check;
mod comments;
mod deliveries;
mod demo;
mod exit_code;
mod explain;
mod health;
mod intake;
mod plan;
mod preflight;
mod sandbox;
mod serve;
mod setup;
mod sweep;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::config::{self, Config, ConfigErrors, ProcessEnv};
use crate::telemetry::{self, Format};

/// Carries open source communities to GitLab.
///
/// Landfall stands beside a GitLab project, the tracker, where each issue is one community's move.
/// Try `landfall demo`: it needs no set-up.
#[derive(Debug, Parser)]
#[command(name = "landfall", version, arg_required_else_help = true)]
struct Cli {
    /// Folder with landfall.yaml, workflow.yaml, sources.yaml and texts/ [default: config/ if it is there, else
    /// the built-in defaults]
    #[arg(long, global = true, value_name = "DIR")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play one community's move against a sandbox GitLab in this process, then stay up
    Demo(demo::Args),
    /// Run the service: receive webhooks, work, sweep
    Serve,
    /// Say what is wrong with the set-up, one line each, with the remedy
    Check(check::Args),
    /// Show what the tracker lacks (labels, issue template, webhook), or make it so
    Setup(setup::Args),
    /// Show what the bot would write now, without writing
    Plan(plan::Args),
    /// Say why an issue is where it is
    Explain(explain::Args),
    /// Say what is read in an issue's text, given as a file
    Intake(intake::Args),
    /// Say what a move of a source to GitLab takes: what comes along, what does not, how long
    Assess(assess::Args),
    /// Visit every open issue once, as if its webhook had been lost, then exit
    Sweep(sweep::Args),
    /// Say whether a community has really arrived at the destinations its issue names
    Verify(verify::Args),
    /// Say whether the program for open source would take a group, with reasons
    Preflight(preflight::Args),
    /// Look into the inbox: waiting, failed, quarantined and dead deliveries
    #[command(subcommand)]
    Deliveries(deliveries::Command),
    /// The switch that stops all comments
    #[command(subcommand)]
    Comments(comments::Command),
    /// Copy the SQLite database into a file, also while the service runs
    Backup(backup::Args),
    /// Run the sandbox GitLab alone
    Sandbox(sandbox::Args),
    /// Ask the running service how it is; for a container's health check
    Health,
    /// Print a completion script for a shell
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
    /// Print the reference of all settings in Markdown
    #[command(hide = true)]
    ConfigReference,
}

/// Runs what was typed; returns the exit code: 0 ok, 1 failed, 2 usage, 78 configuration.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit_code::report(&anyhow::Error::new(error)),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => exit_code::report(&error),
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let dir = cli.config.as_deref();
    match cli.command {
        Command::Demo(args) => demo::run(args).await,
        Command::Sandbox(args) => sandbox::run(args).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "landfall", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::ConfigReference => {
            say(config::reference().trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve => {
            let config = config::load(&ProcessEnv, folder(dir).as_deref())?;
            service_logs(&config)?;
            serve::run(&config, folder(dir).as_deref()).await
        }
        Command::Check(args) => check::run(&load(dir)?, &args).await,
        Command::Setup(args) => setup::run(&load(dir)?, &args).await,
        Command::Plan(args) => {
            let config = config::load_with_workflow(
                &ProcessEnv,
                folder(dir).as_deref(),
                args.workflow.as_deref(),
            )?;
            command_logs()?;
            plan::run(&config, &args).await
        }
        Command::Explain(args) => explain::run(&load(dir)?, &args).await,
        Command::Intake(args) => intake::run(&args),
        Command::Assess(args) => assess::run(&load(dir)?, &args).await,
        Command::Sweep(args) => sweep::run(&load(dir)?, &args).await,
        Command::Verify(args) => verify::run(&load(dir)?, &args).await,
        Command::Preflight(args) => preflight::run(&load(dir)?, &args).await,
        Command::Deliveries(command) => deliveries::run(&load(dir)?, command).await,
        Command::Comments(command) => comments::run(&load(dir)?, command).await,
        Command::Backup(args) => backup::run(&load(dir)?, &args).await,
        Command::Health => health::run(&load(dir)?).await,
    }
}

/// `config/` here, when nothing was named and it is there.
fn folder(named: Option<&Path>) -> Option<PathBuf> {
    let usual = Path::new("config");
    named.map(Path::to_path_buf).or_else(|| usual.is_dir().then(|| usual.to_path_buf()))
}

fn load(dir: Option<&Path>) -> anyhow::Result<Config> {
    let config: Result<Config, ConfigErrors> = config::load(&ProcessEnv, folder(dir).as_deref());
    let config = config?;
    command_logs()?;
    Ok(config)
}

/// A command's results are what it prints; its log is for warnings.
fn command_logs() -> anyhow::Result<()> {
    telemetry::start(Format::Pretty, "warn").map_err(anyhow::Error::msg)
}

fn service_logs(config: &Config) -> anyhow::Result<()> {
    let format = match config.service.log_format {
        config::LogFormat::Json => Format::Json,
        config::LogFormat::Pretty => Format::Pretty,
    };
    telemetry::start(format, &config.service.log_filter).map_err(anyhow::Error::msg)
}

/// Prints one result to standard output. A reader that went away (`| head`) is no error.
fn say(line: impl std::fmt::Display) {
    use std::io::Write as _;
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}

/// Prints a remark to standard error.
fn remark(line: impl std::fmt::Display) {
    use std::io::Write as _;
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
