package report_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/diagnostic/report"
)

func TestJUnitTests(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, report.JUnitTests(&out, []report.TestSuite{
		{Name: "shop", Cases: []report.TestCase{
			{Name: "fine", Class: "shop"},
			{Name: "warned", Class: "shop", Findings: findings[:1].WithSeverity(diagnostic.Warning), Output: "more"},
			{Name: "broken", Class: "shop", Findings: findings, Output: "--- a\n+++ b\n-x\x1b[2J\n"},
		}},
		{Name: "shop/back", Cases: []report.TestCase{{Name: "fine", Class: "shop/back"}}},
		{Name: "none"},
	}))
	golden(t, "tests.junit.xml", out.Bytes())
	require.Error(t, report.JUnitTests(&out, []report.TestSuite{{Cases: []report.TestCase{{Findings: diagnostic.Diagnostics{{Severity: 7}}}}}}))
}

func TestHumanWithoutSummary(t *testing.T) {
	t.Parallel()
	var with, without bytes.Buffer
	require.NoError(t, report.Human(&with, findings, report.HumanOptions{}))
	require.NoError(t, report.Human(&without, findings, report.HumanOptions{NoSummary: true}))
	lines := bytes.SplitAfter(bytes.TrimSuffix(with.Bytes(), []byte("\n")), []byte("\n"))
	assert.Equal(t, string(bytes.Join(lines[:len(lines)-1], nil)), without.String())
}
