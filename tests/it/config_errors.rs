//! Configuration: the defaults load, and every mistake is told with its place and its remedy.

use std::fs;
use std::path::Path;
use std::time::Duration;

use landfall::config::{self, Config, MapEnv};
use landfall::model::StageName;
use landfall::workflow::TextContext;
use tempfile::TempDir;

mod settings;
mod sources;
mod told;
mod verify_rules;

use told::{TEXTS_TOLD, WORKFLOW_MISTAKES};

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

/// What is told about a folder with these files; the folder's path reads `DIR`. The same is told
/// about the same texts without a folder.
fn told_about(env: &MapEnv, files: &[(&str, &str)]) -> String {
    let dir = folder(files);
    let errors = config::load(env, Some(dir.path())).expect_err("this is full of mistakes");
    let told = errors.to_string().replace(&dir.path().display().to_string(), "DIR");
    let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    let given = config::read(env, &files.iter().map(owned).collect());
    let given = given.expect_err("this is full of mistakes").to_string();
    assert_eq!(given, told.replace("DIR/", ""), "by `load` and by `read`");
    told
}

fn loaded(env: &MapEnv, dir: Option<&Path>) -> Config {
    config::load(env, dir).unwrap_or_else(|errors| panic!("{errors}"))
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
    loaded(&MapEnv::default(), Some(folder(&[("workflow.yaml", RIGHT)]).path()));
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
fn every_mistake_in_texts_is_told_with_its_place() {
    let files = [("texts/pilott.md", "x"), ("landfall.yml", "")];
    assert_eq!(
        told_about(&MapEnv::default(), &files),
        "\
DIR/landfall.yml: no such configuration file is known, rename it to `landfall.yaml`
DIR/texts/pilott.md: there is no stage `pilott`, did you mean `pilot`?"
    );
    let files = [
        ("texts/declined.md", "{% for i in range(99999) %}x{% endfor %}"),
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
    let told = told_about(&MapEnv::default(), &[("texts/checklist.md", "\n x {{ nope }}")]);
    assert_eq!(
        told,
        "\
DIR/texts/checklist.md:2:7: undefined value: `nope` is undefined
  2 |  x {{ nope }}
    |       ^"
    );
}

#[test]
fn the_defaults_load_clean_and_every_text_renders() {
    let config = loaded(&MapEnv::default(), None);
    assert_eq!(config.workflow.stages.len(), 12);
    assert_eq!(config.origin, "built-in");
    assert!(config.issue_template.contains("## Source locations"));
    assert!(config.issue_template.lines().all(|line| !line.starts_with('/')));
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
    let files = [("workflow.yaml", workflow.as_str()), ("texts/rehearsal.md", text)];
    let dir = folder(&files);
    let config = loaded(&MapEnv::default(), Some(dir.path()));

    let name = StageName::from("rehearsal");
    let stage = config.workflow.stage(&name).unwrap();
    let context =
        TextContext { author: "@paula".to_owned(), ..TextContext::of_stage(stage, |_| false) };
    let text = config.texts.render_stage(&name, &context).unwrap();
    assert!(text.starts_with("Time to practise, @paula!"), "{text}");
    assert!(text.contains("1. Make a group to throw away\n"), "{text}");
    assert!(config.workflow.allows(&"prospect".into(), &name));
}

/// The time this thread has spent on a processor.
fn processor_time() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
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
        for file in ["landfall.yaml", "workflow.yaml", "sources.yaml", "verify.yaml"] {
            let dir = folder(&[(file, &text)]);
            // Processor time, so that a busy machine does not change the verdict.
            let took = (0..5).map(|_| {
                let start = processor_time();
                let loaded = config::load(&MapEnv::default(), Some(dir.path()));
                assert!(loaded.is_err(), "{name} was accepted in {file}");
                processor_time() - start
            });
            let took = took.min().unwrap();
            assert!(took <= REFUSED_WITHIN, "{name} took {took:?} in {file}");
        }
    }
}

/// A bomb takes minutes; the goal of 100 ms is for optimised builds, this bound for all others.
const REFUSED_WITHIN: Duration = Duration::from_millis(500);

#[test]
fn a_file_of_a_gigabyte_is_refused_unread() {
    let dir = TempDir::new().unwrap();
    let file = fs::File::create(dir.path().join("workflow.yaml")).unwrap();
    file.set_len(1 << 30).unwrap();
    let start = processor_time();
    let errors = config::load(&MapEnv::default(), Some(dir.path())).expect_err("too large");
    assert!(processor_time() - start <= REFUSED_WITHIN);
    assert!(errors.to_string().contains("is larger than 1048576 bytes"), "{errors}");
}
