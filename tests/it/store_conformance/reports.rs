//! Reports on issues, and issues that name the same source.

use jiff::SignedDuration;
use landfall::model::{JobKind, ProjectId, Report, ReportKind, UserId};
use landfall::store::StoreError;

use super::place::{LEASE, Place, claim, issue, opened, rules, start, visit};

rules! {
    the_newest_report_of_a_kind_stands,
    reports_are_counted_by_kind_time_and_author,
    a_report_is_due_once_and_again_if_nobody_makes_it,
    an_old_fence_saves_no_report_and_notes_no_source,
    issues_that_name_one_source_are_found,
}

fn report(iid: u64, kind: ReportKind, body: &str, author: u64) -> Report {
    Report {
        issue: issue(iid),
        kind,
        subject: "digest".to_owned(),
        body: body.to_owned(),
        state: "{}".to_owned(),
        made_at: start(),
        due_at: Some(start()),
        author: Some(UserId(author)),
    }
}

async fn the_newest_report_of_a_kind_stands(place: &dyn Place) {
    let (store, _) = opened(place).await;
    let job = JobKind::Report { issue: issue(3), kind: ReportKind::Readiness, start: false };
    assert!(store.enqueue(job.clone()).await.unwrap());
    assert!(!store.enqueue(job).await.unwrap(), "one at a time");
    let batch = claim(&store).await;
    assert_eq!(store.reports(issue(3)).await.unwrap(), []);
    let verification = report(3, ReportKind::Verification, "arrived", 9);
    for body in ["first\0", "second"] {
        let readiness = report(3, ReportKind::Readiness, body, 9);
        store.save_report(&batch.lease, &readiness).await.unwrap();
    }
    store.save_report(&batch.lease, &verification).await.unwrap();
    let stored = store.reports(issue(3)).await.unwrap();
    assert_eq!(stored, [report(3, ReportKind::Readiness, "second", 9), verification]);
    assert_eq!(store.reports(issue(4)).await.unwrap(), []);
}

async fn reports_are_counted_by_kind_time_and_author(place: &dyn Place) {
    let (store, _) = opened(place).await;
    store.enqueue(visit(1)).await.unwrap();
    let batch = claim(&store).await;
    for (iid, author) in [(1, 9), (2, 9), (3, 8)] {
        let report = report(iid, ReportKind::Readiness, "", author);
        store.save_report(&batch.lease, &report).await.unwrap();
    }
    let later = start() + SignedDuration::from_secs(1);
    let (project, kind) = (ProjectId(7), ReportKind::Readiness);
    for (kind, since, author, count) in [
        (kind, start(), None, 3),
        (kind, start(), Some(UserId(9)), 2),
        (kind, later, None, 0),
        (ReportKind::Import, start(), None, 0),
    ] {
        let counted = store.count_reports(project, kind, since, author).await.unwrap();
        assert_eq!(counted, count, "{kind:?} {author:?}");
    }
}

async fn a_report_is_due_once_and_again_if_nobody_makes_it(place: &dyn Place) {
    let (store, _) = opened(place).await;
    store.enqueue(visit(1)).await.unwrap();
    let batch = claim(&store).await;
    let never = Report { due_at: None, ..report(2, ReportKind::Import, "", 9) };
    for report in [report(1, ReportKind::Import, "", 9), never] {
        store.save_report(&batch.lease, &report).await.unwrap();
    }
    let (now, second) = (start(), SignedDuration::from_secs(1));
    let due = [(issue(1), ReportKind::Import)];
    assert_eq!(store.take_due_reports(now - second, now).await.unwrap(), []);
    assert_eq!(store.take_due_reports(now, now + second).await.unwrap(), due);
    assert_eq!(store.take_due_reports(now, now + second).await.unwrap(), []);
    assert_eq!(store.take_due_reports(now + second, now + second * 2).await.unwrap(), due);
}

async fn an_old_fence_saves_no_report_and_notes_no_source(place: &dyn Place) {
    let (store, clock) = opened(place).await;
    store.enqueue(visit(1)).await.unwrap();
    let old = claim(&store).await;
    clock.advance(LEASE + SignedDuration::from_secs(1)).await;
    let _new = claim(&store).await;
    let readiness = report(1, ReportKind::Readiness, "late", 9);
    let saved = store.save_report(&old.lease, &readiness).await;
    assert!(matches!(saved, Err(StoreError::LeaseLost(_))), "{saved:?}");
    let noted = store.note_sources(&old.lease, issue(1), &["x".to_owned()]).await;
    assert!(matches!(noted, Err(StoreError::LeaseLost(_))), "{noted:?}");
}

async fn issues_that_name_one_source_are_found(place: &dyn Place) {
    let (store, _) = opened(place).await;
    store.enqueue(visit(1)).await.unwrap();
    let batch = claim(&store).await;
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let (kiwi, lemur) = (names(&["github.com/kiwi/kiwi"]), names(&["github.com/lemur/lemur"]));
    for (iid, sources) in
        [(5, &kiwi), (3, &kiwi), (4, &lemur), (6, &[kiwi.clone(), lemur.clone()].concat())]
    {
        store.note_sources(&batch.lease, issue(iid), sources).await.unwrap();
    }
    let found = store.issues_with_sources(issue(3), &kiwi).await.unwrap();
    assert_eq!(found, [issue(5), issue(6)]);
    let found = store.issues_with_sources(issue(9), &[kiwi.clone(), lemur].concat()).await.unwrap();
    assert_eq!(found, [issue(3), issue(4), issue(5), issue(6)]);
    // What an issue no longer names is forgotten.
    store.note_sources(&batch.lease, issue(6), &[]).await.unwrap();
    assert_eq!(store.issues_with_sources(issue(3), &kiwi).await.unwrap(), [issue(5)]);
}
