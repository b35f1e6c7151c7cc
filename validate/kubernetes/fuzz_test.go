package kubernetes_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
	"github.com/packstage/packstage/validate/kubernetes"
	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

// Whatever an object is like, checking it ends, twice the same, and says something
// where there is no schema.
func FuzzChecker(f *testing.F) {
	for _, test := range builtinFaults {
		f.Add(test.object)
	}
	for _, test := range customFaults {
		f.Add(test.object)
	}
	f.Add(widgets)
	pkg := &packagetypes.Package{Manifest: &manifest.PackageManifest{}}
	definition, err := yamldoc.DecodeMap(yamldoc.Split([]byte(widgets))[0], yamldoc.Options{})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		documents := yamldoc.Split([]byte(text))
		if len(documents) == 0 {
			return
		}
		content, err := yamldoc.DecodeMap(documents[0], yamldoc.Options{MaxDepth: 200, MaxAliasNodes: 1000})
		if err != nil || content == nil {
			return
		}
		objects := []packagetypes.Object{
			packagetypes.NewObject(definition, diagnostic.Position{}, nil, ""),
			packagetypes.NewObject(content, diagnostic.Position{File: "x.yaml", Line: 1}, nil, ""),
		}
		subject := validate.Subject{Package: pkg, Instance: &packagetypes.Instance{Phases: []packagetypes.Phase{{Name: "a", Objects: objects}}}}
		found := kubernetes.New(kubernetes.Options{Builtin: builtin.Catalog()}).Check(subject)
		require.Equal(t, found, kubernetes.New(kubernetes.Options{Builtin: builtin.Catalog()}).Check(subject))
	})
}
