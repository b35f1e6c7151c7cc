// Package atomicfile writes files and folders that are there wholly or not at
// all: the content is made under a temporary name in the same folder and renamed
// into place at the end. Whatever goes wrong before that, a panic of the caller's
// function included, leaves what was there as it was and nothing beside it.
//
// Only a process that is killed leaves its temporary file or folder behind; the
// names begin with ".packstage-" and end in ".tmp".
//
// Errors name the path that the caller gave, not the temporary one, except where
// that could not be removed, and wrap their cause, so that errors.Is(err, fs.ErrPermission) and the like work. Two
// writers of one path do not disturb each other: the last one stays.
package atomicfile
