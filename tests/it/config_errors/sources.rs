//! `sources.yaml`: what is told of each mistake, with its place and its remedy.

use std::fs;

use landfall::config::MapEnv;
use landfall::model::SourceKind;

use super::{folder, loaded, told_about};

/// The default file, which is right.
fn right() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config/sources.yaml");
    fs::read_to_string(path).unwrap()
}

/// What to replace in the default file, by what, and the lines told then, without those that show
/// the place.
type Case = (&'static str, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "kind: trac\n",
        "kind: track\n",
        &[
            "unknown kind `track`, did you mean `trac`?",
            "`paths` has no kind `trac`, add what is missing",
        ],
    ),
    (
        "kind: trac\n",
        "kind: svn\n",
        &["the kind `svn` is already on line", "`paths` has no kind `trac`, add what is missing"],
    ),
    (
        "    way: none\n",
        "    way: maybe\n",
        &["unknown way `maybe`, write `importer`, `script` or `none`"],
    ),
    ("    way: none\n", "", &["`way` is missing, add it"]),
    (
        "    way: none\n",
        "    way: none\n    wey: none\n",
        &["unknown key `wey`, did you mean `way`?"],
    ),
    (
        "paths:\n",
        "path:\n",
        &["unknown key `path`, did you mean `paths`?", "`paths` is missing, add it"],
    ),
    (
        "topic: wiki,",
        "topic: wikis,",
        &[
            "unknown topic `wikis`, did you mean `wiki`?",
            "`pages` has no topic `wiki`, add what is missing",
        ],
    ),
    (
        "https://docs.gitlab.com/topics/git/lfs/",
        "http://docs.gitlab.com/topics/git/lfs/",
        &[
            "`http://docs.gitlab.com/topics/git/lfs/` is not a secure web address, write one that starts with https://",
        ],
    ),
    ("title: \"Git LFS\", ", "", &["`title` is missing, add it"]),
    (
        "limit: 200 }",
        "limit: 900 }",
        &["`limit` 500 is smaller than the one above, put the smallest limit first"],
    ),
    ("limit: 200 }", "limit: none }", &["`limit` must be a whole number from 1"]),
    ("limit: 200 }", "}", &["`limit` is missing, add it"]),
    (
        "items: 125000, hours: 76,",
        "items: 0, hours: 1.5,",
        &["`items` must be a whole number from 1", "`hours` must be a whole number from 1"],
    ),
    (
        "import_time: {",
        "imported: {",
        &["unknown key `imported`", "`import_time` is missing, add it"],
    ),
    (
        "comments: { limit: 30000, per_item: 12 }",
        "comments: 30000",
        &[
            "expected keys with values here, write `key: value` lines",
            "`limit` is missing, add it",
            "`per_item` is missing, add it",
        ],
    ),
];

#[test]
fn every_mistake_in_sources_is_told_with_its_place_and_remedy() {
    let right = right();
    for (from, to, expected) in CASES {
        assert_eq!(right.matches(from).count(), 1, "{from}");
        let told = told_about(&MapEnv::default(), &[("sources.yaml", &right.replace(from, to))]);
        let lines: Vec<_> = told.lines().filter(|line| line.starts_with("DIR/")).collect();
        assert_eq!(lines.len(), expected.len(), "after writing {to:?}:\n{told}");
        for words in *expected {
            let line = lines.iter().find(|line| line.contains(words));
            assert!(line.is_some_and(|line| has_place(line)), "{words}:\n{told}");
        }
    }
}

/// `DIR/sources.yaml:12:3: …`
fn has_place(line: &str) -> bool {
    let rest = line.strip_prefix("DIR/sources.yaml:").unwrap_or_default();
    let numbers: Vec<_> = rest.splitn(3, ':').take(2).map(str::parse::<usize>).collect();
    numbers.len() == 2 && numbers.iter().all(Result::is_ok)
}

#[test]
fn a_file_of_another_shape_is_one_mistake() {
    for text in ["- a\n", "paths\n", ""] {
        let told = told_about(&MapEnv::default(), &[("sources.yaml", text)]);
        let count = told.lines().filter(|line| line.starts_with("DIR/")).count();
        assert_eq!(count, 1, "{text:?}: {told}");
    }
}

#[test]
fn a_file_of_ones_own_replaces_the_default() {
    let own = right().replace("GitLab has no importer for Trac.", "We have one.");
    let config = loaded(&MapEnv::default(), Some(folder(&[("sources.yaml", &own)]).path()));
    let path = config.sources.path_for(SourceKind::Trac);
    assert!(path.text.starts_with("We have one."), "{path:?}");
    let default = loaded(&MapEnv::default(), None);
    assert_ne!(default.sources.path_for(SourceKind::Trac), path);
}

#[test]
fn every_kind_of_source_has_a_path_of_its_own() {
    let sources = loaded(&MapEnv::default(), None).sources;
    let missing: Vec<_> =
        SourceKind::ALL.iter().filter(|kind| !sources.paths.contains_key(kind)).collect();
    assert_eq!(missing, [] as [&SourceKind; 0]);
}
