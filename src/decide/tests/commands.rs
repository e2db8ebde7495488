//! Commands: who may what, and what each leads to.

use super::*;

#[test]
fn commands_are_answered_by_who_may_what() {
    let table: &[(u64, &str, &str)] = &[
        (PARTNER, "/landfall done 1", "prospect !welcome :white_check_mark:"),
        (PARTNER, "/landfall done 99", "prospect !welcome !reply :x:"),
        (STRANGER, "/landfall done 1", "prospect !welcome !reply :x:"),
        (STRANGER, "/landfall status", "prospect !welcome !reply :white_check_mark:"),
        (STRANGER, "@landfall-bot help", "prospect !welcome !reply :white_check_mark:"),
        (
            PARTNER,
            "/landfall pause until 2099-01-01",
            "prospect +hold::paused !welcome !reply :white_check_mark:",
        ),
        (PARTNER, "/landfall pause until 2001-01-01", "prospect !welcome !reply :x:"),
        (PARTNER, "/landfall force moved because I say so", "prospect !welcome !reply :x:"),
        (
            STAFF,
            "/landfall force moved because attested by mail",
            "none +migration::moved -migration::prospect !reply :white_check_mark:",
        ),
        (STAFF, "/landfall force nowhere because", "prospect !welcome !reply :x:"),
        (STAFF, "just talk", "prospect !welcome"),
        (BOT, "/landfall force moved because loop", "prospect !welcome"),
    ];
    for (who, body, expected) in table {
        let decision = Case::new("b+prospect", 1).say(*who, body).decide();
        assert_eq!(told(&decision), *expected, "{who} says {body:?}");
    }
}

#[test]
fn a_listed_collaborator_may_tick() {
    let mut case = Case::new("b+prospect", 1).say(STRANGER, "/landfall done 1");
    case.issue.description = "## Collaborators\n\n- @mallory\n".to_owned();
    assert_eq!(told(&case.decide()), "prospect !welcome :white_check_mark:");
}

#[test]
fn an_edited_comment_is_never_run() {
    let mut case = Case::new("b+prospect", 1).say(STAFF, "/landfall force moved because x");
    case.comments[0].updated_at = at(501);
    let decision = case.decide();
    assert_eq!(told(&decision), "prospect !welcome !reply :x:");
    assert_eq!(decision.answered, [NoteId(900)]);
}

#[test]
fn a_forced_stage_asks_for_another_look_and_then_speaks() {
    let first = Case::new("b+prospect", 1).say(STAFF, "/landfall force moved because x").decide();
    assert!(first.again);
    let second = Case::new("b+prospect b+moved b-prospect", 1).decide();
    assert_eq!(told(&second), "moved !stage");
    assert!(!second.again);
}
