package template

import (
	"math"
	"strconv"
	"strings"
)

// plainNumber keeps values away from the number conversions that they would
// only print wholly to say that they are no numbers: those become 0 either way.
func plainNumber(v any) any {
	switch v := v.(type) {
	case nil, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return v
	case string:
		if len(v) < 1024 {
			return v
		}
	}
	return nil
}

func readAll(values []any, read func(any) any) []any {
	plain := make([]any, len(values))
	for i, v := range values {
		plain[i] = read(v)
	}
	return plain
}

// wholeNumber is plainNumber for functions of whole numbers. It reads text itself:
// the library that sprig reads it with takes "1.5" for 0 or for 1, depending on the
// version that a program happens to link, and what is rendered must not depend on
// that. The reading is that of Package Operator: "1.5" is no whole number, so 0.
func wholeNumber(v any) any {
	text, ok := plainNumber(v).(string)
	if !ok {
		return plainNumber(v)
	}
	n, err := strconv.ParseInt(withoutZeroFraction(text), 0, 64)
	if err != nil {
		return int64(0)
	}
	return n
}

// withoutZeroFraction takes the ".00" off a number.
func withoutZeroFraction(text string) string {
	zero := false
	for i := len(text) - 1; i >= 0; i-- {
		switch {
		case text[i] == '0':
			zero = true
		case text[i] != '.':
			return text
		case zero:
			return text[:i]
		}
	}
	return text
}

// reading is how a function with results of a type reads its arguments.
func reading[R any]() func(any) any {
	if _, fraction := any(*new(R)).(float64); fraction {
		return plainNumber
	}
	return wholeNumber
}

const notNumbers = "cannot calculate with these numbers"

// number, twoNumbers, numbers and numberAndMore build functions of numbers, by
// what they take.
func number[R any](_ *execution, sprig any) any {
	f, read := sprig.(func(any) R), reading[R]()
	return func(v any) (R, error) {
		return try(notNumbers, func() (R, error) { return f(read(v)), nil })
	}
}

func twoNumbers[R any](_ *execution, sprig any) any {
	f, read := sprig.(func(a, b any) R), reading[R]()
	return func(a, b any) (R, error) {
		return try(notNumbers, func() (R, error) { return f(read(a), read(b)), nil })
	}
}

func numbers[R any](_ *execution, sprig any) any {
	f, read := sprig.(func(...any) R), reading[R]()
	return func(values ...any) (R, error) {
		return try(notNumbers, func() (R, error) { return f(readAll(values, read)...), nil })
	}
}

func numberAndMore[R any](_ *execution, sprig any) any {
	f, read := sprig.(func(any, ...any) R), reading[R]()
	return func(v any, more ...any) (R, error) {
		return try(notNumbers, func() (R, error) { return f(read(v), readAll(more, read)...), nil })
	}
}

// buildDecimal: sprig reads octal digits from the text of the value.
func buildDecimal(_ *execution, sprig any) any {
	f := sprig.(func(any) int64)
	return func(v any) (int64, error) {
		return try(notNumbers, func() (int64, error) { return f(plainNumber(v)), nil })
	}
}

func buildRound(_ *execution, sprig any) any {
	f := sprig.(func(any, int, ...float64) float64)
	return func(v any, places int, on ...float64) float64 { return f(plainNumber(v), places, on...) }
}

// numberSize is what one number of a list takes while the list grows.
const numberSize = 24

// chargeSteps counts the numbers from start up or down to stop, without it.
func (e *execution) chargeSteps(start, stop, step int) error {
	var distance, width uint64
	switch {
	case stop > start && step > 0:
		distance, width = uint64(stop)-uint64(start), uint64(step)
	case stop < start && step < 0:
		distance, width = uint64(start)-uint64(stop), -uint64(step)
	default:
		return nil
	}
	count := (distance-1)/width + 1
	if count > math.MaxInt64/numberSize || distance > math.MaxInt64-width {
		return e.charge(math.MaxInt64) // sprig's loop would run over the end of the integers
	}
	return e.chargeProduct(int64(count), numberSize)
}

func buildUntil(e *execution, sprig any) any {
	f := sprig.(func(int) []int)
	return func(count int) ([]int, error) {
		step := 1
		if count < 0 {
			step = -1
		}
		if err := e.chargeSteps(0, count, step); err != nil {
			return nil, err
		}
		return f(count), nil
	}
}

func buildUntilStep(e *execution, sprig any) any {
	f := sprig.(func(int, int, int) []int)
	return func(start, stop, step int) ([]int, error) {
		if err := e.chargeSteps(start, stop, step); err != nil {
			return nil, err
		}
		return f(start, stop, step), nil
	}
}

func buildSeq(e *execution, sprig any) any {
	f := sprig.(func(...int) string)
	return func(params ...int) (string, error) {
		start, step, end := 1, 0, 0
		switch len(params) {
		case 1:
			end = params[0]
		case 2:
			start, end = params[0], params[1]
		case 3:
			start, step, end = params[0], params[1], params[2]
		default:
			return f(params...), nil
		}
		past := 1
		if end < start {
			past = -1
		}
		if len(params) < 3 {
			step = past
		}
		if end == math.MaxInt || end == math.MinInt {
			return "", e.charge(math.MaxInt64)
		}
		if err := e.chargeSteps(start, end+past, step); err != nil {
			return "", err
		}
		// Sprig prints the list and then takes the text apart.
		if err := e.chargeSteps(start, end+past, step); err != nil {
			return "", err
		}
		return strings.Clone(f(params...)), nil
	}
}
