package packageloader_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
	"github.com/packstage/packstage/registry/registrytest"
	"github.com/packstage/packstage/verify"
)

// judging is a verifier that notes what it is asked.
type judging struct {
	asked    []verify.Subject
	warnings diagnostic.Diagnostics
	err      error
}

func (j *judging) Verify(_ context.Context, subject verify.Subject) (*verify.Result, error) {
	j.asked = append(j.asked, subject)
	if j.err != nil {
		return nil, j.err
	}
	return &verify.Result{Warnings: j.warnings, Mode: verify.Warn}, nil
}

var errRefused = errors.New("refused")

// signedPlaces puts a signed image into a registry, a layout and a tar.
func signedPlaces(t *testing.T) (client *registry.Client, server *registrytest.Registry, reference, layout, tar string, key *verify.PublicKey) {
	t.Helper()
	ctx := context.Background()
	server = registrytest.Start(t, registrytest.Options{})
	client = registry.NewClient(registryOptions())
	image, _, err := packagebuilder.Build(ctx, packageloader.FromFS(hello), packagebuilder.BuildOptions{SkipValidation: true})
	require.NoError(t, err)
	reference = server.Host + "/team/hello:v1"
	_, err = client.Push(ctx, image, reference)
	require.NoError(t, err)
	private, _, err := verify.GenerateKeyPair(nil)
	require.NoError(t, err)
	signing, err := verify.ParsePrivateKey("key", private, func() ([]byte, error) { return nil, nil })
	require.NoError(t, err)
	_, err = verify.SignReference(ctx, client, reference, signing, verify.SignOptions{Forms: []verify.Form{verify.Bundle, verify.SimpleSigning}})
	require.NoError(t, err)

	repository, err := ocistore.InRepository(client, server.Host+"/team/hello")
	require.NoError(t, err)
	root, err := repository.Manifest(ctx, "v1")
	require.NoError(t, err)
	layout, tar = filepath.Join(t.TempDir(), "layout"), filepath.Join(t.TempDir(), "hello.tar")
	toLayout, err := ocistore.WriteLayout(layout)
	require.NoError(t, err)
	toTar, err := ocistore.WriteTar(tar)
	require.NoError(t, err)
	for _, to := range []interface {
		ocistore.Writer
		Commit(context.Context) error
	}{toLayout, toTar} {
		plan, err := ocistore.NewPlan(ctx, []ocistore.Item{{From: repository, Root: root, To: to, Names: []string{"v1"}}}, ocistore.Options{Referrers: true})
		require.NoError(t, err)
		_, _, err = plan.Run(ctx)
		require.NoError(t, err)
		require.NoError(t, to.Commit(ctx))
	}
	_, err = toTar.Close()
	require.NoError(t, err)
	return client, server, reference, layout, tar, signing.Public()
}

// Signatures are found wherever the image is; the same policy judges them there.
func TestVerifierFindsSignaturesEverywhere(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, server, reference, layout, tar, key := signedPlaces(t)
	policy, err := verify.RequireKeys(key)
	require.NoError(t, err)
	_, otherPublic, err := verify.GenerateKeyPair(nil)
	require.NoError(t, err)
	other, err := verify.ParsePublicKey("other", otherPublic)
	require.NoError(t, err)
	foreign, err := verify.RequireKeys(other)
	require.NoError(t, err)
	for name, source := range map[string]packageloader.Source{
		"registry": packageloader.FromClient(client, reference),
		"layout":   packageloader.FromLayout(layout, "v1"),
		"tar":      packageloader.FromTar(tar, "v1"),
	} {
		all := verify.NewVerifier(policy, verify.Options{All: true})
		result, err := packageloader.Verify(ctx, source, all)
		require.NoError(t, err, name)
		require.Len(t, result.Signers, 2, name)
		require.Equal(t, verify.Bundle, result.Signers[0].Form)
		require.Equal(t, verify.SimpleSigning, result.Signers[1].Form)
		require.Equal(t, server.Host+"/team/hello", result.Signers[0].Repository)

		pkg, err := packageloader.Load(ctx, source, packageloader.LoadOptions{Verifier: all})
		require.NoError(t, err, name)
		require.Equal(t, result.Digest.String(), pkg.ImageDigest)
		_, err = packageloader.Load(ctx, source, packageloader.LoadOptions{Verifier: verify.NewVerifier(foreign, verify.Options{})})
		require.ErrorIs(t, err, diagnostic.SignatureWrongKey, name)

		image, closer, err := packageloader.OpenImage(ctx, packageloader.Verified(source, all), packagetypes.Limits{})
		require.NoError(t, err, name)
		digest, err := image.Digest()
		require.NoError(t, err)
		require.Equal(t, result.Digest, digest)
		require.NoError(t, closer.Close())
		_, _, err = packageloader.OpenImage(ctx, packageloader.Verified(source, verify.NewVerifier(foreign, verify.Options{})), packagetypes.Limits{})
		require.ErrorIs(t, err, diagnostic.SignatureWrongKey, name)
	}
}

// The verifier is asked once, about the digest that is unpacked, before anything of
// the image is read.
func TestVerifierComesFirst(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, server, reference, layout, _, _ := signedPlaces(t)
	server.Forget()
	refusing := &judging{err: errRefused}
	_, err := packageloader.Load(ctx, packageloader.FromClient(client, reference), packageloader.LoadOptions{Verifier: refusing})
	require.ErrorIs(t, err, errRefused)
	for _, request := range server.Requests() {
		require.NotContains(t, request.Path, "/blobs/")
	}
	require.Len(t, refusing.asked, 1)
	require.Equal(t, reference, refusing.asked[0].Reference)
	require.Equal(t, server.Host+"/team/hello", refusing.asked[0].Repository)
	require.NotNil(t, refusing.asked[0].Signatures)

	manifest, err := client.Manifest(ctx, reference)
	require.NoError(t, err)
	require.Equal(t, manifest.Descriptor.Digest, refusing.asked[0].Digest)

	// The layers of the layout are gone: who asks for them is too early.
	blobs := filepath.Join(layout, "blobs", "sha256")
	var about v1.Manifest
	image, closer, err := packageloader.OpenImage(ctx, packageloader.FromLayout(layout, "v1"), packagetypes.Limits{})
	require.NoError(t, err)
	parsed, err := image.Manifest()
	require.NoError(t, err)
	about = *parsed
	require.NoError(t, closer.Close())
	require.NoError(t, os.Remove(filepath.Join(blobs, about.Config.Digest.Hex)))
	refusing = &judging{err: errRefused}
	_, err = packageloader.Load(ctx, packageloader.FromLayout(layout, "v1"), packageloader.LoadOptions{Verifier: refusing})
	require.ErrorIs(t, err, errRefused)
	require.Empty(t, refusing.asked[0].Repository, "a file has no repository to be judged by")
	_, err = packageloader.Load(ctx, packageloader.FromLayout(layout, "v1"), packageloader.LoadOptions{Verifier: &judging{}})
	require.ErrorIs(t, err, diagnostic.ImageInvalid)
}

func TestVerifiersOfOtherSources(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	warning := diagnostic.Diagnostics{{Code: diagnostic.SignatureMissing, Severity: diagnostic.Warning, Message: "not signed"}}
	outer, inner := &judging{warnings: warning}, &judging{}
	source := packageloader.FromFS(hello)
	pkg, err := packageloader.Load(ctx, packageloader.Verified(source, inner), packageloader.LoadOptions{Verifier: outer})
	require.NoError(t, err)
	require.ErrorIs(t, pkg.Warnings, diagnostic.SignatureMissing)
	require.Len(t, inner.asked, 1, "both are asked")
	require.Len(t, outer.asked, 1)
	require.Zero(t, inner.asked[0].Digest)

	// A source around another one that knows nothing of verifiers is judged as what
	// is no image, never passed by.
	refusing := &judging{err: errRefused}
	wrapped := struct{ packageloader.Source }{packageloader.FromImage(smallImage(t))}
	_, err = packageloader.Load(ctx, wrapped, packageloader.LoadOptions{Verifier: refusing})
	require.ErrorIs(t, err, errRefused)
	require.Zero(t, refusing.asked[0].Digest)

	require.Equal(t, source, packageloader.Verified(source, nil))
	_, _, err = packageloader.OpenImage(ctx, packageloader.Verified(source, inner), packagetypes.Limits{})
	require.ErrorIs(t, err, packageloader.ErrNoImage)
	folder := t.TempDir()
	_, err = packageloader.Verify(ctx, packageloader.FromFolder(folder, packageloader.FolderOptions{}), refusing)
	require.ErrorIs(t, err, errRefused)
	require.Equal(t, folder, refusing.asked[len(refusing.asked)-1].Reference)

	packages, err := packageloader.LoadAll(ctx, packageloader.Verified(source, outer), packageloader.LoadOptions{})
	require.NoError(t, err)
	require.ErrorIs(t, packages[0].Warnings, diagnostic.SignatureMissing)
	_, err = packageloader.LoadAll(ctx, packageloader.Verified(source, refusing), packageloader.LoadOptions{})
	require.ErrorIs(t, err, errRefused)
}

// saysNothing is a verifier that returns neither a result nor an error.
type saysNothing struct{}

func (saysNothing) Verify(context.Context, verify.Subject) (*verify.Result, error) {
	return nil, nil
}

func TestVerifiersThatSayNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, source := range map[string]packageloader.Source{
		"files": packageloader.FromFS(hello), "image": packageloader.FromImage(smallImage(t)),
	} {
		_, err := packageloader.Verify(ctx, source, saysNothing{})
		require.ErrorIs(t, err, packageloader.ErrNoVerdict, name)
		_, err = packageloader.Load(ctx, source, packageloader.LoadOptions{Verifier: saysNothing{}})
		require.ErrorIs(t, err, packageloader.ErrNoVerdict, name)
		_, err = packageloader.Load(ctx, packageloader.Verified(source, saysNothing{}), packageloader.LoadOptions{Verifier: &judging{}})
		require.ErrorIs(t, err, packageloader.ErrNoVerdict, name)

		result, err := packageloader.Verify(ctx, source, nil)
		require.NoError(t, err, name)
		require.Equal(t, verify.Off, result.Mode)
		require.False(t, result.Verified())
	}
	_, _, err := packageloader.OpenImage(ctx, packageloader.Verified(packageloader.FromImage(smallImage(t)), saysNothing{}), packagetypes.Limits{})
	require.ErrorIs(t, err, packageloader.ErrNoVerdict)
}

// An image in a tar of docker save has no manifest whose digest could be signed.
func TestVerifierOfDockerSave(t *testing.T) {
	t.Parallel()
	refusing := &judging{err: errRefused}
	path := filepath.Join(t.TempDir(), "empty.tar")
	require.NoError(t, os.WriteFile(path, make([]byte, 1024), 0o600))
	_, err := packageloader.Load(context.Background(), packageloader.FromTar(path, ""), packageloader.LoadOptions{Verifier: refusing})
	require.ErrorIs(t, err, errRefused)
	require.Equal(t, path, refusing.asked[0].Reference)
	require.Zero(t, refusing.asked[0].Digest)
	result, err := packageloader.Verify(context.Background(), packageloader.FromTar(path, ""), &judging{})
	require.NoError(t, err)
	require.NotNil(t, result)
}

// A registry without the API for referrers keeps bundles under a tag, and one that
// refuses their type keeps them as images.
func TestVerifierInLesserRegistries(t *testing.T) {
	t.Parallel()
	for _, quirk := range []registrytest.Kind{registrytest.NoReferrers, registrytest.RefusedArtifactType} {
		ctx := context.Background()
		server := registrytest.Start(t, registrytest.Options{Faults: &registrytest.FaultOptions{Faults: []registrytest.Fault{{Kind: quirk}}}})
		client := registry.NewClient(registryOptions())
		image, _, err := packagebuilder.Build(ctx, packageloader.FromFS(hello), packagebuilder.BuildOptions{SkipValidation: true})
		require.NoError(t, err)
		reference := server.Host + "/team/hello:v1"
		_, err = client.Push(ctx, image, reference)
		require.NoError(t, err)
		private, _, err := verify.GenerateKeyPair(nil)
		require.NoError(t, err)
		key, err := verify.ParsePrivateKey("key", private, func() ([]byte, error) { return nil, nil })
		require.NoError(t, err)
		_, err = verify.SignReference(ctx, client, reference, key, verify.SignOptions{})
		require.NoError(t, err)
		policy, err := verify.RequireKeys(key.Public())
		require.NoError(t, err)
		_, err = packageloader.Load(ctx, packageloader.FromClient(client, reference), packageloader.LoadOptions{Verifier: verify.NewVerifier(policy, verify.Options{})})
		require.NoError(t, err, quirk)
	}
}
