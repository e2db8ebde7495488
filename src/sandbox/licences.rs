//! Licences as GitLab and GitHub name them.

use serde_json::{Value, json};

/// SPDX name, what people call it, and its nickname.
const KNOWN: [(&str, &str, Option<&str>); 10] = [
    ("AGPL-3.0", "GNU Affero General Public License v3.0", Some("GNU AGPLv3")),
    ("Apache-2.0", "Apache License 2.0", None),
    ("BSD-2-Clause", "BSD 2-Clause \"Simplified\" License", None),
    ("BSD-3-Clause", "BSD 3-Clause \"New\" or \"Revised\" License", None),
    ("GPL-2.0", "GNU General Public License v2.0", Some("GNU GPLv2")),
    ("GPL-3.0", "GNU General Public License v3.0", Some("GNU GPLv3")),
    ("LGPL-3.0", "GNU Lesser General Public License v3.0", Some("GNU LGPLv3")),
    ("MIT", "MIT License", None),
    ("MPL-2.0", "Mozilla Public License 2.0", None),
    ("Unlicense", "The Unlicense", None),
];

fn known(spdx: &str) -> Option<(&'static str, &'static str, Option<&'static str>)> {
    KNOWN.into_iter().find(|(id, ..)| id.eq_ignore_ascii_case(spdx))
}

/// As `license=true` adds it to a project; a text nobody knows is `other`.
pub(super) fn on_gitlab(spdx: &str) -> Value {
    if spdx.eq_ignore_ascii_case("other") || spdx.eq_ignore_ascii_case("NOASSERTION") {
        return json!({ "key": "other", "name": "Other", "nickname": null, "html_url": null });
    }
    let key = spdx.to_lowercase();
    let (name, nickname) = known(spdx).map_or((spdx, None), |(_, name, nick)| (name, nick));
    json!({
        "key": key,
        "name": name,
        "nickname": nickname,
        "html_url": format!("https://choosealicense.com/licenses/{key}/"),
    })
}

/// As it stands in a repository on GitHub; `NOASSERTION` for a text nobody knows.
pub(super) fn on_github(spdx: &str) -> Value {
    if spdx.eq_ignore_ascii_case("NOASSERTION") {
        return json!({
            "key": "other",
            "name": "Other",
            "spdx_id": "NOASSERTION",
            "url": null,
            "node_id": "MDc6TGljZW5zZTA=",
        });
    }
    let key = spdx.to_lowercase();
    json!({
        "key": key,
        "name": known(spdx).map_or(spdx, |(_, name, _)| name),
        "spdx_id": spdx,
        "url": format!("https://api.github.com/licenses/{key}"),
        "node_id": "MDc6TGljZW5zZTE=",
    })
}
