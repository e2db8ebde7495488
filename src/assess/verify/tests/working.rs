//! V7: merge requests, and commits where there are none.

use super::*;
use CheckId::V7;

fn bot(id: u64) -> Account {
    Account { username: Username::from("project_7_bot_x"), ..person(id) }
}

fn placeholder(id: u64) -> Account {
    Account { username: Username::new(format!("github_placeholder_user_{id}")), ..person(id) }
}

#[test]
fn v7_merge_requests_written_here_show_that_people_work() {
    let with_direct_work_read = || DestinationFacts {
        commits: Listed::whole(Vec::new()),
        pushes: Listed::whole(Vec::new()),
        ..good()
    };
    let rows: &[Row] = rows! {
        "three by two": |_| {} => Pass Verified "3 merged merge request(s) written here by 2";
        "two": |f| drop(f.merged.records.pop()) => Fail NotYet "2 merged";
        "three by one":
            |f| f.merged.records[1].author = Some(person(1)) => Fail NotYet "by 1 person";
        "edge 22: three by one, in a small project":
            |f| {
                f.merged.records[1].author = Some(person(1));
                f.is_small = true;
            } => Pass Verified "by 1 person";
        "none at all": |f| f.merged.records.clear() => Fail NotYet "0 merged";
        "one by a bot": |f| f.merged.records[0].author = Some(bot(9)) => Fail NotYet "2 merged";
        "edge 12: an account that is gone is nobody":
            |f| f.merged.records[0].author = None => Fail NotYet "2 merged";
        "one by a placeholder":
            |f| f.merged.records[0].author = Some(placeholder(9)) => Fail NotYet "2 merged";
        "one by a blocked account":
            |f| {
                let author = f.merged.records[0].author.as_mut().unwrap();
                author.state = Told::Is("blocked".to_owned());
            } => Fail NotYet "2 merged";
        "one imported": |f| f.merged.records[0].imported = Told::Is(true) => Fail NotYet "2 merged";
        "edge 13: one without a date":
            |f| f.merged.records[0].merged_at = None => Fail NotYet "2 merged";
        "edge 14: merged at the cutover":
            |f| f.merged.records[0].merged_at = Some(cutover()) => Pass Verified "3 merged";
        "merged just before the cutover":
            |f| {
                let before = cutover() - SignedDuration::from_nanos(1);
                f.merged.records[0].merged_at = Some(before);
            } => Fail NotYet "2 merged";
        "the same one twice": |f| f.merged.records[0].iid = 3 => Fail NotYet "2 merged";
        "edge 11: two accounts with one name are two":
            |f| {
                for request in &mut f.merged.records { request.author.as_mut().unwrap().name = "Mira".to_owned(); }
            } => Pass Verified "by 2";
        "old GitLab does not say what was imported: what was opened since was opened here":
            |f| f.merged.records.iter_mut().for_each(|one| one.imported = Told::Withheld)
            => Pass Verified "";
        "old GitLab: opened before the cutover, so who knows":
            |f| {
                let one = &mut f.merged.records[0];
                one.imported = Told::Withheld;
                one.created_at = cutover() - days(1);
            } => Unknown Unverified "for 1 more";
        "edge 15: a part of the list shows enough":
            |f| f.merged.rest = Some(Silence::NotAsked) => Pass Verified "";
        "edge 15: a part of the list shows too little":
            |f| {
                f.merged.records.pop();
                f.merged.rest = Some(Silence::TooMuch);
            } => Unknown Unverified "not all merge requests were read";
        "edge 16: an outage":
            |f| f.merged = Listed::unread(Silence::Later)
            => Unknown Unverified "could not be asked";
        "hidden":
            |f| f.merged = Listed::unread(Silence::Refused) => Unknown Unverified "may not see";
        "no cutover: everything written here counts":
            |f| {
                f.cutover = None;
                f.merged.records[0].merged_at = Some(cutover() - days(100));
            } => Pass Verified "3 merged";
        "no cutover and too few: nobody has said when":
            |f| {
                f.cutover = None;
                f.merged.records.pop();
            } => Unknown Unverified "nobody has said since when";
        "unread project": |f| f.project = Err(Silence::Later) => Unknown Unverified "";
        "the word of staff does not put people to work":
            |f| { f.merged.records.pop(); attest(f, V7); } => Fail NotYet "2 merged";
        "edge 19: staff have seen what the bot may not":
            |f| {
                f.merged = Listed::unread(Silence::Refused);
                attest(f, V7);
            } => Pass Verified "has seen it";
    };
    expect(V7, with_direct_work_read, &Rules::default(), rows);
}

#[test]
fn edge_8_commits_and_pushes_show_it_where_there_are_no_merge_requests() {
    let rows: &[Row] = rows! {
        "ten by two, pushed by two": |_| {} => Pass Verified "10 commits";
        "nine": |f| drop(f.commits.records.pop()) => Fail NotYet "9 and 2 found";
        "one author":
            |f| f.commits.records = (0..10).map(|_| commit(1, 20)).collect() => Fail NotYet "";
        "edge 10: written before the cutover, rebased since":
            |f| f.commits.records[0].authored_at = cutover() - days(1) => Fail NotYet "9 and";
        "by a machine": |f| f.commits.records[0].by_machine = true => Fail NotYet "9 and";
        "one pusher": |f| drop(f.pushes.records.pop()) => Fail NotYet "1 found";
        "one pusher and a bot":
            |f| f.pushes.records[1].author = Some(bot(2)) => Fail NotYet "1 found";
        "an imported push":
            |f| f.pushes.records[1].imported = Told::Is(true) => Fail NotYet "1 found";
        "a push before the cutover":
            |f| f.pushes.records[1].at = cutover() - days(1) => Fail NotYet "1 found";
        "one merge request does not spoil it":
            |f| f.merged.records.push(request(1, person(1), 3)) => Pass Verified "10 commits";
        "edge 15: too few of the commits read":
            |f| {
                f.commits.records.pop();
                f.commits.rest = Some(Silence::Later);
            } => Unknown Unverified "could not be asked";
        "edge 15: too few of the commits read, but the pushes settle it":
            |f| {
                f.commits.records.pop();
                f.commits.rest = Some(Silence::Later);
                f.pushes.records.pop();
            } => Fail NotYet "";
        "edge 15: pushes unread":
            |f| f.pushes = Listed::unread(Silence::Refused) => Unknown Unverified "may not see";
        "edge 15: both fall short, but not all merge requests were read":
            |f| {
                f.commits.records.pop();
                f.merged.rest = Some(Silence::TooMuch);
            } => Unknown Unverified "not all merge requests";
        "edge 22: one person alone, in a small project":
            |f| {
                f.is_small = true;
                f.commits.records = (0..10).map(|_| commit(1, 20)).collect();
                f.pushes.records.pop();
            } => Pass Verified "pushed by 1";
        "one account pushes what others wrote":
            |f| {
                f.is_small = true;
                f.commits.records = (0..30).map(|number| commit(number + 2, 20)).collect();
                f.pushes.records.pop();
            } => Unknown Unverified "mirroring script";
        "one account pushes, with a commit of its own among twenty":
            |f| {
                f.is_small = true;
                f.commits.records = (0..20).map(|number| commit(number + 1, 20)).collect();
                f.pushes.records.pop();
            } => Pass Verified "pushed by 1";
    };
    expect(V7, by_patches, &Rules::default(), rows);
}

#[test]
fn edge_9_who_merges_does_not_count_and_who_writes_does() {
    // There is no field for who merged: three of two authors are three of two authors.
    let marge = Account { username: Username::from("marge-bot"), ..person(99) };
    let mut facts = good();
    facts.merged.records.push(request(4, marge, 9));
    let verdict = verify(&facts, &Rules::default(), now());
    assert!(verdict.check(V7).unwrap().reason.starts_with("3 merged"), "{verdict:#?}");
}

#[test]
fn a_cutover_is_taken_from_the_label_then_the_table_then_the_first_merge_request() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (label, first) = (at("2026-10-01T08:00:00Z"), at("2026-10-03T08:00:00Z"));
    let wave = jiff::civil::date(2026, 10, 2);
    for (label, wave, first, expect) in [
        (Some(label), Some(wave), Some(first), Some((label, CutoverBy::Label))),
        (None, Some(wave), Some(first), Some((at("2026-10-02T00:00:00Z"), CutoverBy::Wave))),
        (None, None, Some(first), Some((first, CutoverBy::FirstRequest))),
        (None, None, None, None),
    ] {
        let found = Cutover::of(label, wave, first).map(|cutover| (cutover.at, cutover.by));
        assert_eq!(found, expect);
    }
}
