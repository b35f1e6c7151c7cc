package randompackage

// breakSomething makes a package that is to be refused, some of them by what only
// several files together show.
func (g *generator) breakSomething() {
	g.pkg.Broken = g.pick("duplicate", "duplicate version", "static twice", "static and rendered", "phase", "no value", "fail",
		"condition", "failing condition", "no object", "missing key", "no file", "no base64", "wrong type")
	twice, text := configMap("twice", g.phases[0], ""), ""
	switch g.pkg.Broken {
	case "duplicate":
		text = twice + "---\n" + twice
	case "duplicate version":
		text = "{{ range list \"v1\" \"v2\" }}\n---\napiVersion: example.com/{{ . }}\nkind: Widget\nmetadata:\n  name: x\n" +
			"  annotations:\n    package-operator.run/phase: " + g.phases[0] + "\n{{ end }}"
	case "static twice":
		g.pkg.Files["Z/first.yaml"] = []byte(twice)
		g.pkg.Files["a/second.yml"] = []byte(configMap("twice", g.phases[0], "false")) // dropped, and yet there
	case "static and rendered":
		g.pkg.Files["Z/first.yaml"] = []byte(twice)
		text = configMap("{{ list \"twice\" | first }}", g.phases[0], "")
	case "phase":
		text = configMap("o", "nowhere", "")
	case "no value":
		text = configMap("o", g.phases[0], "") + "data:\n  k: {{ get .config \"not there\" }}{{ index (dict \"a\" nil) \"a\" }}\n"
	case "fail":
		text = `{{ fail "refused" }}`
	case "condition":
		text = configMap("o", g.phases[0], "config.notThere.atAll > 3")
	case "failing condition":
		g.pkg.Files["Z/fails.yaml"] = []byte(configMap("o", g.phases[0], "has(environment.proxy) || {}.none == 1"))
	case "no object":
		text = "just: text\n"
	case "missing key":
		text = "{{ .config.notThere }}\n"
	case "no file":
		text = "{{ getFile \"not/there\" }}\n"
	case "no base64":
		text = "{{ b64decMap (dict \"a\" \"%\") }}\n"
	case "wrong type":
		text = "{{ include \"lib.countdown\" \"x\" }}\n"
	}
	if text != "" {
		g.pkg.Files["broken.yaml.gotmpl"] = []byte(text)
	}
}

func configMap(name, phase, condition string) string {
	text := "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\n  annotations:\n    package-operator.run/phase: " + phase + "\n"
	if condition != "" {
		text += "    package-operator.run/condition: '" + condition + "'\n"
	}
	return text
}
