//! The service's settings: file, variables, secrets.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use landfall::config::{self, ConfidentialComments, MapEnv};
use landfall::model::Username;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::told::{SETTINGS_TOLD, VARIABLES_TOLD};
use super::{folder, loaded, told_about};

/// A file with these permissions.
fn secret(dir: &TempDir, text: &str, mode: u32) -> String {
    let path = dir.path().join("secret");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path.display().to_string()
}

#[test]
fn every_mistake_in_the_settings_is_told_at_once_and_no_value_is_shown() {
    let file = "\
gitlab_url: http://canary.example
trackr: group/canary
tracker: canary
listen: 80
dry_run: canary
sweep_minutes: 0
staff: [a, 'can ary']
time_scale: 0.5
gitlab_token: glpat-canary
log_format: canary
webhook_signing_tokens_file: [canary, b]
database_url: postgres://bot:canary@db/landfall
listen: 127.0.0.1:1
";
    let told = told_about(&MapEnv::default(), &[("landfall.yaml", file)]);
    assert!(!told.contains("canary"), "{told}");
    assert_eq!(told, SETTINGS_TOLD);
}

#[test]
fn a_settings_file_that_is_not_yaml_is_not_quoted() {
    let told = told_about(&MapEnv::default(), &[("landfall.yaml", "a: [glpat-canary\nb: \"c")]);
    assert_eq!(
        told,
        "\
DIR/landfall.yaml:2:2: this is not valid YAML (check quotes, colons and indentation)
  2 | b: …
    |  ^"
    );
}

#[test]
fn every_mistake_in_variables_is_told_at_once_and_no_value_is_shown() {
    let env = MapEnv::from([
        ("LANDFALL_GITLAB_URL", "https://bot:canary@gitlab.example"),
        ("LANDFALL_TRACKR", "group/canary"),
        ("LANDFALL_STAFF", ""),
        ("LANDFALL_GITLAB_TOKEN", "canary"),
        ("LANDFALL_GITLAB_TOKEN_FILE", "/canary"),
        ("LANDFALL_GITHUB_TOKEN", "can ary"),
        ("LANDFALL_WEBHOOK_SIGNING_TOKENS", "whsec_canary"),
        ("LANDFALL_WEBHOOK_SECRET_TOKENS", "canary,,canary"),
        ("LANDFALL_TEST_CANARY", "left alone"),
        ("PATH", "left alone"),
    ]);
    let told = config::load(&env, None).expect_err("wrong variables").to_string();
    assert!(!told.contains("canary"), "{told}");
    assert_eq!(told, VARIABLES_TOLD);
}

#[test]
fn signing_tokens_outside_24_to_64_bytes_are_refused() {
    use base64::Engine;
    for (bytes, fits) in [(23, false), (24, true), (64, true), (65, false)] {
        let key = base64::engine::general_purpose::STANDARD.encode(vec![7; bytes]);
        let token = format!("whsec_{key}");
        let env = MapEnv::from([("LANDFALL_WEBHOOK_SIGNING_TOKENS", token.as_str())]);
        match config::load(&env, None) {
            Ok(config) => {
                assert!(fits, "{bytes} bytes were accepted");
                let keys = &config.service.webhook_signing_keys;
                assert_eq!(keys[0].expose_secret(), vec![7; bytes]);
            }
            Err(errors) => {
                assert!(!fits, "{errors}");
                assert!(!errors.to_string().contains(&key), "{errors}");
            }
        }
    }
}

#[test]
fn the_default_file_is_what_the_table_of_keys_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config/landfall.yaml");
    assert_eq!(fs::read_to_string(path).unwrap(), config::default_file());
    let as_file = folder(&[("landfall.yaml", &config::default_file())]);
    let from_file = loaded(&MapEnv::default(), Some(as_file.path())).service;
    let built_in = loaded(&MapEnv::default(), None).service;
    assert_eq!(format!("{from_file:?}"), format!("{built_in:?}"));
}

#[test]
fn the_reference_has_a_row_for_every_key_of_the_default_file() {
    let reference = config::reference();
    let keys = config::default_file();
    let keys = keys.lines().filter_map(|line| line.trim_start_matches("# ").split_once(": "));
    let keys = keys.map(|(key, _)| key).filter(|key| !key.contains(' '));
    let mut rows = 0;
    for key in keys {
        assert!(reference.contains(&format!("`{key}`")), "{key} is missing");
        rows += 1;
    }
    assert_eq!(rows + 2, reference.lines().count());
}

#[test]
fn variables_win_over_the_file() {
    let dir = folder(&[("landfall.yaml", "tracker: a/file\nstaff: [ann]\ndry_run: true\n")]);
    let env = MapEnv::from([
        ("LANDFALL_TRACKER", "a/variable"),
        ("LANDFALL_STAFF", "@bob, carol"),
        ("LANDFALL_CONFIDENTIAL_COMMENTS", "none"),
        ("LANDFALL_GITLAB_URL", "http://127.0.0.1:8929/gitlab"),
    ]);
    let service = loaded(&env, Some(dir.path())).service;
    assert_eq!(service.tracker.as_deref(), Some("a/variable"));
    let staff: Vec<&str> = service.staff.iter().map(Username::as_str).collect();
    assert_eq!(staff, ["bob", "carol"]);
    assert_eq!(service.confidential_comments, ConfidentialComments::None);
    assert_eq!(service.gitlab_url.as_str(), "http://127.0.0.1:8929/gitlab");
    assert!(service.dry_run);
}

#[test]
fn a_secret_comes_from_a_closed_file_without_its_last_line_break() {
    let dir = TempDir::new().unwrap();
    let path = secret(&dir, "glpat-canary\n", 0o640);
    let env = MapEnv::from([("LANDFALL_GITLAB_TOKEN_FILE", path.as_str())]);
    let service = loaded(&env, None).service;
    assert_eq!(service.require_token().unwrap().expose_secret(), "glpat-canary");
    assert!(!format!("{service:?}").contains("canary"));

    let file = format!("gitlab_token_file: {path}\n");
    let dir = folder(&[("landfall.yaml", &file)]);
    let service = loaded(&MapEnv::default(), Some(dir.path())).service;
    assert_eq!(service.require_token().unwrap().expose_secret(), "glpat-canary");
}

#[test]
fn a_secret_file_that_is_open_empty_missing_or_torn_is_refused() {
    let cases = [
        (
            "glpat-canary",
            0o644,
            "everybody on this machine can read this secret, chmod 600 or 640 it",
        ),
        ("\n", 0o600, "this secret is empty, write it into the file"),
        ("glpat\ncanary", 0o600, "must be one word of visible ASCII characters"),
    ];
    for (text, mode, expected) in cases {
        let dir = TempDir::new().unwrap();
        let path = secret(&dir, text, mode);
        let env = MapEnv::from([("LANDFALL_GITLAB_TOKEN_FILE", path.as_str())]);
        let told = config::load(&env, None).expect_err("a bad secret").to_string();
        assert_eq!(told, format!("{path}: {expected}"));
    }
    let env = MapEnv::from([("LANDFALL_GITLAB_TOKEN_FILE", "/nowhere/token")]);
    let told = config::load(&env, None).expect_err("no secret").to_string();
    assert_eq!(told, "/nowhere/token: there is no such file, create it or correct the path");
}

#[test]
fn what_serving_lacks_is_told_with_the_remedy() {
    let service = loaded(&MapEnv::default(), None).service;
    let told = service.require_for_serving().expect_err("nothing is set").to_string();
    assert_eq!(told, "\
configuration: `gitlab_token` is needed and not set, set LANDFALL_GITLAB_TOKEN or `gitlab_token_file` in landfall.yaml
configuration: `tracker` is needed and not set, set LANDFALL_TRACKER or `tracker` in landfall.yaml
configuration: `webhook_signing_tokens` is needed and not set, set LANDFALL_WEBHOOK_SIGNING_TOKENS or `webhook_signing_tokens_file` in landfall.yaml");
}
