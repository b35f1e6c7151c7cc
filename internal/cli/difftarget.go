package cli

import (
	"io/fs"
)

// diffTarget is one of the two packages that are compared.
type diffTarget struct {
	source *recordingSource
	// author is the folder of its author, or nil.
	author fs.FS
	// done ends the progress that is shown; close lets go of the folder.
	done, close func()
}

func (p *program) openDiffTarget(flags *diffFlags, argument string) (*diffTarget, error) {
	found, err := parseTarget(argument)
	if err != nil {
		return nil, err
	}
	_, done, err := flags.open(p, argument)
	if err != nil {
		return nil, err
	}
	author, closeAuthor, err := found.author(flags.followLinks)
	if err != nil {
		done()
		return nil, err
	}
	return &diffTarget{source: p.opened, author: author, done: done, close: closeAuthor}, nil
}
