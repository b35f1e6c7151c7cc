package fields

// Contains tells whether live has every value of desired, so that applying desired
// would change no value. Both are objects as JSON has them.
//
// Maps are compared by key, lists item by item, and have to be of one length: what
// the server or others added to a map is no difference, what they added to a list
// is. A null in desired stands for what is not there. Numbers are equal where their
// value is. Of the metadata only name, namespace, labels, annotations, finalizers and
// ownerReferences count, each as far as desired names them, without the annotations
// that the server's controllers write. A Secret's stringData counts as data. For
// kinds of Kubernetes itself quantities are equal where their amount is, empty lists
// and maps of texts stand for absent ones, and the status does not count, since the
// server drops it; custom resources have to have what desired says as it stands.
//
// The answer true can be relied on. False may also mean that the server writes the
// same in another way, as it leaves out a "hostNetwork: false": then a dry run tells.
// It does not look at who owns the fields, at what an earlier desired had and this one
// has not, or at whether live is being deleted.
func Contains(live, desired map[string]any) bool {
	c := containment{native: isNative(desired)}
	if isSecret(desired) {
		live, desired = storedSecret(live), storedSecret(desired)
	}
	for name, want := range desired {
		have := live[name]
		switch {
		case name == "metadata":
			if !c.metadata(have, want) {
				return false
			}
		case name == "status" && c.native:
		case !c.value(name, have, want):
			return false
		}
	}
	return true
}

// containment compares the values of two objects.
type containment struct {
	// native tells that the kind is one of Kubernetes itself, whose types drop what
	// is empty and write quantities in a form of their own.
	native bool
}

// metadata compares what is the caller's of the metadata.
func (c containment) metadata(live, desired any) bool {
	want, ok := desired.(map[string]any)
	if !ok {
		return desired == nil || equal(live, desired)
	}
	have, _ := live.(map[string]any)
	for name, value := range want {
		switch name {
		case "name", "namespace":
			if value != nil && value != "" && !equal(have[name], value) {
				return false
			}
		case "labels", "annotations":
			if !c.texts(name, have[name], value) {
				return false
			}
		case "finalizers":
			if !c.items(have[name], value, equal) {
				return false
			}
		case "ownerReferences":
			if !c.items(have[name], value, func(a, b any) bool { return c.value("", a, b) }) {
				return false
			}
		}
	}
	return true
}

// texts compares labels or annotations.
func (c containment) texts(name string, live, desired any) bool {
	want, ok := desired.(map[string]any)
	if !ok {
		return desired == nil || equal(live, desired)
	}
	have, _ := live.(map[string]any)
	for key, value := range want {
		if name == "annotations" && isServerAnnotation(key) {
			continue
		}
		if !sameText(have[key], value) {
			return false
		}
	}
	return true
}

// sameText compares a label, annotation or the like, of which a null is stored as "".
func sameText(live, desired any) bool {
	return desired == nil && live == "" || equal(live, desired)
}

// items tells whether each of the desired items is among the live ones.
func (c containment) items(live, desired any, same func(live, desired any) bool) bool {
	want, ok := desired.([]any)
	if !ok {
		return desired == nil || equal(live, desired)
	}
	have, _ := live.([]any)
	for _, value := range want {
		found := false
		for _, other := range have {
			found = found || same(other, value)
		}
		if !found {
			return false
		}
	}
	return true
}

// value compares what stands at the field of that name; items have none.
func (c containment) value(name string, live, desired any) bool {
	switch want := desired.(type) {
	case nil:
		return live == nil
	case map[string]any:
		have, ok := live.(map[string]any)
		if !ok {
			return live == nil && len(want) == 0 && c.native && isTextMap(name)
		}
		quantities, texts := c.native && isQuantityMap(name), c.native && isTextMap(name)
		for key, value := range want {
			other := have[key]
			if quantities && sameQuantity(other, value) || texts && sameText(other, value) {
				continue
			}
			if !c.value(key, other, value) {
				return false
			}
		}
		return true
	case []any:
		have, ok := live.([]any)
		if !ok {
			return live == nil && len(want) == 0 && c.native
		}
		if len(have) != len(want) {
			return false
		}
		for i, value := range want {
			if !c.value("", have[i], value) {
				return false
			}
		}
		return true
	}
	return equal(live, desired)
}
