package celenv

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConditionReads(t *testing.T) {
	t.Parallel()
	conditions := testConditions(t)
	for expression, want := range map[string]string{
		`true`:                                   "",
		`config.a`:                               "config.a!",
		`config.a.b == "x"`:                      "config.a config.a.b!",
		`config["a"].b`:                          "config.a config.a.b!",
		`has(config.a)`:                          "config.a",
		`has(config.a.b) && config.a.c > 1`:      "config.a config.a.b config.a.c!",
		`config.a ? config.b : config.c`:         "config.a! config.b! config.c!",
		`(config.a ? config.b : config.c).d`:     "config.a! config.b config.b.d! config.c config.c.d!",
		`"a" in config`:                          "config.a",
		`"x" in config.l`:                        "config.l config.l.x",
		`config.x in config.l`:                   "config.l config.l.* config.x!",
		`size(config.l) > 0`:                     "config.l",
		`config.l.size() > 0`:                    "config.l",
		`config.l[0].n == 1`:                     "config.l config.l.* config.l.*.n!",
		`config.l.exists(x, x.n == 1)`:           "config.l config.l.* config.l.*.n!",
		`config.l.all(x, x.m.exists(y, y.a))`:    "config.l config.l.* config.l.*.m config.l.*.m.* config.l.*.m.*.a!",
		`config.l.filter(x, x.a).size() > 0`:     "config.l config.l.*! config.l.*.a!",
		`config.l.map(x, x.a) == [1]`:            "config.l config.l.* config.l.*.a!",
		`config == {"a": images.x}`:              "config! images.x!",
		`config.s.startsWith(config.p)`:          "config.p! config.s!",
		`environment.kubernetes.version == "v1"`: "environment.kubernetes environment.kubernetes.version!",
		`cond.a && config.a`:                     "config.a!",
		`dependencies == {}`:                     "dependencies!",
		`config.l.exists(config, config.n == 1)`: "config.l config.l.* config.l.*.n!",
	} {
		condition, err := conditions.Compile(expression)
		require.NoError(t, err, expression)
		var reads []string
		for _, read := range condition.Reads() {
			text := strings.Join(read.Keys, ".")
			if read.Whole {
				text += "!"
			}
			reads = append(reads, text)
		}
		require.Equal(t, want, strings.Join(reads, " "), expression)
	}
}
