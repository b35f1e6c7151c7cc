package validate

// What every object has is checked for every object of every render, so what most
// objects have is recognized by its bytes: metadata that is surely fine. All else goes
// to package objectmeta, which asks Kubernetes' own functions and words the findings.

const (
	// Kubernetes' limits in bytes: of the name in a key, and of a label's value; of the
	// prefix of a key; of all annotations together.
	maxNamePart    = 63
	maxPrefix      = 253
	maxAnnotations = 256 << 10
)

// surelyLabels reports whether labels as they were read are surely fine: there are
// none, or a mapping of valid keys to valid values.
func surelyLabels(labels any) bool {
	texts, ok := labels.(map[string]any)
	for key, value := range texts {
		text, isText := value.(string)
		if !isText || !surelyKey(key) || text != "" && !surelyNamePart(text) {
			return false
		}
	}
	return ok || labels == nil
}

// surelyAnnotations is surelyLabels for annotations. Keys that are fine but for their
// case are not among the usual ones.
func surelyAnnotations(annotations any) bool {
	texts, ok := annotations.(map[string]any)
	size := 0
	for key, value := range texts {
		text, isText := value.(string)
		if !isText || !surelyKey(key) {
			return false
		}
		size += len(key) + len(text)
	}
	return size <= maxAnnotations && (ok || annotations == nil)
}

// surelyKey reports whether key is surely a qualified name, such as
// "app.kubernetes.io/name" or "app".
func surelyKey(key string) bool {
	for i := range len(key) {
		if key[i] == '/' {
			return surelySubdomain(key[:i]) && surelyNamePart(key[i+1:])
		}
	}
	return surelyNamePart(key)
}

// surelyNamePart reports whether text has the form that the name in a key and the value
// of a label have.
func surelyNamePart(text string) bool {
	if text == "" || len(text) > maxNamePart || !isAlphanumeric(text[0]) || !isAlphanumeric(text[len(text)-1]) {
		return false
	}
	for i := range len(text) {
		if c := text[i]; !isAlphanumeric(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// surelySubdomain reports whether text is surely a DNS subdomain.
func surelySubdomain(text string) bool {
	if len(text) > maxPrefix {
		return false
	}
	before := byte('.')
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '.':
			if before == '.' || before == '-' {
				return false
			}
		case c == '-':
			if before == '.' {
				return false
			}
		case !isAlphanumeric(c) || isUpper(c):
			return false
		}
		before = c
	}
	return before != '.' && before != '-'
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || isUpper(c)
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
