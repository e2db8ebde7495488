//! Measures every input of some files or folders, in the build in which it runs:
//! `replay TARGET PATH...` prints the slowest and the largest, and fails when one is over the limit.

#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use landfall_fuzz::limits::{self, MEMORY_KIB, TIME};
use landfall_fuzz::{TARGETS, Target};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("usage: replay TARGET PATH...; the targets are {}", known.join(", "));
        return ExitCode::from(2);
    };
    let mut inputs = Vec::new();
    for path in arguments {
        if let Err(error) = collect(Path::new(&path), &mut inputs) {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    }
    match measure(target, &inputs) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A file, or all files of a folder. What is not there holds no inputs.
fn collect(path: &Path, inputs: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_file() {
        inputs.push(path.to_owned());
    } else if path.is_dir() {
        for entry in fs::read_dir(path)? {
            inputs.push(entry?.path());
        }
        inputs.sort();
    }
    Ok(())
}

/// Whether all of them are within the limits.
fn measure(target: &Target, inputs: &[PathBuf]) -> std::io::Result<bool> {
    // What is made once, such as patterns, is no input's fault.
    (target.run)(b"");
    let mut slowest = (Duration::ZERO, Path::new("-"));
    let mut largest = (0, Path::new("-"));
    for path in inputs {
        let input = fs::read(path)?;
        // Linux forgets the highest use so far.
        fs::write("/proc/self/clear_refs", "5")?;
        let took = limits::fastest_try(target.run, &input, slowest.0);
        slowest = slowest.max((took, path));
        largest = largest.max((peak_kib()?, path));
    }
    println!(
        "{:<20} {:>6} inputs  slowest {:>7.2} ms  largest {:>5.1} MiB",
        target.name,
        inputs.len(),
        slowest.0.as_secs_f64() * 1e3,
        largest.0 as f64 / 1024.0
    );
    if slowest.0 > TIME {
        println!("  too slow, the most is {TIME:?}: {}", slowest.1.display());
    }
    if largest.0 > MEMORY_KIB {
        println!("  too large, the most is {} MiB: {}", MEMORY_KIB >> 10, largest.1.display());
    }
    Ok(slowest.0 <= TIME && largest.0 <= MEMORY_KIB)
}

/// The most memory this process has used since it was last asked to forget, in KiB; the program
/// itself included.
fn peak_kib() -> std::io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    number.ok_or_else(|| std::io::Error::other("/proc/self/status has no VmHWM"))
}
