//! What people read.

use super::*;
use crate::tracker::safe;

#[test]
fn a_comment_has_a_row_for_each_check_with_its_reason_and_place() {
    let mut facts = good();
    p(&mut facts).archived = Told::Is(true);
    let verdict = verify_move(&[facts], &Rules::default(), now());
    let comment = markdown(&verdict);
    for line in [
        "**Move verifier: not yet**",
        "Looked at on 2026-11-22 12:00 UTC. 0 of 1 destination(s) hold.",
        "`kiwi/paint` on `https://gitlab.com/`: everything has moved; work counts from 2026-10-01 on, \
         by the stage's label.",
        "| V1 | public | ✅ | everybody can see it [look](https://gitlab.com/kiwi/paint) |",
        "| V2 | alive | ❌ | it is archived, so nobody can work in it [look](https://gitlab.com/kiwi/paint) |",
        "| V7 | people at work | ✅ | 3 merged merge request(s) written here by 2 person(s) since \
         2026-10-01 [look](https://gitlab.com/kiwi/paint/-/merge_requests?state=merged) |",
    ] {
        assert!(comment.lines().any(|one| one == line), "{line:?} is not in\n{comment}");
    }
    let told = plain(&verdict);
    for line in [
        "Move verifier: not yet",
        "  V2  alive           FAIL      it is archived, so nobody can work in it",
        "  V1  public          pass      everybody can see it",
    ] {
        assert!(told.lines().any(|one| one == line), "{line:?} is not in\n{told}");
    }
}

#[test]
fn a_move_without_destinations_says_so() {
    let verdict = verify_move(&[], &Rules::default(), now());
    assert!(markdown(&verdict).contains("No destination is named"));
    assert!(plain(&verdict).contains("No destination is named"));
}

#[test]
fn json_keeps_the_names_of_checks_and_ends() {
    let verdict = verify_move(&[good()], &Rules::default(), now());
    let json = serde_json::to_value(&verdict).unwrap();
    assert_eq!(json["overall"], "verified");
    assert_eq!(json["destinations"][0]["checks"][6]["id"], "V7");
    assert_eq!(json["destinations"][0]["checks"][6]["outcome"], "pass");
    assert_eq!(json["destinations"][0]["coverage"], "full");
    assert_eq!(json["destinations"][0]["cutover"]["by"], "label");
}

#[test]
fn texts_of_strangers_can_not_act_and_long_moves_fit() {
    for text in [
        "/close",
        "x\n/close",
        "x\n\r/label ~a",
        "@all",
        "`code` @all",
        "| a | b |",
        "<!-- landfall:v1:0 -->",
        ">>>\n/close",
        "](https://evil.example)",
        "\u{202e}\u{200b}",
        &"long ".repeat(500),
    ] {
        let mut facts = good();
        facts.path = text.to_owned();
        p(&mut facts).path = text.to_owned();
        p(&mut facts).licence =
            Told::Is(LicenceFound { key: text.to_owned(), name: text.to_owned() });
        facts.source.as_mut().unwrap().name = text.to_owned();
        let attestation = Attestation { by: Username::from(text), link: text.to_owned() };
        facts.attested.insert(CheckId::V3, attestation);
        let all: Vec<DestinationFacts> = (0..100)
            .map(|id| {
                let mut facts = facts.clone();
                p(&mut facts).id = ProjectId(id);
                facts
            })
            .collect();
        let comment = markdown(&verify_move(&all, &Rules::default(), now()));
        assert_eq!(safe::assert_body(&comment), Ok(()), "{text:?}");
        let outside: String = comment.split('`').step_by(2).collect();
        assert!(!outside.contains("@all") && !outside.contains("evil"), "{comment}");
        let told = plain(&verify_move(&all[..1], &Rules::default(), now()));
        assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "{told:?}");
    }
}
