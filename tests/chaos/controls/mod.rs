//! Negative controls: each of these changes to the source breaks one promise and must turn something
//! red, else the rig and the tests prove nothing.

mod list;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use crate::plan::Plan;

use list::CONTROLS;

/// What must notice a change.
enum Detector {
    /// A scenario of this program, with its arguments.
    Rig(&'static [&'static str]),
    /// A test of the main suite, by a part of its name.
    Test(&'static str),
    /// A test inside the library, by a part of its name.
    Unit(&'static str),
}

impl Detector {
    /// The test target that it is in.
    fn target(&self) -> &'static [&'static str] {
        match self {
            Self::Rig(_) => &["--test", "chaos"],
            Self::Test(_) => &["--test", "it"],
            Self::Unit(_) => &["--lib"],
        }
    }
}

struct Control {
    name: &'static str,
    file: &'static str,
    find: &'static str,
    replace: &'static str,
    detector: Detector,
}

/// Whether each change still has its one place in the source.
pub(crate) async fn still_apply(_: Plan) -> anyhow::Result<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for Control { name, file, find, replace, .. } in CONTROLS {
        let source = std::fs::read_to_string(root.join(file))?;
        let times = source.matches(find).count();
        ensure!(times == 1 && find != replace, "`{name}`: found {times} times in {file}");
    }
    Ok(json!({ "controls": CONTROLS.len() }))
}

/// Makes each change in a copy of the source and runs what must notice it.
pub(crate) async fn all_red(plan: Plan) -> anyhow::Result<Value> {
    still_apply(plan).await?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = root.join("target/chaos/mutant");
    std::fs::create_dir_all(&copy)?;
    let (mut red, mut unnoticed) = (0, Vec::new());
    for control in CONTROLS.iter().filter(|control| plan.is_asked_for(control.name)) {
        if is_red(control, root, &copy)? {
            red += 1;
        } else {
            unnoticed.push(control.name);
        }
    }
    if !unnoticed.is_empty() {
        bail!("not noticed: {}", unnoticed.join(", "));
    }
    Ok(json!({ "controls": CONTROLS.len(), "red": red }))
}

fn is_red(control: &Control, root: &Path, copy: &Path) -> anyhow::Result<bool> {
    let Control { name, file, find, replace, detector } = control;
    let synced = Command::new("sh")
        .args(["-c", "git ls-files -z | tar --null -T - -cf - | tar -xf - -C \"$1\"", "sh"])
        .arg(copy)
        .current_dir(root)
        .status()?;
    ensure!(synced.success(), "the source can't be copied");
    let path = copy.join(file);
    let source = std::fs::read_to_string(&path)?;
    std::fs::write(&path, source.replace(find, replace))?;
    let test = [&["test"], detector.target()].concat();
    let build = [&test[..], &["--no-run"]].concat();
    ensure!(cargo(copy, &build)?, "`{name}` does not compile");
    let mut arguments = test;
    match detector {
        Detector::Rig(rig) => {
            arguments.push("--");
            arguments.extend(*rig);
        }
        Detector::Test(part) | Detector::Unit(part) => arguments.push(part),
    }
    let is_red = !cargo(copy, &arguments)?;
    eprintln!("{}: {name}", if is_red { "red, as it must be" } else { "NOT NOTICED" });
    Ok(is_red)
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
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    Ok(status.success())
}
