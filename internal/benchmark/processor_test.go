package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseProcessorKind(t *testing.T) {
	t.Parallel()
	for cpuinfo, want := range map[string]string{
		"processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: Xeon\ncpu MHz\t\t: 2500.1\n\nprocessor\t: 1\nmodel\t: 9\n": "vendor_id GenuineIntel, cpu family 6, model 85, model name Xeon",
		"processor\t: 0\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n":                                                                    "CPU implementer 0x41, CPU part 0xd0c",
		"": "",
	} {
		assert.Equal(t, want, parseProcessorKind(strings.NewReader(cpuinfo)))
	}
	assert.Equal(t, processorKind(), processorKind())
	assert.NotEmpty(t, processorKind())
}
