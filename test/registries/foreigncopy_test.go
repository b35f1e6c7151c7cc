package registries

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Programs of others copy a package from one registry to another, and it stays
// what it is.
func TestForeignCopies(t *testing.T) {
	t.Parallel()
	for name, copyWith := range map[string]func(t *testing.T, u *User, from, to string){
		"skopeo": func(t *testing.T, u *User, from, to string) {
			t.Helper()
			u.Skopeo(t).Run(t, "copy", "--quiet", "docker://"+from, "docker://"+to)
		},
		"crane": func(t *testing.T, u *User, from, to string) {
			t.Helper()
			u.Crane(t).Run(t, "copy", from, to)
		},
		"oras": func(t *testing.T, u *User, from, to string) {
			t.Helper()
			u.Oras(t).Run(t, "cp", "--no-tty", from, to)
		},
	} {
		for _, pair := range [][2]Options{
			{{Server: Distribution, Auth: Basic, Transport: TLS}, {Server: ContainerRegistry, Auth: Token, Transport: TLS}},
			{{Server: ContainerRegistry, Auth: Anonymous, Transport: TLS}, {Server: Packstage, Auth: Basic, Transport: TLS}},
			{{Server: Packstage, Auth: Token, Transport: TLS}, {Server: Distribution, Auth: Token, Transport: TLS}},
		} {
			t.Run(name+"/"+pair[0].String()+"/"+pair[1].String(), func(t *testing.T) {
				t.Parallel()
				source, destination := Start(t, pair[0]), Start(t, pair[1])
				u := NewUser(t, source, destination)
				u.LogIn(t)
				packstage := u.Packstage(t)
				from, to := source.Host+"/team/webapp:v1", destination.Host+"/other/place/webapp:v1"
				digest := packstage.Run(t, "push", example(t, "webapp"), from, "--ca-file", source.CAFile())
				copyWith(t, u, from, to)
				assert.Equal(t, digest, packstage.Run(t, "pull", to, "--output", "copied", "--ca-file", destination.CAFile()))
				requireSameFiles(t, example(t, "webapp"), filepath.Join(u.Work, "copied"))
			})
		}
	}
}

// Programs of others carry a package in files, and it stays what it is.
func TestForeignFiles(t *testing.T) {
	t.Parallel()
	r := Start(t, Options{Server: Distribution, Auth: Token, Transport: TLS})
	u := NewUser(t, r)
	u.LogIn(t)
	packstage := u.Packstage(t)
	reference := r.Host + "/team/webapp:v1"
	digest := packstage.Run(t, "push", example(t, "webapp"), reference, "--ca-file", r.CAFile())

	u.Oras(t).Run(t, "cp", "--no-tty", "--to-oci-layout", reference, "oras:v1")
	u.Skopeo(t).Run(t, "copy", "--quiet", "docker://"+reference, "oci:skopeo:v1")
	u.Skopeo(t).Run(t, "copy", "--quiet", "docker://"+reference, "oci-archive:skopeo.tar:v1")
	u.Crane(t).Run(t, "pull", "--format=oci", reference, "crane")
	for _, place := range []string{"oras", "skopeo", "skopeo.tar", "crane"} {
		pushed := packstage.Run(t, "push", "./"+place, r.Host+"/team/again:"+filepath.Base(place), "--ca-file", r.CAFile())
		require.Equal(t, digest, pushed, place)
	}
}
