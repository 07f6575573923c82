//! Whether a file holds what it held: a hash of its content, computed anew only when it must be.

use std::fs::{self, File, Metadata};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::explain::FileFlaw;
use crate::text::short;

/// For how long after a write the clock of a file system may stand still: two seconds where it is
/// coarsest, and some for clocks that differ a little. A file that was touched so lately may be
/// written again without a sign of it, so its times are not trusted.
const COARSEST: Duration = Duration::from_secs(3);

/// How much of a file is hashed at a time.
const BLOCK: u64 = 64 * 1024;

/// What a file system tells of a file without a look into it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
    /// When anything about the file changed, and which file of which device it is: this is what
    /// gives away a tool that puts the old time on the new content.
    node: Option<(SystemTime, u64, u64)>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Stamp { len: metadata.len(), modified: metadata.modified().ok(), node: node(metadata) }
    }

    /// Whether a write after `now` is bound to change the stamp.
    fn is_settled(&self, now: SystemTime) -> bool {
        let old = |at: SystemTime| now.duration_since(at).is_ok_and(|age| age >= COARSEST);
        self.modified.is_some_and(old) && self.node.is_none_or(|(changed, ..)| old(changed))
    }
}

#[cfg(unix)]
fn node(metadata: &Metadata) -> Option<(SystemTime, u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let seconds = u64::try_from(metadata.ctime()).ok()?;
    let changed = Duration::new(seconds, u32::try_from(metadata.ctime_nsec()).ok()?);
    let changed = SystemTime::UNIX_EPOCH.checked_add(changed)?;
    Some((changed, metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn node(_: &Metadata) -> Option<(SystemTime, u64, u64)> {
    None
}

/// What is remembered of a file, so that it need not be read again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Glance(Option<(Stamp, u64)>);

impl Glance {
    /// The hash of what the file holds. If that cannot be told without reading it, `keep` is given
    /// all of it, block by block.
    pub(crate) fn look(
        &mut self,
        path: &Path,
        mut keep: impl FnMut(&[u8]),
    ) -> Result<u64, FileFlaw> {
        let now = SystemTime::now();
        let metadata = fs::metadata(path).map_err(flaw)?;
        if !metadata.is_file() {
            // Opening a pipe may wait for ever.
            return Err(FileFlaw::Unreadable { why: "it is not a regular file".to_owned() });
        }
        if let Some((stamp, hash)) = &self.0
            && *stamp == Stamp::of(&metadata)
        {
            return Ok(*hash);
        }
        let mut file = File::open(path).map_err(flaw)?;
        let stamp = Stamp::of(&file.metadata().map_err(flaw)?);
        let mut hasher = DefaultHasher::new();
        let mut block = Vec::new();
        loop {
            block.clear();
            if (&mut file).take(BLOCK).read_to_end(&mut block).map_err(flaw)? == 0 {
                break;
            }
            hasher.write(&block);
            keep(&block);
        }
        let hash = hasher.finish();
        self.0 = stamp.is_settled(now).then_some((stamp, hash));
        Ok(hash)
    }
}

fn flaw(error: io::Error) -> FileFlaw {
    match error.kind() {
        io::ErrorKind::NotFound => FileFlaw::Missing,
        _ => FileFlaw::Unreadable { why: short(&error.to_string()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: SystemTime = SystemTime::UNIX_EPOCH;

    fn stamp(changed: Option<Duration>) -> Stamp {
        let node = changed.map(|after| (WRITTEN + after, 1, 1));
        Stamp { len: 1, modified: Some(WRITTEN), node }
    }

    #[test]
    fn the_times_of_a_file_that_was_touched_lately_are_not_trusted() {
        let after = |seconds| WRITTEN + Duration::from_secs(seconds);
        assert!(!stamp(None).is_settled(after(0)));
        assert!(!stamp(None).is_settled(after(2)));
        assert!(stamp(None).is_settled(after(3)));
        assert!(!stamp(None).is_settled(WRITTEN - Duration::from_secs(60)), "a clock was set back");
        let lately = stamp(Some(Duration::from_secs(60)));
        assert!(!lately.is_settled(after(62)), "its time was set, and that is news too");
        assert!(lately.is_settled(after(63)));
        assert!(!Stamp { modified: None, ..stamp(None) }.is_settled(after(60)));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_in_the_place_of_another_is_another() {
        let [one, other] = ["one", "other"].map(|name| {
            std::env::temp_dir().join(format!("plugstate-node-{name}-{}", std::process::id()))
        });
        fs::write(&one, "x").expect("a file");
        fs::write(&other, "y").expect("a file");
        let node = |path| node(&fs::metadata(path).expect("it is there"));
        let (was, will_be) = (node(&one), node(&other));
        fs::rename(&other, &one).expect("a file");
        let is = node(&one);
        fs::remove_file(&one).expect("a file");
        assert_eq!(is.map(|(_, device, file)| (device, file)), will_be.map(|it| (it.1, it.2)));
        assert_ne!(is.map(|(_, device, file)| (device, file)), was.map(|it| (it.1, it.2)));
    }

    #[test]
    fn a_file_that_was_just_written_is_read_again() {
        let path = std::env::temp_dir().join(format!("plugstate-glance-{}", std::process::id()));
        fs::write(&path, "x").expect("a file");
        let mut glance = Glance::default();
        let first = glance.look(&path, |_| ());
        assert!(first.is_ok() && glance.0.is_none());
        fs::write(&path, "y").expect("a file");
        assert_ne!(glance.look(&path, |_| ()), first);
        fs::remove_file(&path).expect("a file");
        assert_eq!(glance.look(&path, |_| ()), Err(FileFlaw::Missing));
    }

    #[test]
    fn what_is_settled_is_not_read_again() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let mut glance = Glance::default();
        let mut read = 0;
        let hash = glance.look(&path, |block| read += block.len()).expect("it is there");
        assert!(read > 0);
        let stamp = Stamp::of(&fs::metadata(&path).expect("it is there"));
        glance.0 = Some((stamp.clone(), hash));
        assert_eq!(glance.look(&path, |_| panic!("it is read again")), Ok(hash));

        // Every part of the stamp counts.
        let other = [
            Stamp { len: stamp.len + 1, ..stamp.clone() },
            Stamp { modified: stamp.modified.map(|at| at + COARSEST), ..stamp.clone() },
            Stamp { node: stamp.node.map(|(at, dev, ino)| (at, dev, ino + 1)), ..stamp.clone() },
        ];
        for stamp in other.into_iter().filter(|other| *other != stamp) {
            let mut again = 0;
            glance.0 = Some((stamp, hash + 1));
            assert_eq!(glance.look(&path, |block| again += block.len()), Ok(hash));
            assert_eq!(again, read);
        }
    }
}
