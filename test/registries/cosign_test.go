package registries

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/verify"
)

const keyPassword = secretMark + "-password-of-the-key"

// cosignForms are the forms of a signature, and how cosign is told to use them.
// Nothing leaves the machine: no transparency log, no trusted root to fetch.
var cosignForms = map[verify.Form][]string{
	verify.Bundle:        nil,
	verify.SimpleSigning: {"--new-bundle-format=false"},
}

// signingRegistries are those that cosign is tested against: one with the
// referrers API, two without.
var signingRegistries = []Options{
	{Server: Distribution, Auth: Basic, Transport: TLS},
	{Server: Distribution, Auth: Token, Transport: TLS},
	{Server: ContainerRegistry, Auth: Token, Transport: TLS},
	{Server: Packstage, Auth: Basic, Transport: TLS},
}

// signed is a package in a registry, and somebody with cosign and a key pair that
// it made.
type signed struct {
	*cell
	cosign Program
}

func newSigned(t *testing.T, options Options) *signed {
	t.Helper()
	s := &signed{cell: newCell(t, Start(t, options))}
	s.digest = pushed(t, s.cell, example(t, "webapp"))
	s.cosign = s.user.Cosign(t)
	s.cosign.Env = []string{"COSIGN_PASSWORD=" + keyPassword}
	s.cosign.Run(t, "generate-key-pair")
	s.key, s.public = filepath.Join(s.user.Work, "cosign.key"), filepath.Join(s.user.Work, "cosign.pub")
	return s
}

func (s *signed) cosignSigns(t *testing.T, form verify.Form) {
	t.Helper()
	arguments := append([]string{"sign", "--key", s.key, "--use-signing-config=false", "--tlog-upload=false", "--yes"}, cosignForms[form]...)
	s.cosign.Run(t, append(arguments, s.reference("@"+s.digest))...)
}

func (s *signed) cosignVerifies(t *testing.T, form verify.Form, public string) Result {
	t.Helper()
	arguments := append([]string{"verify", "--key", public, "--insecure-ignore-tlog"}, cosignForms[form]...)
	return s.cosign.Try(t, append(arguments, s.reference("@"+s.digest))...)
}

func (s *signed) weSign(t *testing.T, form verify.Form) {
	t.Helper()
	packstage := s.user.Packstage(t)
	packstage.Env = s.cosign.Env
	printed := packstage.Run(t, append([]string{"sign", s.reference(":v1"), "--key", s.key, "--format", string(form)}, s.transport...)...)
	assert.Equal(t, s.digest+"\n", printed)
}

// verification is what "verify --json" prints.
type verification struct {
	Verified bool
	Digest   string
	Signers  []struct {
		Format     verify.Form
		Repository string
		Key        struct{ Fingerprint string }
	}
	Diagnostics []struct{ Code string }
}

func (s *signed) weVerify(t *testing.T, public string) verification {
	t.Helper()
	result := s.user.Packstage(t).Try(t, append([]string{"verify", s.reference(":v1"), "--key", public, "--json"}, s.transport...)...)
	said := decoded[verification](t, result.Stdout)
	if said.Verified {
		require.Zero(t, result.Code, result.Stderr)
		assert.Equal(t, s.digest, said.Digest)
		assert.NotEmpty(t, said.Signers)
	} else {
		require.Equal(t, 1, result.Code, result.Stderr)
		assert.NotEmpty(t, said.Diagnostics)
	}
	return said
}

func TestCosignVerifiesOurs(t *testing.T) {
	t.Parallel()
	for _, options := range signingRegistries {
		for form := range cosignForms {
			t.Run(options.String()+"/"+string(form), func(t *testing.T) {
				t.Parallel()
				s := newSigned(t, options)
				require.NotZero(t, s.cosignVerifies(t, form, s.public).Code, "there is no signature yet")
				s.weSign(t, form)
				verified := s.cosignVerifies(t, form, s.public)
				require.Zero(t, verified.Code, verified.Stderr)
				assert.Contains(t, verified.Stdout, s.digest)
				require.NotZero(t, s.cosignVerifies(t, form, s.anotherKey(t)).Code)
			})
		}
	}
}

func TestWeVerifyCosigns(t *testing.T) {
	t.Parallel()
	for _, options := range signingRegistries {
		for form := range cosignForms {
			t.Run(options.String()+"/"+string(form), func(t *testing.T) {
				t.Parallel()
				s := newSigned(t, options)
				require.False(t, s.weVerify(t, s.public).Verified, "there is no signature yet")
				s.cosignSigns(t, form)
				said := s.weVerify(t, s.public)
				require.True(t, said.Verified)
				require.Len(t, said.Signers, 1)
				assert.Equal(t, form, said.Signers[0].Format)
				require.False(t, s.weVerify(t, s.anotherKey(t)).Verified)
			})
		}
	}
}

// Each adds to what the other has signed, with the other's key pair and with its
// own, and each verifies all.
func TestSignaturesOfBoth(t *testing.T) {
	t.Parallel()
	for _, options := range signingRegistries {
		t.Run(options.String(), func(t *testing.T) {
			t.Parallel()
			s := newSigned(t, options)
			again := *s.cell
			again.key, again.public = s.ourKeyPair(t)
			ours := &signed{cell: &again, cosign: s.cosign}
			for form := range cosignForms {
				s.cosignSigns(t, form)
				ours.weSign(t, form)
				s.weSign(t, form)
				ours.cosignSigns(t, form)
				for _, public := range []string{s.public, ours.public} {
					verified := s.cosignVerifies(t, form, public)
					require.Zero(t, verified.Code, verified.Stderr)
					require.True(t, s.weVerify(t, public).Verified)
				}
			}
		})
	}
}

// Signatures of both go with a package, through a file into a registry of another
// kind, and cosign verifies them there.
func TestSignaturesGoAlong(t *testing.T) {
	t.Parallel()
	for i, from := range signingRegistries {
		to := signingRegistries[(i+1)%len(signingRegistries)]
		t.Run(from.String()+" to "+to.String(), func(t *testing.T) {
			t.Parallel()
			from.Authority = NewAuthority(t)
			to.Authority = from.Authority
			s, destination := newSigned(t, from), Start(t, to)
			s.user.registries = append(s.user.registries, destination)
			s.user.LogIn(t)
			again := *s.cell
			again.key, again.public = s.ourKeyPair(t)
			ours := &signed{cell: &again, cosign: s.cosign}
			for form := range cosignForms {
				s.cosignSigns(t, form)
				ours.weSign(t, form)
			}
			s.run(t, "copy", s.reference(":v1"), "carried.tar", "--with-referrers")
			s.Stop()
			signedAs := s.reference("")
			arrived := &signed{cell: &cell{Registry: destination, user: s.user, transport: s.transport, digest: s.digest}, cosign: s.cosign}
			assert.Equal(t, s.digest+"\n", arrived.run(t, "copy", "carried.tar", arrived.reference(":v1"), "--with-referrers"))
			for _, public := range []string{s.public, ours.public} {
				for form := range cosignForms {
					verified := arrived.cosignVerifies(t, form, public)
					require.Zero(t, verified.Code, verified.Stderr)
				}
				arrived.run(t, "verify", arrived.reference(":v1"), "--key", public, "--signed-as", signedAs)
			}
			// A signature is for the place that it names, unless the user says otherwise.
			require.False(t, arrived.weVerify(t, ours.public).Verified)
		})
	}
}

// ourKeyPair makes a key pair as cosign makes its own.
func (s *signed) ourKeyPair(t *testing.T) (key, public string) {
	t.Helper()
	packstage := s.user.Packstage(t)
	packstage.Env = []string{"PACKSTAGE_KEY_PASSWORD=" + keyPassword}
	prefix := filepath.Join(t.TempDir(), "ours")
	packstage.Run(t, "sign", "--generate-key-pair", prefix)
	return prefix + ".key", prefix + ".pub"
}

// anotherKey makes a key that has signed nothing.
func (s *signed) anotherKey(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	another := s.cosign
	another.user = &User{Home: s.user.Home, Work: folder}
	another.Run(t, "generate-key-pair")
	return filepath.Join(folder, "cosign.pub")
}
