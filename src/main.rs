//! The `landfall` command: parse, run, print what went wrong, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    landfall::cli::main()
}
