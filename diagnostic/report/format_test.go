package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/diagnostic/report"
)

func TestJSONDecodesToTheFindings(t *testing.T) {
	t.Parallel()
	valid := diagnostic.Diagnostics{}
	for _, d := range findings.Sorted() {
		if d.Component != "a\r\nb" { // bytes that are no UTF-8 do not survive JSON
			valid = append(valid, d)
		}
	}
	var out bytes.Buffer
	require.NoError(t, report.JSON(&out, valid, report.JSONOptions{}))
	var back struct {
		SchemaVersion int
		Diagnostics   diagnostic.Diagnostics
		Summary       map[string]int
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	assert.Equal(t, report.SchemaVersion, back.SchemaVersion)
	assert.Equal(t, valid, back.Diagnostics)
	assert.Equal(t, map[string]int{"errors": 5, "warnings": 2}, back.Summary)
}

func TestJSONKeepsInvisibleCharacters(t *testing.T) {
	t.Parallel()
	const message = "\x1b \x7f \u0085 \u00a0 \u202e \U000e0001 é 日"
	var out bytes.Buffer
	require.NoError(t, report.JSON(&out, diagnostic.Diagnostics{{Message: message}}, report.JSONOptions{Compact: true}))
	assert.Contains(t, out.String(), `"\u001b \u007f \u0085 \u00a0 \u202e \udb40\udc01 é 日"`)
	var back struct{ Diagnostics diagnostic.Diagnostics }
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	assert.Equal(t, message, back.Diagnostics[0].Message)
}

// TestSARIFRefersToItself checks what the schema cannot: indices, and URIs.
func TestSARIFRefersToItself(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, report.SARIF(&out, findings, report.SARIFOptions{Sources: sources}))
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex *int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &log))
	require.Len(t, log.Runs, 1)
	run, sorted := log.Runs[0], findings.Sorted()
	require.Len(t, run.Results, len(sorted))
	for i, result := range run.Results {
		d := sorted[i]
		if d.Code == "" {
			assert.Nil(t, result.RuleIndex)
		} else {
			require.NotNil(t, result.RuleIndex)
			assert.Equal(t, run.Tool.Driver.Rules[*result.RuleIndex].ID, result.RuleID)
		}
		assert.Contains(t, result.Message.Text, d.Hint)
		if d.Position.File == "" {
			assert.Empty(t, result.Locations)
			continue
		}
		require.Len(t, result.Locations, 1)
		location := result.Locations[0].PhysicalLocation
		uri, err := url.Parse(location.ArtifactLocation.URI)
		require.NoError(t, err)
		assert.Equal(t, d.Position.File, uri.Path)
		assert.Equal(t, d.Position.Line, location.Region.StartLine)
	}
}

func TestSARIFColumnsCountUTF16(t *testing.T) {
	t.Parallel()
	const line = "aé日😀z" // 1 + 2 + 3 + 4 + 1 bytes, 1 + 1 + 1 + 2 + 1 units
	content := func(string) ([]byte, bool) { return []byte(line), true }
	for column, want := range map[int]int{1: 1, 2: 2, 3: 2, 4: 3, 6: 3, 7: 4, 11: 6, 12: 7, 99: 7} {
		var out bytes.Buffer
		ds := diagnostic.Diagnostics{{Position: diagnostic.Position{File: "f", Line: 1, Column: column}, Message: "m"}}
		require.NoError(t, report.SARIF(&out, ds, report.SARIFOptions{Sources: content}))
		var log struct {
			Runs []struct {
				Results []struct {
					Locations []struct {
						PhysicalLocation struct{ Region struct{ StartColumn int } }
					}
				}
			}
		}
		require.NoError(t, json.Unmarshal(out.Bytes(), &log))
		assert.Equal(t, want, log.Runs[0].Results[0].Locations[0].PhysicalLocation.Region.StartColumn, "byte %d", column)
	}
}

func TestJUnitCounts(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, report.JUnit(&out, findings, report.JUnitOptions{}))
	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Cases    []struct {
				Name    string `xml:"name,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal(out.Bytes(), &suites))
	require.Len(t, suites.Suites, 1)
	suite := suites.Suites[0]
	failed, names := 0, map[string]bool{}
	for _, c := range suite.Cases {
		if c.Failure != nil {
			failed++
			assert.NotEmpty(t, c.Failure.Message)
		}
		names[c.Name] = true
	}
	assert.Equal(t, len(findings), len(suite.Cases))
	assert.Len(t, names, len(findings), "each case has a name of its own")
	assert.Equal(t, []int{len(findings), len(findings), 6, 6, 6},
		[]int{suites.Tests, suite.Tests, suites.Failures, suite.Failures, failed})
}
