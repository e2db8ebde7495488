//! How large the program is and how soon it answers.

use crate::child::{PROGRAM, Service};
use crate::receiving::mega;
use crate::report::{Goal, Report, millis};

const TIMES: usize = 20;

/// The program as it is shipped: optimised and stripped.
pub(crate) fn size(report: &mut Report) -> anyhow::Result<()> {
    let bytes = std::fs::metadata(PROGRAM)?.len();
    report.note("size of the program", "MB", mega(bytes), Goal::AtMost(30.0));
    Ok(())
}

/// From spawn to the first answer of `/livez`: with no database yet, and with the one from before.
pub(crate) fn ready(report: &mut Report) -> anyhow::Result<()> {
    let kept = tempfile::tempdir()?;
    drop(Service::start(kept.path())?);
    for _ in 0..TIMES {
        let fresh = tempfile::tempdir()?;
        let first = Service::start(fresh.path())?;
        let what = "start to ready, first start";
        report.note(what, "ms", millis(first.ready_after), Goal::AtMost(150.0));
        let again = Service::start(kept.path())?;
        let what = "start to ready, restart";
        report.note(what, "ms", millis(again.ready_after), Goal::AtMost(150.0));
    }
    Ok(())
}
