package verify_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/verify"
)

// testKeys reads the keys that policies in tests name.
func testKeys(t testing.TB) func(string) ([]byte, error) {
	t.Helper()
	_, public, err := verify.GenerateKeyPair(nil)
	require.NoError(t, err)
	return func(name string) ([]byte, error) {
		switch name {
		case "team.pub":
			return public, nil
		case "broken.pub":
			return []byte("-----BEGIN"), nil
		}
		return nil, &os.PathError{Op: "open", Path: name, Err: os.ErrNotExist}
	}
}

func TestNormalizeRepository(t *testing.T) {
	t.Parallel()
	for repository, want := range map[string]string{
		"registry.example.com/team/shop":     "registry.example.com/team/shop",
		"REGISTRY.Example.com/team/shop":     "registry.example.com/team/shop",
		"registry.example.com:443/team/shop": "registry.example.com/team/shop",
		"registry.example.com./team/shop":    "registry.example.com/team/shop",
		"registry.example.com:5000/shop":     "registry.example.com:5000/shop",
		"docker.io/library/nginx":            "docker.io/library/nginx",
		"docker.io/nginx":                    "docker.io/library/nginx",
		"index.docker.io/library/nginx":      "docker.io/library/nginx",
		"registry-1.docker.io/team/shop":     "docker.io/team/shop",
		"nginx":                              "docker.io/library/nginx",
		"team/shop":                          "docker.io/team/shop",
		"localhost/shop":                     "localhost/shop",
		"127.0.0.1:5000/team/shop":           "127.0.0.1:5000/team/shop",
		"foo:443/shop":                       "foo:443/shop", // not Docker Hub's foo/shop
		"foo./shop":                          "foo./shop",
		"localhost:443/shop":                 "localhost/shop",
		"LOCALHOST/shop":                     "localhost/shop",
		"A/shop":                             "",
		"[::1]:5000/shop":                    "[::1]:5000/shop",
		"registry.example.com/Team":          "",
		"registry.example.com/team:v1":       "",
		"registry.example.com":               "docker.io/library/registry.example.com",
		"":                                   "",
		"registry.example.com/../shop":       "",
	} {
		got, err := verify.NormalizeRepository(repository)
		require.Equal(t, want, got, repository)
		require.Equal(t, want == "", err != nil, repository)
	}
}

func TestPolicyEntry(t *testing.T) {
	t.Parallel()
	policy, found := verify.DecodePolicy("p.yaml", []byte(`
policies:
- {prefix: registry.example.com, mode: off}
- {prefix: registry.example.com/team, keys: [team.pub]}
- {prefix: registry.example.com/team/shop/, mode: warn, keys: [team.pub]}
- {prefix: "Docker.io", mode: off}
- {prefix: "docker.io/library/nginx", mode: off}
- {prefix: "localhost:5000", mode: off}
- {prefix: ./, mode: off}
- {prefix: "*", keys: [team.pub]}
`), testKeys(t))
	require.Empty(t, found)
	for repository, want := range map[string]string{
		"registry.example.com/team":           "registry.example.com/team",
		"registry.example.com/team/tool":      "registry.example.com/team",
		"registry.example.com/team/shop":      "registry.example.com/team/shop",
		"registry.example.com/team/shop/api":  "registry.example.com/team/shop",
		"registry.example.com/team/shop-evil": "registry.example.com/team",
		"registry.example.com/team-evil/shop": "registry.example.com",
		"registry.example.com/other":          "registry.example.com",
		"REGISTRY.example.com:443/team/x":     "registry.example.com/team",
		"registry.example.com.evil.com/team":  "*",
		"registry.example.com:8443/team":      "*",
		"index.docker.io/a/b":                 "docker.io",
		"nginx":                               "docker.io/library/nginx",
		"localhost:5000/x":                    "localhost:5000",
		"":                                    "./",
	} {
		entry, ok := policy.Entry(repository)
		require.True(t, ok, repository)
		require.Equal(t, want, entry.Prefix, repository)
	}
	_, ok := policy.Entry("not a repository")
	require.False(t, ok, "what has no name has no entry, not even the default")
}

func TestPolicyFindings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		input string
		want  []string // position, field, code; then what the message or hint says
	}{
		"empty":         {"# nothing\n", []string{`p.yaml:1  [policy-invalid] policies:`}},
		"no list":       {"policies: {}\n", []string{`p.yaml:1:11 policies [policy-invalid] a list`}},
		"missing":       {"{}\n", []string{`p.yaml:1  [policy-invalid] policies is missing`}},
		"misspelled":    {"policy: []\n", []string{`p.yaml:1:1 policy [policy-unknown-field] known: keyless, policies`}},
		"not a mapping": {"policies: [a]\n", []string{`p.yaml:1:12 policies[0] [policy-invalid] a mapping`}},
		"duplicate key": {"policies: []\npolicies: []\n", []string{`p.yaml:2:1  [yaml-duplicate-key] remove`}},
		"no YAML":       {"policies: [\n", []string{`p.yaml:1:1  [yaml-invalid] did not find`}},
		"two documents": {"policies: []\n---\npolicies: []\n", []string{`p.yaml:3  [yaml-invalid] 2 documents`}},
		"list":          {"- a\n", []string{`p.yaml:1:1  [yaml-invalid] not a mapping`}},
		"unknown fields": {"policies:\n- prefix: '*'\n  mode: off\n  key: [a]\n  identities: [{issuer: a, subjct: b}]\n", []string{
			`p.yaml:4:3 policies[0].key [policy-unknown-field] did you mean "keys"?`,
			`p.yaml:5:28 policies[0].identities[0].subjct [policy-unknown-field] did you mean "subject"?`,
		}},
		"wrong types": {"policies:\n- prefix: 5\n  mode: [a]\n  keys: team.pub\n  threshold: many\n  signedAs: [true]\n", []string{
			`p.yaml:2:11 policies[0].prefix [policy-invalid] must be a string`,
			`p.yaml:3:9 policies[0].mode [policy-invalid] must be a string`,
			`p.yaml:4:9 policies[0].keys [policy-invalid] must be a list`,
			`p.yaml:5:14 policies[0].threshold [policy-invalid] a whole number`,
			`p.yaml:6:14 policies[0].signedAs[0] [policy-invalid] must be a string`,
		}},
		"mode": {"policies:\n- {prefix: '*', mode: requires, keys: [team.pub]}\n", []string{
			`p.yaml:2:23 policies[0].mode [policy-invalid] did you mean "require"?`,
		}},
		"nobody": {"policies:\n- prefix: '*'\n", []string{`p.yaml:2:3 policies[0].keys [policy-invalid] neither keys nor identities`}},
		"keys": {"policies:\n- prefix: '*'\n  keys: [nowhere.pub, broken.pub, '', \"a\\nb\"]\n", []string{
			`p.yaml:3:10 policies[0].keys[0] [policy-invalid] cannot be read`,
			`p.yaml:3:23 policies[0].keys[1] [key-invalid] broken.pub holds no key`,
			`p.yaml:3:35 policies[0].keys[2] [policy-invalid] is empty`,
			`p.yaml:3:39 policies[0].keys[3] [policy-invalid] neither`,
		}},
		"inline": {"policies:\n- prefix: '*'\n  keys:\n  - |\n    -----BEGIN PUBLIC KEY-----\n    AQ==\n    -----END PUBLIC KEY-----\n", []string{
			`p.yaml:4:5 policies[0].keys[0] [key-invalid] it holds a public key that does not parse`,
		}},
		"identities": {"policies:\n- prefix: '*'\n  identities:\n  - {subject: a}\n  - {issuer: a}\n  - {issuer: a, subject: b, subjectRegExp: c}\n  - {issuer: a, subjectRegExp: '('}\n", []string{
			`p.yaml:4:5 policies[0].identities[0].issuer [policy-invalid] issuer is missing`,
			`p.yaml:5:5 policies[0].identities[1] [policy-invalid] either`,
			`p.yaml:6:5 policies[0].identities[2] [policy-invalid] either`,
			`p.yaml:7:32 policies[0].identities[3].subjectRegExp [policy-invalid] missing closing )`,
		}},
		"threshold": {"policies:\n- {prefix: a.b, keys: [team.pub, team.pub], threshold: 2}\n- {prefix: a.c, keys: [team.pub], threshold: 0}\n- {prefix: a.d, keys: [team.pub], threshold: -4}\n", []string{
			`p.yaml:3:46 policies[1].threshold [policy-invalid] no signature`,
		}},
		"threshold of the same key": {"policies:\n- {prefix: a.b, keys: [team.pub, team.pub], threshold: 2}\n- {prefix: a.d, keys: [team.pub], threshold: -4}\n", []string{
			`p.yaml:2:56 policies[0].threshold [policy-invalid] more than the 1 that are listed`,
			`p.yaml:3:46 policies[1].threshold [policy-invalid] negative`,
		}},
		"prefixes": {`policies:
- {prefix: "https://a.b/c", mode: off}
- {prefix: "a.b/c:v1", mode: off}
- {prefix: "a.b/C", mode: off}
- {prefix: "team", mode: off}
- {prefix: "a.b//c", mode: off}
- {prefix: "a.b/*", mode: off}
- {prefix: "a.b/c", mode: off}
- {prefix: "A.b:443/c/", mode: off}
- {mode: off}
- {prefix: "*", mode: off, signedAs: ["x"]}
- {prefix: "a.b/c@sha256:0", mode: off}
- {prefix: "a.c/d!", mode: off}
- {prefix: "a_b.c/d", mode: off}
`, []string{
			`p.yaml:2:12 policies[0].prefix [policy-invalid] without a scheme: a.b/c`,
			`p.yaml:3:12 policies[1].prefix [policy-invalid] not tags`,
			`p.yaml:4:12 policies[2].prefix [policy-invalid] lower case`,
			`p.yaml:5:12 policies[3].prefix [policy-invalid] begins with a host`,
			`p.yaml:6:12 policies[4].prefix [policy-invalid] "/c" is no part of`,
			`p.yaml:7:12 policies[5].prefix [policy-invalid] no wildcards`,
			`p.yaml:9:12 policies[7].prefix [policy-invalid] another entry for "a.b/c"`,
			`p.yaml:10:3 policies[8].prefix [policy-invalid] the prefix is missing`,
			`p.yaml:11:39 policies[9].signedAs[0] [policy-invalid] begins with a host`,
			`p.yaml:12:12 policies[10].prefix [policy-invalid] not tags or digests`,
			`p.yaml:13:12 policies[11].prefix [policy-invalid] is no part of`,
			`p.yaml:14:12 policies[12].prefix [policy-invalid] "a_b.c" is no host`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy, found := verify.DecodePolicy("p.yaml", []byte(test.input), testKeys(t))
			require.Nil(t, policy)
			var got []string
			for i, d := range found {
				line := fmt.Sprintf("%s %s [%s] ", d.Position, d.Field, d.Code)
				if i < len(test.want) && strings.HasPrefix(test.want[i], line) {
					if says := test.want[i][len(line):]; strings.Contains(d.Message+" "+d.Hint, says) {
						line += says
					}
				}
				if i >= len(test.want) || line != test.want[i] {
					line += d.Message + " | " + d.Hint
				}
				got = append(got, line)
			}
			require.Equal(t, test.want, got)
		})
	}
}

func TestReadPolicy(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	_, public, err := verify.GenerateKeyPair(nil)
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(folder, "keys"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "keys", "a.pub"), public, 0o600))
	path := filepath.Join(folder, "policy.yaml")
	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	write("policies:\n- {prefix: '*', keys: [keys/a.pub, " + filepath.Join(folder, "keys", "a.pub") + "]}\n")
	policy, err := verify.ReadPolicy(path)
	require.NoError(t, err)
	entry, ok := policy.Entry("a.b/c")
	require.True(t, ok)
	require.Len(t, entry.Keys, 2)
	require.Equal(t, verify.Require, entry.Mode)

	write("policies:\n- {prefix: '*', keys: [keys]}\n")
	_, err = verify.ReadPolicy(path)
	require.ErrorIs(t, err, diagnostic.PolicyInvalid)
	require.ErrorContains(t, err, "is a folder")
	require.NoError(t, os.Truncate(path, verify.MaxPolicyBytes+5))
	_, err = verify.ReadPolicy(path)
	require.ErrorIs(t, err, diagnostic.LimitExceeded)
	_, err = verify.ReadPolicy(path + "x")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, findings := diagnostic.From(err)
	require.False(t, findings)
}

func TestIdentityMatches(t *testing.T) {
	t.Parallel()
	exact := verify.Identity{Issuer: "https://i", Subject: "a@b.c"}
	require.True(t, exact.Matches("https://i", "a@b.c"))
	require.False(t, exact.Matches("https://i", "A@b.c"))
	require.False(t, exact.Matches("https://j", "a@b.c"))
	// What parses between other parentheses only would match any subject.
	loose := verify.Identity{Issuer: "https://i", SubjectRegExp: "https://x/a)|(?:.*"}
	require.False(t, loose.Matches("https://i", "somebody else"))
	_, err := verify.NewPolicy(verify.Entry{Prefix: verify.AnyPrefix, Identities: []verify.Identity{loose}})
	require.ErrorIs(t, err, diagnostic.PolicyInvalid)
	pattern := verify.Identity{Issuer: "https://i", SubjectRegExp: "https://x/.*|y"}
	require.True(t, pattern.Matches("https://i", "https://x/z"))
	require.False(t, pattern.Matches("https://i", "evil https://x/z"), "the whole subject has to match")
	require.False(t, pattern.Matches("https://i", "yes"))
	require.False(t, verify.Identity{}.Matches("", ""))
	require.False(t, verify.Identity{Issuer: "i"}.Matches("i", ""))
}

func FuzzDecodePolicy(f *testing.F) {
	f.Add([]byte("policies:\n- {prefix: '*', mode: off}\n- {prefix: a.b/c, keys: [team.pub], threshold: 1, signedAs: ['*']}\n"))
	f.Add([]byte(`{"policies":[{"prefix":"./","identities":[{"issuer":"a","subjectRegExp":"b.*"}]}]}`))
	f.Add([]byte("policies: &a [*a]\n"))
	readKey := testKeys(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		policy, found := verify.DecodePolicy("p.yaml", data, readKey)
		require.Equal(t, policy == nil, found.HasErrors())
		require.Equal(t, policy == nil, len(found) > 0, "a policy has no warnings")
		if policy == nil {
			return
		}
		for _, repository := range []string{"", "registry.example.com/a", "nginx"} {
			if entry, ok := policy.Entry(repository); ok && entry.Mode != verify.Off {
				require.NotZero(t, len(entry.Keys)+len(entry.Identities), "a signature of nobody never counts")
			}
		}
	})
}
