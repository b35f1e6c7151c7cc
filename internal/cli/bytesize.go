package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// sizeUnits are what a number of bytes may end in; case does not matter.
var sizeUnits = map[string]float64{
	"": 1, "b": 1,
	"k": 1 << 10, "ki": 1 << 10, "kib": 1 << 10, "kb": 1e3,
	"m": 1 << 20, "mi": 1 << 20, "mib": 1 << 20, "mb": 1e6,
	"g": 1 << 30, "gi": 1 << 30, "gib": 1 << 30, "gb": 1e9,
	"t": 1 << 40, "ti": 1 << 40, "tib": 1 << 40, "tb": 1e12,
}

// parseSize reads a number of bytes, such as 500MiB, 1.5GB or 1048576.
func parseSize(text string) (int64, error) {
	unitText := strings.TrimLeft(text, "0123456789.")
	unit, ok := sizeUnits[strings.ToLower(strings.TrimSpace(unitText))]
	number, err := strconv.ParseFloat(strings.TrimSuffix(text, unitText), 64)
	if !ok || err != nil || number < 0 || number*unit >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is no size such as 500MiB or 2GB", text)
	}
	return int64(number * unit), nil
}

// parseAge reads a duration as Go does, and days and weeks.
func parseAge(text string) (time.Duration, error) {
	fault := fmt.Errorf("%q is no duration such as 12h, 30d or 2w", text)
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		number, ok := strings.CutSuffix(text, unit)
		if !ok {
			continue
		}
		count, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			return 0, fault
		}
		return time.Duration(count) * length, nil
	}
	age, err := time.ParseDuration(text)
	if err != nil || age < 0 {
		return 0, fault
	}
	return age, nil
}
