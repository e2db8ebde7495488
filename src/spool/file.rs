//! Files of deliveries in a folder: appended to and synced by one process, read back in order.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::record::{self, Read};
use crate::model::Incoming;

const ENDING: &str = "spool";
/// Read at a time, at least.
const STEP: usize = 256 << 10;
/// Handed out at a time, about: bodies may have 25 MiB each.
const PORTION: u64 = 8 << 20;

/// A file that is this process's alone while it is open.
#[derive(Debug)]
pub(super) struct SpoolFile {
    path: PathBuf,
    file: File,
    length: u64,
}

impl SpoolFile {
    /// A new file; its name says when, so that names sort by age.
    pub(super) fn create(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(format!("{name}.{ENDING}"));
        let file =
            OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(&path)?;
        file.try_lock()?;
        // The name must outlive a power cut as well as the bytes.
        File::open(folder)?.sync_all()?;
        Ok(Self { path, file, length: 0 })
    }

    /// One that another process left behind; `None` while that process lives.
    fn adopt(path: PathBuf) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().read(true).append(true).open(&path)?;
        if file.try_lock().is_err() {
            return Ok(None);
        }
        let length = file.metadata()?.len();
        Ok(Some(Self { path, file, length }))
    }

    /// Bytes in it.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Appends and returns when the disk has it. After an error what was appended before is still
    /// whole, and more must go into another file.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_data());
        if written.is_err() {
            // On a full disk half a record would hide all that is written after it.
            drop(self.file.set_len(self.length));
            return written;
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Up to `count` deliveries from `start` on, and where the next one begins.
    pub(super) fn read(&self, start: u64, count: usize) -> io::Result<(Vec<Incoming>, u64)> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        let mut unread = file.take(self.length.saturating_sub(start));
        let (mut found, mut bytes, mut at) = (Vec::new(), Vec::new(), start);
        let mut begin = 0;
        while found.len() < count && at - start < PORTION {
            match record::decode(bytes.get(begin..).unwrap_or_default()) {
                Read::Whole(incoming, length) => {
                    found.push(*incoming);
                    begin += length;
                    at += length as u64;
                }
                Read::Needs(needs) => {
                    bytes.drain(..begin);
                    begin = 0;
                    let more = needs.saturating_sub(bytes.len()).max(STEP) as u64;
                    if unread.by_ref().take(more).read_to_end(&mut bytes)? == 0 {
                        // The end, or a record whose end never came.
                        return Ok((found, self.length));
                    }
                }
                Read::Torn => return Ok((found, self.length)),
            }
        }
        Ok((found, at))
    }

    /// Ends it: all it holds is elsewhere.
    pub(super) fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

/// Files that nobody owns any more, oldest first.
pub(super) fn orphans(folder: &Path) -> io::Result<Vec<SpoolFile>> {
    let mut paths: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    paths.retain(|path| path.extension().is_some_and(|ending| ending == ENDING));
    paths.sort();
    let adopted: io::Result<Vec<_>> = paths.into_iter().map(SpoolFile::adopt).collect();
    Ok(adopted?.into_iter().flatten().collect())
}
