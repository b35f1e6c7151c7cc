package fields

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPathsAreWrittenAsTheyAreRead(t *testing.T) {
	t.Parallel()
	key := func(name string, value any) element {
		return element{kind: byKey, keys: []keyField{{name: name, value: value}}}
	}
	tests := map[string]path{
		".":                                      nil,
		".spec.a-b_c$0":                          path{}.child("spec").child("a-b_c$0"),
		`.a["b.c/d"].e`:                          path{}.child("a").child("b.c/d").child("e"),
		`.a[""]`:                                 path{}.child("a").child(""),
		`.a["x\"]y\\"]`:                          path{}.child("a").child(`x"]y\`),
		`["ä"]`:                                  path{}.child("ä"),
		".a[12][0]":                              path{}.child("a").with(element{kind: byIndex, index: 12}).with(element{kind: byIndex}),
		".a[name=web]":                           path{}.child("a").with(key("name", "web")),
		`.a[name="1"]`:                           path{}.child("a").with(key("name", "1")),
		".a[name=1]":                             path{}.child("a").with(key("name", int64(1))),
		".a[name=1.5]":                           path{}.child("a").with(key("name", 1.5)),
		".a[name=true]":                          path{}.child("a").with(key("name", true)),
		`.a[name="true"]`:                        path{}.child("a").with(key("name", "true")),
		`.a[name=""]`:                            path{}.child("a").with(key("name", "")),
		`.a[name="a,b=c]"]`:                      path{}.child("a").with(key("name", "a,b=c]")),
		`.a["x y"=z]`:                            path{}.child("a").with(key("x y", "z")),
		".a[mountPath=/a.d/b-c]":                 path{}.child("a").with(key("mountPath", "/a.d/b-c")),
		".a[=x.y/z]":                             path{}.child("a").with(element{kind: byValue, value: "x.y/z"}),
		".a[=5]":                                 path{}.child("a").with(element{kind: byValue, value: int64(5)}),
		`.a[="5"]`:                               path{}.child("a").with(element{kind: byValue, value: "5"}),
		".a[=null]":                              path{}.child("a").with(element{kind: byValue}),
		".p[containerPort=80,protocol=TCP].name": path{}.child("p").with(element{kind: byKey, keys: []keyField{{"containerPort", int64(80)}, {"protocol", "TCP"}}}).child("name"),
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			have, err := parsePath(text)
			require.NoError(t, err)
			require.Zero(t, have.compare(want), "%#v", have)
			require.Equal(t, text, want.String())
		})
	}
}

func TestPathsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		".a.", "..", ".a[", ".a[]", ".a[x]", ".a[-1]", ".a[1", `.a["x]`, ".a[a=", ".a[a=b", ".a[a=b,]", ".a[a=b,c]", ".a[=b,c=d]",
		".a[a=b]]", ".a[1]b", `.a["x"y]`, ".a[a=b=c]", ".a[99999999999999999999]", `.a["\q"]`,
	} {
		_, err := parsePath(text)
		require.Error(t, err, text)
		require.Contains(t, err.Error(), "path ", text)
	}
}

func FuzzPath(f *testing.F) {
	for _, text := range []string{".a.b", `.a["b.c"][name=x,y="1"][=5][3]`, ".a[", "[=1e999]", `.[a=]`, ".a[a=\xff]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := parsePath(text)
		if err != nil {
			return
		}
		written := first.String()
		second, err := parsePath(written)
		require.NoError(t, err, written)
		require.Zero(t, first.compare(second), "%q became %q", text, written)
		require.Equal(t, written, second.String())
		for _, step := range first {
			step.owned()
		}
		causePath(text)
		serverPath(text)
	})
}
