//! The fuzz targets without libFuzzer: their seeds, and mutations of them that are the same on every
//! run. `scripts/fuzz` looks further, guided by what the code does with an input.

mod mutation;
#[path = "../../fuzz/src/lib.rs"]
#[allow(dead_code, unreachable_pub, reason = "a library of its own elsewhere")]
mod targets;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use mutation::Mutator;
use targets::{TARGETS, Target};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What lies in a folder of `fuzz/`, in order.
fn paths(folder: &str) -> Vec<PathBuf> {
    let folder = root().join("fuzz").join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn names(folder: &str) -> BTreeSet<String> {
    let stem = |path: PathBuf| path.file_stem().map(OsStr::to_string_lossy).unwrap().into_owned();
    paths(folder).into_iter().map(stem).collect()
}

/// Shows the input that did not pass.
struct Shown<'a>(&'a str, &'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}: the input was b\"{}\"", self.0, self.1.escape_ascii());
        }
    }
}

/// Of each target's seeds. Enough to notice a target that no longer fits the code; a search is
/// `scripts/fuzz`.
const MUTATIONS: usize = 1_000;

fn seeds_and_mutations(target: &Target) {
    let name = target.name;
    let seeds: Vec<Vec<u8>> =
        paths(&format!("seeds/{name}")).iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(!seeds.is_empty());
    let dictionary = fs::read_to_string(root().join(format!("fuzz/dictionaries/{name}.dict")));
    let words = mutation::words(&dictionary.unwrap_or_default());
    let mutants = Mutator::new(&seeds, &words).take(MUTATIONS);
    for input in seeds.iter().cloned().chain(mutants) {
        let shown = Shown(name, &input);
        (target.run)(&input);
        drop(shown);
    }
}

#[test]
fn what_must_hold_holds_for_seeds_and_their_mutations() {
    std::thread::scope(|scope| {
        for target in TARGETS {
            scope.spawn(|| seeds_and_mutations(target));
        }
    });
}

#[test]
fn a_target_has_a_program_and_seeds() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names("src/bin"), targets);
    assert_eq!(names("seeds"), targets);
    assert!(names("dictionaries").is_subset(&targets));
    for name in targets {
        let program = fs::read_to_string(root().join(format!("fuzz/src/bin/{name}.rs"))).unwrap();
        let own = format!("watched(landfall_fuzz::{name}::run, data);");
        assert!(program.contains(&own), "{name} is no program of its own");
    }
}

/// `name version` of every package of a lock file.
fn locked(lock: &str) -> BTreeSet<String> {
    let value = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
    let packages = lock.split("[[package]]").skip(1);
    packages
        .map(|package| {
            let lines = package.lines().filter(|line| line.starts_with(['n', 'v']));
            lines.map(value).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

/// What the program itself depends on, by a lock file.
fn own_dependencies(lock: &str) -> BTreeSet<String> {
    let (_, package) = lock.split_once("name = \"landfall\"\n").unwrap();
    let (_, list) = package.split_once("dependencies = [\n").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn what_is_fuzzed_is_what_is_shipped() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let (ours, fuzzed) = (read("Cargo.lock"), read("fuzz/Cargo.lock"));
    let manifest = read("Cargo.toml");
    let (_, tests_own) = manifest.split_once("[dev-dependencies]").unwrap();
    let (tests_own, _) = tests_own.split_once("\n[").unwrap();
    let missing = &own_dependencies(&ours) - &own_dependencies(&fuzzed);
    let missing = missing.iter().filter(|name| !tests_own.contains(&format!("\n{name} = ")));

    let (ours, fuzzed) = (locked(&ours), locked(&fuzzed));
    let name = |package: &String| package.split(' ').next().unwrap().to_owned();
    let known: BTreeSet<String> = ours.iter().map(name).collect();
    let others = fuzzed.difference(&ours).filter(|package| known.contains(&name(package)));
    let wrong: Vec<&String> = missing.chain(others).collect();
    assert!(
        wrong.is_empty(),
        "fuzz/Cargo.lock lacks or has in other versions than Cargo.lock: {wrong:?}. Write it anew: \
         cp Cargo.lock fuzz/ && cargo metadata --manifest-path fuzz/Cargo.toml >/dev/null"
    );
}
