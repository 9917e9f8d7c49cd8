//! The data folder and its disk, and what any database in it shows from outside.

use super::{Report, size};
use crate::storage::{Condition, ballast};
use std::fmt::Display;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What a side needs of its disk.
pub(super) struct Needs {
    /// Below this nothing can be stored soon.
    pub least_free_bytes: u64,
    /// Below this somebody should look.
    pub good_free_bytes: u64,
    /// How much ballast there should be.
    pub ballast_bytes: u64,
    /// A write-ahead log beyond this shows that something holds it up.
    pub most_log_bytes: u64,
    /// Who lays the ballast and brings the database forward.
    pub program: &'static str,
}

impl Report {
    /// Whether there is a folder; looks at it and its disk.
    pub(super) fn folder(&mut self, folder: &Path, needs: &Needs) -> bool {
        let shown = folder.display();
        let Ok(about) = std::fs::metadata(folder) else {
            self.fault(format_args!(
                "there is no folder {shown}: is the path right? `suara-loket {}` makes it",
                needs.program
            ));
            return false;
        };
        let written = write_something(folder);
        self.can_write = written.is_ok();
        match written {
            Ok(()) => self.ok("folder can be written"),
            Err(error) => self.fault(format_args!(
                "nothing can be written in {shown}: {error}. Free space, or mend owner and rights"
            )),
        }
        self.owners(folder, about.uid());
        self.room(folder, needs);
        true
    }

    /// Files of another owner, as after a command given as root, stop the service that needs them.
    fn owners(&mut self, folder: &Path, owner: u32) {
        let files = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let strangers = files.filter(|file| file.metadata().is_ok_and(|about| about.uid() != owner));
        let names: Vec<String> = strangers.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        if !names.is_empty() {
            let mend = format!("the service may not be able to use them: chown {owner} them");
            self.warning(format_args!("the folder belongs to user {owner}, but not {}", names.join(", ")), mend);
        }
    }

    fn room(&mut self, folder: &Path, needs: &Needs) {
        let Needs { least_free_bytes, good_free_bytes, ballast_bytes, program, .. } = *needs;
        let laid = ballast::laid_bytes(folder);
        let has_ballast = laid > 0 && laid >= ballast_bytes;
        let free = match ballast::free_bytes(folder) {
            Ok(free) => free,
            Err(error) => return self.fault(format_args!("cannot see how much is free: {error}. Check the disk")),
        };
        if free < least_free_bytes {
            let last_resort =
                if has_ballast { " If nothing can be deleted, delete the file `ballast` there first" } else { "" };
            self.fault(format_args!("the disk is full: {} left. Free space on it.{last_resort}", size(free)));
        } else if free < good_free_bytes {
            self.warning(format_args!("{} left on the disk", size(free)), "free space before it is full");
        } else {
            self.ok(format_args!("{} left on the disk", size(free)));
        }
        if ballast_bytes > 0 && !has_ballast {
            let mend = format!(
                "start `suara-loket {program}` again, which lays it where {} are free",
                size(4 * ballast_bytes)
            );
            self.warning("no ballast for the day the disk is full", mend);
        } else if ballast_bytes > 0 {
            self.ok(format_args!("ballast of {}", size(laid)));
        }
    }

    /// A database that cannot be opened is not ours, or damaged, or only lies in a folder that is; `restore`
    /// says where a sound one comes from.
    pub(super) fn not_opened(&mut self, error: impl Display, is_damage: bool, restore: &str) {
        if !self.can_write {
            self.warning(
                format_args!("the database cannot be looked at ({error})"),
                "mend the folder first, then look again",
            );
        } else if is_damage {
            let error = error.to_string();
            let end = if error.ends_with('?') { "" } else { "." };
            self.fault(format_args!("{error}{end} If it was ours: {restore}"));
        } else {
            self.fault(error);
        }
    }

    /// Whether the database can be worked with; `restore` says where a sound one comes from.
    pub(super) fn condition(&mut self, condition: &Condition, needs: &Needs, restore: &str) -> bool {
        let Condition { schema, newest_schema, problems } = condition;
        if let Some(problem) = problems.first() {
            let problem = problem.lines().next_back().unwrap_or_default();
            self.fault(format_args!("the database is damaged ({problem}): {restore}"));
            return false;
        }
        if schema < newest_schema {
            let mend = format!("`suara-loket {}` brings it to {newest_schema} when it starts", needs.program);
            self.warning(format_args!("the database has the old schema {schema}"), mend);
            return false;
        }
        self.ok(format_args!("database sound, schema {schema}"));
        true
    }

    pub(super) fn log(&mut self, database: &Path, needs: &Needs) {
        let mut name = database.as_os_str().to_owned();
        name.push("-wal");
        let bytes = std::fs::metadata(&name).map_or(0, |file| file.len());
        if bytes > needs.most_log_bytes {
            let mend = "something reads it without end, such as a backup that hangs. End that, or restart";
            self.warning(format_args!("the write-ahead log has {}", size(bytes)), mend);
        } else {
            self.ok(format_args!("write-ahead log of {}", size(bytes)));
        }
    }
}

/// A page, in a file without a name.
fn write_something(folder: &Path) -> std::io::Result<()> {
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&[1; 4_096])?;
    file.sync_all()
}
