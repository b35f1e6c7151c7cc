package docs_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/packageloader"
)

const withSecrets = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: secrets}
spec:
  scopes: [Namespaced]
  phases: [{name: deploy}]
  config:
    openAPIV3Schema:
      type: object
      properties:
        login:
          type: object
          default: {user: admin, password: hunter2, keys: [{key: hunter3}]}
          properties:
            user: {type: string}
            password: {type: string, format: password}
            keys: {type: array, items: {type: object, properties: {key: {type: string, x-packstage-sensitive: true}}}}
test:
  template:
  - {name: one, context: {config: {login: {password: "not: told"}}}}
`

func TestNothingSensitiveIsShown(t *testing.T) {
	t.Parallel()
	pkg := document(t, packageloader.FromFiles(map[string][]byte{
		"manifest.yaml": []byte(withSecrets),
		"objects.yaml.gotmpl": []byte(`apiVersion: v1
kind: Secret
metadata: {name: a, annotations: {package-operator.run/phase: deploy}}
type: Opaque
data: {fixed: Zml4ZWQ=}
stringData: {password: {{ .config.login.password | quote }}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b, annotations: {package-operator.run/phase: deploy}}
data:
  url: {{ printf "postgres://admin:%s@db/" .config.login.password | quote }}
  other: fixed
`),
	}), matrix.Options{}).Root()
	require.Len(t, pkg.Cases, 1)
	objects := map[string]string{}
	for _, object := range pkg.Cases[0].Instance.Objects() {
		before := fmt.Sprint(object.Content())
		objects[object.GroupVersionKind().Kind] = fmt.Sprint(pkg.Masked(pkg.Cases[0], object))
		assert.Equal(t, before, fmt.Sprint(object.Content()), "the object stays as it is")
	}
	assert.Contains(t, objects["Secret"], "data:map[fixed:***]")
	assert.Contains(t, objects["Secret"], "stringData:map[password:***]")
	assert.Contains(t, objects["Secret"], "type:Opaque")
	assert.Contains(t, objects["ConfigMap"], "url:postgres://admin:***@db/")
	assert.Contains(t, objects["ConfigMap"], "other:fixed")
	assert.Equal(t, `{"keys":[{"key":"***"}],"password":"***","user":"admin"}`, pkg.Properties[0].DefaultText())
	section := string(docs.Section(&docs.Document{Packages: []docs.Package{*pkg}}, docs.SectionOptions{}))
	for _, secret := range []string{"hunter", "not: told"} {
		assert.NotContains(t, section, secret)
	}
}
