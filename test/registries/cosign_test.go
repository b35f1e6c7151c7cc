package registries

import (
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/verify"
)

const keyPassword = "s3cr3t-password-of-the-key"

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

// signed is a package in a registry, and somebody with cosign.
type signed struct {
	*cell
	cosign Program
	// key and public are files of the key pair that cosign made.
	key, public string
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

func (s *signed) subject() verify.Subject {
	digest, _ := v1.NewHash(s.digest)
	repository := s.Host + "/team/webapp"
	return verify.Subject{
		Reference: s.reference("@" + s.digest), Repository: repository, Digest: digest,
		Signatures: verify.InRegistry(s.client(), repository),
	}
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
	raw, err := os.ReadFile(s.key)
	require.NoError(t, err)
	key, err := verify.ParsePrivateKey(s.key, raw, func() ([]byte, error) { return []byte(keyPassword), nil })
	require.NoError(t, err)
	subject := s.subject()
	_, err = verify.Sign(t.Context(), subject.Signatures.(verify.SignatureStore), subject, key, verify.SignOptions{Forms: []verify.Form{form}})
	require.NoError(t, err)
}

func (s *signed) weVerify(t *testing.T, public string) ([]verify.Signer, error) {
	t.Helper()
	raw, err := os.ReadFile(public)
	require.NoError(t, err)
	key, err := verify.ParsePublicKey(public, raw)
	require.NoError(t, err)
	policy, err := verify.RequireKeys(key)
	require.NoError(t, err)
	result, err := verify.NewVerifier(policy, verify.Options{All: true}).Verify(t.Context(), s.subject())
	if err != nil {
		return nil, err
	}
	return result.Signers, nil
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
				_, err := s.weVerify(t, s.public)
				require.Error(t, err, "there is no signature yet")
				s.cosignSigns(t, form)
				signers, err := s.weVerify(t, s.public)
				require.NoError(t, err)
				require.Len(t, signers, 1)
				assert.Equal(t, form, signers[0].Form)
				_, err = s.weVerify(t, s.anotherKey(t))
				require.Error(t, err)
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
			ours := *s
			ours.key, ours.public = s.ourKeyPair(t)
			for form := range cosignForms {
				s.cosignSigns(t, form)
				ours.weSign(t, form)
				s.weSign(t, form)
				ours.cosignSigns(t, form)
				for _, public := range []string{s.public, ours.public} {
					verified := s.cosignVerifies(t, form, public)
					require.Zero(t, verified.Code, verified.Stderr)
					_, err := s.weVerify(t, public)
					require.NoError(t, err)
				}
			}
		})
	}
}

// ourKeyPair makes a key pair in files.
func (s *signed) ourKeyPair(t *testing.T) (key, public string) {
	t.Helper()
	private, shown, err := verify.GenerateKeyPair([]byte(keyPassword))
	require.NoError(t, err)
	folder := t.TempDir()
	return writeFile(t, folder, "ours.key", private), writeFile(t, folder, "ours.pub", shown)
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
