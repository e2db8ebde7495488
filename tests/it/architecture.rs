//! The rules that keep the rooms apart, read from the source itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

mod code;
mod rooms;
mod walls;

use code::Code;

/// A file of this package.
struct File {
    /// From the package's root, with `/`: `src/model/mod.rs`.
    path: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file below `folder`, sorted; what was built and what git keeps is left out.
fn files(folder: &str) -> Vec<File> {
    let mut folders = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name();
            if name == "target" || name == ".git" {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if let Ok(text) = fs::read_to_string(entry.path()) {
                found.push(File { path: relative(&entry.path()), text });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn relative(path: &Path) -> String {
    let parts = path.strip_prefix(root()).unwrap().components();
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// The code of `src` that ships: no comments, no texts, no tests.
fn shipped() -> Vec<Code> {
    let all: Vec<Code> =
        rust("src").iter().map(|file| Code::read(&file.path, &file.text)).collect();
    let tests: BTreeSet<PathBuf> = all.iter().flat_map(Code::test_files).collect();
    // Files below a test module's own folder are parts of it.
    let is_test = |path: &Path| {
        path.ancestors()
            .any(|part| tests.contains(part) || tests.contains(&part.with_extension("rs")))
    };
    all.into_iter().filter(|code| !is_test(Path::new(&code.path))).collect()
}

fn rust(folder: &str) -> Vec<File> {
    let mut files = files(folder);
    files.retain(|file| file.path.ends_with(".rs"));
    files
}

#[track_caller]
fn assert_none(broken: &[String], rule: &str) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

/// Longer than the rule allows, each to be split by whoever changes it next. May only shrink.
const STILL_LONG: &[(&str, usize)] = &[];

#[test]
fn a_file_starts_with_its_purpose_and_can_be_read_in_one_go() {
    const MOST: usize = 400;
    let mut broken = Vec::new();
    for file in ["src", "tests", "benches", "fuzz"].iter().flat_map(|folder| rust(folder)) {
        if !file.text.starts_with("//! ") {
            broken.push(format!("{}:1: starts with `//!` and its purpose in one line", file.path));
        }
        let lines = file.text.lines().count();
        let known = STILL_LONG.iter().find(|(path, _)| *path == file.path);
        match known {
            None if lines > MOST => {
                broken.push(format!("{}:{lines}: a file has {MOST} lines at most", file.path));
            }
            Some((_, most)) if lines > *most => {
                broken.push(format!("{}:{lines}: is too long and grows; split it", file.path));
            }
            Some(_) if lines <= MOST => {
                broken.push(format!("{}: is short now; take it out of STILL_LONG", file.path));
            }
            _ => {}
        }
    }
    for (path, _) in STILL_LONG {
        if !root().join(path).exists() {
            broken.push(format!("{path}: is gone; take it out of STILL_LONG"));
        }
    }
    assert_none(&broken, "files");
}

#[test]
fn no_name_means_everything_and_nothing() {
    const VAGUE: [&str; 9] =
        ["utils", "util", "common", "helpers", "helper", "misc", "shared", "lib2", "stuff"];
    let is_vague = |part: &str| VAGUE.contains(&part.split('.').next().unwrap_or_default());
    let broken: Vec<String> = files("")
        .into_iter()
        .filter(|file| file.path.split('/').any(is_vague))
        .map(|file| format!("{}: name it for what it holds", file.path))
        .collect();
    assert_none(&broken, "names of files and folders");
}

#[test]
fn nothing_is_left_for_later_in_the_code() {
    // Put together here, so that this file does not find itself.
    let words =
        [concat!("to", "do!("), concat!("db", "g!("), concat!("FIX", "ME"), concat!("XX", "X")];
    let mut broken = Vec::new();
    for file in ["src", "tests", "benches", "fuzz"].iter().flat_map(|folder| rust(folder)) {
        for (index, line) in file.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                broken.push(format!("{}:{}: `{word}`: do it or drop it", file.path, index + 1));
            }
        }
    }
    assert_none(&broken, "left for later");
}

#[test]
fn no_file_names_a_place_on_its_authors_machine() {
    let places = [concat!("/wo", "rk/"), concat!("/tm", "p/w/"), concat!("/ro", "ot/")];
    let recorded = concat!("../sha", "red/contract");
    let mut broken = Vec::new();
    for file in files("") {
        for (index, line) in file.text.lines().enumerate() {
            let mut found: Vec<&str> =
                places.iter().copied().filter(|place| is_path(line, place)).collect();
            // Payloads that others recorded lie beside the package.
            let reads_them = ["tests/it/contract", "scripts/fuzz"];
            let may_name_them = reads_them.iter().any(|reader| file.path.starts_with(reader));
            if line.contains(recorded) && !may_name_them {
                found.push(recorded);
            }
            for place in found {
                broken.push(format!("{}:{}: `{place}` is not everywhere", file.path, index + 1));
            }
        }
    }
    assert_none(&broken, "places on one machine");
}

/// Whether `place` begins a path in this line; in the middle of an address it is something else.
fn is_path(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '-')
    })
}
