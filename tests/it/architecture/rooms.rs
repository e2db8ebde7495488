//! Which room may know which.

use std::collections::BTreeSet;

use super::code::Code;
use super::{assert_none, files, shipped};

/// Each room and the rooms it may import, from the ground up: a room imports only what stands
/// above it in this table, so there is no circle.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &[]),
    ("telemetry", &[]),
    ("crash", &[]),
    // What Landfall gets wrong about GitLab must not be wrong there in the same way.
    ("sandbox", &[]),
    ("payload", &["model"]),
    ("workflow", &["model"]),
    ("tracker", &["model", "workflow"]),
    ("plan", &["model", "tracker", "workflow"]),
    ("decide", &["model", "tracker", "workflow"]),
    ("assess", &["model", "tracker"]),
    ("config", &["assess", "model", "workflow"]),
    ("store", &["clock", "crash", "model"]),
    ("gitlab", &["clock", "model"]),
    ("github", &["clock", "model", "tracker"]),
    ("spool", &["clock", "crash", "model", "store"]),
    ("receive", &["clock", "crash", "model", "payload", "store"]),
    ("queue", &["crash", "model", "store"]),
    (
        "jobs",
        &[
            "assess", "clock", "crash", "decide", "github", "gitlab", "model", "payload", "plan",
            "queue", "store", "tracker", "workflow",
        ],
    ),
    ("setup", &["gitlab", "model", "workflow"]),
    (
        "app",
        &[
            "clock", "config", "github", "gitlab", "jobs", "model", "payload", "plan", "queue",
            "receive", "spool", "store",
        ],
    ),
    ("check", &["app", "clock", "config", "github", "gitlab", "jobs", "receive", "setup", "store"]),
    ("demo", &["app", "clock", "config", "model", "queue", "receive", "sandbox", "setup"]),
    (
        "cli",
        &[
            "app",
            "assess",
            "check",
            "clock",
            "config",
            "demo",
            "github",
            "gitlab",
            "jobs",
            "model",
            "payload",
            "queue",
            "receive",
            "sandbox",
            "setup",
            "store",
            "telemetry",
            "tracker",
        ],
    ),
];

/// The room in which a path ends: the longest name of the table that begins it.
fn room(path: &[String]) -> Option<usize> {
    let begins = |name: &str| {
        let parts: Vec<&str> = name.split("::").collect();
        path.len() >= parts.len() && path.iter().zip(&parts).all(|(one, other)| one == other)
    };
    let rooms = ROOMS.iter().enumerate().filter(|(_, (name, _))| begins(name));
    rooms.max_by_key(|(_, (name, _))| name.len()).map(|(index, _)| index)
}

/// Every import from one room into another: who, whom, where.
fn imports() -> (Vec<(usize, usize, String)>, Vec<String>) {
    let mut imports = Vec::new();
    let mut unknown = Vec::new();
    for code in shipped() {
        let module = code.module();
        // The crate's root lists the rooms, and the program starts the last of them.
        if module.is_empty() {
            continue;
        }
        let Some(from) = room(&module) else {
            unknown.push(format!("{}:1: stands in no room of the table", code.path));
            continue;
        };
        for (line, path) in code.paths() {
            let place = format!("{}:{line}: `{}`", code.path, path.join("::"));
            match room(&path) {
                Some(to) if to != from => imports.push((from, to, place)),
                Some(_) => {}
                None => unknown.push(format!("{place} leads into no room of the table")),
            }
        }
    }
    (imports, unknown)
}

#[test]
fn a_room_imports_only_rooms_below_it() {
    for (index, (name, allowed)) in ROOMS.iter().enumerate() {
        for below in *allowed {
            let at = ROOMS.iter().position(|(other, _)| other == below);
            let at = at.unwrap_or_else(|| panic!("{name} may import {below}, which is no room"));
            assert!(at < index, "{name} may import {below}, which stands after it: a circle");
        }
    }
    let (imports, mut broken) = imports();
    for (from, to, place) in imports {
        let (from, allowed) = ROOMS[from];
        let to = ROOMS[to].0;
        if !allowed.contains(&to) {
            broken.push(format!("{place}: {from} may not import {to}"));
        }
    }
    assert_none(&broken, "the order of the rooms (tests/it/architecture/rooms.rs)");
}

#[test]
fn no_room_may_import_what_it_does_not_need() {
    let used: BTreeSet<(usize, usize)> =
        imports().0.into_iter().map(|(from, to, _)| (from, to)).collect();
    let mut broken = Vec::new();
    for (from, (name, allowed)) in ROOMS.iter().enumerate() {
        for (to, (other, _)) in ROOMS.iter().enumerate() {
            if allowed.contains(other) && !used.contains(&(from, to)) {
                broken.push(format!("{name} does not import {other} any more: strike it out"));
            }
        }
    }
    assert_none(&broken, "permissions nobody uses");
}

#[test]
fn every_room_is_in_the_table() {
    let root = files("src").into_iter().find(|file| file.path == "src/lib.rs").unwrap();
    let code = Code::read(&root.path, &root.text);
    let tokens = code.tokens.windows(2).filter(|pair| pair[0].text == "mod");
    let rooms: BTreeSet<&str> = tokens.map(|pair| pair[1].text.as_str()).collect();
    let table: BTreeSet<&str> =
        ROOMS.iter().map(|(name, _)| *name).filter(|name| !name.contains("::")).collect();
    assert_eq!(rooms, table, "src/lib.rs and the table of rooms name the same rooms");
}
