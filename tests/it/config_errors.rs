//! Configuration: the defaults load, and every mistake is told with its place and its remedy.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use landfall::config::{self, ConfidentialComments, Config, MapEnv};
use landfall::model::StageName;
use landfall::workflow::TextContext;
use secrecy::ExposeSecret;
use tempfile::TempDir;

mod told;

use told::{SETTINGS_TOLD, TEXTS_TOLD, VARIABLES_TOLD, WORKFLOW_MISTAKES};

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

/// What is told about a folder with these files; the folder's path reads `DIR`.
fn told_about(env: &MapEnv, files: &[(&str, &str)]) -> String {
    let dir = folder(files);
    let errors = config::load(env, Some(dir.path())).expect_err("this is full of mistakes");
    errors
        .to_string()
        .replace(&dir.path().display().to_string(), "DIR")
}

fn loaded(env: &MapEnv, dir: Option<&Path>) -> Config {
    config::load(env, dir).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A file with these permissions.
fn secret(dir: &TempDir, text: &str, mode: u32) -> String {
    let path = dir.path().join("secret");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path.display().to_string()
}

/// A workflow that is right but for what a case changes.
const RIGHT: &str = r##"stages:
  - name: prospect
    label: migration::prospect
    color: "#9ca3af"
    summary: At the start.
    next: [left]
  - name: left
    label: migration::left
    color: "#555555"
    summary: At the end.
    end: true
"##;

#[test]
fn every_mistake_in_a_workflow_is_told_with_its_place_and_remedy() {
    loaded(
        &MapEnv::default(),
        Some(folder(&[("workflow.yaml", RIGHT)]).path()),
    );
    for (from, to, expected) in WORKFLOW_MISTAKES {
        let changed = RIGHT.replacen(from, to, 1);
        assert_ne!(changed, RIGHT, "the case changes nothing");
        let told = told_about(&MapEnv::default(), &[("workflow.yaml", &changed)]);
        assert_eq!(told, *expected, "after writing {to:?}");
    }
}

#[test]
fn a_label_longer_than_gitlab_allows_is_refused() {
    let long = RIGHT.replace("migration::left", &"l".repeat(256));
    let told = told_about(&MapEnv::default(), &[("workflow.yaml", &long)]);
    let expected = "DIR/workflow.yaml:8:12: this label is longer than GitLab allows, \
                    use 255 characters at most";
    assert!(told.starts_with(expected), "{told}");
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
    let told = told_about(
        &MapEnv::default(),
        &[("landfall.yaml", "a: [glpat-canary\nb: \"c")],
    );
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
    let told = config::load(&env, None)
        .expect_err("wrong variables")
        .to_string();
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
fn every_mistake_in_texts_is_told_with_its_place() {
    let files = [("texts/pilott.md", "x"), ("landfall.yml", "")];
    assert_eq!(
        told_about(&MapEnv::default(), &files),
        "\
DIR/landfall.yml: no such configuration file is known, rename it to `landfall.yaml`
DIR/texts/pilott.md: there is no stage `pilott`, did you mean `pilot`?"
    );
    let files = [
        (
            "texts/declined.md",
            "{% for i in range(99999) %}x{% endfor %}",
        ),
        ("texts/engaged.md", "{{ stage|upperr }}"),
        ("texts/left.md", "a\n  >>>\nb"),
        ("texts/moved.md", "{% if %}"),
        ("texts/pilot.md", "a\n  b {{ stge }}"),
        ("texts/planning.md", "{% if false %}nothing{% endif %}"),
        ("texts/thriving.md", "a\n/close\n"),
    ];
    assert_eq!(told_about(&MapEnv::default(), &files), TEXTS_TOLD);
}

#[test]
fn a_mistake_in_a_part_is_told_once() {
    let told = told_about(
        &MapEnv::default(),
        &[("texts/checklist.md", "\n x {{ nope }}")],
    );
    assert_eq!(
        told,
        "\
DIR/texts/checklist.md:2:7: undefined value: `nope` is undefined
  2 |  x {{ nope }}
    |       ^"
    );
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
    let keys = keys
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once(": "));
    let keys = keys.map(|(key, _)| key).filter(|key| !key.contains(' '));
    let mut rows = 0;
    for key in keys {
        assert!(reference.contains(&format!("`{key}`")), "{key} is missing");
        rows += 1;
    }
    assert_eq!(rows + 2, reference.lines().count());
}

#[test]
fn the_defaults_load_clean_and_every_text_renders() {
    let config = loaded(&MapEnv::default(), None);
    assert_eq!(config.workflow.stages.len(), 12);
    assert_eq!(config.origin, "built-in");
    assert!(config.issue_template.contains("## Source locations"));
    assert!(
        config
            .issue_template
            .lines()
            .all(|line| !line.starts_with('/'))
    );
    for stage in &config.workflow.stages {
        let context = TextContext {
            author: "@paula".to_owned(),
            bot: "landfall".to_owned(),
            ..TextContext::of_stage(stage, |item| item.id == stage.checklist[0].id)
        };
        let text = config.texts.render_stage(&stage.name, &context).unwrap();
        assert!(text.contains("@paula"), "{text}");
        for (index, item) in stage.checklist.iter().enumerate() {
            let mark = if index == 0 { "✅ " } else { "" };
            let line = format!("{}. {mark}{}", index + 1, item.text);
            assert!(text.contains(&line), "{line:?} is not in\n{text}");
        }
        assert!(!text.contains("\n\n\n\n"), "too much air in\n{text}");
    }
}

#[test]
fn staff_may_go_one_step_forward_or_any_back_but_not_skip() {
    let workflow = loaded(&MapEnv::default(), None).workflow;
    let allows = |from: &str, to: &str| workflow.allows(&from.into(), &to.into());
    assert!(allows("prospect", "engaged"));
    assert!(allows("moved", "prospect"));
    assert!(allows("pilot", "left"));
    assert!(allows("declined", "engaged"));
    assert!(!allows("prospect", "assessing"));
    assert!(!allows("prospect", "moved"));
    assert!(!allows("left", "thriving"));
}

#[test]
fn a_new_stage_needs_no_rust() {
    let workflow = RIGHT.replace("next: [left]", "next: [rehearsal]").replace(
        "  - name: left",
        "  - name: rehearsal\n    label: migration::rehearsal\n    color: \"#112233\"\n    \
         summary: We practise.\n    next: [left]\n    checklist:\n      \
         - { id: rehearsal.group, owner: partner, text: Make a group to throw away }\n  \
         - name: left",
    );
    let text = "Time to practise, {{ author }}!\n\n{% include \"checklist\" %}\n";
    let files = [
        ("workflow.yaml", workflow.as_str()),
        ("texts/rehearsal.md", text),
    ];
    let dir = folder(&files);
    let config = loaded(&MapEnv::default(), Some(dir.path()));

    let name = StageName::from("rehearsal");
    let stage = config.workflow.stage(&name).unwrap();
    let context = TextContext {
        author: "@paula".to_owned(),
        ..TextContext::of_stage(stage, |_| false)
    };
    let text = config.texts.render_stage(&name, &context).unwrap();
    assert!(text.starts_with("Time to practise, @paula!"), "{text}");
    assert!(text.contains("1. Make a group to throw away\n"), "{text}");
    assert!(config.workflow.allows(&"prospect".into(), &name));
}

#[test]
fn variables_win_over_the_file() {
    let dir = folder(&[(
        "landfall.yaml",
        "tracker: a/file\nstaff: [ann]\ndry_run: true\n",
    )]);
    let env = MapEnv::from([
        ("LANDFALL_TRACKER", "a/variable"),
        ("LANDFALL_STAFF", "@bob, carol"),
        ("LANDFALL_CONFIDENTIAL_COMMENTS", "none"),
        ("LANDFALL_GITLAB_URL", "http://127.0.0.1:8929/gitlab"),
    ]);
    let service = loaded(&env, Some(dir.path())).service;
    assert_eq!(service.tracker.as_deref(), Some("a/variable"));
    let staff: Vec<&str> = service.staff.iter().map(|name| name.as_str()).collect();
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
    assert_eq!(
        service.require_token().unwrap().expose_secret(),
        "glpat-canary"
    );
    assert!(!format!("{service:?}").contains("canary"));

    let file = format!("gitlab_token_file: {path}\n");
    let dir = folder(&[("landfall.yaml", &file)]);
    let service = loaded(&MapEnv::default(), Some(dir.path())).service;
    assert_eq!(
        service.require_token().unwrap().expose_secret(),
        "glpat-canary"
    );
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
        (
            "glpat\ncanary",
            0o600,
            "must be one word of visible ASCII characters",
        ),
    ];
    for (text, mode, expected) in cases {
        let dir = TempDir::new().unwrap();
        let path = secret(&dir, text, mode);
        let env = MapEnv::from([("LANDFALL_GITLAB_TOKEN_FILE", path.as_str())]);
        let told = config::load(&env, None)
            .expect_err("a bad secret")
            .to_string();
        assert_eq!(told, format!("{path}: {expected}"));
    }
    let env = MapEnv::from([("LANDFALL_GITLAB_TOKEN_FILE", "/nowhere/token")]);
    let told = config::load(&env, None).expect_err("no secret").to_string();
    assert_eq!(
        told,
        "/nowhere/token: there is no such file, create it or correct the path"
    );
}

#[test]
fn what_serving_lacks_is_told_with_the_remedy() {
    let service = loaded(&MapEnv::default(), None).service;
    let told = service
        .require_for_serving()
        .expect_err("nothing is set")
        .to_string();
    assert_eq!(told, "\
configuration: `gitlab_token` is needed and not set, set LANDFALL_GITLAB_TOKEN or `gitlab_token_file` in landfall.yaml
configuration: `tracker` is needed and not set, set LANDFALL_TRACKER or `tracker` in landfall.yaml
configuration: `webhook_signing_tokens` is needed and not set, set LANDFALL_WEBHOOK_SIGNING_TOKENS or `webhook_signing_tokens_file` in landfall.yaml");
}

#[test]
fn bombs_are_refused_at_once() {
    let laughs = (0..9).map(|n| format!("a{n}: &a{n} [*a{n}, *a{n}, *a{n}]\n"));
    let bombs = [
        ("aliases", laughs.collect::<String>()),
        ("depth", "[".repeat(500_000)),
        ("nested keys", "a: {".repeat(200_000)),
        ("width", format!("[{}]", "a,".repeat(500_000))),
        ("documents", "---\n".repeat(200_000)),
        ("tags", "!!a ".repeat(200_000)),
        ("a key without end", "k".repeat(1_000_000)),
        ("quotes", "\"".repeat(1_000_000)),
        ("size", "# \n".repeat(400_000)),
    ];
    for (name, text) in bombs {
        for file in ["landfall.yaml", "workflow.yaml"] {
            let dir = folder(&[(file, &text)]);
            // The fastest of five: the limit is about this program, not about a busy machine.
            let took = (0..5).map(|_| {
                let start = Instant::now();
                let loaded = config::load(&MapEnv::default(), Some(dir.path()));
                assert!(loaded.is_err(), "{name} was accepted in {file}");
                start.elapsed()
            });
            let took = took.min().unwrap();
            assert!(
                took <= Duration::from_millis(100),
                "{name} took {took:?} in {file}"
            );
        }
    }
}

#[test]
fn a_file_of_a_gigabyte_is_refused_unread() {
    let dir = TempDir::new().unwrap();
    let file = fs::File::create(dir.path().join("workflow.yaml")).unwrap();
    file.set_len(1 << 30).unwrap();
    let start = Instant::now();
    let errors = config::load(&MapEnv::default(), Some(dir.path())).expect_err("too large");
    assert!(start.elapsed() < Duration::from_millis(100));
    assert!(
        errors.to_string().contains("is larger than 1048576 bytes"),
        "{errors}"
    );
}
