//! V1 to V6.

use super::*;
use crate::model::{ImportState, ImportStatus, ProjectName};
use CheckId::{V1, V2, V3, V4, V5, V6};

fn rules() -> Rules {
    let mut rules = Rules::default();
    rules.places.test_groups = vec!["kiwi-rehearsal".to_owned()];
    rules.places.templates = vec!["kiwi/template".to_owned()];
    rules.places.old_mirrors = vec!["mirrors/kiwi-paint".to_owned()];
    rules
}

fn imported(state: ImportState, import_type: &str) -> Result<ImportStatus, Silence> {
    Ok(ImportStatus {
        project: ProjectId(7),
        path: "kiwi/paint".to_owned(),
        state,
        import_type: Told::Is(import_type.to_owned()),
        error: None,
        failures: Vec::new(),
        stats: None,
    })
}

fn fork_of(id: u64, path: &str) -> Told<ProjectName> {
    Told::Is(ProjectName { id: ProjectId(id), path: path.to_owned() })
}

fn licence(key: &str) -> Told<LicenceFound> {
    Told::Is(LicenceFound { key: key.to_owned(), name: String::new() })
}

#[test]
fn v1_is_it_public() {
    let rows: &[Row] = rows! {
        "public": |_| {} => Pass Verified "everybody";
        "private":
            |f| p(f).visibility = Told::Is(Visibility::Private) => Fail NotYet "only members";
        "internal":
            |f| p(f).visibility = Told::Is(Visibility::Internal) => Fail NotYet "with an account";
        "not told": |f| p(f).visibility = Told::Withheld => Unknown Unverified "does not say";
        "an unknown word": |f| p(f).visibility = Told::Nothing => Unknown Unverified "does not say";
        "nothing there": |f| f.project = Err(Silence::NotThere) => Fail NotYet "private, deleted";
        "edge 2: an old path":
            |f| f.project = Err(Silence::Moved) => Unknown Unverified "old address";
        "edge 16: an outage":
            |f| f.project = Err(Silence::Later) => Unknown Unverified "could not be asked";
        "edge 19: the API is closed":
            |f| f.project = Err(Silence::Refused) => Unknown Unverified "may not see";
        "edge 19: closed to readers without a token":
            |f| {
                f.reader = Reader::Anonymous;
                f.project = Err(Silence::NotThere);
            } => Unknown Unverified "hides it";
        "edge 18: a host that is not listed":
            |f| {
                f.reader = Reader::NotListed;
                f.project = Err(Silence::NotAsked);
            } => Unknown Unverified "`gitlab.com` is not among";
        "edge 17: a private project that the program has allowed":
            |f| {
                p(f).visibility = Told::Is(Visibility::Private);
                attest(f, V1);
            } => Pass Verified "`sam` has seen it";
        "edge 23: private after its import":
            |f| {
                p(f).visibility = Told::Is(Visibility::Private);
                f.import = imported(ImportState::Finished, "github");
            } => Fail NotYet "import is finished";
        "an anonymous reader who sees it proves that everybody can":
            |f| {
                f.reader = Reader::Anonymous;
                f.project = Ok(partial());
            } => Pass Unverified "without an account";
    };
    expect(V1, good, &rules(), rows);
}

#[test]
fn v2_is_it_alive() {
    let rows: &[Row] = rows! {
        "alive": |_| {} => Pass Verified "takes changes";
        "archived": |f| p(f).archived = Told::Is(true) => Fail NotYet "archived";
        "empty": |f| p(f).empty = Told::Is(true) => Fail NotYet "empty";
        "marked for deletion":
            |f| p(f).deletion_on = Told::Is(jiff::civil::date(2026, 12, 1))
            => Fail NotYet "2026-12-01";
        "edge 24: renamed in the time of grace":
            |f| p(f).path = "kiwi/paint-deletion_scheduled-7".to_owned()
            => Fail NotYet "about to be deleted";
        "no marks in this GitLab": |f| p(f).deletion_on = Told::Withheld => Pass Verified "";
        "a partial answer": |f| f.project = Ok(partial()) => Unknown Unverified "archived or empty";
        "unread": |f| f.project = Err(Silence::Later) => Unknown Unverified "could not be asked";
        "the word of staff does not wake the dead":
            |f| { p(f).archived = Told::Is(true); attest(f, V2); } => Fail NotYet "archived";
    };
    expect(V2, good, &rules(), rows);
}

#[test]
fn v3_is_its_licence_open() {
    let rows: &[Row] = rows! {
        "open": |_| {} => Pass Verified "`gpl-3.0`";
        "not open": |f| p(f).licence = licence("cc-by-4.0") => Fail NotYet "has not approved";
        "other": |f| p(f).licence = licence("other") => Unknown Unverified "`other`";
        "edge 20: none, or several":
            |f| p(f).licence = Told::Nothing => Unknown Unverified "several";
        "not told": |f| p(f).licence = Told::Withheld => Unknown Unverified "does not say";
        "unread": |f| f.project = Err(Silence::TooMuch) => Unknown Unverified "more than";
        "edge 20: several, read by staff":
            |f| { p(f).licence = Told::Nothing; attest(f, V3); } => Pass Verified "has seen it";
        "a key that would break out of its place":
            |f| p(f).licence = licence("x`|@all\n/close") => Unknown Unverified "`x'¦@all /close`";
    };
    expect(V3, good, &rules(), rows);
}

#[test]
fn v4_and_v5_is_it_the_communitys_own() {
    let rows: &[Row] = rows! {
        "no fork, the field left out": |_| {} => Pass Verified "no fork";
        "no fork, said so": |f| p(f).forked_from = Told::Nothing => Pass Verified "no fork";
        "a fork": |f| p(f).forked_from = fork_of(1, "other/paint") => Fail NotYet "`other/paint`";
        "a fork of the same move's project":
            |f| {
                p(f).forked_from = fork_of(1, "kiwi/core");
                f.own_projects = BTreeSet::from([ProjectId(1)]);
            } => Pass Verified "of this move";
        "edge 21: a fork of the old host's mirror":
            |f| p(f).forked_from = fork_of(1, "mirrors/kiwi-paint") => Pass Verified "own old home";
        "a partial answer":
            |f| f.project = Ok(partial()) => Unknown Unverified "whether it is a fork";
    };
    expect(V4, good, &rules(), rows);
    let rows: &[Row] = rows! {
        "no mirror": |_| {} => Pass Verified "no other place";
        "a mirror": |f| p(f).mirror = Told::Is(true) => Fail NotYet "pulls from";
        "a plan without mirroring": |f| p(f).mirror = Told::Withheld => Pass Verified "V7 shows";
        "a partial answer": |f| f.project = Ok(partial()) => Unknown Unverified "a mirror";
    };
    expect(V5, good, &rules(), rows);
}

#[test]
fn v6_is_it_meant() {
    let rows: &[Row] = rows! {
        "meant": |_| {} => Pass Verified "neither";
        "left out by staff": |f| f.is_excluded = true => Fail NotYet "kpi::excluded";
        "a rehearsal":
            |f| p(f).path = "kiwi-rehearsal/paint".to_owned() => Fail NotYet "rehearsals";
        "begins alike": |f| p(f).path = "kiwi-rehearsals/paint".to_owned() => Pass Verified "";
        "listed as from a template":
            |f| p(f).path = "kiwi/template".to_owned() => Fail NotYet "template";
        "made from a template, by its import":
            |f| f.import = imported(ImportState::Finished, "gitlab_custom_project_template")
            => Fail NotYet "template";
        "made from a template, by the project":
            |f| p(f).import_type = Told::Is("gitlab_custom_project_template".to_owned())
            => Fail NotYet "template";
        "a rehearsal that can't even be read":
            |f| {
                f.path = "kiwi-rehearsal/paint".to_owned();
                f.project = Err(Silence::Later);
            } => Fail NotYet "rehearsals";
        "unread": |f| f.project = Err(Silence::Later) => Unknown Unverified "could not be asked";
    };
    expect(V6, good, &rules(), rows);
}
