package template

import (
	"math"
	"reflect"
)

// elementSize is what one element of a list takes.
const elementSize = 16

// wrongList is the message for arguments that sprig's list functions refuse.
const wrongList = "the argument is no list"

// listLength returns the length of a list, and 0 for what is none: the function
// itself refuses that.
func listLength(v any) int64 {
	switch v := v.(type) {
	case []any:
		return int64(len(v))
	case nil:
		return 0
	}
	if value := reflect.ValueOf(v); value.Kind() == reflect.Slice || value.Kind() == reflect.Array {
		return int64(value.Len())
	}
	return 0
}

// chargeList counts a list that is as long as another and some more.
func (e *execution) chargeList(v any, more int64) error {
	return e.chargeProduct(listLength(v)+more, elementSize)
}

// listToList builds functions that make a list of a list.
func listToList(e *execution, sprig any) any {
	f := fallible(sprig)
	return func(list any) ([]any, error) {
		if err := e.chargeList(list, 0); err != nil {
			return nil, err
		}
		return try(wrongList, func() ([]any, error) { return f(list) })
	}
}

// fallible gives the forms of a function with and without an error one type.
func fallible(sprig any) func(any) ([]any, error) {
	switch f := sprig.(type) {
	case func(any) []any:
		return func(v any) ([]any, error) { return f(v), nil }
	case func(any) ([]any, error):
		return f
	}
	return nil
}

// listToValue builds functions that pick one element.
func listToValue(_ *execution, sprig any) any {
	return func(list any) (any, error) {
		return try(wrongList, func() (any, error) {
			switch f := sprig.(type) {
			case func(any) any:
				return f(list), nil
			default:
				return sprig.(func(any) (any, error))(list)
			}
		})
	}
}

// listAndValue builds functions that add a value to a list.
func listAndValue(e *execution, sprig any) any {
	return func(list, v any) ([]any, error) {
		if err := e.chargeProduct(listLength(list)+1, 2*elementSize); err != nil {
			return nil, err
		}
		return try(wrongList, func() ([]any, error) {
			switch f := sprig.(type) {
			case func(any, any) []any:
				return f(list, v), nil
			default:
				return sprig.(func(any, any) ([]any, error))(list, v)
			}
		})
	}
}

func buildList(e *execution, sprig any) any {
	f := sprig.(func(...any) []any)
	return func(values ...any) ([]any, error) {
		if err := e.chargeProduct(int64(len(values)), elementSize); err != nil {
			return nil, err
		}
		return f(values...), nil
	}
}

func buildConcat(e *execution, sprig any) any {
	f := sprig.(func(...any) any)
	return func(lists ...any) (any, error) {
		length := int64(0)
		for _, list := range lists {
			length += listLength(list)
		}
		if err := e.chargeProduct(length, 3*elementSize); err != nil {
			return nil, err
		}
		return try("concat takes lists", func() (any, error) { return f(lists...), nil })
	}
}

func buildSlice(_ *execution, sprig any) any {
	return func(list any, indexes ...any) (any, error) {
		return try("slice: the indexes lie outside of the list, or it is none", func() (any, error) {
			switch f := sprig.(type) {
			case func(any, ...any) any:
				return f(list, readAll(indexes, wholeNumber)...), nil
			default:
				return sprig.(func(any, ...any) (any, error))(list, readAll(indexes, wholeNumber)...)
			}
		})
	}
}

func buildChunk(e *execution, sprig any) any {
	return func(size int, list any) ([][]any, error) {
		if size < 1 {
			return nil, &functionError{message: "chunk: the size must be at least 1"}
		}
		if err := e.chargeProduct(listLength(list), 3*elementSize); err != nil {
			return nil, err
		}
		return try(wrongList, func() ([][]any, error) {
			switch f := sprig.(type) {
			case func(int, any) [][]any:
				return f(size, list), nil
			default:
				return sprig.(func(int, any) ([][]any, error))(size, list)
			}
		})
	}
}

func buildToStrings(e *execution, sprig any) any {
	f := sprig.(func(any) []string)
	return func(v any) ([]string, error) {
		if err := e.chargeValue(v); err != nil {
			return nil, err
		}
		return f(v), nil
	}
}

func buildSortAlpha(e *execution, sprig any) any {
	f := sprig.(func(any) []string)
	return func(v any) ([]string, error) {
		if err := e.chargeValue(v); err != nil {
			return nil, err
		}
		if err := e.labour(listLength(v) * 8); err != nil {
			return nil, err
		}
		return try(wrongList, func() ([]string, error) { return f(v), nil })
	}
}

// buildUniq compares plain elements by hashing: sprig compares each with all
// before it.
func buildUniq(e *execution, _ any) any {
	return func(list any) ([]any, error) {
		if _, err := e.measure(list); err != nil {
			return nil, err
		}
		if err := e.chargeList(list, 0); err != nil {
			return nil, err
		}
		value, err := listValue("uniq", list)
		if err != nil {
			return nil, err
		}
		unique := []any{}
		var composite []any
		seen := map[any]bool{}
		for i := range value.Len() {
			element := value.Index(i).Interface()
			if isScalar(element) {
				if !seen[element] {
					seen[element] = true
					unique = append(unique, element)
				}
				continue
			}
			found, err := e.contains(composite, element)
			if err != nil {
				return nil, err
			}
			if !found {
				composite = append(composite, element)
				unique = append(unique, element)
			}
		}
		return unique, nil
	}
}

func listValue(name string, list any) (reflect.Value, error) {
	value := reflect.ValueOf(list)
	if kind := value.Kind(); kind != reflect.Slice && kind != reflect.Array {
		return value, &functionError{message: name + " takes a list"}
	}
	return value, nil
}

// isScalar reports whether values of this type are equal when == says so.
func isScalar(v any) bool {
	switch v := v.(type) {
	case nil, bool, string, int, int64:
		return true
	case float64:
		return !math.IsNaN(v)
	}
	return false
}

// contains compares a value with those of a list, and counts the work.
func (e *execution) contains(list []any, v any) (bool, error) {
	m, err := e.measure(v)
	if err != nil {
		return false, err
	}
	for _, element := range list {
		if err := e.labour(4 + m.nodes + m.text/bytesPerUnit); err != nil {
			return false, err
		}
		if reflect.DeepEqual(v, element) {
			return true, nil
		}
	}
	return false, nil
}

func buildWithout(e *execution, sprig any) any {
	return func(list any, omit ...any) ([]any, error) {
		m, err := e.measure(list)
		if err != nil {
			return nil, err
		}
		if err := e.measureAll(omit); err != nil {
			return nil, err
		}
		if err := e.chargeList(list, 0); err != nil {
			return nil, err
		}
		if err := e.labour((m.nodes + m.text/bytesPerUnit) * int64(len(omit))); err != nil {
			return nil, err
		}
		return try(wrongList, func() ([]any, error) {
			switch f := sprig.(type) {
			case func(any, ...any) []any:
				return f(list, omit...), nil
			default:
				return sprig.(func(any, ...any) ([]any, error))(list, omit...)
			}
		})
	}
}

func buildHas(e *execution, sprig any) any {
	return func(v, list any) (bool, error) {
		if err := e.compared(list); err != nil {
			return false, err
		}
		if _, err := e.measure(v); err != nil {
			return false, err
		}
		return try(wrongList, func() (bool, error) {
			switch f := sprig.(type) {
			case func(any, any) bool:
				return f(v, list), nil
			default:
				return sprig.(func(any, any) (bool, error))(v, list)
			}
		})
	}
}

// compared counts the work of comparing a value, whose nodes measure counts.
func (e *execution) compared(v any) error {
	m, err := e.measure(v)
	if err != nil {
		return err
	}
	return e.labour(m.text / bytesPerUnit)
}

// measureAll checks that values can be walked.
func (e *execution) measureAll(values []any) error {
	for _, v := range values {
		if _, err := e.measure(v); err != nil {
			return err
		}
	}
	return nil
}

func buildDeepEqual(e *execution, _ any) any {
	return func(a, b any) (bool, error) {
		if err := e.compared(a); err != nil {
			return false, err
		}
		if _, err := e.measure(b); err != nil {
			return false, err
		}
		return reflect.DeepEqual(a, b), nil
	}
}
