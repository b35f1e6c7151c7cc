package cli

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/registry/cache"
)

// The variables of the environment that say what cacheFlags do not.
const (
	cacheFolderVariable  = "PACKSTAGE_CACHE_DIR"
	cacheMaxSizeVariable = "PACKSTAGE_CACHE_MAX_SIZE"
)

// cacheFlags say where what was pulled is kept.
type cacheFlags struct {
	folder string
	off    bool
}

// add adds the flags of commands that pull.
func (f *cacheFlags) add(command *cobra.Command) {
	f.addFolder(command)
	command.Flags().BoolVar(&f.off, "no-cache", false, "neither use nor fill the cache")
}

// addFolder adds the flag of commands that are about the cache itself.
func (f *cacheFlags) addFolder(command *cobra.Command) {
	command.Flags().StringVar(&f.folder, "cache-dir", "",
		"`FOLDER` of the cache; without it $"+cacheFolderVariable+", or else packstage in the user's folder for caches")
	_ = command.MarkFlagDirname("cache-dir")
}

// open opens the cache, or returns nil where there shall be none, or where nobody
// named a folder and the usual one cannot be used: the work goes on without.
func (f *cacheFlags) open(p *program) (*cache.Cache, error) {
	if f.off && f.folder != "" {
		return nil, usagef("--cache-dir and --no-cache contradict each other")
	}
	if f.off {
		return nil, nil
	}
	folder, named, err := f.path(p)
	if err != nil {
		return nil, nil //nolint:nilerr // a user without a home has no cache
	}
	options, err := cacheOptions(p)
	if err != nil {
		return nil, err
	}
	opened, err := cache.Open(folder, options)
	if err != nil && !named {
		p.remark("packstage: going on without a cache: %v", err)
		return nil, nil
	}
	return opened, err
}

// openExisting opens the cache where it is there already, and returns nil and its
// folder where it is not: looking at a cache makes none.
func (f *cacheFlags) openExisting(p *program, readOnly bool) (opened *cache.Cache, folder string, options cache.Options, err error) {
	if folder, _, err = f.path(p); err != nil {
		return nil, "", options, err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, "", options, err
	}
	if options, err = cacheOptions(p); err != nil {
		return nil, "", options, err
	}
	options.ReadOnly = true
	opened, err = cache.Open(folder, options)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, folder, options, nil
	}
	if err != nil || readOnly {
		return opened, folder, options, err
	}
	_ = opened.Close()
	options.ReadOnly = false
	opened, err = cache.Open(folder, options)
	return opened, folder, options, err
}

// path returns the folder, and whether the user named it.
func (f *cacheFlags) path(p *program) (folder string, named bool, err error) {
	if f.folder != "" {
		return f.folder, true, nil
	}
	if folder := p.env(cacheFolderVariable); folder != "" {
		return folder, true, nil
	}
	folder, err = cache.DefaultFolder(p.env)
	return folder, false, err
}

func cacheOptions(p *program) (cache.Options, error) {
	text := p.env(cacheMaxSizeVariable)
	if text == "" {
		return cache.Options{MaxBytes: cache.DefaultMaxBytes}, nil
	}
	size, err := parseSize(text)
	if err != nil {
		return cache.Options{}, usagef("$%s: %w", cacheMaxSizeVariable, err)
	}
	if size == 0 {
		return cache.Options{}, usagef("$%s is 0; --no-cache does without a cache", cacheMaxSizeVariable)
	}
	return cache.Options{MaxBytes: size}, nil
}
