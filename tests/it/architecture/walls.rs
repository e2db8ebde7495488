//! What only one room may touch: a crate, the clock, the environment, the terminal.

use super::{assert_none, shipped};

/// What is written, where alone it may be written, and why.
struct Wall {
    words: &'static [&'static [&'static str]],
    /// Beginnings of paths.
    inside: &'static [&'static str],
    why: &'static str,
}

const WALLS: &[Wall] = &[
    Wall { words: &[&["sqlx"]], inside: &["src/store/"], why: "the database is the store's alone" },
    Wall {
        words: &[&["^", "gitlab", "::"]],
        inside: &["src/gitlab/"],
        why: "the rest of the program does not depend on whose client we use",
    },
    Wall {
        words: &[&["reqwest"]],
        inside: &["src/gitlab/", "src/github/", "src/sandbox/", "src/demo/", "src/cli/health.rs"],
        why: "GitLab is asked through our client, with its pace and its switch against writes",
    },
    Wall {
        words: &[&["actix_web"], &["actix_http"]],
        inside: &["src/receive/", "src/app/", "src/sandbox/"],
        why: "requests are answered by the receiver, the probes and the sandbox",
    },
    Wall {
        words: &[
            &["tls_danger_accept_invalid_certs"],
            &["tls_danger_accept_invalid_hostnames"],
            &["danger_accept_invalid_certs"],
            &["danger_accept_invalid_hostnames"],
        ],
        inside: &[],
        why: "there is no switch that trusts whoever answers (E27)",
    },
    Wall {
        words: &[&["clap"], &["clap_complete"]],
        inside: &["src/cli/"],
        why: "what can be typed is the command line's business",
    },
    Wall {
        words: &[&["std", "::", "env"], &["env", "::", "var"], &["env", "::", "var_os"]],
        inside: &["src/crash.rs", "src/config/env.rs"],
        why: "every setting comes through the configuration, which knows all names",
    },
    Wall {
        words: &[&["Timestamp", "::", "now"], &["Zoned", "::", "now"], &["SystemTime"]],
        inside: &["src/clock.rs", "src/sandbox/clock.rs", "src/demo/stage.rs"],
        why: "the clock is passed in, so that tests own the time",
    },
    Wall {
        words: &[&["println", "!"], &["print", "!"], &["eprintln", "!"], &["eprint", "!"]],
        inside: &[],
        why: "results go through `say`, remarks through `remark`, events through tracing",
    },
    Wall {
        words: &[&["io", "::", "stdout"], &["io", "::", "stderr"]],
        inside: &["src/cli/mod.rs", "src/telemetry.rs"],
        why: "only the command line prints",
    },
];

#[test]
fn what_belongs_to_one_room_is_touched_there_only() {
    let mut broken = Vec::new();
    for code in shipped() {
        for wall in WALLS {
            if wall.inside.iter().any(|inside| code.path.starts_with(inside)) {
                continue;
            }
            for words in wall.words {
                for line in code.find(words) {
                    let word = words.concat();
                    broken.push(format!("{}:{line}: `{word}`: {}", code.path, wall.why));
                }
            }
        }
    }
    assert_none(&broken, "walls");
}

/// Rooms and files that only think: the same question always has the same answer.
const PURE: &[&str] = &[
    "src/model/",
    "src/payload/",
    "src/tracker/",
    "src/workflow/",
    "src/plan/",
    "src/decide/",
    "src/assess/",
    "src/setup/plan.rs",
    "src/receive/verify/",
];

#[test]
fn what_decides_neither_waits_nor_looks_around() {
    const IMPURE: [&[&str]; 12] = [
        &["async"],
        &["await"],
        &["tokio"],
        &["futures_util"],
        &["reqwest"],
        &["std", "::", "fs"],
        &["std", "::", "net"],
        &["std", "::", "process"],
        &["std", "::", "thread"],
        &["Instant"],
        &["fastrand"],
        &["getrandom"],
    ];
    let mut broken = Vec::new();
    let shipped = shipped();
    for place in PURE {
        let here = shipped.iter().filter(|code| code.path.starts_with(place));
        let mut count = 0;
        for code in here {
            count += 1;
            for words in IMPURE {
                for line in code.find(words) {
                    let word = words.concat();
                    broken.push(format!("{}:{line}: `{word}` in a pure room", code.path));
                }
            }
        }
        assert!(count > 0, "{place} is gone: correct the list");
    }
    assert_none(&broken, "pure rooms");
}

#[test]
fn the_walls_stand_where_something_is() {
    let shipped = shipped();
    for inside in WALLS.iter().flat_map(|wall| wall.inside) {
        let is_there = shipped.iter().any(|code| code.path.starts_with(inside));
        assert!(is_there, "{inside} is gone: correct the list of walls");
    }
}

/// A comparison that ends at the first wrong byte tells a stranger how far a guess was right.
#[test]
fn secrets_are_compared_in_constant_time() {
    for (path, compares) in [("src/receive/secrets.rs", 1), ("src/receive/verify/mod.rs", 0)] {
        let text = std::fs::read_to_string(path).unwrap();
        let (code, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
        assert!(code.matches(".ct_eq(").count() >= compares, "{path} compares without subtle");
        let plain = code.lines().find(|line| {
            line.contains(".0 ==") || line.contains("== presented") || line.contains("== token")
        });
        assert_eq!(plain, None, "{path} compares a secret with ==");
    }
}
