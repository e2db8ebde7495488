//! What people are told, to the letter: for each change of a right workflow, and for whole files.

use super::RIGHT;

/// What to replace in [`RIGHT`](super::RIGHT), by what, and what is told then.
pub(super) type Case = (&'static str, &'static str, &'static str);

pub(super) const WORKFLOW_MISTAKES: &[Case] = &[
    ("next: [left]", "next: [left, lefft]", "\
DIR/workflow.yaml:6:18: unknown stage `lefft` in `next`, did you mean `left`?
  6 |     next: [left, lefft]
    |                  ^"),
    ("next: [left]", "next: [left, prospect]", "\
DIR/workflow.yaml:6:18: `prospect` leads to itself, name another stage
  6 |     next: [left, prospect]
    |                  ^"),
    ("    next: [left]\n", "    end: true\n", "\
DIR/workflow.yaml:7:11: no stage leads to `left`, name it in the `next` of another stage
  7 |   - name: left
    |           ^"),
    ("    end: true\n", "", "\
DIR/workflow.yaml:7:11: `left` leads nowhere, give it a `next`, or `end: true`
  7 |   - name: left
    |           ^"),
    ("label: migration::left", "label: migration::prospect", "\
DIR/workflow.yaml:8:12: the label `migration::prospect` is already on line 3, give one of them another name
  8 |     label: migration::prospect
    |            ^"),
    (
        "    end: true\n",
        "    end: true\nscopes: [{ name: hold, labels: [\n      { label: migration::left, color: \"#555555\", summary: Twice. }] }]\n",
        r##"DIR/workflow.yaml:13:16: the label `migration::left` is already on line 8, give one of them another name
  13 |       { label: migration::left, color: "#555555", summary: Twice. }] }]
     |                ^"##,
    ),
    ("name: left", "name: prospect", "\
DIR/workflow.yaml:6:12: unknown stage `left` in `next`
  6 |     next: [left]
    |            ^
DIR/workflow.yaml:7:11: the stage `prospect` is already on line 2, give one of them another name
  7 |   - name: prospect
    |           ^"),
    ("name: left", "name: ../left", "\
DIR/workflow.yaml:6:12: unknown stage `left` in `next`
  6 |     next: [left]
    |            ^
DIR/workflow.yaml:7:11: `../left` can't be a stage's name, use lower case letters, digits and single dashes
  7 |   - name: ../left
    |           ^
DIR/workflow.yaml:7:11: no stage leads to `../left`, name it in the `next` of another stage
  7 |   - name: ../left
    |           ^"),
    ("name: left", "name: links", "\
DIR/workflow.yaml:6:12: unknown stage `left` in `next`
  6 |     next: [left]
    |            ^
DIR/workflow.yaml:7:11: `links` can't be a stage's name, a text file with another use has it
  7 |   - name: links
    |           ^
DIR/workflow.yaml:7:11: no stage leads to `links`, name it in the `next` of another stage
  7 |   - name: links
    |           ^"),
    (
        "next: [left]\n  - name: left",
        "next: [lost]\n  - name: lost",
        "\
DIR/workflow.yaml:7:11: the stage `lost` has no text, write DIR/texts/lost.md
  7 |   - name: lost
    |           ^",
    ),
    (
        "end: true\n",
        "end: true\n    checklist:\n      - { id: a.b, owner: staff, text: One }\n      - { id: a.b, owner: staff, text: Two }\n",
        "\
DIR/workflow.yaml:14:15: the checklist item `a.b` is already on line 13, give one of them another name
  14 |       - { id: a.b, owner: staff, text: Two }
     |               ^",
    ),
    (
        "end: true\n",
        "end: true\n    checklist:\n      - { id: a-->b, owner: gitlab, text: \" \" }\n",
        r#"DIR/workflow.yaml:13:15: `a-->b` can't be an item's id, use lower case letters, digits, single dashes and dots, like `engaged.goals`
  13 |       - { id: a-->b, owner: gitlab, text: " " }
     |               ^
DIR/workflow.yaml:13:29: unknown owner `gitlab`, write `partner` or `staff`
  13 |       - { id: a-->b, owner: gitlab, text: " " }
     |                             ^
DIR/workflow.yaml:13:43: `text` is empty, write one line of text
  13 |       - { id: a-->b, owner: gitlab, text: " " }
     |                                           ^"#,
    ),
    (
        "end: true\n",
        "end: true\n    links:\n      - { title: Docs, url: \"http://docs.gitlab.com\" }\n",
        r#"DIR/workflow.yaml:13:29: `http://docs.gitlab.com` is not a secure web address, write one that starts with https://
  13 |       - { title: Docs, url: "http://docs.gitlab.com" }
     |                             ^"#,
    ),
    ("\"#555555\"", "red", r##"DIR/workflow.yaml:9:12: `red` is not a colour, write it in quotes like "#6699cc"
  9 |     color: red
    |            ^"##),
    ("\"#555555\"", "#555555", "\
DIR/workflow.yaml:9:10: `color` is empty, write one line of text; one that starts with `#` needs quotes
  9 |     color: #555555
    |          ^"),
    ("migration::left", "\"left, gone\"", r#"DIR/workflow.yaml:8:12: the label `left, gone` has a comma, GitLab separates labels by commas
  8 |     label: "left, gone"
    |            ^"#),
    ("summary: At the end.", "sumary: At the end.", "\
DIR/workflow.yaml:7:5: `summary` is missing, add it
  7 |   - name: left
    |     ^
DIR/workflow.yaml:10:5: unknown key `sumary`, did you mean `summary`?
  10 |     sumary: At the end.
     |     ^"),
    ("summary: At the end.", "\"sum\\e[2Jmary\": At the end.", r#"DIR/workflow.yaml:7:5: `summary` is missing, add it
  7 |   - name: left
    |     ^
DIR/workflow.yaml:10:5: unknown key `sum\u{1b}[2Jmary`
  10 |     "sum\e[2Jmary": At the end.
     |     ^"#),
    ("    end: true\n", "    end: true\n    end: true\n", "\
DIR/workflow.yaml:12:5: `end` is given twice, keep one of them
  12 |     end: true
     |     ^"),
    (
        "summary: At the end.\n",
        "summary: 12\n    days: soon\n    exit: one\n",
        "\
DIR/workflow.yaml:10:14: `summary` must be text, put it in quotes
  10 |     summary: 12
     |              ^
DIR/workflow.yaml:11:11: `days` must be a whole number from 1
  11 |     days: soon
     |           ^
DIR/workflow.yaml:12:11: `exit` must be a list, start each element with `- `
  12 |     exit: one
     |           ^",
    ),
    (RIGHT, "backward: true\n", "\
DIR/workflow.yaml:1:1: there is no stage, list at least one in `stages`
  1 | backward: true
    | ^"),
    (RIGHT, "- prospect\n", "\
DIR/workflow.yaml:1:1: expected keys with values here, write `key: value` lines
  1 | - prospect
    | ^"),
    ("next: [left]", "next: [left", "\
DIR/workflow.yaml:7:9: this is not valid YAML (illegal placement of ':' indicator)
  7 |   - name: left
    |         ^"),
    ("next: [left]", "next: &all [left]", "\
DIR/workflow.yaml:6:16: this is more YAML than a configuration needs (anchors and aliases are not allowed)
  6 |     next: &all [left]
    |                ^"),
];

pub(super) const SETTINGS_TOLD: &str = "\
DIR/landfall.yaml:1:13: `gitlab_url` must start with https:// unless it is this machine
  1 | gitlab_url: …
    |             ^
DIR/landfall.yaml:2:1: unknown key `trackr`, did you mean `tracker`?
  2 | trackr: …
    | ^
DIR/landfall.yaml:3:10: `tracker` must be the full path of a project like `group/project`
  3 | tracker: …
    |          ^
DIR/landfall.yaml:4:9: `listen` must be an IP address and a port like 127.0.0.1:8080
  4 | listen: …
    |         ^
DIR/landfall.yaml:5:10: `dry_run` must be `true` or `false`
  5 | dry_run: …
    |          ^
DIR/landfall.yaml:6:16: `sweep_minutes` must be a whole number from 1 to 1440
  6 | sweep_minutes: …
    |                ^
DIR/landfall.yaml:7:8: `staff` must be GitLab usernames
  7 | staff: …
    |        ^
DIR/landfall.yaml:8:13: `time_scale` must be a number from 1 to 1000000
  8 | time_scale: …
    |             ^
DIR/landfall.yaml:9:15: `gitlab_token` is a secret and must not stand in this file, use `gitlab_token_file`, and replace this secret if others could read it
  9 | gitlab_token: …
    |               ^
DIR/landfall.yaml:10:13: `log_format` must be `json` or `pretty`
  10 | log_format: …
     |             ^
DIR/landfall.yaml:11:30: `webhook_signing_tokens` must be read from one file
  11 | webhook_signing_tokens_file: …
     |                              ^
DIR/landfall.yaml:12:15: `database_url` has a password, so it must not stand here (use `database_url_file`)
  12 | database_url: …
     |               ^
DIR/landfall.yaml:13:1: `listen` is given twice, keep one of them
  13 | listen: …
     | ^";

pub(super) const VARIABLES_TOLD: &str = "\
LANDFALL_TRACKR: no setting has this variable, did you mean `LANDFALL_TRACKER`?
LANDFALL_GITLAB_URL: must not contain a username or password
LANDFALL_GITLAB_TOKEN: is set, and so is LANDFALL_GITLAB_TOKEN_FILE, unset one of them
LANDFALL_WEBHOOK_SIGNING_TOKENS: must each be `whsec_` and 24 to 64 bytes in base64
LANDFALL_WEBHOOK_SECRET_TOKENS: has an empty element
LANDFALL_STAFF: is empty, give it a value or unset it
LANDFALL_GITHUB_TOKEN: must be one word of visible ASCII characters";

pub(super) const TEXTS_TOLD: &str = "\
DIR/texts/left.md:2:1: renders `>>>`, which GitLab reads as a quotation
  2 |   >>>
    | ^
DIR/texts/moved.md:1:7: syntax error: unexpected end of block
  1 | {% if %}
    |       ^
DIR/texts/thriving.md:2:1: renders a line that starts with `/`, which GitLab runs as a command
  2 | /close
    | ^
DIR/texts/engaged.md:1:10: unknown filter: filter upperr is unknown
  1 | {{ stage|upperr }}
    |          ^
DIR/texts/planning.md:1:1: renders nothing
  1 | {% if false %}nothing{% endif %}
    | ^
DIR/texts/pilot.md:2:8: undefined value: `stge` is undefined
  2 |   b {{ stge }}
    |        ^
DIR/texts/declined.md:1:13: engine ran out of fuel
  1 | {% for i in range(99999) %}x{% endfor %}
    |             ^";
