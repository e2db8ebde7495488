//! Whose comments count as ours.

use super::*;
use crate::model::{ProjectId, UserId, Username};
use crate::tracker::marker::{effect_key, with_marker};

const BOT: u64 = 1;

fn actor(id: u64) -> Actor {
    Actor { id: UserId(id), username: Username::from("somebody") }
}

fn note(author: Option<u64>, system: bool, body: &str) -> Note {
    let at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    Note {
        id: NoteId(5),
        body: body.to_owned(),
        author: author.map(actor),
        system,
        internal: false,
        created_at: at,
        updated_at: at,
    }
}

#[test]
fn e22_a_marker_is_ours_by_author_kind_and_place() {
    let identity = Identity { bot: actor(BOT), project: ProjectId(42), ignored: Vec::new() };
    let issue = IssueRef { project: ProjectId(42), iid: IssueIid(7) };
    let key = effect_key(issue, "welcome", "");
    let ours = with_marker("Welcome", &key);
    let edited = ours.replace("Welcome", "Welcome (edited by an administrator)");
    for (who, system, body, counts) in [
        (Some(BOT), false, ours.clone(), true),
        (Some(BOT), false, format!("{ours}\n"), true),
        (Some(BOT), false, edited, true),
        (Some(2), false, ours.clone(), false),
        (None, false, ours.clone(), false),
        (Some(BOT), true, ours.clone(), false),
        (Some(BOT), false, format!("{ours}\nand more"), false),
        (Some(BOT), false, "Welcome".to_owned(), false),
    ] {
        let notes = [note(who, system, &body)];
        let found: Vec<EffectKey> = own_marked(&notes, &identity).map(|(_, key)| key).collect();
        let expected = if counts { vec![key.clone()] } else { Vec::new() };
        assert_eq!(found, expected, "{who:?} system {system}: {body:?}");
    }
}
