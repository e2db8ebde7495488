//! The documentation is true: its example loads, its links lead somewhere, its commands, variables,
//! labels and metrics exist, and its table of who imports whom is the code's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use landfall::config::{self, Config, ConfigErrors, MapEnv};
use landfall::model::StageName;
use landfall::workflow::{Owner, TextContext};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Markdown file written for people: at the top and below `docs/`.
fn pages() -> Vec<PathBuf> {
    ["", "docs", "docs/adr"]
        .iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect()
}

/// Everything that stands in code: spans, and the lines of fenced blocks.
fn code(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_fenced = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if is_fenced {
            found.push(line.trim().to_owned());
        } else {
            let spans = line.split('`').skip(1).step_by(2);
            found.extend(spans.map(str::to_owned));
        }
    }
    found
}

fn words_that(text: &str, is_part: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(move |c| !is_part(c)).filter(|word| !word.is_empty())
}

/// The fenced blocks of the section about a new stage, by language, without their indent.
fn example() -> BTreeMap<String, String> {
    let page = read("docs/staff.md");
    let (_, section) = page.split_once("\n## Add a stage with a checklist\n").unwrap();
    let mut blocks = BTreeMap::new();
    let mut open: Option<(String, String)> = None;
    for line in section.lines() {
        let line = line.strip_prefix("   ").unwrap_or(line);
        match (line.strip_prefix("```"), open.take()) {
            (Some(language), None) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some((language, text))) => drop(blocks.insert(language, text)),
            (None, Some((language, text))) => open = Some((language, format!("{text}{line}\n"))),
            (None, None) => {}
        }
    }
    blocks
}

fn replace_once(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "once in the file: {from}");
    text.replacen(from, to, 1)
}

/// `config/` with the page's steps 1 and 2 done.
fn with_new_stage(dir: &Path) {
    fs::create_dir(dir.join("texts")).unwrap();
    let example = example();
    let change = |sign: char| {
        let lines = example["diff"].lines();
        let line = lines.filter_map(|line| line.strip_prefix(sign)).next();
        format!("{}\n", line.unwrap())
    };
    let above = "  - name: pilot\n";
    let workflow = read("config/workflow.yaml");
    let workflow = replace_once(&workflow, above, &format!("{}\n{above}", example["yaml"]));
    let workflow = replace_once(&workflow, &change('-'), &change('+'));
    fs::write(dir.join("workflow.yaml"), workflow).unwrap();
}

fn load(dir: &Path) -> Result<Config, ConfigErrors> {
    config::load(&MapEnv::default(), Some(dir))
}

#[test]
fn the_new_stage_of_the_staff_page_loads_as_written() {
    let dir = tempfile::tempdir().unwrap();
    with_new_stage(dir.path());
    fs::write(dir.path().join("texts/rehearsing.md"), &example()["markdown"]).unwrap();
    let config = load(dir.path()).unwrap_or_else(|mistakes| panic!("{mistakes}"));

    let name = StageName::new("rehearsing");
    let stage = config.workflow.stage(&name).unwrap();
    assert_eq!(stage.label.as_str(), "migration::rehearsing");
    let ids: Vec<_> = stage.checklist.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["rehearsing.group", "rehearsing.import", "rehearsing.report"]);
    assert_eq!(stage.checklist[2].owner, Owner::Staff);
    let allows =
        |from: &str, to: &str| config.workflow.allows(&StageName::new(from), &StageName::new(to));
    assert!(allows("planning", "rehearsing") && allows("rehearsing", "pilot"));
    assert!(allows("pilot", "rehearsing"), "`backward: true`");
    assert!(!allows("engaged", "rehearsing"));

    let context = TextContext {
        author: "@partner".to_owned(),
        bot: "landfall".to_owned(),
        ..TextContext::of_stage(stage, |_| false)
    };
    let comment = config.texts.render_stage(&name, &context).unwrap();
    assert!(comment.starts_with("@partner, a dress rehearsal"), "{comment}");
    assert!(comment.contains("3. Compare the result with the source"), "{comment}");
    assert!(comment.contains("Importing from GitHub"), "{comment}");
}

#[test]
fn a_stage_without_its_text_is_refused_with_the_file_to_write() {
    let dir = tempfile::tempdir().unwrap();
    with_new_stage(dir.path());
    let mistakes = load(dir.path()).unwrap_err().to_string();
    assert!(mistakes.contains("the stage `rehearsing` has no text"), "{mistakes}");
    assert!(mistakes.contains("texts/rehearsing.md"), "{mistakes}");
}

#[test]
fn the_reference_of_settings_is_the_one_the_program_prints() {
    let wanted = format!("{}\n", config::reference().trim_end());
    assert!(
        read("docs/configuration.md") == wanted,
        "write it again: cargo run --quiet -- config-reference > docs/configuration.md"
    );
}

#[test]
fn every_relative_link_leads_to_a_file() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = read(&page);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets {
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            if path.contains("://") {
                continue;
            }
            let file = match path {
                "" => page.clone(),
                path => page.parent().unwrap().join(path),
            };
            let is_there = file.exists() && (heading.is_empty() || has_heading(&file, heading));
            if !is_there {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Whether a heading has this anchor, as GitLab makes it.
fn has_heading(page: &Path, anchor: &str) -> bool {
    let slug = |heading: &str| -> String {
        let lower = heading.trim().to_lowercase();
        let kept = lower.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    read(page)
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .any(|line| slug(line.trim_start_matches('#')) == anchor)
}

#[test]
fn every_command_named_can_be_typed() {
    let mut wrong = Vec::new();
    let mut helps: BTreeMap<Vec<String>, Option<String>> = BTreeMap::new();
    for page in pages() {
        for span in code(&read(&page)) {
            let Some(typed) = command_line(&span) else {
                continue;
            };
            let is_name = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            let names: Vec<String> = typed
                .split_whitespace()
                .take_while(|word| is_name(word) && !word.starts_with('-'))
                .map(str::to_owned)
                .collect();
            let help = helps.entry(names.clone()).or_insert_with(|| help(&names));
            let Some(help) = help else {
                wrong.push(format!("{}: no such command: {span}", page.display()));
                continue;
            };
            let typed = typed.split(" #").next().unwrap_or_default();
            let options = typed
                .split_whitespace()
                .filter(|word| word.starts_with("--"))
                .filter_map(|word| word.split('=').next());
            for option in options.filter(|option| !help.contains(*option)) {
                wrong.push(format!("{}: no {option}: {span}", page.display()));
            }
        }
    }
    assert!(helps.len() > 10, "the pages name commands: {:?}", helps.keys());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What follows the program's name, when this is a line to be typed.
fn command_line(code: &str) -> Option<&str> {
    let code = code.trim_start_matches("$ ");
    code.strip_prefix("landfall ").or_else(|| code.strip_prefix("cargo run --release -- "))
}

fn help(names: &[String]) -> Option<String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_landfall")).args(names).arg("--help").output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

#[test]
fn every_variable_named_is_a_setting() {
    let reference = config::reference();
    let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
    let known: BTreeSet<&str> = words_that(&reference, is_part).collect();
    let mut unknown = BTreeSet::new();
    let files = ["Dockerfile", ".gitlab-ci.yml"].map(PathBuf::from);
    for page in pages().into_iter().chain(files) {
        let text = read(&page);
        let named = words_that(&text, is_part).filter(|word| word.starts_with("LANDFALL_"));
        let strange = named.filter(|word| !known.contains(word) && !word.ends_with('_'));
        unknown.extend(strange.map(str::to_owned));
    }
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_label_of_the_staff_page_is_in_the_workflow_and_every_stage_on_the_page() {
    let config = config::load(&MapEnv::default(), None).unwrap();
    let page = read("docs/staff.md");
    let workflow = &config.workflow;
    let scoped = workflow.scopes.iter().flat_map(|scope| &scope.labels);
    let known: BTreeSet<&str> = workflow
        .stages
        .iter()
        .map(|stage| stage.label.as_str())
        .chain(scoped.map(|one| one.label.as_str()))
        .collect();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == ':' || c == '-';
    let named: BTreeSet<&str> = words_that(&page, is_part)
        .filter(|word| word.contains("::") && !word.ends_with(':'))
        .collect();
    let unknown: Vec<_> = named.difference(&known).collect();
    assert_eq!(unknown, [&"migration::rehearsing"], "the example's own");
    for stage in &workflow.stages {
        assert!(named.contains(stage.label.as_str()), "{}", stage.label);
        let Some(days) = stage.days else { continue };
        let row = format!("| `{}` |", stage.label);
        let row = page.lines().find(|line| line.starts_with(&row)).unwrap();
        assert!(row.ends_with(&format!("| {days} |")), "{row}");
    }
}

#[test]
fn the_metrics_of_the_operators_page_are_those_of_the_code() {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '_';
    let kinds = ["_total", "_seconds", "_waiting", "_dead", "_quarantined"];
    let names = |text: &str| -> BTreeSet<String> {
        words_that(text, is_part)
            .filter(|word| word.starts_with("landfall_"))
            .filter(|word| kinds.iter().any(|kind| word.ends_with(kind)))
            .map(str::to_owned)
            .collect()
    };
    let mut in_code = BTreeSet::new();
    for file in sources("src") {
        in_code.extend(names(&fs::read_to_string(file).unwrap()));
    }
    assert_eq!(names(&read("docs/operators.md")), in_code);
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// Ids of a part of the catalogue, `E01` to `E35`.
fn cases(part: char, last: u32) -> impl Iterator<Item = String> {
    (1..=last).map(move |number| format!("{part}{number:02}"))
}

#[test]
fn the_catalogue_names_every_case_once_and_only_tests_that_are_there() {
    let page = read("docs/catalogue.md");
    let mut functions = BTreeSet::new();
    for file in ["src", "tests"].iter().flat_map(|folder| sources(folder)) {
        let text = fs::read_to_string(file).unwrap();
        let names = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
        functions.extend(names.map(str::to_owned));
    }
    let rig = read("tests/chaos/scenarios.rs");
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter(|row| row.as_bytes().get(1).is_some_and(u8::is_ascii_digit));
    let (mut ids, mut wrong, mut named) = (Vec::new(), Vec::new(), 0);
    for row in rows {
        let cells: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
        let &[id, _, shown, remarks] = cells.as_slice() else { panic!("four cells: {row}") };
        ids.push(id.to_owned());
        if shown.is_empty() && remarks.is_empty() {
            wrong.push(format!("{id}: neither a test nor a reason"));
        }
        for part in shown.split(", ").filter(|part| !part.is_empty()) {
            let span = |text: &str| -> Option<String> {
                Some(text.strip_prefix('`')?.strip_suffix('`')?.to_owned())
            };
            let is_there = match part.strip_prefix("rig ").map(span) {
                Some(scenario) => scenario.is_some_and(|it| rig.contains(&format!("\"{it}\": "))),
                None => span(part).is_some_and(|it| functions.contains(&it)),
            };
            named += 1;
            if !is_there {
                wrong.push(format!("{id}: {part} is nowhere"));
            }
        }
    }
    let parts = [('E', 35), ('F', 28), ('G', 7), ('H', 21)];
    let all: Vec<String> = parts.iter().flat_map(|&(part, last)| cases(part, last)).collect();
    assert_eq!(ids, all);
    assert!(named > 100, "{named} tests are named");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
