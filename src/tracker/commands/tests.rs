//! Tables of comments and the commands they hold.

use super::*;

fn bot() -> Username {
    Username::from("Landing-Crew")
}

fn texts(body: &str) -> Vec<String> {
    parse(body, &bot()).into_iter().map(|line| line.text).collect()
}

fn only(line: &str) -> Result<Command, CommandError> {
    let mut lines = parse(line, &bot());
    assert_eq!(lines.len(), 1, "{line:?}");
    lines.remove(0).parsed
}

#[test]
fn every_command_is_read() {
    let force =
        |reason: &str| Command::Force { stage: "engaged".into(), reason: reason.to_owned() };
    let until = jiff::civil::date(2027, 2, 28);
    for (line, expect) in [
        ("@landing-crew", Command::Help),
        ("/landfall", Command::Help),
        ("@LANDING-CREW help me please", Command::Help),
        ("/Landfall STATUS", Command::Status),
        ("@landing-crew done 1", Command::Done(vec![1])),
        ("@landing-crew\tdone  3, 1 2,2", Command::Done(vec![3, 1, 2])),
        ("@landing-crew undone 999", Command::Undone(vec![999])),
        ("/landfall explain ", Command::Explain),
        ("/landfall pause until 2027-02-28", Command::Pause { until }),
        ("/landfall Pause UNTIL 2027-02-28", Command::Pause { until }),
        ("/landfall resume", Command::Resume),
        ("/landfall verify", Command::Verify),
        ("/landfall assess", Command::Assess),
        ("/landfall import", Command::Import { start: false }),
        ("/landfall import start", Command::Import { start: true }),
        ("/landfall force engaged because  x *y* `z`", force("x *y* `z`")),
        ("/landfall force engaged Because because", force("because")),
    ] {
        assert_eq!(only(line), Ok(expect), "{line:?}");
    }
}

#[test]
fn every_mistake_is_answered_with_what_to_type() {
    for (line, expect) in [
        ("/landfall stauts", "I don't know the command `stauts`; did you mean `/landfall status`?"),
        ("/landfall imp", "I don't know the command `imp`; did you mean `/landfall import`?"),
        (
            "/landfall `@all`",
            "I don't know the command `'@all'`; type `/landfall help` to see what I know.",
        ),
        (
            "/landfall done",
            "This command needs the number of a checklist item; \
             type for example `/landfall done 2`.",
        ),
        (
            "/landfall undone , ,",
            "This command needs the number of a checklist item; \
             type for example `/landfall undone 2`.",
        ),
        (
            "/landfall done 1 0",
            "Items are counted from 1 to 999, and `0` is no such number; \
             type for example `/landfall done 2`.",
        ),
        (
            "/landfall done 99999999999999999999",
            "Items are counted from 1 to 999, and `99999999999999999999` is no such number; \
             type for example `/landfall done 2`.",
        ),
        (
            "/landfall done @all",
            "Items are counted from 1 to 999, and `@all` is no such number; \
             type for example `/landfall done 2`.",
        ),
        (
            "/landfall import now",
            "The command `import` takes nothing after it, but there is `now`; \
             type `/landfall import` alone on its line.",
        ),
        (
            "/landfall pause",
            "This command needs `until` and a day; \
             type for example `/landfall pause until 2027-01-31`.",
        ),
        (
            "/landfall pause until 2027-02-29",
            "A day is written year-month-day, and `2027-02-29` is no such day; \
             type for example `/landfall pause until 2027-01-31`.",
        ),
        (
            "/landfall pause until 20270228",
            "A day is written year-month-day, and `20270228` is no such day; \
             type for example `/landfall pause until 2027-01-31`.",
        ),
        (
            "/landfall pause until 2027-02-28 12:00",
            "A day is written year-month-day, and `2027-02-28 12:00` is no such day; \
             type for example `/landfall pause until 2027-01-31`.",
        ),
        (
            "/landfall force",
            "This command needs a stage and a reason; type for example \
             `/landfall force engaged because the call was on Monday`.",
        ),
        (
            "/landfall force engaged because ",
            "This command needs a reason after `because`; type for example \
             `/landfall force engaged because the call was on Monday`.",
        ),
        (
            "/landfall force engaged we said so",
            "This command needs a reason after `because`; type for example \
             `/landfall force engaged because the call was on Monday`.",
        ),
    ] {
        let error = only(line).unwrap_err().to_string();
        assert_eq!(error, expect, "{line:?}");
        assert_eq!(safe::assert_body(&error), Ok(()));
    }
}

#[test]
fn a_command_is_a_line_of_running_text_that_starts_with_the_name() {
    for (body, expect) in [
        ("/landfall help", vec!["/landfall help"]),
        ("Thanks!\n@landing-crew done 1\nbye", vec!["@landing-crew done 1"]),
        (
            "a\r\n  /landfall help \r\n\r\n/landfall status",
            vec!["/landfall help", "/landfall status"],
        ),
        ("/landfall help\n---\nsent from a phone", vec!["/landfall help"]),
        ("- I did it\n/landfall done 1", vec!["/landfall done 1"]),
        ("**a\n/landfall help**", vec!["/landfall help**"]),
        ("- /landfall help", vec![]),
        ("1. /landfall help", vec![]),
        ("please /landfall help", vec![]),
        ("@landing-crew2 help", vec![]),
        ("@landing-crew: help", vec!["@landing-crew: help"]),
        ("@landing-crew, help", vec!["@landing-crew, help"]),
        ("@landing-crew thank you", vec![]),
        ("@landing-crew/sub help", vec![]),
        ("landing-crew help", vec![]),
        ("\\/landfall help", vec![]),
        ("&#64;landing-crew help", vec![]),
        ("/landfallen", vec![]),
        ("`/landfall help`", vec![]),
        ("`a\n/landfall help`", vec![]),
        ("```\n/landfall help\n```", vec![]),
        ("````\n```\n/landfall help\n````", vec![]),
        ("    /landfall help", vec![]),
        ("> /landfall help", vec![]),
        ("> quoted\n/landfall help", vec![]),
        ("> quoted\n\n/landfall help", vec!["/landfall help"]),
        ("<!--\n/landfall help\n-->", vec![]),
        ("a <!--\n/landfall help\n-->", vec![]),
        ("<details>\n/landfall help\n</details>", vec![]),
        ("# x\n/landfall help", vec!["/landfall help"]),
    ] {
        assert_eq!(texts(body), expect, "{body:?}");
    }
}

#[test]
fn only_the_first_ten_commands_of_a_comment_count() {
    let body = "/landfall status\n".repeat(50);
    assert_eq!(texts(&body).len(), MAX_LINES);
}

#[test]
fn a_huge_comment_is_read_to_the_limit_and_no_further() {
    let filler = "a line of text\n".repeat(7_000);
    assert!(filler.len() > MAX_PARSED_BYTES);
    assert_eq!(texts(&format!("/landfall help\n{filler}")), ["/landfall help"]);
    assert_eq!(texts(&format!("{filler}\n/landfall help")), [""; 0]);
    let cut_inside = format!("{}\n/landfall done 12", "é".repeat(49_992));
    assert_eq!(texts(&cut_inside), [""; 0]);
    for piece in
        ["[", "`", ">", "*a ", "<", "![", "](", "&", "- ", "> ", "é", "\r", "<!--", "1. ", "+ a\n"]
    {
        let body = format!("/landfall help\n\n{}", piece.repeat(1_000_000 / piece.len()));
        assert!(texts(&body).len() <= 1);
    }
}
