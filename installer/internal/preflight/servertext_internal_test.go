package preflight

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWithoutValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                 "",
		"no value in here": "no value in here",
		`Invalid value: "hunter2": must be longer`:                                            "Invalid value: must be longer",
		`Invalid value: "a\": b": must be longer`:                                             "Invalid value: must be longer",
		`Invalid value: {"a":"hunter2: x","b":[1]}: field is immutable`:                       "Invalid value: field is immutable",
		`Invalid value: -1: must be greater than 0`:                                           "Invalid value: must be greater than 0",
		`spec.type: Unsupported value: "x": supported values: "ClusterIP", "NodePort"`:        `spec.type: Unsupported value: supported values: "ClusterIP", "NodePort"`,
		`a: Invalid value: "x": one, b: Invalid value: "y": two`:                              "a: Invalid value: one, b: Invalid value: two",
		".data.a: expected string, got &value.valueUnstructured{Value:12345}":                 ".data.a: expected string\n",
		".data.a: expected string, got &value.valueUnstructured{Value:12345}\n  .b: too many": ".data.a: expected string\n  .b: too many",
		`Invalid value: "unfinished`:                                                          "Invalid value",
	} {
		require.Equal(t, want, strings.ReplaceAll(withoutValues(text), ": :", ":"))
		require.NotContains(t, withoutValues(text), "hunter2")
	}
}
