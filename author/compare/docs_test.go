package compare_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/compare"
)

// documentedCodes reads the codes, and which effects they may have, from
// docs/comparing.md.
func documentedCodes(t *testing.T) map[compare.Code]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "comparing.md"))
	require.NoError(t, err)
	_, tables, found := strings.Cut(string(data), "\n## Codes\n")
	require.True(t, found)
	codes, schemas, found := strings.Cut(tables, "\n### Schemas\n")
	require.True(t, found)
	documented := map[compare.Code]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ([^|]*) \\|").FindAllStringSubmatch(codes, -1) {
		documented[compare.Code(row[1])] = row[2]
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ([^|]*) \\| ([^|]*) \\|").FindAllStringSubmatch(schemas, -1) {
		documented[compare.Code("config-"+row[1])] = row[2]
		if strings.TrimSpace(row[3]) != "" {
			documented[compare.Code("crd-"+row[1])] = row[3]
		}
	}
	return documented
}

// docs/comparing.md has every code, and only these; and the tables of pairs have no
// effect that it does not name.
func TestCodesAreDocumented(t *testing.T) {
	t.Parallel()
	documented := documentedCodes(t)
	codes := compare.Codes()
	for _, code := range codes {
		require.Contains(t, documented, code)
	}
	for code := range documented {
		require.Contains(t, codes, code)
	}
	tables, err := filepath.Glob(filepath.Join("testdata", "pairs", "*.txtar"))
	require.NoError(t, err)
	seen := map[compare.Code]bool{}
	for _, path := range tables {
		_, pairs := readPairs(t, path)
		for _, one := range pairs {
			for line := range strings.Lines(string(one.want)) {
				words := strings.Fields(line)
				if len(words) > 2 {
					require.Contains(t, documented[compare.Code(words[1])], words[0], "%s: %s", one.name, line)
					seen[compare.Code(words[1])] = true
				}
			}
		}
	}
	var missing []compare.Code
	for _, code := range codes {
		if !seen[code] {
			missing = append(missing, code)
		}
	}
	t.Logf("%d of %d codes are in the tables of pairs; missing: %v", len(codes)-len(missing), len(codes), missing)
}
