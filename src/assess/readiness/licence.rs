//! What the open source program will make of a licence. A hint: the program decides.

use serde::Serialize;

use crate::model::Licence;
use crate::tracker::safe;

/// Whether the Open Source Initiative has approved a licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenceVerdict {
    /// It has.
    Approved,
    /// It is a known licence, and it has not.
    NotApproved,
    /// There is a licence file, and a person has to read it.
    CannotTell,
    /// There is no licence file.
    Missing,
}

impl LicenceVerdict {
    /// By the list of licences that SPDX keeps.
    pub(super) fn of(licence: &Licence) -> Self {
        let id = match licence {
            Licence::Missing => return Self::Missing,
            Licence::Unrecognised => return Self::CannotTell,
            Licence::Spdx(id) => id,
        };
        match spdx::license_id(id) {
            Some(known) if known.is_osi_approved() => Self::Approved,
            Some(_) => Self::NotApproved,
            None => Self::CannotTell,
        }
    }

    /// The licence and the verdict in a few words of Markdown.
    pub(super) fn describe(self, licence: &Licence) -> String {
        let name = match licence {
            Licence::Missing => return "none found".to_owned(),
            Licence::Unrecognised => return "a file that GitHub does not recognise".to_owned(),
            Licence::Spdx(id) => safe::inline(id),
        };
        match self {
            Self::Approved => format!("{name}, approved by the OSI"),
            Self::NotApproved => format!("{name}, not approved by the OSI"),
            Self::CannotTell | Self::Missing => format!("{name}, unknown to SPDX"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_osi_has_approved_it_or_not_or_nobody_can_tell() {
        use LicenceVerdict::{Approved, CannotTell, Missing, NotApproved};
        for (id, verdict) in [
            ("MIT", Approved),
            ("Apache-2.0", Approved),
            ("0BSD", Approved),
            ("EUPL-1.2", Approved),
            ("Unlicense", Approved),
            // GitHub still writes the GNU licences in their old way.
            ("GPL-3.0", Approved),
            ("AGPL-3.0", Approved),
            ("LGPL-2.1", Approved),
            ("BUSL-1.1", NotApproved),
            ("CC0-1.0", NotApproved),
            ("CC-BY-4.0", NotApproved),
            ("WTFPL", NotApproved),
            ("SSPL-1.0", NotApproved),
            ("Acme-1.0", CannotTell),
            ("+", CannotTell),
        ] {
            assert_eq!(LicenceVerdict::of(&Licence::Spdx(id.to_owned())), verdict, "{id}");
        }
        assert_eq!(LicenceVerdict::of(&Licence::Unrecognised), CannotTell);
        assert_eq!(LicenceVerdict::of(&Licence::Missing), Missing);
    }
}
