package cache

import (
	"errors"
	"path/filepath"
	"runtime"
)

// DefaultFolder returns the folder that a user's programs share: "packstage" in
// XDG_CACHE_HOME where that is an absolute path, or else in what the system has for
// caches: ~/.cache, on macOS ~/Library/Caches, on Windows %LocalAppData%. The
// variables are looked up by env, such as [os.Getenv]; the folder need not exist.
//
// The error says which variables are missing.
func DefaultFolder(env func(string) string) (string, error) {
	return defaultFolder(runtime.GOOS, env)
}

func defaultFolder(system string, env func(string) string) (string, error) {
	const name = "packstage"
	// The specification of these folders wants relative paths ignored.
	if folder := env("XDG_CACHE_HOME"); filepath.IsAbs(folder) {
		return filepath.Join(folder, name), nil
	}
	if system == "windows" {
		if folder := env("LocalAppData"); folder != "" {
			return filepath.Join(folder, name), nil
		}
		return "", errors.New("no folder for the cache: %LocalAppData% is not set")
	}
	home := env("HOME")
	switch {
	case home == "":
		return "", errors.New("no folder for the cache: neither XDG_CACHE_HOME nor HOME is set")
	case system == "darwin" || system == "ios":
		return filepath.Join(home, "Library", "Caches", name), nil
	default:
		return filepath.Join(home, ".cache", name), nil
	}
}
