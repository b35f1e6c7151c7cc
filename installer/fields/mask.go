package fields

// lastApplied is where kubectl keeps the whole object that it has applied: of
// a Secret, with its data.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// isMasked tells whether a value and all that is in it must not be shown.
func (w *walk) isMasked(at path, value any) bool {
	if value == nil {
		return false
	}
	if w.secret && isSecretPath(at, value) {
		return true
	}
	return w.options.Mask != nil && len(at) > 0 && w.options.Mask(at.String(), value)
}

// isSecretPath tells whether a value of a Secret is one of its data.
func isSecretPath(at path, value any) bool {
	if at.startsWith("data") || at.startsWith("stringData") {
		_, isMap := value.(map[string]any)
		return len(at) > 1 || !isMap
	}
	if !at.startsWith("metadata", "annotations") {
		return false
	}
	_, isMap := value.(map[string]any)
	return len(at) == 2 && !isMap || at.startsWith("metadata", "annotations", lastApplied)
}

// hidesSomething tells whether there is something in a value that must not be shown.
func (w *walk) hidesSomething(at path, value any) bool {
	if !w.secret && w.options.Mask == nil {
		return false
	}
	hidden := false
	w.parts(at, value, func(part path, value any) bool {
		hidden = w.isMasked(part, value) || w.hidesSomething(part, value)
		return !hidden
	})
	return hidden
}

// parts calls a function for each field or item of a value until it returns false.
func (w *walk) parts(at path, value any, each func(part path, value any) bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, item := range value {
			if !each(at.child(name), item) {
				return
			}
		}
	case []any:
		paired, ok := w.pair(at, value, nil)
		if !ok {
			for i, item := range value {
				if !each(at.with(element{kind: byIndex, index: i}), item) {
					return
				}
			}
			return
		}
		for _, key := range paired.before.keys {
			item := paired.before.items[key]
			if !each(at.with(item.at), item.value) {
				return
			}
		}
	}
}
