//! Negative controls: each of these changes to the source breaks one promise and must turn something
//! red, else the rig and the tests prove nothing.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

/// What must notice a change.
enum Detector {
    /// A scenario of this program, with its arguments.
    Rig(&'static [&'static str]),
    /// A test of the main suite, by a part of its name.
    Test(&'static str),
}

struct Control {
    name: &'static str,
    file: &'static str,
    find: &'static str,
    replace: &'static str,
    detector: Detector,
}

const CONTROLS: &[Control] = &[
    Control {
        name: "acknowledge before commit",
        file: "src/receive/handler.rs",
        find: "let stored = timeout(self.settings.store_deadline, self.inbox.accept(incoming)).await;",
        replace: "let inbox = Arc::clone(&self.inbox);\n\
                  tokio::spawn(async move { inbox.accept(incoming).await });\n\
                  let stored: Result<Result<Accepted, crate::store::StoreError>, tokio::time::error::Elapsed> =\n\
                  Ok(Ok(Accepted::Duplicate));",
        detector: Detector::Rig(&["kill", "--scale", "0.03"]),
    },
    Control {
        name: "no commit of in_flight before the comment leaves",
        file: "src/jobs/comment.rs",
        find: "        self.store.announce(ground.lease, ground.at, comment.key, comment.purpose).await?;\n",
        replace: "",
        detector: Detector::Rig(&["steps", "--scale", "0.01"]),
    },
    Control {
        name: "lists end at a short page",
        file: "src/gitlab/pager.rs",
        find: "            let is_over = found.iter().any(&past);\n",
        replace: "            let is_over = (found.len() as u64) < page.size || found.iter().any(&past);\n",
        detector: Detector::Test("gitlab_client::lists"),
    },
    Control {
        name: "a failed search counts as nothing found",
        file: "src/jobs/comment.rs",
        find: "        let notes = self.gitlab.list_notes(ground.at).await?;\n        let record = own_marked",
        replace: "        let notes = self.gitlab.list_notes(ground.at).await.unwrap_or_default();\n        let record = own_marked",
        detector: Detector::Test("stories::faults::"),
    },
    Control {
        name: "deliveries are known by the id of the request",
        file: "src/receive/head.rs",
        find: "given(\"webhook-id\", is_message_id).or_else(|| given(\"idempotency-key\", is_key))",
        replace: "given(\"x-gitlab-webhook-uuid\", is_key).filter(|_| is_message_id(b\"x\"))",
        detector: Detector::Test("catalogue_http::"),
    },
    Control {
        name: "label events in order of their times",
        file: "src/gitlab/fetch.rs",
        find: "        events.sort_by_key(|event| event.id);",
        replace: "        events.sort_by_key(|event| (std::cmp::Reverse(event.at.as_second()), event.id));",
        detector: Detector::Rig(&["disorder", "--scale", "0.2"]),
    },
    Control {
        name: "no time limit for a body",
        file: "src/receive/mod.rs",
        find: "            body_deadline: Duration::from_secs(10),",
        replace: "            body_deadline: Duration::from_secs(100_000),",
        detector: Detector::Test("catalogue_http::pace"),
    },
    Control {
        name: "the sanitiser leaves carriage returns",
        file: "src/tracker/safe.rs",
        find: "    let body = body.replace('\\r', \"\");\n",
        replace: "    let body = body.to_owned();\n",
        detector: Detector::Test("catalogue_text"),
    },
    Control {
        name: "hosts are compared by how they begin",
        file: "src/gitlab/request.rs",
        find: "        url.origin() == base.origin()\n",
        replace: "        url.as_str().starts_with(base.origin().ascii_serialization().as_str())\n",
        detector: Detector::Test("gitlab_client::"),
    },
    Control {
        name: "redirects are followed",
        file: "src/gitlab/transport.rs",
        find: "            .redirect(reqwest::redirect::Policy::none())\n",
        replace: "",
        detector: Detector::Test("gitlab_client::"),
    },
    Control {
        name: "no fence before a write",
        file: "src/jobs/apply.rs",
        find: "        self.store.renew(ground.lease, self.settings.lease).await?;\n",
        replace: "",
        detector: Detector::Test("stories::loss::a_worker_that_slept"),
    },
    Control {
        name: "tokens are compared with ==",
        file: "src/receive/secrets.rs",
        find: "            let is_right = token.0.ct_eq(&presented);\n",
        replace: "            let is_right = Choice::from(u8::from(token.0 == presented));\n",
        detector: Detector::Test("architecture::walls"),
    },
    Control {
        name: "a restored database begins no epoch",
        file: "src/store/sql/epoch.rs",
        find: "    if same.is_none() {",
        replace: "    if same.is_none() && false {",
        detector: Detector::Test("store_conformance::sqlite_file"),
    },
    Control {
        name: "a lane without a lock on PostgreSQL",
        file: "src/store/postgres/jobs.rs",
        find: " ON CONFLICT (lane) DO UPDATE SET lane = excluded.lane",
        replace: " ON CONFLICT (lane) DO NOTHING",
        detector: Detector::Test("store_conformance::postgres::two_replicas_that_store"),
    },
];

/// Whether each change still has its one place in the source.
pub(crate) fn still_apply() -> anyhow::Result<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for Control { name, file, find, replace, .. } in CONTROLS {
        let source = std::fs::read_to_string(root.join(file))?;
        let times = source.matches(find).count();
        ensure!(times == 1 && find != replace, "`{name}`: found {times} times in {file}");
    }
    Ok(json!({ "controls": CONTROLS.len() }))
}

/// Makes each change in a copy of the source and runs what must notice it.
pub(crate) fn all_red() -> anyhow::Result<Value> {
    still_apply()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = root.join("target/chaos/mutant");
    std::fs::create_dir_all(&copy)?;
    let mut unnoticed = Vec::new();
    for Control { name, file, find, replace, detector } in CONTROLS {
        let synced = Command::new("sh")
            .args(["-c", "git ls-files -z | tar --null -T - -cf - | tar -xf - -C \"$1\"", "sh"])
            .arg(&copy)
            .current_dir(root)
            .status()?;
        ensure!(synced.success(), "the source can't be copied");
        let path = copy.join(file);
        let source = std::fs::read_to_string(&path)?;
        std::fs::write(&path, source.replace(find, replace))?;
        ensure!(cargo(&copy, &["test", "--no-run"])?, "`{name}` does not compile");
        let is_green = match detector {
            Detector::Rig(arguments) => {
                let mut all = vec!["test", "--test", "chaos", "--"];
                all.extend(*arguments);
                cargo(&copy, &all)?
            }
            Detector::Test(part) => cargo(&copy, &["test", "--test", "it", part])?,
        };
        eprintln!("{}: {name}", if is_green { "NOT NOTICED" } else { "red, as it must be" });
        if is_green {
            unnoticed.push(*name);
        }
    }
    if !unnoticed.is_empty() {
        bail!("not noticed: {}", unnoticed.join(", "));
    }
    Ok(json!({ "controls": CONTROLS.len(), "red": CONTROLS.len() }))
}

/// Runs cargo in the copy, with a target folder of its own.
fn cargo(copy: &Path, arguments: &[&str]) -> anyhow::Result<bool> {
    let (command, rest) = arguments.split_first().context("a command")?;
    let status = Command::new("cargo")
        .args([*command, "--locked", "--features", "crash-points", "--quiet"])
        .args(rest)
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", copy.with_file_name("mutant-target"))
        .env("RUST_BACKTRACE", "0")
        .env("RUSTFLAGS", "-Awarnings")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    Ok(status.success())
}
