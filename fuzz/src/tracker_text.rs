//! An issue's description: the managed block, ticks, collaborators, the last gate.

use landfall::model::{EffectKey, ItemId, StageName};
use landfall::tracker::block::{self, BEGIN, END, Ticks};
use landfall::tracker::{collaborators, marker, safe};
use landfall::workflow::{Item, Owner, Stage, Workflow};

use super::limits::timed;
use super::{input, oracle};

/// The block is written once and read back; every byte that is not ours stays.
pub fn run(data: &[u8]) {
    let [description, inner, ticked] = input::fields(data);
    let description = input::text(description);
    let inner = writable(&input::text(inner));
    if safe::assert_block(&inner).is_ok() {
        gated(&replaced(&description, &inner));
    }
    ticked_off(&description, ticked);
    listed(&description);
    gated(&description);
    let key = EffectKey("0123456789abcdef".repeat(4));
    let marked = marker::with_marker(&description, &key);
    assert_eq!(marker::key_of(&marked), Some(key));
    assert_eq!(marker::without_marker(&marked), description.trim_end());
}

/// What the bot writes into the block leaves no code and no HTML open.
fn writable(inner: &str) -> String {
    inner.replace(['<', '`', '~'], "")
}

fn replaced(description: &str, inner: &str) -> String {
    let old = timed(|| block::find(description));
    let changed = timed(|| block::replace(description, inner));
    let found = block::find(&changed).expect("the block was written");
    assert_eq!(found.replace('\r', ""), inner.trim().replace('\r', ""));
    assert_eq!(block::replace(&changed, inner), changed, "a second time changes nothing");
    let Some(old) = old else {
        assert!(changed.starts_with(description), "a new block comes last");
        return changed;
    };
    if changed != description {
        let (before, after) = around(description, old);
        assert_eq!(changed, format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", inner.trim()));
    }
    changed
}

/// What stands before and after the block whose inner text is `old`, itself a part of `description`.
fn around<'d>(description: &'d str, old: &str) -> (&'d str, &'d str) {
    let start = old.as_ptr() as usize - description.as_ptr() as usize;
    let (before, rest) = description.split_at(start);
    let before = &before[..before.rfind(BEGIN).expect("its first line")];
    let rest = &rest[old.len()..];
    (before, &rest[rest.find(END).expect("its last line") + END.len()..])
}

/// Bits of the input tick items of a workflow; a description keeps what it is given.
fn ticked_off(description: &str, bits: &[u8]) {
    let bit = |index: usize| bits.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1);
    let workflow = workflow();
    let items = || workflow.stages.iter().flat_map(|stage| &stage.checklist);
    let ticks: Ticks =
        items().enumerate().map(|(index, item)| (item.id.clone(), bit(index))).collect();
    let visited: Vec<StageName> = workflow.stages.iter().map(|stage| stage.name.clone()).collect();
    let inner = block::render(&workflow, &visited[0], &visited, &ticks);
    assert_eq!(safe::assert_block(&inner), Ok(()));
    let changed = replaced(description, &inner);
    assert_eq!(block::shown_ticks(&changed, &Ticks::new()), ticks);

    let shown = timed(|| block::shown_ticks(description, &ticks));
    let has_block = block::find(description).is_some();
    let written = block::ticks(description);
    for item in items() {
        let is_remembered = shown.get(&item.id) == ticks.get(&item.id);
        assert!(is_remembered || has_block || written.contains_key(&item.id));
    }
    for (id, is_ticked) in written.iter().take(4) {
        let turned = timed(|| block::set_tick(description, id, !is_ticked));
        assert_eq!(block::ticks(&turned).get(id), Some(&!is_ticked));
        assert_eq!(turned.lines().count(), description.lines().count());
    }
}

/// What passes the last gate holds nothing that GitLab would run.
fn gated(description: &str) {
    if timed(|| safe::assert_description(description)).is_ok() {
        assert_eq!(oracle::commands_new(description), 0, "{description:?}");
    }
}

fn listed(description: &str) {
    for name in timed(|| collaborators::collaborators(description)) {
        assert!(description.contains(name.as_str()));
        assert!(safe::mention(&name).is_some(), "{name}");
    }
}

fn workflow() -> Workflow {
    let item = |stage: &str, number: usize| Item {
        id: ItemId::new(format!("{stage}.item-{number}")),
        text: format!("Do {number} [x] - [ ] `y`"),
        owner: if number.is_multiple_of(2) { Owner::Partner } else { Owner::Staff },
    };
    let stage = |name: &str| Stage {
        name: StageName::new(name),
        label: format!("migration::{name}").as_str().into(),
        color: "#6699cc".to_owned(),
        summary: "Words.".to_owned(),
        is_end: false,
        next: Vec::new(),
        exit: Vec::new(),
        days: None,
        checklist: (0..3).map(|number| item(name, number)).collect(),
        links: Vec::new(),
        reports: Vec::new(),
        text: String::new(),
    };
    Workflow { stages: ["one", "two"].map(stage).into(), scopes: Vec::new() }
}
