//! `verify.yaml`: the rules of verification and the hosts that may be asked.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use landfall::assess::Rules;
use landfall::config::MapEnv;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::{folder, loaded, told_about};

#[test]
fn the_default_file_says_what_the_code_says_and_names_every_key() {
    let config = loaded(&MapEnv::default(), None);
    assert_eq!(config.rules, Rules::default());
    assert!(config.destination_hosts.is_empty());
    // Were a key missing, changing all numbers and lists of the file would leave its rule as it is.
    let text =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config/verify.yaml")).unwrap();
    let changed: Vec<String> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with(['#', '-']))
        .map(|line| match line.split_once(": ") {
            Some((key, value)) if value.parse::<u32>().is_ok() => {
                let other = if key.contains("poll_seconds") { "120" } else { "77" };
                format!("{key}: {other}")
            }
            Some((key, _)) if key != "destination_hosts" => format!("{key}: [other-one]"),
            None if line.starts_with("  ") => format!("{line} [other-one]"),
            _ => line.to_owned(),
        })
        .collect();
    let changed = changed.join("\n");
    let rules = loaded(&MapEnv::default(), Some(folder(&[("verify.yaml", &changed)]).path())).rules;
    let shown = format!("{rules:#?}");
    assert_eq!(shown.matches("other-one").count(), 9, "lists that are read: {shown}");
    let usual = format!("{:#?}", Rules::default());
    for line in shown.lines().filter(|line| line.contains(": ") && line.ends_with(',')) {
        let is_usual = usual.lines().any(|one| one == line);
        assert!(!is_usual, "{line} is not read from the file\n{changed}");
    }
}

#[test]
fn what_is_left_out_keeps_its_default() {
    for text in ["", "# nothing yet\n", "work:\n  developers: 5\n"] {
        let dir = folder(&[("verify.yaml", text)]);
        let rules = loaded(&MapEnv::default(), Some(dir.path())).rules;
        let mut expected = Rules::default();
        if text.contains("developers") {
            expected.work.developers = 5;
        }
        assert_eq!(rules, expected, "{text}");
    }
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let file = "\
work:
  developers: 0
  merge_requsts: 3
  commits: ten
places:
  test_groups: [kiwi/rehearsal, 'a b', https://gitlab.com/x]
accounts:
  bots: ['*', '**', 'x*']
  ignored: [sam, 'two words']
imports:
  poll_seconds: 5
  accuracy_percent: 101
program: none
destination_hosts:
  - url: http://example.org
  - url: https://example.org
  - url: https://example.org
    token: glpat-canary
  - token_file: 7
plces: {}
";
    let told = told_about(&MapEnv::default(), &[("verify.yaml", file)]);
    let heads: Vec<&str> = told.lines().filter(|line| line.starts_with("DIR")).collect();
    let expected = [
        "DIR/verify.yaml:2:15: `developers` must be a whole number from 1 to 1000",
        "DIR/verify.yaml:3:3: unknown key `merge_requsts`, did you mean `merge_requests`?",
        "DIR/verify.yaml:4:12: `commits` must be a whole number from 1 to 1000",
        "DIR/verify.yaml:6:33: an entry of `test_groups` must be the full path of a group or project like `group/project`",
        "DIR/verify.yaml:6:40: an entry of `test_groups` must be the full path of a group or project like `group/project`",
        "DIR/verify.yaml:8:10: `*` fits every name, so nobody would count, write a part of the names that are meant",
        "DIR/verify.yaml:8:15: `**` fits every name, so nobody would count, write a part of the names that are meant",
        "DIR/verify.yaml:9:18: entries of `ignored` must be GitLab usernames",
        "DIR/verify.yaml:11:17: `poll_seconds` must be a whole number from 60 to 3600",
        "DIR/verify.yaml:12:21: `accuracy_percent` must be a whole number from 1 to 100",
        "DIR/verify.yaml:13:10: expected keys with values here, write `key: value` lines",
        "DIR/verify.yaml:15:10: `url` must start with https:// unless it is this machine",
        "DIR/verify.yaml:17:10: this host is listed already, keep one of them",
        "DIR/verify.yaml:18:5: unknown key `token`",
        "DIR/verify.yaml:19:5: `url` is missing, add it",
        "DIR/verify.yaml:19:17: `token_file` must be text, put it in quotes",
        "DIR/verify.yaml:20:1: unknown key `plces`, did you mean `places`?",
    ];
    assert_eq!(heads, expected, "{told}");
}

/// A file with a token and these permissions.
fn token(dir: &TempDir, text: &str, mode: u32) -> String {
    let path = dir.path().join("token");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path.display().to_string()
}

#[test]
fn a_hosts_token_comes_from_a_closed_file_and_is_never_shown() {
    let secrets = TempDir::new().unwrap();
    let path = token(&secrets, "glpat-canary\n", 0o600);
    let file = format!(
        "destination_hosts:\n  - url: https://example.org/git\n    token_file: {path}\n  \
         - url: https://example.com\n"
    );
    let dir = folder(&[("verify.yaml", &file)]);
    let hosts = loaded(&MapEnv::default(), Some(dir.path())).destination_hosts;
    assert_eq!(hosts[0].token.as_ref().unwrap().expose_secret(), "glpat-canary");
    assert_eq!(hosts[0].url.as_str(), "https://example.org/git");
    assert!(hosts[1].token.is_none());
    assert!(!format!("{hosts:?}").contains("canary"));

    token(&secrets, "glpat-canary\n", 0o644);
    let told = told_about(&MapEnv::default(), &[("verify.yaml", &file)]);
    assert!(told.contains("everybody on this machine can read this secret"), "{told}");
    assert!(!told.contains("canary"), "{told}");
    fs::remove_file(&path).unwrap();
    let told = told_about(&MapEnv::default(), &[("verify.yaml", &file)]);
    assert!(told.contains("there is no such file"), "{told}");
}
