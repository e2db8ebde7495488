//! `landfall backup`, and what a restored copy says again: nothing.

use std::fs;

use super::{expect, home, sandbox};
use crate::harness::{BOT, PAULA, SAM};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restored_backup_nothing_is_said_twice() {
    let sandbox = sandbox().await;
    let home = home(&sandbox);
    let run = |arguments: &[&str]| {
        let told = home.run(arguments);
        assert_eq!(told.code, Some(0), "{arguments:?}: {told:#?}");
        told
    };
    let said = |iid| sandbox.world().comments_by(iid, BOT).unwrap().len();
    run(&["setup", "--apply"]);
    let first = sandbox.world().by(PAULA).open_issue("Kiwi", "We move").unwrap();
    run(&["sweep"]);
    let told = run(&["backup", "copy.db"]);
    expect(&told, 0, &["copy.db: ", "-wal"], &[]);

    // Since then a stage was announced and another community was welcomed.
    let engaged: (&[&str], &[&str]) = (&["migration::engaged"], &["migration::prospect"]);
    sandbox.world().by(SAM).set_labels(first, engaged.0, engaged.1).unwrap();
    let second = sandbox.world().by(PAULA).open_issue("Lemur", "We move too").unwrap();
    run(&["sweep"]);
    assert_eq!((said(first), said(second)), (2, 1));

    for ending in ["-wal", "-shm"] {
        drop(fs::remove_file(home.path().join(format!("landfall.db{ending}"))));
    }
    fs::copy(home.path().join("copy.db"), home.path().join("landfall.db")).unwrap();
    sandbox.clear_journal();
    run(&["sweep"]);
    assert_eq!((said(first), said(second)), (2, 1), "{:?}", sandbox.writes());
    assert!(sandbox.writes().is_empty(), "{:?}", sandbox.writes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_can_not_be_made_says_why() {
    let sandbox = sandbox().await;
    let home = home(&sandbox);
    expect(&home.run(&["backup", "copy.db"]), 1, &[], &["there is no database"]);
    assert_eq!(home.run(&["setup", "--apply"]).code, Some(0));
    assert_eq!(home.run(&["sweep"]).code, Some(0));
    fs::write(home.path().join("copy.db"), "somebody else's").unwrap();
    expect(&home.run(&["backup", "copy.db"]), 1, &[], &["exists already"]);
    assert_eq!(fs::read(home.path().join("copy.db")).unwrap(), b"somebody else's");
    expect(&home.run(&["backup", "nowhere/copy.db"]), 1, &[], &["can't be created"]);
    expect(&home.run(&["backup"]), 2, &[], &["<FILE>"]);
}
