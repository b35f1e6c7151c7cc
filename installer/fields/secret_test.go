package fields_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer/fields"
)

func TestWithStoredData(t *testing.T) {
	t.Parallel()
	const secret = "apiVersion: v1\nkind: Secret\n"
	tests := map[string]struct{ object, want string }{
		"texts become data":      {secret + "stringData: {a: x}", secret + "data: {a: eA==}"},
		"texts win":              {secret + "stringData: {a: x}\ndata: {a: eQ==, b: eQ==}", secret + "data: {a: eA==, b: eQ==}"},
		"no texts":               {secret + "data: {b: eQ==}", secret + "data: {b: eQ==}"},
		"empty texts":            {secret + "stringData: {}", secret},
		"texts that are none":    {secret + "stringData: [a]", secret + "stringData: [a]"},
		"a text that is none":    {secret + "stringData: {a: 5}", secret + "data: {a: 5}"},
		"a custom kind":          {"apiVersion: example.com/v1\nkind: Secret\nstringData: {a: x}", "apiVersion: example.com/v1\nkind: Secret\nstringData: {a: x}"},
		"another kind":           {"apiVersion: v1\nkind: ConfigMap\nstringData: {a: x}", "apiVersion: v1\nkind: ConfigMap\nstringData: {a: x}"},
		"the rest stays":         {secret + "type: Opaque\nmetadata: {name: a}\nstringData: {a: x}", secret + "type: Opaque\nmetadata: {name: a}\ndata: {a: eA==}"},
		"data of several lines":  {secret + "data: {a: \"eHl6\\nYWJj\\n\"}\nstringData: {b: x}", secret + "data: {a: eHl6YWJj, b: eA==}"},
		"data that is no base64": {secret + "data: {a: '%'}\nstringData: {b: x}", secret + "data: {a: '%', b: eA==}"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			object := parse(t, test.object)
			check := unchanged(t, object.Object)
			require.Equal(t, parse(t, test.want).Object, fields.WithStoredData(object).Object)
			check()
		})
	}
	require.Nil(t, fields.WithStoredData(nil))
}
