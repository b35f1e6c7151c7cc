package lint

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// SecretInPlainText is the code of findings about lines that must not be shown where
// others could read them.
const SecretInPlainText diagnostic.Code = "secret-in-plain-text"

// secretRules are about what must not be readable by everyone who has the package.
func secretRules() []Rule {
	return []Rule{{
		Code: SecretInPlainText, Severity: warningSeverity,
		Summary: "a password, token or key that is written in the package",
		Explanation: "Whoever can pull the image has it, for ever. Let the configuration give it (with `format: password` " +
			"or `x-packstage-sensitive: true`), or name a Secret that others make. Findings are literal values in Secrets, " +
			"in variables and keys whose names say that they are secret; private keys, tokens of well-known forms and passwords " +
			"in URLs anywhere; and defaults of sensitive properties.",
		Example: "kind: Secret\nstringData:\n  password: example-only",
		Cure:    "kind: Secret\nstringData:\n  password: {{ .config.password | quote }}",
		Check:   secretInPlainText,
	}, {
		Code: "config-not-sensitive", Severity: infoSeverity,
		Summary: "a configuration property for a secret that is not marked as sensitive",
		Explanation: "Its values are shown in findings and logs. `format: password` or `x-packstage-sensitive: true` masks " +
			"them. A property that names a Secret (secretName, secretRef) is no finding.",
		Example: "properties:\n  adminPassword: {type: string}",
		Cure:    "properties:\n  adminPassword: {type: string, format: password}",
		Check:   configNotSensitive,
	}}
}

func secretInPlainText(s *Subject) []Finding {
	found := EachInstance(plainSecrets)(s)
	s.properties(func(path []any, schema map[string]any) {
		text, _ := schema["default"].(string)
		if text != "" && isSensitive(schema) {
			found = append(found, s.Find("a sensitive property has a default that everyone can read", "remove the default, and make the property required",
				join(path, "default")...))
		}
	})
	return found
}

func isSensitive(schema map[string]any) bool {
	return textAt(schema, "format") == "password" || boolAt(schema, "x-packstage-sensitive")
}

func plainSecrets(i *Instance) []Finding {
	var found []Finding
	report := func(object Object, message string, path ...any) {
		finding := i.Find(object, message, "let the configuration give it, or name a Secret that others make", path...)
		if i.subject.isLiteral(finding.Position) {
			found = append(found, finding)
		}
	}
	tokens := newTokens()
	for _, object := range i.Objects {
		content := object.Content()
		isSecret := object.Is("", "Secret") && !strings.HasPrefix(textAt(content, "type"), "kubernetes.io/service-account")
		for _, field := range []string{"stringData", "data"} {
			for _, key := range slices.Sorted(maps.Keys(mapAt(content, field))) {
				value := textAt(content, field, key)
				if isSecret && field == "data" {
					decoded, _ := base64.StdEncoding.DecodeString(value)
					value = string(decoded)
				}
				switch {
				case value == "" || i.fromUser(value):
				case isSecret && isPublic(key, value):
				case isSecret && isFile(key) && !holdsSecret(value):
				case isSecret:
					report(object, fmt.Sprintf("the value of %q is written in the package", key), field, key)
				case object.Is("", "ConfigMap") && (isSecretName(key) && isSecretValue(value) || looksRandom(key, value)) && tokens.find(value) == "":
					report(object, fmt.Sprintf("the value of %q is written in the package", key), field, key)
				}
			}
		}
		if isSecret {
			continue // each of its entries was looked at
		}
		walk(content, nil, func(path []any, text string) {
			if what := tokens.find(text); what != "" && !i.fromUser(text) {
				report(object, what+" is written in the package", path...)
			}
		})
	}
	for _, c := range i.allContainers() {
		for k := range listAt(c.fields, "env") {
			name, value := textAt(c.fields, "env", k, "name"), textAt(c.fields, "env", k, "value")
			if (isSecretName(name) && isSecretValue(value) || looksRandom(name, value)) && tokens.find(value) == "" && !i.fromUser(value) {
				report(c.Object, fmt.Sprintf("the value of the variable %q is written in the package", name), c.field("env", k, "value")...)
			}
		}
	}
	return found
}

func configNotSensitive(s *Subject) []Finding {
	var found []Finding
	s.properties(func(path []any, schema map[string]any) {
		name, _ := path[len(path)-1].(string)
		if textAt(schema, "type") == "string" && isSecretName(name) && !isSensitive(schema) && schema["enum"] == nil {
			found = append(found, s.Find(fmt.Sprintf("the property %q looks like a secret, and is not marked as sensitive", name),
				"add format: password or x-packstage-sensitive: true", path...))
		}
	})
	return found
}
