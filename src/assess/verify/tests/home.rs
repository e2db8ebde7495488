//! V8 and V9.

use super::*;
use CheckId::{V8, V9};
use Overall::NotYet;

fn source(f: &mut DestinationFacts) -> &mut SourceFacts {
    f.source.as_mut().unwrap()
}

/// A source that tells nothing.
fn silent(why: Silence) -> SourceFacts {
    SourceFacts {
        name: "github.com/kiwi/paint".to_owned(),
        archived: Err(why),
        pushed_at: Err(why),
        points_here: Err(why),
    }
}

/// A source that takes changes and leads here.
fn with_an_open_source() -> DestinationFacts {
    let mut facts = good();
    source(&mut facts).archived = Ok(false);
    facts
}

#[test]
fn v8_is_it_the_home() {
    let rows: &[Row] = rows! {
        "leads here, nothing newer there": |_| {} => Pass Verified "leads here";
        "archived": |f| source(f).archived = Ok(true) => Pass Verified "is archived";
        "open and leads nowhere":
            |f| source(f).points_here = Ok(false) => Fail NotYet "does not lead here";
        "pushed to 7 days after":
            |f| source(f).pushed_at = Ok(cutover() + days(47)) => Pass Verified "";
        "pushed to more than 7 days after":
            |f| source(f).pushed_at = Ok(cutover() + days(48)) => Fail NotYet "8 days after";
        "nobody knows when it was pushed to":
            |f| source(f).pushed_at = Err(Silence::Later)
            => Unknown Unverified "could not be asked";
        "nobody knows whether it leads here":
            |f| source(f).points_here = Err(Silence::Later) => Unknown Unverified "";
        "an archive is enough, whatever else is unknown":
            |f| *source(f) = SourceFacts { archived: Ok(true), ..silent(Silence::Later) } => Pass Verified "";
        "leads here, while its archive is unknown":
            |f| source(f).archived = Err(Silence::Refused) => Pass Verified "leads here";
        "gone":
            |f| *source(f) = silent(Silence::NotThere) => Unknown Unverified "not there";
        "no source that can be asked": |f| f.source = None => Unknown Unverified "names no source";
        "no source that can be asked, and staff have seen it":
            |f| { f.source = None; attest(f, V8); } => Pass Verified "has seen it";
    };
    expect(V8, with_an_open_source, &Rules::default(), rows);
}

/// Everything has moved and can be seen.
fn with_everything() -> DestinationFacts {
    DestinationFacts {
        moved: BTreeSet::from([Scope::Code, Scope::Ci, Scope::Issues, Scope::Wiki]),
        pipeline: Ok(Some(cutover() + days(2))),
        recent_issues: Listed::whole(vec![issue(9, person(3), false, 50)]),
        oldest_issues: Listed::whole(vec![issue(9, person(3), false, 50)]),
        wiki_pages: Ok(4),
        ..good()
    }
}

#[test]
fn v9_has_everything_moved_that_is_said_to_have() {
    let rows: &[Row] = rows! {
        "all of it": |_| {} => Pass Verified "seen: code, ci, issues, wiki";
        "no pipeline": |f| f.pipeline = Ok(None) => Fail Verified "not seen: ci";
        "pipelines unread":
            |f| f.pipeline = Err(Silence::Refused) => Unknown Verified "can't be seen: ci";
        "no wiki": |f| f.wiki_pages = Ok(0) => Fail Verified "not seen: wiki";
        "wiki unread": |f| f.wiki_pages = Err(Silence::Refused) => Unknown Verified "wiki";
        "an issue of 60 days ago":
            |f| f.recent_issues.records[0].created_at = now() - days(60) => Pass Verified "issues";
        "an issue of 61 days ago":
            |f| f.recent_issues.records[0].created_at = now() - days(61)
            => Fail Verified "not seen: issues";
        "issues of machines only":
            |f| f.recent_issues.records[0].author.as_mut().unwrap().bot = Told::Is(true)
            => Fail Verified "not seen: issues";
        "imported issues":
            |f| {
                f.recent_issues = Listed::whole(Vec::new());
                f.oldest_issues = Listed::whole(vec![issue(1, person(3), true, -900)]);
            } => Pass Verified "";
        "edge 15: a part of the issues says nothing":
            |f| f.recent_issues = Listed::unread(Silence::TooMuch) => Unknown Verified "issues";
        "packages can't be seen":
            |f| f.moved.extend([Scope::Packages]) => Unknown Verified "can't be seen: packages";
        "packages, seen by staff":
            |f| { f.moved.insert(Scope::Packages); attest(f, V9); } => Pass Verified "has seen it";
        "nothing said: the code": |f| f.moved.clear() => Pass Verified "seen: code";
        "unread": |f| f.project = Err(Silence::Later) => Unknown Unverified "";
    };
    expect(V9, with_everything, &Rules::default(), rows);
}

#[test]
fn edge_25_what_is_not_there_or_stays_makes_a_move_partial() {
    let coverage = |change: fn(&mut DestinationFacts)| {
        let mut facts = with_everything();
        change(&mut facts);
        verify(&facts, &Rules::default(), now()).coverage
    };
    assert_eq!(coverage(|_| {}), Coverage::Full);
    assert_eq!(coverage(|f| f.stays.extend([Scope::Site])), Coverage::Partial);
    assert_eq!(coverage(|f| f.pipeline = Ok(None)), Coverage::Partial);
    assert_eq!(coverage(|f| f.pipeline = Err(Silence::Later)), Coverage::Unknown);
    // Only issues: nobody works on code here, so there is no move to count.
    let mut facts = with_everything();
    facts.moved = BTreeSet::from([Scope::Issues]);
    facts.stays = BTreeSet::from([Scope::Code]);
    facts.merged = Listed::whole(Vec::new());
    facts.commits = Listed::whole(Vec::new());
    let verdict = verify(&facts, &Rules::default(), now());
    assert_eq!((verdict.overall, verdict.coverage), (NotYet, Coverage::Partial));
}
