package template

// valueFunction tells what a function that hands values on makes of its
// operands.
type valueFunction func(a *analyzer, operands []operand, at int) value

// valueFunctionOf returns what a function does, if it does something else with
// its arguments than to use them wholly, and how many it needs for that.
func valueFunctionOf(name string) (f valueFunction, atLeast int) {
	switch name {
	case "not", "empty", "len", "kindOf", "kindIs", "typeOf", "typeIs", "typeIsLike":
		return onlyLook, 0
	case "and", "or", "default", "coalesce":
		return anyOf, 1
	case "ternary":
		return eitherOf, 3
	case "index":
		return index, 1
	case "get":
		return get, 2
	case "hasKey":
		return hasKey, 2
	case "dig":
		return dig, 3
	case "pluck":
		return pluck, 1
	case "pick":
		return pick, 1
	case "omit", "unset", "deepCopy", "mustDeepCopy":
		return firstOf, 1
	case "first", "mustFirst", "last", "mustLast":
		return elementOf, 1
	case "rest", "mustRest", "initial", "mustInitial", "reverse", "mustReverse", "compact", "mustCompact",
		"slice", "mustSlice", "values":
		return elementsOf, 1
	case "append", "mustAppend", "push", "mustPush", "prepend", "mustPrepend":
		return appended, 2
	case "concat":
		return concatenated, 0
	case "chunk", "mustChunk":
		return chunked, 2
	case "list", "tuple":
		return listed, 0
	case "dict":
		return dictionary, 0
	case "set":
		return setKey, 3
	case "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite":
		return merge, 1
	case "keys":
		return keysOf, 1
	}
	return nil, 0
}

func onlyLook(*analyzer, []operand, int) value { return computedValue }

func anyOf(_ *analyzer, operands []operand, _ int) value {
	var v value
	for _, o := range operands {
		v = join(v, o.value)
	}
	return v
}

func eitherOf(_ *analyzer, operands []operand, _ int) value {
	return join(operands[0].value, operands[1].value)
}

// step is one step of index: a key, if it is known, or any element.
func step(a *analyzer, v value, key operand, at int) value {
	names, known := key.keys()
	a.whole(key.value, key.offset)
	if !known {
		v = a.elements(v)
		a.look(v, at)
		return v
	}
	var result value
	for _, name := range names {
		result = join(result, a.field(v, name))
	}
	if len(names) == 1 {
		a.look(result, at)
		return result
	}
	// It is one of several, but of each of them that it is there is certain.
	for _, name := range names {
		a.look(a.field(v, name), at)
	}
	return result
}

func index(a *analyzer, operands []operand, at int) value {
	v := operands[0].value
	for _, key := range operands[1:] {
		v = step(a, v, key, at)
	}
	return v
}

func get(a *analyzer, operands []operand, at int) value { return index(a, operands[:2], at) }

func hasKey(a *analyzer, operands []operand, at int) value {
	step(a, operands[0].value, operands[1], at)
	return computedValue
}

func dig(a *analyzer, operands []operand, at int) value {
	last := len(operands) - 1
	v := operands[last].value
	for _, key := range operands[:last-1] {
		v = step(a, v, key, at)
	}
	return join(v, operands[last-1].value)
}

func pluck(a *analyzer, operands []operand, at int) value {
	var all value
	for _, o := range operands[1:] {
		all = join(all, step(a, o.value, operands[0], at))
	}
	return listOf(all)
}

func pick(a *analyzer, operands []operand, at int) value {
	fields := map[string]value{}
	for _, key := range operands[1:] {
		names, known := key.keys()
		a.whole(key.value, key.offset)
		if !known {
			return operands[0].value
		}
		for _, name := range names {
			fields[name] = a.field(operands[0].value, name)
			a.look(fields[name], at)
		}
	}
	return record(fields, nil)
}

func firstOf(a *analyzer, operands []operand, _ int) value {
	a.wholeAll(operands[1:])
	return operands[0].value
}

func elementOf(a *analyzer, operands []operand, at int) value {
	v := a.elements(operands[0].value)
	a.look(v, at)
	return v
}

func elementsOf(a *analyzer, operands []operand, at int) value {
	a.wholeAll(operands[1:])
	return listOf(elementOf(a, operands[:1], at))
}

func appended(a *analyzer, operands []operand, _ int) value {
	return listOf(a.elements(operands[0].value), operands[1].value)
}

func concatenated(a *analyzer, operands []operand, _ int) value {
	var all value
	for _, o := range operands {
		all = join(all, a.elements(o.value))
	}
	return listOf(all)
}

func chunked(a *analyzer, operands []operand, _ int) value {
	a.whole(operands[0].value, operands[0].offset)
	return listOf(listOf(a.elements(operands[1].value)))
}

func listed(_ *analyzer, operands []operand, _ int) value {
	var all value
	for _, o := range operands {
		all = join(all, o.value)
	}
	return listOf(all)
}

func dictionary(a *analyzer, operands []operand, _ int) value {
	fields := map[string]value{}
	var others *value
	for i := 0; i < len(operands); i += 2 {
		v := value{literals: []string{""}}
		if i+1 < len(operands) {
			v = operands[i+1].value
		}
		names, known := operands[i].keys()
		a.whole(operands[i].value, operands[i].offset)
		if !known {
			if others != nil {
				v = join(*others, v)
			}
			others = &v
			continue
		}
		for _, name := range names {
			fields[name] = join(fields[name], v)
		}
	}
	return record(fields, others)
}

func setKey(a *analyzer, operands []operand, _ int) value {
	names, known := operands[1].keys()
	a.whole(operands[1].value, operands[1].offset)
	if !known {
		names = []string{""}
	}
	for _, name := range names {
		a.keep(operands[0].value, name, operands[2].value)
	}
	return operands[0].value
}

func merge(a *analyzer, operands []operand, _ int) value {
	target := operands[0]
	v := target.value
	for _, source := range operands[1:] {
		if !target.fresh {
			// Maps inside of both are merged, too.
			a.keep(target.flatten(), "", source.flatten())
			a.keep(target.value, "", source.flatten())
		}
		v = join(v, source.value)
	}
	return v
}

func keysOf(a *analyzer, operands []operand, at int) value {
	for _, o := range operands {
		a.look(a.elements(o.value), at)
	}
	return computedValue
}
