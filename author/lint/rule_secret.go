package lint

import (
	"encoding/base64"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// secretRules are about what must not be readable by everyone who has the package.
func secretRules() []Rule {
	return []Rule{{
		Code: "secret-in-plain-text", Severity: warningSeverity,
		Summary: "a password, token or key that is written in the package",
		Explanation: "Whoever can pull the image has it, for ever. Let the configuration give it (with `format: password` " +
			"or `x-packstage-sensitive: true`), or name a Secret that others make. Findings are literal values in Secrets, " +
			"in variables and keys whose names say that they are secret, private keys anywhere, and defaults of sensitive properties.",
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

// secretWords are the last words of names that hold secrets.
var secretWords = []string{"password", "passwd", "passphrase", "token", "apikey", "secretkey", "privatekey", "clientsecret", "accesskey", "secretaccesskey"}

// isSecretName tells whether a name says that its value is a secret.
func isSecretName(name string) bool {
	plain := strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.HasSuffix(plain, word) })
}

const privateKey = "PRIVATE KEY-----"

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
				case object.Is("", "ConfigMap") && isSecretName(key) && isSecretValue(value):
					report(object, fmt.Sprintf("the value of %q is written in the package", key), field, key)
				}
			}
		}
		walk(content, nil, func(path []any, text string) {
			if strings.Contains(text, privateKey) && strings.Contains(text, "-----BEGIN ") && !isSecret {
				report(object, "a private key is written in the package", path...)
			}
		})
	}
	for _, c := range i.allContainers() {
		for k := range listAt(c.fields, "env") {
			name, value := textAt(c.fields, "env", k, "name"), textAt(c.fields, "env", k, "value")
			if isSecretName(name) && isSecretValue(value) && !i.fromUser(value) {
				report(c.Object, fmt.Sprintf("the value of the variable %q is written in the package", name), c.field("env", k, "value")...)
			}
		}
	}
	return found
}

// isPublic tells whether an entry of a Secret is none: certificates, and names of
// users and hosts.
func isPublic(key, value string) bool {
	key = strings.ToLower(key)
	return strings.Contains(value, "-----BEGIN CERTIFICATE-----") && !strings.Contains(value, privateKey) ||
		slices.Contains([]string{"username", "user", "host", "hostname", "port", "url", "database", "dbname", "namespace", "ca.crt", "type"}, key)
}

// isSecretValue tells whether a value can be a secret: no path, no reference to
// another variable, no switch and no number.
func isSecretValue(value string) bool {
	return value != "" && !strings.ContainsAny(value, "/$ \n") && !isNumber(value) && !slices.Contains([]string{"true", "false"}, value)
}

// isFile tells whether an entry of a Secret is a file of settings.
func isFile(key string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json", ".toml", ".conf", ".cfg", ".ini", ".properties", ".xml"}, path.Ext(key))
}

// holdsSecret tells whether a file of settings has a key or a setting that looks like
// a secret.
func holdsSecret(text string) bool {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		if before, after, ok := strings.Cut(line, "="); ok && len(before) < len(name) {
			name, value = before, after
		}
		if isSecretName(strings.Trim(name, " \t\"',-")) && isSecretValue(strings.Trim(value, " \t\"',\r\n")) {
			return true
		}
	}
	return strings.Contains(text, privateKey)
}

// isLiteral tells whether what stands at a position is text of the author, not what
// an action of a template writes.
func (s *Subject) isLiteral(position diagnostic.Position) bool {
	data, ok := s.Package.Files.Read(position.File)
	offset, there := offsetOf(data, position)
	if !ok || !there {
		return false
	}
	if _, inAction := s.actionAt(position); inAction {
		return false
	}
	rest := string(data[offset:])
	line, below, _ := strings.Cut(rest, "\n")
	if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "|") || strings.HasPrefix(trimmed, ">") {
		line, _, _ = strings.Cut(below, "\n")
	}
	return !strings.Contains(line, "{{")
}

// offsetOf returns where a position is in a file.
func offsetOf(data []byte, position diagnostic.Position) (offset int, ok bool) {
	if position.Line < 1 || position.Column < 1 {
		return 0, false
	}
	for line := 1; line < position.Line; line++ {
		end := strings.IndexByte(string(data[offset:]), '\n')
		if end < 0 {
			return 0, false
		}
		offset += end + 1
	}
	offset += position.Column - 1
	return offset, offset <= len(data)
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
