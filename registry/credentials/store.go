package credentials

import (
	"errors"
	"path/filepath"
	"runtime"
	"sync"
)

// Options say where credentials are.
type Options struct {
	// Folder is that of Docker's configuration, with config.json. It need not
	// exist.
	Folder string
	// Others are files of the same form that are read where Folder has no
	// config.json: the first that exists, as Podman's auth.json.
	Others []string
	// Environment is that of credential helpers, in the form of os.Environ; they
	// are looked for on its PATH. Nil is that of the process.
	Environment []string
}

// FromEnvironment returns the options that the docker command goes by:
// $DOCKER_CONFIG or .docker in the home; and Podman's files, which are
// $REGISTRY_AUTH_FILE, or containers/auth.json in $XDG_RUNTIME_DIR or in
// $XDG_CONFIG_HOME. The folder is empty where there is neither the variable nor a
// home.
func FromEnvironment(environment []string) Options {
	env := func(name string) string { return lookup(environment, name) }
	options := Options{Folder: env("DOCKER_CONFIG"), Environment: environment}
	home := env("HOME")
	if runtime.GOOS == "windows" {
		home = env("USERPROFILE")
	}
	if options.Folder == "" && home != "" {
		options.Folder = filepath.Join(home, ".docker")
	}
	if file := env("REGISTRY_AUTH_FILE"); file != "" {
		options.Others = append(options.Others, file)
	}
	config := env("XDG_CONFIG_HOME")
	if config == "" && home != "" {
		config = filepath.Join(home, ".config")
	}
	for _, folder := range []string{env("XDG_RUNTIME_DIR"), config} {
		if folder != "" {
			options.Others = append(options.Others, filepath.Join(folder, "containers", "auth.json"))
		}
	}
	return options
}

// Store is the credentials of a user. It is safe for concurrent use. Another
// process that changes config.json at the very same time can undo a change, as
// with the docker command; the file is whole at any time.
type Store struct {
	options Options
	writing sync.Mutex
}

var errNoFolder = errors.New("there is no folder for credentials: neither $DOCKER_CONFIG nor a home is set")

// Open returns the store of a folder. Nothing is read yet.
func Open(options Options) *Store { return &Store{options: options} }

// path is that of config.json.
func (s *Store) path() (string, error) {
	if s.options.Folder == "" {
		return "", errNoFolder
	}
	return filepath.Join(s.options.Folder, "config.json"), nil
}
