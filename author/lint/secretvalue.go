package lint

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// secretWords are the last words of names that hold secrets.
var secretWords = []string{"password", "passwd", "passphrase", "token", "apikey", "secretkey", "privatekey", "clientsecret", "accesskey", "secretaccesskey"}

// isSecretName tells whether a name says that its value is a secret.
func isSecretName(name string) bool {
	plain := plainName(name)
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.HasSuffix(plain, word) })
}

const privateKey = "PRIVATE KEY-----"

// plainName returns a name without what separates its words.
func plainName(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
}

// publicWords are the last words of names of what is no secret.
var publicWords = []string{
	"username", "user", "login", "email", "host", "hostname", "port", "url", "uri", "endpoint", "server", "address", "database", "dbname", "name",
	"namespace", "region", "zone", "bucket", "project", "realm", "issuer", "level", "mode", "type", "format", "enabled", "timeout",
}

// isPublic tells whether an entry of a Secret is none: certificates, switches, names
// of users and hosts.
func isPublic(key, value string) bool {
	if strings.Contains(value, "-----BEGIN CERTIFICATE-----") || slices.Contains([]string{"true", "false"}, value) {
		return !strings.Contains(value, privateKey)
	}
	plain := plainName(key)
	return plain == "cacrt" || !isSecretName(key) && !hasPassword(value) &&
		slices.ContainsFunc(publicWords, func(word string) bool { return strings.HasSuffix(plain, word) })
}

// isSecretValue tells whether a value can be a secret: no path or name of a file, no
// reference to another variable, no switch and no number.
func isSecretValue(value string) bool {
	if slices.Contains([]string{".key", ".pem", ".crt", ".jwt", ".txt", ".json", ".yaml", ".yml"}, path.Ext(value)) {
		return false
	}
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

// looksRandom tells whether something is called a secret and has a value that is not
// the name of one: letters of both cases, and digits.
func looksRandom(name, value string) bool {
	return strings.HasSuffix(plainName(name), "secret") && len(value) >= 12 && isSecretValue(value) &&
		strings.ContainsFunc(value, unicode.IsUpper) && strings.ContainsFunc(value, unicode.IsLower) && strings.ContainsFunc(value, unicode.IsDigit)
}

// tokens knows secrets by their form.
type tokens []token

type token struct {
	// begins is what each begins with, to look for before the expression is tried.
	begins, what string
	form         *regexp.Regexp
}

func newTokens() tokens {
	return tokens{
		{"AKIA", "an access key of AWS", regexp.MustCompile(`\bAKIA[0-9A-Z]{16}\b`)},
		{"gh", "a token of GitHub", regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{36,}\b`)},
		{"github_pat_", "a token of GitHub", regexp.MustCompile(`\bgithub_pat_[A-Za-z0-9_]{36,}\b`)},
		{"glpat-", "a token of GitLab", regexp.MustCompile(`\bglpat-[A-Za-z0-9_-]{20,}`)},
		{"xox", "a token of Slack", regexp.MustCompile(`\bxox[abprs]-[A-Za-z0-9-]{20,}`)},
		{"eyJ", "a JSON web token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`)},
		{"-----BEGIN ", "a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*` + privateKey)},
		{"://", "a password in a URL", urlPassword()},
	}
}

// find says what secret is in a text, or "".
func (t tokens) find(text string) string {
	for _, token := range t {
		if strings.Contains(text, token.begins) && token.form.MatchString(text) {
			return token.what
		}
	}
	return ""
}

// urlPassword is the form of URLs with a password that is no reference or place
// holder.
func urlPassword() *regexp.Regexp {
	return regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^\s/:@$<{*]+:[^\s/@$<{*%]{4,}@[a-zA-Z0-9\[]`)
}

// hasPassword tells whether a text is a URL with a password.
func hasPassword(text string) bool {
	return strings.Contains(text, "://") && urlPassword().MatchString(text)
}
