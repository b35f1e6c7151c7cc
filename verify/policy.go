package verify

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"

	"github.com/packstage/packstage/diagnostic"
)

// Mode says what happens to a package that is not signed as its policy wants.
type Mode string

const (
	// Require refuses the package. It is the mode of an entry that names none.
	Require Mode = "require"
	// Warn says what is wrong and goes on.
	Warn Mode = "warn"
	// Off looks at no signatures.
	Off Mode = "off"
)

var modes = []string{string(Require), string(Warn), string(Off)}

// The prefixes that are not the beginning of a repository's name.
const (
	// AnyPrefix is the prefix of the entry for all that no other is about.
	AnyPrefix = "*"
	// FilesPrefix is the prefix of the entry for packages in files: folders, tars
	// and layouts. What such a file says about its own name is not believed, so
	// no entry of a repository applies.
	FilesPrefix = "./"
)

// Policy says which packages have to be signed, and by whom. It is immutable and
// safe for concurrent use.
type Policy struct {
	// entries by normalized prefix, the longest first.
	entries []Entry
	keyless Keyless
}

// Entry is what a [Policy] says about the repositories below a prefix.
type Entry struct {
	// Prefix is a host ("registry.example.com"), or a host and a path
	// ("registry.example.com/team"), which covers the repository of that name and
	// all below it; or [AnyPrefix], or [FilesPrefix].
	Prefix string
	// Mode is [Require] where it is empty.
	Mode Mode
	// Keys that are trusted.
	Keys []*PublicKey
	// Identities whose certificates are trusted; an [IdentityVerifier] judges
	// them.
	Identities []Identity
	// Threshold is how many different keys or identities must have signed; 0 is
	// one.
	Threshold int
	// SignedAs are prefixes of repositories, beside the package's own, that a
	// signature may name: where packages were signed before they were copied
	// here. "*" is any.
	SignedAs []string
}

// Identity is somebody who a certificate was issued to.
type Identity struct {
	// Issuer is the URL of the identity provider.
	Issuer string `json:"issuer"`
	// Subject is the name in the certificate, such as a mail address or the URL
	// of a workflow. Either it or SubjectRegExp is set.
	Subject string `json:"subject,omitempty"`
	// SubjectRegExp is a regular expression, in the syntax of Go, that the whole
	// subject has to match.
	SubjectRegExp string `json:"subjectRegExp,omitempty"`
}

// String returns the identity as findings name it.
func (i Identity) String() string {
	subject := i.Subject
	if subject == "" {
		subject = "/" + i.SubjectRegExp + "/"
	}
	return fmt.Sprintf("%s (%s)", subject, i.Issuer)
}

// Matches tells whether the issuer and subject of a certificate are those of the
// identity.
func (i Identity) Matches(issuer, subject string) bool {
	if i.Issuer == "" || issuer != i.Issuer {
		return false
	}
	if i.Subject != "" {
		return subject == i.Subject
	}
	expression, err := compileSubject(i.SubjectRegExp)
	return err == nil && i.SubjectRegExp != "" && expression.MatchString(subject)
}

// compileSubject makes an expression match the whole subject: one that is found
// anywhere in it would match what others chose to call themselves.
func compileSubject(expression string) (*regexp.Regexp, error) {
	// By itself first: "a)|(b" would parse only in between these parentheses, and
	// match less than the whole.
	if _, err := regexp.Compile(expression); err != nil {
		return nil, err
	}
	return regexp.Compile(`\A(?:` + expression + `)\z`)
}

// NewPolicy returns the policy of these entries, in any order. The error is a
// [diagnostic.Diagnostics] with code PolicyInvalid that names each faulty field.
func NewPolicy(entries ...Entry) (*Policy, error) {
	policy := &Policy{}
	var found diagnostic.Diagnostics
	seen := map[string]bool{}
	for i, entry := range entries {
		fault := func(message, hint string, path ...any) {
			found = append(found, diagnostic.Diagnostic{
				Code: diagnostic.PolicyInvalid, Field: diagnostic.FieldPath(append([]any{"policies", i}, path...)...),
				Message: message, Hint: hint,
			})
		}
		entry = checkEntry(entry, fault)
		if entry.Prefix != "" && seen[entry.Prefix] {
			fault(fmt.Sprintf("there is another entry for %q", entry.Prefix), "one entry covers one prefix; write both into one", "prefix")
		}
		seen[entry.Prefix] = true
		policy.entries = append(policy.entries, entry)
	}
	if err := found.Sorted().Err(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(policy.entries, func(a, b Entry) int { return len(b.Prefix) - len(a.Prefix) })
	return policy, nil
}

// checkEntry returns the entry in its normal form.
func checkEntry(entry Entry, fault func(message, hint string, path ...any)) Entry {
	switch entry.Prefix {
	case AnyPrefix, FilesPrefix:
	case "":
		fault("the prefix is missing", `"*" covers all that no other entry does`, "prefix")
	default:
		normal, err := normalizePrefix(entry.Prefix)
		if err != nil {
			fault(err.Error(), "", "prefix")
		}
		entry.Prefix = normal
	}
	if entry.Mode == "" {
		entry.Mode = Require
	}
	if !slices.Contains(modes, string(entry.Mode)) {
		fault(fmt.Sprintf("the mode %q does not exist", entry.Mode), diagnostic.DidYouMean(string(entry.Mode), modes), "mode")
	}
	for i, identity := range entry.Identities {
		switch {
		case identity.Issuer == "":
			fault("the issuer is missing", "anybody can choose a subject at an issuer of his own", "identities", i, "issuer")
		case (identity.Subject == "") == (identity.SubjectRegExp == ""):
			fault("either subject or subjectRegExp is needed", "", "identities", i)
		}
		if _, err := compileSubject(identity.SubjectRegExp); err != nil {
			fault("does not parse: "+regexpFault(err), "", "identities", i, "subjectRegExp")
		}
	}
	signers := len(entry.Identities)
	fingerprints := map[string]bool{}
	for _, key := range entry.Keys {
		fingerprints[key.Fingerprint()] = true
	}
	signers += len(fingerprints)
	switch {
	case entry.Mode != Off && signers == 0:
		fault("neither keys nor identities are listed", "without any, nobody's signature would count", "keys")
	case entry.Threshold < 0:
		fault("the threshold is negative", "", "threshold")
	case entry.Mode != Off && entry.Threshold > signers && !slices.ContainsFunc(entry.Identities, func(i Identity) bool { return i.SubjectRegExp != "" }):
		fault(fmt.Sprintf("the threshold is %d, more than the %d that are listed, keys and identities together and each once", entry.Threshold, signers),
			"lower it, or list more that are different", "threshold")
	}
	signedAs := slices.Clone(entry.SignedAs)
	for i, prefix := range signedAs {
		if prefix == AnyPrefix {
			continue
		}
		normal, err := normalizePrefix(prefix)
		if err != nil {
			fault(err.Error(), "", "signedAs", i)
		}
		signedAs[i] = normal
	}
	entry.SignedAs = signedAs
	entry.Keys, entry.Identities = slices.Clone(entry.Keys), slices.Clone(entry.Identities)
	return entry
}

func regexpFault(err error) string {
	var fault *syntax.Error
	if errors.As(err, &fault) {
		return string(fault.Code)
	}
	return err.Error()
}

// Entry returns the entry that covers a repository, "" for packages in files:
// that of the longest prefix. It returns false where no entry does.
func (p *Policy) Entry(repository string) (Entry, bool) {
	if repository != "" {
		normal, err := NormalizeRepository(repository)
		if err != nil {
			return Entry{}, false
		}
		repository = normal
	}
	for _, entry := range p.entries {
		switch entry.Prefix {
		case AnyPrefix:
			return entry, true
		case FilesPrefix:
			if repository == "" {
				return entry, true
			}
		default:
			if repository != "" && hasPrefix(repository, entry.Prefix) {
				return entry, true
			}
		}
	}
	return Entry{}, false
}

// RequireKeys returns the policy that everything is signed by one of these keys.
func RequireKeys(keys ...*PublicKey) (*Policy, error) {
	if len(keys) == 0 {
		return nil, errors.New("require keys: there are none")
	}
	return NewPolicy(Entry{Prefix: AnyPrefix, Keys: keys})
}
