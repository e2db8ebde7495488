//! Names, roles and usernames in one line about people.

use super::kind::{self, SourceKind};
use super::page::address::{self, Address};
use super::page::given::given;
use super::page::inline::plain;
use super::page::words::{DASHES, has, words};
use super::people::{Collaborator, Column, column};
use crate::model::Username;
use crate::tracker::collaborators::{mentioned, plain_name};

/// Bytes of a line that are looked at.
const ENOUGH: usize = 2_048;

/// The people of a line: `Kim Lee, release manager, @kim`, `@kim (primary)`, `Kim (@kim) and Lee
/// (@lee)`. What stands before the first username and after the last belongs to those two; of what
/// stands between, the last name belongs to the next. Always at least one, perhaps with a role only.
pub(super) fn read(text: &str) -> Vec<Collaborator> {
    let pieces = pieces(text);
    let mut people = Vec::new();
    let mut person = Collaborator::default();
    let mut pending: Vec<String> = Vec::new();
    // `Name, Title, Role, GitLab username` is how a template asks.
    if pieces.len() > 1 && pieces.iter().all(|piece| column(piece).is_some()) {
        return vec![person];
    }
    let labelled = pieces.first().cloned();
    for piece in pieces {
        let Some(username) = mentioned(&piece) else {
            pending.push(piece);
            continue;
        };
        if person.username.is_none() {
            pending.drain(..).for_each(|piece| tell(&mut person, &piece));
            person.username = Some(username);
        } else {
            let name =
                pending.last().filter(|piece| !is_role(piece)).and_then(|piece| listed_name(piece));
            if name.is_some() {
                pending.pop();
            }
            pending.drain(..).for_each(|piece| tell(&mut person, &piece));
            let next = Collaborator { name, role: None, username: Some(username) };
            people.push(std::mem::replace(&mut person, next));
        }
    }
    pending.drain(..).for_each(|piece| tell(&mut person, &piece));
    people.push(person);
    // `Sysadmins: @kim, @lee`
    let is_label =
        |piece: &String| piece.split_once([':', '：']).is_some_and(|(label, _)| is_role(label));
    let shared = people.first().and_then(|one| one.role.clone());
    if let Some(role) = shared.filter(|_| labelled.as_ref().is_some_and(is_label)) {
        people
            .iter_mut()
            .filter(|one| one.role.is_none())
            .for_each(|one| one.role = Some(role.clone()));
    }
    people
}

/// Takes one piece of a line for what it looks like.
fn tell(person: &mut Collaborator, piece: &str) {
    let (label, value) = piece.split_once([':', '：']).unwrap_or(("", piece));
    let is_role_label = is_role(label);
    match column(label) {
        Some(Column::Username) => {
            person.username = person.username.take().or_else(|| username_of_cell(value));
            return;
        }
        Some(Column::Name) => {
            person.name = person.name.take().or_else(|| name(value));
            return;
        }
        Some(Column::Role) => return add_role(person, value),
        None if is_role_label => add_role(person, label),
        None => {}
    }
    let value = if is_role_label { value } else { piece };
    match listed_name(value).filter(|_| person.name.is_none() && !is_role(value)) {
        Some(name) => person.name = Some(name),
        None => add_role(person, value),
    }
}

fn add_role(person: &mut Collaborator, text: &str) {
    const ENOUGH: usize = 100;
    if person.role.as_ref().is_some_and(|role| role.len() > ENOUGH) {
        return;
    }
    let Some(role) = given(&without_mail(text)).filter(|role| !is_filler(role)) else {
        return;
    };
    person.role = Some(match person.role.take() {
        Some(before) => plain(&format!("{before}, {role}")),
        None => role,
    });
}

/// Words of a sentence around people, which are neither name nor role.
const FILLERS: [&str; 26] = [
    "and", "or", "will", "the", "is", "are", "we", "our", "with", "for", "help", "helps", "you",
    "to", "from", "in", "on", "at", "by", "both", "as", "can", "please", "ask", "und", "et",
];

fn is_filler(text: &str) -> bool {
    words(text).split(' ').all(|word| FILLERS.contains(&word))
}

/// A name in a list, where anything else may stand: a few words that start with a capital, or in a
/// script without capitals.
fn listed_name(text: &str) -> Option<String> {
    const MOST_WORDS: usize = 5;
    const PARTICLES: [&str; 12] =
        ["von", "van", "de", "der", "den", "da", "di", "la", "le", "bin", "al", "el"];
    let text = text.trim().trim_start_matches("and ").trim_start_matches("und ");
    let name = name(text)?;
    let parts: Vec<&str> = name.split(' ').collect();
    let is_capital = |word: &&str| {
        PARTICLES.contains(word)
            || !word.starts_with(|c: char| c.is_lowercase() || c.is_ascii_punctuation())
    };
    let is_short = parts.len() <= 2 && !parts.iter().any(|word| FILLERS.contains(word));
    let is_name = parts.len() <= MOST_WORDS && (parts.iter().all(is_capital) || is_short);
    is_name.then_some(name)
}

/// A name as it was written, without mail address and username.
pub(super) fn name(text: &str) -> Option<String> {
    const LONGEST: usize = 80;
    let text = without_mail(text);
    let kept: Vec<&str> = text.split_whitespace().filter(|word| !word.starts_with('@')).collect();
    let name = given(&kept.join(" "))?;
    let name = name.trim_matches(|c: char| {
        matches!(c, ',' | ';' | ':' | '-' | '–' | '—') || c.is_whitespace()
    });
    let is_nobody =
        matches!(words(name).as_str(), "none" | "nobody" | "nobody yet" | "no one" | "no one yet");
    let is_name = !name.is_empty() && name.chars().count() <= LONGEST && !is_nobody;
    is_name.then(|| name.to_owned())
}

/// The text without words that are mail addresses: they are not ours to repeat.
fn without_mail(text: &str) -> String {
    let is_mail = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let host = word.split_once('@').map(|(_, host)| host);
        host.is_some_and(|host| host.contains('.')) && !word.contains("://")
    };
    let kept: Vec<&str> = text.split_whitespace().filter(|word| !is_mail(word)).collect();
    kept.join(" ")
}

/// Cuts a line at commas, brackets, free-standing dashes, and around usernames. A link to somebody's
/// page on a GitLab is a username.
fn pieces(text: &str) -> Vec<String> {
    const MOST: usize = 40;
    let text = text.get(..text.floor_char_boundary(ENOUGH)).unwrap_or_default();
    let text = with_profiles_as_usernames(text).replace("**", "").replace("(s)", "s");
    let text = DASHES.iter().chain(&["\t"]).fold(text, |text, sign| text.replace(sign, " , "));
    let mut pieces = Vec::new();
    for part in text.split([',', ';', '|', '(', ')', '，', '、', '（', '）']) {
        let mut piece = String::new();
        for word in part.split_whitespace() {
            if mentioned(word).is_some() {
                pieces.push(std::mem::take(&mut piece));
                pieces.push(word.to_owned());
            } else {
                piece.push(' ');
                piece.push_str(word);
            }
        }
        pieces.push(piece);
    }
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces.truncate(MOST);
    pieces
}

fn with_profiles_as_usernames(text: &str) -> String {
    let mut told = String::new();
    let mut kept_to = 0;
    for (place, found) in address::find(text) {
        let Some(username) = profile(found) else {
            continue;
        };
        let before = text.get(kept_to..place.start).unwrap_or_default();
        kept_to = place.end;
        told.push_str(before.strip_suffix("](").unwrap_or(before));
        if before.ends_with("](") {
            // The label stays, its brackets go.
            if let Some(bracket) = told.rfind('[') {
                told.remove(bracket);
            }
            kept_to += usize::from(text.get(kept_to..).is_some_and(|rest| rest.starts_with(')')));
        }
        told.push_str(&format!(" @{username} "));
    }
    told.push_str(text.get(kept_to..).unwrap_or_default());
    told
}

/// The user whose page on a GitLab this is.
fn profile(text: &str) -> Option<Username> {
    let address =
        Address::of(text).filter(|address| kind::of_address(address) == SourceKind::Gitlab)?;
    let path = address.path.trim_end_matches('/');
    (!path.is_empty() && !path.contains('/')).then(|| plain_name(path)).flatten()
}

/// Everybody whom a text names by `@`, or by a link to their page.
pub(super) fn usernames_in(text: &str) -> Vec<Username> {
    const MOST: usize = 20;
    if !text.contains(['@', '/']) {
        return Vec::new();
    }
    let text = text.get(..text.floor_char_boundary(ENOUGH)).unwrap_or_default();
    with_profiles_as_usernames(text).split_whitespace().filter_map(mentioned).take(MOST).collect()
}

/// The username in a cell that holds nothing else but a remark in brackets; the `@` may be missing.
pub(super) fn username_of_cell(cell: &str) -> Option<Username> {
    let cell = cell.split(" (").next().unwrap_or_default();
    given(cell).and_then(|answer| plain_name(&answer))
}

/// Whether a text is made of the words that roles are made of.
pub(super) fn is_role(text: &str) -> bool {
    const ROLES: &[&str] = &[
        "primary",
        "secondary",
        "alternate",
        "main",
        "backup",
        "deputy",
        "technical",
        "tech",
        "marketing",
        "legal",
        "sysadmin",
        "sysadmins",
        "admin",
        "administrator",
        "admins",
        "contact",
        "contacts",
        "lead",
        "leader",
        "maintainer",
        "maintainers",
        "owner",
        "press",
        "security",
        "infrastructure",
        "infra",
        "community",
        "manager",
        "release",
        "board",
        "member",
        "coordinator",
        "person",
        "ops",
        "devops",
        "developer",
        "developers",
        "core",
        "president",
        "chair",
        "director",
        "treasurer",
        "founder",
        "co",
        "project",
        "migration",
        "ci",
        "docs",
        "documentation",
        "translation",
        "translations",
        "point",
        "team",
        "of",
    ];
    let words = words(text);
    !words.is_empty() && words.split(' ').all(|word| has(word, ROLES))
}
