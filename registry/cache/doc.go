// Package cache keeps blobs and manifests by digest in a folder, so that what was
// pulled once is not pulled again.
//
// A [Cache] is made by [Open]. [Cache.Open] and [Cache.ReadAll] give content back
// and [Cache.Stage] and [Cache.Put] take it in. [Cache.Note] and [Cache.SetNote]
// keep small facts about content beside it. [Cache.Info] says what is in the folder
// and [Cache.Prune] takes from it.
//
// # What holds
//
//   - Content is compared with its digest when it comes in and each time before a
//     byte of it goes out. A file that was changed, cut short or lost its end with
//     the power is removed and is a miss: an error that matches [fs.ErrNotExist].
//   - Content appears wholly or not at all, under a name that is its digest.
//   - Any number of goroutines and processes can use one folder at the same time.
//     What is taken away while it is read stays readable; where the system cannot do
//     that, it stays in the folder.
//   - The folder stays below [Options.MaxBytes]: what was not used for longest goes
//     first. Content that is larger than the whole bound is refused with
//     [ErrTooLarge].
//   - What processes that were killed left behind goes after some hours.
//   - Nothing outside the folder is read or written, whatever symbolic links lie in
//     it. Files and folders are for their owner only.
//
// A cache is never worth a failure: whoever gets an error that is neither a miss nor
// the end of the context can go on without one.
//
// # Layout
//
//	v1/sha256/ab/abcdef…    content, by digest
//	v1/notes/12/123456…     notes, by the digest of kind and key
//	v1/temporary/           what is being written
//	v1/usage                how many bytes there are, roughly
//	v1/lock                 held by the process that makes room
//
// A change of the layout gets another number; other numbers are left alone. The time
// of last use is the modification time of a file.
package cache
