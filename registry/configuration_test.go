package registry_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
)

const wholeConfiguration = `version: 1
registries:
- prefix: docker.io
  mirrors: [harbor.example.com/hub, cache.example.com:5000]
- prefix: ghcr.io/team
  location: harbor.example.com/team
- prefix: harbor.example.com
  ca: ca.pem
  clientCertificate: client.pem
  clientKey: keys/client.pem
  concurrency: 8
  requestsPerSecond: 2.5
- prefix: cache.example.com:5000
  insecure: plain-http
- prefix: lab.example.com
  insecure: skip-tls-verify
`

func TestParseConfiguration(t *testing.T) {
	t.Parallel()
	configuration, err := registry.ParseConfiguration(filepath.Join("folder", "registries.yaml"), []byte(wholeConfiguration))
	require.NoError(t, err)
	assert.Equal(t, &registry.Configuration{Registries: []registry.ConfigurationEntry{
		{Prefix: "docker.io", Mirrors: []string{"harbor.example.com/hub", "cache.example.com:5000"}},
		{Prefix: "ghcr.io/team", Location: "harbor.example.com/team"},
		{
			Prefix: "harbor.example.com", CAFile: filepath.Join("folder", "ca.pem"),
			ClientCertificateFile: filepath.Join("folder", "client.pem"), ClientKeyFile: filepath.Join("folder", "keys", "client.pem"),
			Concurrency: 8, RequestsPerSecond: 2.5,
		},
		{Prefix: "cache.example.com:5000", PlainHTTP: true},
		{Prefix: "lab.example.com", SkipTLSVerify: true},
	}}, configuration)
	assert.NoError(t, configuration.Check())
	for _, empty := range []string{"", "# nothing\n", "registries:\n", "registries: []\n", `{"registries":[]}`} {
		configuration, err := registry.ParseConfiguration("registries.yaml", []byte(empty))
		require.NoError(t, err, empty)
		assert.Empty(t, configuration.Registries)
	}
}

func TestParseConfigurationFindings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ content, want string }{
		"unknown field":         {"registries:\n- prefix: a.io\n  mirors: [b.io]\n", `r.yaml:3:3: registries[0].mirors: unknown field "mirors" (did you mean "mirrors"?) [registries-unknown-field]`},
		"unknown field on top":  {"registry: []\n", `r.yaml:1:1: registry: unknown field "registry"`},
		"no list":               {"version: 1\n", "registries is missing"},
		"version":               {"version: 2\nregistries: []\n", "r.yaml:1:10: version: this program knows version 1"},
		"a text":                {"hello\n", "r.yaml:1:1: the document is a string, not a mapping"},
		"syntax":                {"registries: [\n", "[yaml-invalid]"},
		"key twice":             {"registries: []\nregistries: []\n", "[yaml-duplicate-key]"},
		"two documents":         {"registries: []\n---\nregistries: []\n", "only one is allowed"},
		"entries not a list":    {"registries: docker.io\n", "must be a list"},
		"entry not a mapping":   {"registries: [docker.io]\n", "r.yaml:1:14: registries[0]: must be a mapping"},
		"no prefix":             {"registries:\n- location: a.io\n", "prefix is missing"},
		"empty prefix":          {"registries:\n- prefix: ''\n", "r.yaml:2:11: registries[0].prefix: is empty"},
		"number":                {"registries:\n- prefix: 12\n", "must be text"},
		"scheme":                {"registries:\n- prefix: https://a.io/x/\n", `begins with a scheme (write "a.io/x")`},
		"wildcard":              {"registries:\n- prefix: '*.a.io'\n", "holds a wildcard"},
		"slash":                 {"registries:\n- prefix: a.io/\n", `ends in / (write "a.io")`},
		"no host":               {"registries:\n- prefix: team/shop\n", `"team" is not a host`},
		"bad host":              {"registries:\n- prefix: a_b.io\n", "malformed host"},
		"bad port":              {"registries:\n- prefix: a.io:99999\n", "malformed port"},
		"no port":               {"registries:\n- prefix: 'a.io:'\n", "malformed port"},
		"bad IPv6":              {"registries:\n- prefix: '[::x]:5000'\n", "no IPv6 address"},
		"capitals":              {"registries:\n- prefix: a.io/Team\n", `capital letters in its path (write "a.io/team")`},
		"mirror with tag":       {"registries:\n- prefix: a.io\n  mirrors:\n  - b.io/x:v1\n", "r.yaml:4:5: registries[0].mirrors[0]: holds a tag"},
		"mirror with digest":    {"registries:\n- prefix: a.io\n  mirrors: [b.io/x@sha256:00]\n", "holds an @"},
		"mirror with scheme":    {"registries:\n- prefix: a.io\n  mirrors: ['http://b.io']\n", "plain HTTP is"},
		"mirror of itself":      {"registries:\n- prefix: docker.io\n  mirrors: [index.docker.io]\n", "cannot be its own mirror"},
		"mirror is location":    {"registries:\n- prefix: a.io\n  location: b.io\n  mirrors: [b.io]\n", "the mirror is the location"},
		"mirror twice":          {"registries:\n- prefix: a.io\n  mirrors: [b.io, b.io]\n", "in the list already"},
		"mirror without a path": {"registries:\n- prefix: a.io/x\n  mirrors: [b.io]\n", "would have no name there (add a path, such as b.io/x)"},
		"prefix twice":          {"registries:\n- prefix: docker.io\n- prefix: index.docker.io\n", "r.yaml:3:11: registries[1].prefix: registries[0] has this prefix already"},
		"location is prefix":    {"registries:\n- prefix: a.io\n  location: a.io\n", "is the prefix itself"},
		"circle":                {"registries:\n- prefix: a.io\n  location: b.io\n- prefix: b.io\n  location: a.io\n", "in a circle: a.io, b.io, a.io"},
		"settings of nobody":    {"registries:\n- prefix: a.io\n  location: b.io\n  ca: ca.pem\n", "put them into an entry with the prefix b.io"},
		"insecure":              {"registries:\n- prefix: a.io\n  insecure: yes\n", "r.yaml:3:13: registries[0].insecure: must be plain-http or skip-tls-verify"},
		"insecure misspelled":   {"registries:\n- prefix: a.io\n  insecure: plain_http\n", `did you mean "plain-http"?`},
		"CA without TLS":        {"registries:\n- prefix: a.io\n  insecure: plain-http\n  ca: x\n", "contradict each other"},
		"no key":                {"registries:\n- prefix: a.io\n  clientCertificate: x\n", "add clientKey"},
		"no certificate":        {"registries:\n- prefix: a.io\n  clientKey: x\n", "add clientCertificate"},
		"PEM in the place":      {"registries:\n- prefix: a.io\n  ca: |\n    -----BEGIN\n", "must be the name of a file"},
		"concurrency":           {"registries:\n- prefix: a.io\n  concurrency: 0\n", "whole number from 1 to 1000"},
		"rate":                  {"registries:\n- prefix: a.io\n  requestsPerSecond: -1\n", "must be a number above 0"},
		"too large":             {strings.Repeat("#\n", registry.MaxConfigurationBytes/2+1), "[limit-exceeded]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			configuration, err := registry.ParseConfiguration("r.yaml", []byte(c.content))
			assert.Nil(t, configuration)
			require.ErrorContains(t, err, c.want)
			found, ok := diagnostic.From(err)
			require.True(t, ok)
			assert.Len(t, found, 1)
		})
	}
}

// Whoever repairs a file wants to know all of it at once.
func TestParseConfigurationAllFindings(t *testing.T) {
	t.Parallel()
	_, err := registry.ParseConfiguration("r.yaml", []byte(`registries:
- docker.io
- prefix: a.io
  insecure: yes
  mirrors: [a.io, 5]
  clientCertificate: 5
  clientKey: x
- prefix: https://b.io
`))
	found, ok := diagnostic.From(err)
	require.True(t, ok)
	var fields []string
	for _, one := range found {
		fields = append(fields, one.Field)
	}
	assert.Equal(t, []string{
		"registries[0]", "registries[1].insecure", "registries[1].mirrors[0]", "registries[1].mirrors[1]",
		"registries[1].clientCertificate", "registries[2].prefix",
	}, fields)
}

func TestReadConfiguration(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "registries.yaml")
	require.NoError(t, os.WriteFile(path, []byte("registries:\n- prefix: a.io\n  ca: ca.pem\n"), 0o600))
	_, err := registry.ReadConfiguration(path)
	require.ErrorIs(t, err, diagnostic.RegistriesInvalid)
	require.NotErrorIs(t, err, os.ErrNotExist, "that would be the file itself")
	require.ErrorContains(t, err, path+":3:7: registries[0].ca: "+filepath.Join(folder, "ca.pem")+" cannot be read: ")
	require.NoError(t, os.Mkdir(filepath.Join(folder, "ca.pem"), 0o700))
	_, err = registry.ReadConfiguration(path)
	require.ErrorContains(t, err, "ca.pem cannot be read: it is a folder")
	require.NoError(t, os.Remove(filepath.Join(folder, "ca.pem")))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "ca.pem"), nil, 0o600))
	configuration, err := registry.ReadConfiguration(path)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(folder, "ca.pem"), configuration.Registries[0].CAFile)
	_, err = registry.ReadConfiguration(filepath.Join(folder, "gone.yaml"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = registry.ReadConfiguration(folder)
	assert.ErrorContains(t, err, "it is a folder")
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	configuration, err := registry.ParseConfiguration("r.yaml", []byte(`registries:
- prefix: docker.io
  mirrors: [harbor.io/hub, b.io]
- prefix: docker.io/nginx
  location: harbor.io/web/nginx
- prefix: docker.io/library/redis
- prefix: a.io/team
  location: Harbor.io/team
  mirrors: ["localhost:5000/team", a.io/copies]
- prefix: a.io
  concurrency: 3
- prefix: harbor.io
  ca: /ca.pem
- prefix: harbor.io/hub
  insecure: skip-tls-verify
- prefix: old.io
  location: old.io/archive
- prefix: '[::1]:5000'
  insecure: plain-http
`))
	require.NoError(t, err)
	place := func(e registry.Endpoint) string {
		s := e.Repository
		if e.Mirror {
			s += " mirror"
		}
		if e.Settings.CAFile != "" {
			s += " ca"
		}
		if e.Settings.SkipTLSVerify {
			s += " skip"
		}
		if e.Settings.PlainHTTP {
			s += " plain"
		}
		if e.Settings.Concurrency > 0 {
			s += " limited"
		}
		return s
	}
	for repository, want := range map[string]struct{ pull, push []string }{
		"elsewhere.io/x": {[]string{"elsewhere.io/x"}, nil},
		"index.docker.io/team/x": {
			[]string{"harbor.io/hub/team/x mirror skip", "b.io/team/x mirror", "index.docker.io/team/x"}, []string{"index.docker.io/team/x"},
		},
		"docker.io/team/x": {
			[]string{"harbor.io/hub/team/x mirror skip", "b.io/team/x mirror", "docker.io/team/x"}, []string{"docker.io/team/x"},
		},
		"index.docker.io/library/nginx": {[]string{"harbor.io/web/nginx ca"}, nil},
		"index.docker.io/nginx/ingress": {[]string{"harbor.io/web/nginx/ingress ca"}, nil},
		"index.docker.io/library/redis": {[]string{"index.docker.io/library/redis"}, nil},
		"index.docker.io/library/nginxes": {
			[]string{"harbor.io/hub/library/nginxes mirror skip", "b.io/library/nginxes mirror", "index.docker.io/library/nginxes"},
			[]string{"index.docker.io/library/nginxes"},
		},
		"a.io/team/x": {
			[]string{"localhost:5000/team/x mirror", "a.io/copies/x mirror limited", "Harbor.io/team/x ca"}, []string{"Harbor.io/team/x ca"},
		},
		"a.io/team":        {[]string{"localhost:5000/team mirror", "a.io/copies mirror limited", "Harbor.io/team ca"}, []string{"Harbor.io/team ca"}},
		"a.io/teams":       {[]string{"a.io/teams limited"}, nil},
		"A.io:443/teams/x": {[]string{"A.io:443/teams/x limited"}, nil},
		"a.io:5000/team/x": {[]string{"a.io:5000/team/x"}, nil},
		"old.io/x":         {[]string{"old.io/archive/x"}, nil},
		"[::1]:5000/x":     {[]string{"[::1]:5000/x plain"}, nil},
	} {
		if want.push == nil {
			want.push = want.pull
		}
		for pull, want := range map[bool][]string{true: want.pull, false: want.push} {
			var got []string
			for _, endpoint := range configuration.Endpoints(repository, pull) {
				got = append(got, place(endpoint))
			}
			assert.Equal(t, want, got, "%s, pull %v", repository, pull)
		}
	}
	assert.Equal(t, []registry.Endpoint{{Repository: "a.io/x"}}, (*registry.Configuration)(nil).Endpoints("a.io/x", true))
}

// A configuration that a program built can be wrong; it must not lead to another
// host in silence.
func TestWrongConfigurationOfAProgram(t *testing.T) {
	t.Parallel()
	wrong := &registry.Configuration{Registries: []registry.ConfigurationEntry{
		{Prefix: "a.io", Location: "harbor/hub"}, {Prefix: "b.io/x", Location: "c.io"},
	}}
	err := wrong.Check()
	require.ErrorContains(t, err, `registries[0].location: "harbor" is not a host`)
	require.ErrorContains(t, err, "registries[1].location: has no path")
	require.ErrorIs(t, err, diagnostic.RegistriesInvalid)
	for _, repository := range []string{"a.io/x", "b.io/x"} {
		_, err := name.NewRepository(wrong.Endpoints(repository, true)[0].Repository)
		assert.Error(t, err, repository)
	}
}

func FuzzParseConfiguration(f *testing.F) {
	f.Add([]byte(wholeConfiguration), "docker.io/library/nginx")
	f.Add([]byte("registries: [{prefix: 'a.io', location: b.io/x, mirrors: ['[::1]:5']}]"), "a.io/x/y")
	f.Add([]byte("registries: &a\n- *a\n"), "")
	f.Fuzz(func(t *testing.T, content []byte, repository string) {
		configuration, err := registry.ParseConfiguration("r.yaml", content)
		if err != nil {
			var found diagnostic.Diagnostics
			if !errors.As(err, &found) || configuration != nil {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if err := configuration.Check(); err != nil {
			t.Fatal(err)
		}
		parsed, err := name.NewRepository(repository)
		for _, endpoint := range configuration.Endpoints(repository, true) {
			// What is a repository leads to repositories, however long.
			if _, placeErr := name.NewRepository(endpoint.Repository); err == nil && placeErr != nil && len(parsed.RepositoryStr()) < 100 && len(content) < 100 {
				t.Fatalf("%q leads to %q: %v", repository, endpoint.Repository, placeErr)
			}
		}
	})
}
