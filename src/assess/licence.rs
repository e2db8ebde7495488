//! What a licence's key says about it. GitLab's finding, never legal advice.

use std::collections::BTreeSet;

use crate::model::{LicenceFound, Told};

/// Words about licences beyond the list of SPDX.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LicenceRules {
    /// Keys in small letters that staff accept as open source.
    pub accepted: BTreeSet<String>,
}

/// What is known of a project's licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Licence {
    /// Approved by the OSI, or accepted by staff.
    Open,
    /// A known licence that the OSI has not approved.
    NotOpen,
    /// A text that GitLab does not recognise, or a key that SPDX does not know: somebody must read it.
    Unclear,
    /// No file with a licence was found. Several in one project end like this as well.
    Missing,
    /// GitLab did not say.
    Withheld,
}

impl LicenceRules {
    /// Judges by the key, in which GitLab writes SPDX's identifiers in small letters.
    pub fn judge(&self, found: &Told<LicenceFound>) -> Licence {
        let key = match found {
            Told::Withheld => return Licence::Withheld,
            Told::Nothing => return Licence::Missing,
            Told::Is(found) => found.key.trim(),
        };
        if self.accepted.contains(&key.to_lowercase()) {
            return Licence::Open;
        }
        let mut known = spdx::identifiers::LICENSES.iter();
        let listed = known.find(|one| one.name.eq_ignore_ascii_case(key));
        match listed.and_then(|one| spdx::license_id(one.name)) {
            Some(id) if id.is_osi_approved() => Licence::Open,
            Some(_) => Licence::NotOpen,
            None => Licence::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gitlabs_keys_are_judged_by_the_list_of_spdx() {
        let rules = LicenceRules { accepted: BTreeSet::from(["kiwi-1.0".to_owned()]) };
        for (key, expect) in [
            ("mit", Licence::Open),
            ("gpl-3.0", Licence::Open),
            ("gpl-2.0-or-later", Licence::Open),
            ("agpl-3.0", Licence::Open),
            ("apache-2.0", Licence::Open),
            ("bsd-3-clause", Licence::Open),
            ("eupl-1.2", Licence::Open),
            ("unlicense", Licence::Open),
            ("MPL-2.0", Licence::Open),
            ("cc-by-4.0", Licence::NotOpen),
            ("cc0-1.0", Licence::NotOpen),
            ("wtfpl", Licence::NotOpen),
            ("busl-1.1", Licence::NotOpen),
            ("other", Licence::Unclear),
            ("", Licence::Unclear),
            ("mit; drop table", Licence::Unclear),
            ("Kiwi-1.0", Licence::Open),
        ] {
            let found = LicenceFound { key: key.to_owned(), name: String::new() };
            assert_eq!(rules.judge(&Told::Is(found)), expect, "{key}");
        }
        assert_eq!(rules.judge(&Told::Nothing), Licence::Missing);
        assert_eq!(rules.judge(&Told::Withheld), Licence::Withheld);
    }
}
