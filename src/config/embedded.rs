//! The default files, part of the program.

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        /// Path within `config/` and text.
        const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../config/", $name)))),*];
    };
}

embedded![
    "landfall.yaml",
    "workflow.yaml",
    "verify.yaml",
    "sources.yaml",
    "issue_template.md",
    "texts/welcome.md",
    "texts/checklist.md",
    "texts/links.md",
    "texts/prospect.md",
    "texts/engaged.md",
    "texts/assessing.md",
    "texts/planning.md",
    "texts/pilot.md",
    "texts/migrating.md",
    "texts/validating.md",
    "texts/moved.md",
    "texts/thriving.md",
    "texts/partial.md",
    "texts/declined.md",
    "texts/left.md",
];

/// The text of a default file.
pub(super) fn text(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(one, _)| *one == name).map(|(_, text)| *text)
}
