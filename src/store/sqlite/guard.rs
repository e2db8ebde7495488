//! What is looked at before a file is trusted: SQLite itself, and a log that belongs to another file.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// From this version on a checkpoint beside another connection loses no commit (sqlite.org, changes
/// of 3.51.3)…
const SOUND_FROM: [u32; 3] = [3, 51, 3];
/// …and from these on within their own lines.
const MENDED: [[u32; 3]; 2] = [[3, 44, 6], [3, 50, 7]];

/// So many bytes begin with "SQLite format 3" and end with how the file is written and how it is read:
/// 1 without a log, 2 with one.
const HEAD: usize = 20;

/// Whether this version of SQLite keeps in WAL mode what it has committed. Ours is compiled in, but who
/// builds the program may link the system's instead.
pub(super) fn is_sound(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    let mut next = || parts.next().flatten();
    let (Some(major), Some(minor), Some(patch)) = (next(), next(), next()) else {
        return false;
    };
    let is_mended = |[m, n, first]: &[u32; 3]| (*m, *n) == (major, minor) && patch >= *first;
    [major, minor, patch] >= SOUND_FROM || MENDED.iter().any(is_mended)
}

/// The log beside this file, if it can't be the file's own. SQLite would write what it holds over the
/// file without a question.
///
/// A file that is written through a log says so in its head before the log holds anything; the copies
/// that we make say that they are not.
pub(super) fn foreign_log(file: &Path) -> io::Result<Option<PathBuf>> {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let log = PathBuf::from(log);
    // The log first: another process may be turning the file into one with a log right now.
    match std::fs::metadata(&log) {
        Ok(found) if found.len() > 0 => {}
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut head = Vec::with_capacity(HEAD);
    File::open(file)?.take(HEAD as u64).read_to_end(&mut head)?;
    let says_none = head.starts_with(b"SQLite format 3\0") && head.ends_with(&[1, 1]);
    Ok((says_none && head.len() == HEAD).then_some(log))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f28_versions_that_may_lose_a_commit_are_known() {
        for sound in ["3.51.3", "3.51.4", "3.52.0", "3.54.1", "4.0.0", "3.44.6", "3.50.7"] {
            assert!(is_sound(sound), "{sound}");
        }
        for unsound in
            ["3.40.1", "3.44.5", "3.45.9", "3.50.6", "3.51.2", "2.99.99", "", "3.51", "3.x.9"]
        {
            assert!(!is_sound(unsound), "{unsound}");
        }
    }
}
