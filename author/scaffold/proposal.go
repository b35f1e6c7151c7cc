package scaffold

// proposedName finds a name for a package in its objects: the application that all that
// say one belong to, else their namespace, else the only workload. It is empty where
// nothing offers itself.
func proposedName(objects []*object) string {
	for _, label := range []string{"app.kubernetes.io/part-of", "app.kubernetes.io/name", "app"} {
		if name := PackageName(shared(objects, func(o *object) string {
			value, _ := lookup(o.Content, "metadata", "labels", label)
			text, _ := value.(string)
			return text
		})); name != "" {
			return name
		}
	}
	if name := shared(objects, (*object).namespace); name != "default" && name != "" {
		return PackageName(name)
	}
	return PackageName(shared(objects, func(o *object) string {
		if o.kind.group == "apps" {
			return o.name()
		}
		return ""
	}))
}

// shared returns what all objects that have something have in common, or "".
func shared(objects []*object, of func(*object) string) string {
	common := ""
	for _, o := range objects {
		switch text := of(o); {
		case text == "" || text == common:
		case common == "":
			common = text
		default:
			return ""
		}
	}
	return common
}
