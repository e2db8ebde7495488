//! Reads `verify.yaml`: the rules of verification, and the GitLabs that may be asked.

use std::path::Path;

use secrecy::SecretString;
use url::Url;

use super::mistake::ConfigError;
use super::reader::{At, Fields, Reader};
use super::settings::secret_text;
use super::source::Source;
use super::values;
use super::yaml::{self, Node, Value};
use crate::assess::{
    AccountRules, ImportRules, LicenceRules, Pattern, PlaceRules, ProgramRules, Rules, WorkRules,
};

/// Another GitLab that destinations may be on. Its token is masked in `Debug`.
#[derive(Debug, Clone)]
pub struct DestinationHost {
    /// Its address.
    pub url: Url,
    /// For reading; without one GitLab leaves out much of what is checked.
    pub token: Option<SecretString>,
}

/// What the file holds.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) rules: Rules,
    pub(super) hosts: Vec<DestinationHost>,
}

/// Reads the whole file. What it leaves out keeps its default.
///
/// # Errors
/// Every mistake in it.
pub(super) fn read(source: &Source) -> Result<Read, Vec<ConfigError>> {
    let root = yaml::parse(source).map_err(|mistake| vec![mistake])?;
    let mut file = File { reader: Reader::new(source), elsewhere: Vec::new() };
    let read = match root.value {
        // A file with comments only is fine.
        Value::Null => Read { rules: Rules::default(), hosts: Vec::new() },
        _ => file.whole(&root),
    };
    let mut mistakes = file.reader.into_mistakes();
    mistakes.extend(file.elsewhere);
    if mistakes.is_empty() { Ok(read) } else { Err(mistakes) }
}

/// The file while it is read.
struct File<'s> {
    reader: Reader<'s>,
    /// Mistakes in the files it names.
    elsewhere: Vec<ConfigError>,
}

impl File<'_> {
    fn whole(&mut self, root: &Node) -> Read {
        const SECTIONS: [&str; 7] =
            ["work", "places", "accounts", "licences", "imports", "program", "destination_hosts"];
        let fields = self.reader.fields(root, &SECTIONS);
        let rules = Rules {
            work: self.section(&fields, "work", Self::work).unwrap_or_default(),
            places: self.section(&fields, "places", Self::places).unwrap_or_default(),
            accounts: self.section(&fields, "accounts", Self::accounts).unwrap_or_default(),
            licences: self.section(&fields, "licences", Self::licences).unwrap_or_default(),
            imports: self.section(&fields, "imports", Self::imports).unwrap_or_default(),
            program: self.section(&fields, "program", Self::program).unwrap_or_default(),
        };
        Read { rules, hosts: self.hosts(&fields) }
    }

    fn section<T>(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        read: impl FnOnce(&mut Self, &Node) -> T,
    ) -> Option<T> {
        fields.get(name).map(|node| read(self, node))
    }

    fn work(&mut self, node: &Node) -> WorkRules {
        const KEYS: [&str; 6] = [
            "merge_requests",
            "developers",
            "developers_small",
            "commits",
            "issue_days",
            "source_lead_days",
        ];
        let fields = self.reader.fields(node, &KEYS);
        let usual = WorkRules::default();
        let mut number = |key, usual| self.number(&fields, key, usual, 1, 1000);
        WorkRules {
            merge_requests: number("merge_requests", usual.merge_requests),
            developers: number("developers", usual.developers),
            developers_small: number("developers_small", usual.developers_small),
            commits: number("commits", usual.commits),
            issue_days: number("issue_days", usual.issue_days),
            source_lead_days: number("source_lead_days", usual.source_lead_days),
        }
    }

    fn places(&mut self, node: &Node) -> PlaceRules {
        let fields = self.reader.fields(node, &["test_groups", "templates", "old_mirrors"]);
        PlaceRules {
            test_groups: self.paths(&fields, "test_groups"),
            templates: self.paths(&fields, "templates"),
            old_mirrors: self.paths(&fields, "old_mirrors"),
        }
    }

    fn accounts(&mut self, node: &Node) -> AccountRules {
        const KEYS: [&str; 5] =
            ["bots", "bot_names", "placeholders", "placeholder_names", "ignored"];
        let fields = self.reader.fields(node, &KEYS);
        let usual = AccountRules::default();
        let ignored = self.reader.texts(&fields, "ignored");
        AccountRules {
            bots: self.patterns(&fields, "bots", usual.bots),
            bot_names: self.patterns(&fields, "bot_names", usual.bot_names),
            placeholders: self.patterns(&fields, "placeholders", usual.placeholders),
            placeholder_names: self.patterns(&fields, "placeholder_names", usual.placeholder_names),
            ignored: ignored.iter().filter_map(|at| self.username(at)).collect(),
        }
    }

    fn licences(&mut self, node: &Node) -> LicenceRules {
        let fields = self.reader.fields(node, &["accepted"]);
        let accepted = self.reader.texts(&fields, "accepted");
        LicenceRules { accepted: accepted.into_iter().map(|at| at.text.to_lowercase()).collect() }
    }

    fn imports(&mut self, node: &Node) -> ImportRules {
        const KEYS: [&str; 5] = [
            "stuck_hours",
            "overdue_hours",
            "accuracy_percent",
            "poll_seconds",
            "poll_minutes_at_most",
        ];
        let fields = self.reader.fields(node, &KEYS);
        let usual = ImportRules::default();
        ImportRules {
            stuck_hours: self.number(&fields, "stuck_hours", usual.stuck_hours, 1, 1000),
            overdue_hours: self.number(&fields, "overdue_hours", usual.overdue_hours, 1, 1000),
            accuracy_percent: self.number(
                &fields,
                "accuracy_percent",
                usual.accuracy_percent,
                1,
                100,
            ),
            poll_seconds: self.number(&fields, "poll_seconds", usual.poll_seconds, 60, 3600),
            poll_minutes_at_most: self.number(
                &fields,
                "poll_minutes_at_most",
                usual.poll_minutes_at_most,
                1,
                1440,
            ),
        }
    }

    fn program(&mut self, node: &Node) -> ProgramRules {
        let fields = self.reader.fields(node, &["private_projects"]);
        let usual = ProgramRules::default().private_projects;
        ProgramRules { private_projects: self.number(&fields, "private_projects", usual, 0, 1000) }
    }

    fn hosts(&mut self, fields: &Fields<'_>) -> Vec<DestinationHost> {
        let mut hosts: Vec<DestinationHost> = Vec::new();
        for node in self.reader.list(fields, "destination_hosts") {
            let fields = self.reader.fields(node, &["url", "token_file"]);
            let at = self.reader.text(&fields, "url");
            let token = self.reader.optional_text(&fields, "token_file");
            let token = token.and_then(|at| self.token(&at));
            match values::service_url(&at.text) {
                Ok(url) if hosts.iter().any(|host| host.url == url) => {
                    self.reader.note(at.spot, "this host is listed already", "keep one of them");
                }
                Ok(url) => hosts.push(DestinationHost { url, token }),
                Err(_) if at.text.is_empty() => {}
                Err(expected) => self.reader.note(at.spot, format!("`url` {expected}"), ""),
            }
        }
        hosts
    }

    fn token(&mut self, at: &At) -> Option<SecretString> {
        if at.text.is_empty() {
            return None;
        }
        let read = secret_text(Path::new(&at.text)).and_then(|text| {
            values::token(&text).map_err(|expected| ConfigError::whole(&at.text, expected))
        });
        read.map_err(|mistake| self.elsewhere.push(mistake)).ok()
    }

    fn number(&mut self, fields: &Fields<'_>, key: &str, usual: u32, least: u32, most: u32) -> u32 {
        self.reader.number(fields, key, least, most).unwrap_or(usual)
    }

    fn paths(&mut self, fields: &Fields<'_>, key: &str) -> Vec<String> {
        let texts = self.reader.texts(fields, key);
        let mut paths = Vec::new();
        for at in texts.into_iter().filter(|at| !at.text.is_empty()) {
            match values::namespace_path(&at.text) {
                Ok(path) => paths.push(path),
                Err(expected) => {
                    self.reader.note(at.spot, format!("an entry of `{key}` {expected}"), "");
                }
            }
        }
        paths
    }

    fn patterns(&mut self, fields: &Fields<'_>, key: &str, usual: Vec<Pattern>) -> Vec<Pattern> {
        if fields.get(key).is_none() {
            return usual;
        }
        let texts = self.reader.texts(fields, key);
        for at in texts.iter().filter(|at| !at.text.is_empty()) {
            if at.text.chars().all(|c| c == '*') {
                let what = format!("`{}` fits every name, so nobody would count", at.text);
                self.reader.note(at.spot, what, "write a part of the names that are meant");
            }
        }
        texts.into_iter().map(|at| Pattern::new(at.text)).collect()
    }

    fn username(&mut self, at: &At) -> Option<String> {
        match values::username(&at.text) {
            Ok(name) => Some(name.as_str().to_lowercase()),
            Err(_) if at.text.is_empty() => None,
            Err(expected) => {
                self.reader.note(at.spot, format!("entries of `ignored` {expected}"), "");
                None
            }
        }
    }
}
