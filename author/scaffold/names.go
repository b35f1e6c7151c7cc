package scaffold

import (
	"fmt"
	"strings"
	"unicode"
)

// maxName is the longest value of a label, which the name of a package becomes.
const maxName = 63

// PackageName turns any text into a name that a package can have: lower-case letters,
// digits and dashes. It is empty where nothing is left.
func PackageName(text string) string {
	return dashed(text, maxName)
}

// dashed keeps letters and digits, lower-case, with single dashes for all else.
func dashed(text string, most int) string {
	var out strings.Builder
	dash := false
	for _, r := range strings.ToLower(text) {
		if !isLowerOrDigit(r) {
			dash = out.Len() > 0
			continue
		}
		if dash {
			out.WriteByte('-')
			dash = false
		}
		out.WriteRune(r)
	}
	name := out.String()
	if len(name) > most {
		name = strings.TrimRight(name[:most], "-")
	}
	return name
}

func isLowerOrDigit(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// camel turns a name into one that templates can read after a dot: "kube-rbac-proxy"
// is kubeRbacProxy.
func camel(text string) string {
	var out strings.Builder
	upper := false
	for _, r := range text {
		letter := r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
		switch {
		case !letter:
			upper = out.Len() > 0
			continue
		case out.Len() == 0 && unicode.IsDigit(r):
			out.WriteByte('x')
		case out.Len() == 0:
			r = unicode.ToLower(r)
		case upper:
			r = unicode.ToUpper(r)
		}
		upper = false
		out.WriteRune(r)
	}
	if out.Len() == 0 {
		return "x"
	}
	return out.String()
}

// ImageName turns the name of an image in another system into one that templates read
// as {{ .images.name }}.
func ImageName(text string) string { return camel(text) }

// unique gives each of several things a name of its own.
type unique map[string]bool

// name returns a name that nothing has yet: the first of those proposed, or the last
// with a number. Names that differ in case only count as one.
func (u unique) name(proposed ...string) string {
	for _, name := range proposed {
		if u.take(name) {
			return name
		}
	}
	last := proposed[len(proposed)-1]
	for i := 2; ; i++ {
		if name := fmt.Sprintf("%s%d", last, i); u.take(name) {
			return name
		}
	}
}

func (u unique) take(name string) bool {
	key := strings.ToLower(name)
	if u[key] {
		return false
	}
	u[key] = true
	return true
}

// maxFileName keeps paths far below what a package allows.
const maxFileName = 100

// placeObjects chooses a file for each object: a folder for each phase, and in it files
// by kind and name.
func (m *maker) placeObjects() {
	taken := unique{}
	for path := range m.files {
		taken.take(path)
		taken.take(strings.TrimSuffix(path, ".gotmpl"))
	}
	for _, o := range m.objects {
		if o.Path != "" {
			o.path = o.Path
			taken.take(o.path)
		}
	}
	for _, o := range m.objects {
		if o.path != "" {
			continue
		}
		name := o.name()
		if name == "" {
			name = metadataText(o.Content, "generateName")
		}
		kind := strings.ToLower(o.kind.kind)
		folder := dashed(o.phase, maxFileName) // a source may name its phases as it likes
		if folder == "" {
			folder = "phase"
		}
		base := folder + "/" + dashed(kind+"-"+name, maxFileName)
		if o.phase == PhaseCRDs {
			base = folder + "/" + crdFileName(name)
		}
		group := base + "-" + dashed(o.kind.group, maxFileName)
		inNamespace := base + "-" + dashed(o.namespace(), maxFileName)
		o.path = taken.name(base+".yaml", inNamespace+".yaml", group+".yaml")
	}
}

// crdFileName keeps the dots of the name, which people look for.
func crdFileName(name string) string {
	labels := strings.Split(name, ".")
	for i, label := range labels {
		labels[i] = dashed(label, maxFileName)
	}
	return strings.Trim(strings.Join(labels, "."), ".-")
}
