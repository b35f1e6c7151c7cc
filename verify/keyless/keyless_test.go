package keyless_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/testing/data"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/sigstoretest"
	"github.com/packstage/packstage/verify"
	"github.com/packstage/packstage/verify/keyless"
)

var forms = []verify.Form{verify.Bundle, verify.SimpleSigning}

var (
	noLog         = func(s *sigstoretest.Signing) { s.Log = -1 }
	version2      = func(s *sigstoretest.Signing) { s.Log = 2 }
	stamped       = func(s *sigstoretest.Signing) { s.Timestamp = true }
	noCertificate = func(s *sigstoretest.Signing) { s.NoCertificateLog = true }
	noPromise     = func(s *sigstoretest.Signing) { s.NoPromise = true }
)

func TestAccepted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		signing      sigstoretest.Signing
		requirements verify.Requirements
		without      []sigstoretest.Part
		bundlesOnly  bool
	}{
		"defaults":                {signing: by()},
		"no timestamp authority":  {signing: by(), without: []sigstoretest.Part{sigstoretest.Timestamps}},
		"log and timestamp":       {signing: by(stamped), requirements: verify.Requirements{SignedTimestamps: 1}},
		"log 2 and timestamp":     {signing: by(version2, stamped), bundlesOnly: true},
		"proof and timestamp":     {signing: by(noPromise, stamped), bundlesOnly: true},
		"timestamp, no log":       {signing: by(noLog, stamped), requirements: verify.Requirements{InsecureNoTransparencyLog: true}, without: []sigstoretest.Part{sigstoretest.Logs}},
		"no log of certificates":  {signing: by(noCertificate), requirements: verify.Requirements{InsecureNoCertificateLog: true}, without: []sigstoretest.Part{sigstoretest.CertificateLogs}},
		"all that can be dropped": {signing: by(noLog, noCertificate, stamped), requirements: verify.Requirements{InsecureNoTransparencyLog: true, InsecureNoCertificateLog: true}},
	} {
		for _, form := range forms {
			if test.bundlesOnly && form != verify.Bundle {
				continue
			}
			t.Run(name+" "+string(form), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.sign(form, w.sigstore, w.digest, test.signing)
				result, err := w.judge(verifier(t, w.sigstore.TrustedRoot(test.without...), test.requirements), team)
				require.NoError(t, err)
				require.True(t, result.Verified())
				require.Equal(t, w.digest, result.Digest)
				require.Len(t, result.Signers, 1)
				require.Equal(t, &team, result.Signers[0].Identity)
				require.Equal(t, form, result.Signers[0].Form)
			})
		}
	}
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sign(verify.Bundle, w.sigstore, w.digest, by())
	judge := verifier(t, w.sigstore.TrustedRoot(), verify.Requirements{})
	expression := func(text string) verify.Identity {
		return verify.Identity{Issuer: issuer, SubjectRegExp: text}
	}
	for name, test := range map[string]struct {
		trusted []verify.Identity
		accept  bool
	}{
		"subject":                {[]verify.Identity{team}, true},
		"one of several":         {[]verify.Identity{{Issuer: issuer, Subject: "me@example.com"}, team}, true},
		"expression":             {[]verify.Identity{expression(`https://example\.com/team/.*`)}, true},
		"alternatives":           {[]verify.Identity{expression(`nobody|https://example\.com/team/.*`)}, true},
		"wrong issuer":           {[]verify.Identity{{Issuer: "https://other.example.com", Subject: subject}}, false},
		"issuer with a slash":    {[]verify.Identity{{Issuer: issuer + "/", Subject: subject}}, false},
		"wrong subject":          {[]verify.Identity{{Issuer: issuer, Subject: "https://example.com/other"}}, false},
		"beginning of subject":   {[]verify.Identity{{Issuer: issuer, Subject: subject[:len(subject)-1]}}, false},
		"expression of a part":   {[]verify.Identity{expression(`team`)}, false},
		"expression of the head": {[]verify.Identity{expression(`https://example\.com/team`)}, false},
		"expression of the tail": {[]verify.Identity{expression(`refs/heads/main`)}, false},
		"alternative of a part":  {[]verify.Identity{expression(`https://|main`)}, false},
		"multiline expression":   {[]verify.Identity{expression(`(?m)^https://example\.com$`)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := w.judge(judge, test.trusted...)
			if !test.accept {
				requireCode(t, err, diagnostic.CertificateWrongIdentity, "was issued to "+subject)
				return
			}
			require.NoError(t, err)
			require.Equal(t, &team, result.Signers[0].Identity)
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	late := func(s *sigstoretest.Signing) { s.Logged = sigstoretest.Now.Add(sigstoretest.Lifetime + time.Second) }
	early := func(s *sigstoretest.Signing) { s.Logged = sigstoretest.Now.Add(-time.Second) }
	other := "sha256:" + strings.Repeat("7", 64)
	for name, test := range map[string]struct {
		signing      sigstoretest.Signing
		requirements verify.Requirements
		code         diagnostic.Code
		text         string
		form         verify.Form // both where it is empty
	}{
		"no log entry":                  {by(noLog), verify.Requirements{}, diagnostic.SignatureNotLogged, "no entry of a transparency log", ""},
		"no log entry, but a timestamp": {by(noLog, stamped), verify.Requirements{}, diagnostic.SignatureNotLogged, "no entry of a transparency log", ""},
		"log without a time":            {by(version2), verify.Requirements{}, diagnostic.SignatureNotLogged, "0 timestamps", verify.Bundle},
		"proof without a time":          {by(noPromise), verify.Requirements{}, diagnostic.SignatureNotLogged, "0 timestamps", verify.Bundle},
		"no timestamp":                  {by(), verify.Requirements{SignedTimestamps: 1}, diagnostic.SignatureNotLogged, "0 timestamps", ""},
		"neither log nor timestamp":     {by(noLog), verify.Requirements{InsecureNoTransparencyLog: true}, diagnostic.SignatureNotLogged, "0 timestamps", ""},
		"logged too late":               {by(late), verify.Requirements{}, diagnostic.CertificateExpired, "it was made at 2025-06-01T12:10:01Z, and its certificate was valid from 2025-06-01T12:00:00Z to 2025-06-01T12:10:00Z", ""},
		"logged too early":              {by(early), verify.Requirements{}, diagnostic.CertificateExpired, "it was made at 2025-06-01T11:59:59Z", ""},
		"stamped too late":              {by(late, noLog, stamped), verify.Requirements{InsecureNoTransparencyLog: true}, diagnostic.CertificateExpired, "it was made at 2025-06-01T12:10:01Z", ""},
		"stamped too late, log 2":       {by(late, version2, stamped), verify.Requirements{}, diagnostic.CertificateExpired, "it was made at 2025-06-01T12:10:01Z", verify.Bundle},
		"certificate not in its log":    {by(noCertificate), verify.Requirements{}, diagnostic.CertificateUntrusted, "in enough of the trusted logs of certificates", ""},
		"another key":                   {by(func(s *sigstoretest.Signing) { s.OtherKey = true }), verify.Requirements{}, diagnostic.SignatureInvalid, "signature", ""},
		"time changed in the entry": {by(func(s *sigstoretest.Signing) { s.Signed = func(e *sigstoretest.LogEntry) { e.Time++ } }), verify.Requirements{},
			diagnostic.SignatureNotLogged, "its entry of the transparency log does not hold", ""},
		"index changed in the entry": {by(func(s *sigstoretest.Signing) { s.Signed = func(e *sigstoretest.LogEntry) { e.Index = 0 } }), verify.Requirements{},
			diagnostic.SignatureNotLogged, "its entry of the transparency log does not hold", ""},
		"promise of another entry": {by(func(s *sigstoretest.Signing) { s.Signed = func(e *sigstoretest.LogEntry) { e.Promise[9] ^= 1 } }), verify.Requirements{},
			diagnostic.SignatureNotLogged, "its entry of the transparency log does not hold", ""},
		"log of another name": {by(func(s *sigstoretest.Signing) {
			s.Entry = func(e *sigstoretest.LogEntry) { e.Log = bytes.Repeat([]byte{7}, 32) }
		}), verify.Requirements{},
			diagnostic.SignatureNotLogged, "its entry of the transparency log does not hold", ""},
		"proof of another entry": {by(func(s *sigstoretest.Signing) { s.Signed = func(e *sigstoretest.LogEntry) { e.Hashes[0][0] ^= 1 } }), verify.Requirements{},
			diagnostic.SignatureNotLogged, "its entry of the transparency log does not hold", verify.Bundle},
		"checkpoint changed": {by(func(s *sigstoretest.Signing) {
			s.Signed = func(e *sigstoretest.LogEntry) { e.Checkpoint = strings.Replace(e.Checkpoint, "\n2\n", "\n3\n", 1) }
		}), verify.Requirements{}, diagnostic.SignatureNotLogged, "its entry of the transparency log does not hold", verify.Bundle},
		"proof of another entry, log 2": {by(version2, stamped, func(s *sigstoretest.Signing) {
			s.Signed = func(e *sigstoretest.LogEntry) { e.Hashes[0][0] ^= 1 }
		}), verify.Requirements{}, diagnostic.SignatureNotLogged, "its entry of the transparency log does not hold", verify.Bundle},
		"two logs wanted":        {by(), verify.Requirements{LogEntries: 2}, diagnostic.TrustedRootInvalid, "1 transparency logs, and 2 are required", ""},
		"two authorities wanted": {by(stamped), verify.Requirements{SignedTimestamps: 2}, diagnostic.TrustedRootInvalid, "1 timestamp authorities, and 2 are required", ""},
	} {
		for _, form := range forms {
			if test.form != "" && test.form != form {
				continue
			}
			t.Run(name+" "+string(form), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.sign(form, w.sigstore, w.digest, test.signing)
				trusted, err := keyless.ParseTrustedRoot("trusted_root.json", w.sigstore.TrustedRoot())
				require.NoError(t, err)
				made, err := keyless.NewVerifier(trusted, test.requirements)
				if err == nil {
					_, err = w.judge(made, team)
				}
				requireCode(t, err, test.code, test.text)
			})
		}
	}
	for _, form := range forms {
		t.Run("foreign authority "+string(form), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.sign(form, sigstoretest.New(t), w.digest, by(stamped))
			_, err := w.judge(verifier(t, w.sigstore.TrustedRoot(), verify.Requirements{}), team)
			requireCode(t, err, diagnostic.CertificateUntrusted, "none of the authorities of the trusted root trusted_root.json")
		})
		t.Run("statement about another digest "+string(form), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			digest := w.digest
			digest.Hex = strings.TrimPrefix(other, "sha256:")
			w.sign(form, w.sigstore, digest, by())
			_, err := w.judge(verifier(t, w.sigstore.TrustedRoot(), verify.Requirements{}), team)
			requireCode(t, err, diagnostic.SignatureWrongDigest, "is one of "+other)
		})
		t.Run("nobody can check "+string(form), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.sign(form, w.sigstore, w.digest, by())
			_, err := w.judge(nil, team)
			requireCode(t, err, diagnostic.SignatureUnsupported, "certificate")
		})
	}
}

// An entry that the log really has, but of another signature, says nothing.
func TestEntryOfAnotherSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	type bundle struct {
		MediaType            string                     `json:"mediaType"`
		VerificationMaterial map[string]json.RawMessage `json:"verificationMaterial"`
		Envelope             json.RawMessage            `json:"dsseEnvelope"`
	}
	var mine, theirs bundle
	require.NoError(t, json.Unmarshal(w.sigstore.Bundle(statementOf(w.digest), by()), &mine))
	require.NoError(t, json.Unmarshal(w.sigstore.Bundle(statementOf(w.digest), by()), &theirs))
	mine.VerificationMaterial["tlogEntries"] = theirs.VerificationMaterial["tlogEntries"]
	mixed, err := json.Marshal(mine)
	require.NoError(t, err)
	w.attach(mixed)

	payload := payloadOf(w.repository, w.digest)
	signature, annotations := w.sigstore.Simple(payload, by())
	_, others := w.sigstore.Simple(payload, by())
	annotations["dev.sigstore.cosign/bundle"] = others["dev.sigstore.cosign/bundle"]
	w.simple(payload, signature, annotations)

	_, err = w.judge(verifier(t, w.sigstore.TrustedRoot(), verify.Requirements{}), team)
	found, ok := diagnostic.From(err)
	require.True(t, ok, "%v", err)
	require.Len(t, found, 2)
	for _, finding := range found {
		require.Equal(t, diagnostic.SignatureNotLogged, finding.Code)
		require.Contains(t, finding.Message, "does not hold")
	}
}

// Two readers of one bundle must not find different statements in it.
func TestTwoReaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	statement := statementOf(w.digest)
	content := w.sigstore.Bundle(statement, by())
	evidence := verify.Evidence{Digest: w.digest, Bundle: content, Message: []byte("DSSEv1 28 application/vnd.in-toto+json 2 {}")}
	var parsed struct {
		Envelope struct {
			Signatures []struct {
				Signature []byte `json:"sig"`
			} `json:"signatures"`
		} `json:"dsseEnvelope"`
	}
	require.NoError(t, json.Unmarshal(content, &parsed))
	judge := verifier(t, w.sigstore.TrustedRoot(), verify.Requirements{})
	_, err := judge.VerifyIdentity(context.Background(), evidence, []verify.Identity{team})
	requireCode(t, err, diagnostic.SignatureMalformed, "two signatures")
	evidence.Signature = parsed.Envelope.Signatures[0].Signature
	_, err = judge.VerifyIdentity(context.Background(), evidence, []verify.Identity{team})
	requireCode(t, err, diagnostic.SignatureMalformed, "two statements")

	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("stopped"))
	_, err = judge.VerifyIdentity(ctx, evidence, []verify.Identity{team})
	require.EqualError(t, err, "stopped")
}

func TestMalformedSimple(t *testing.T) {
	t.Parallel()
	deployment := sigstoretest.New(t)
	judge := verifier(t, deployment.TrustedRoot(), verify.Requirements{})
	for name, change := range map[string]func(*verify.Evidence){
		"no PEM":           func(e *verify.Evidence) { e.Certificate = []byte("-----BEGIN CERTIFICATE-----") },
		"two certificates": func(e *verify.Evidence) { e.Certificate = append(e.Certificate, e.Certificate...) },
		"no certificate": func(e *verify.Evidence) {
			e.Certificate = []byte("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n")
		},
		"entry, no JSON":    func(e *verify.Evidence) { e.LogEntry = []byte("{") },
		"entry, null":       func(e *verify.Evidence) { e.LogEntry = []byte("null") },
		"entry, log's name": func(e *verify.Evidence) { e.LogEntry = []byte(`{"Payload":{"logID":"x"}}`) },
		"entry, no body":    func(e *verify.Evidence) { e.LogEntry = []byte(`{"Payload":{"logID":"00"}}`) },
		"entry, empty body": func(e *verify.Evidence) { e.LogEntry = []byte(`{"Payload":{"logID":"00","body":"e30="}}`) },
		"entry, other body": func(e *verify.Evidence) { e.LogEntry = bytes.ReplaceAll(e.LogEntry, []byte("body"), []byte("bodies")) },
		"entry, no promise": func(e *verify.Evidence) {
			e.LogEntry = bytes.ReplaceAll(e.LogEntry, []byte("Signed"), []byte("Unsigned"))
		},
		"timestamp, no JSON": func(e *verify.Evidence) { e.Timestamp = []byte("{") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			evidence := simpleEvidence(deployment, []byte("message"), by())
			change(&evidence)
			_, err := judge.VerifyIdentity(context.Background(), evidence, []verify.Identity{team})
			requireCode(t, err, diagnostic.SignatureMalformed, "parse")
		})
	}
}

func simpleEvidence(deployment *sigstoretest.Sigstore, message []byte, signing sigstoretest.Signing) verify.Evidence {
	signature, annotations := deployment.Simple(message, signing)
	return verify.Evidence{
		Message: message, Signature: signature,
		Certificate: []byte(annotations["dev.sigstore.cosign/certificate"]), Chain: []byte(annotations["dev.sigstore.cosign/chain"]),
		LogEntry: []byte(annotations["dev.sigstore.cosign/bundle"]),
	}
}

func TestTrustedRoots(t *testing.T) {
	t.Parallel()
	deployment := sigstoretest.New(t)
	whole := string(deployment.TrustedRoot())
	for name, test := range map[string]struct {
		data string
		code diagnostic.Code
		text string
	}{
		"empty":          {"", diagnostic.TrustedRootInvalid, "is no JSON"},
		"garbage":        {"garbage", diagnostic.TrustedRootInvalid, "is no JSON"},
		"null":           {"null", diagnostic.TrustedRootInvalid, "is no JSON"},
		"no fields":      {"{}", diagnostic.TrustedRootInvalid, "does not parse"},
		"cut":            {whole[:len(whole)/2], diagnostic.TrustedRootInvalid, "is no JSON"},
		"two of them":    {whole + whole, diagnostic.TrustedRootInvalid, "is no JSON"},
		"metadata":       {`{"signed":{"_type":"root"}}`, diagnostic.TrustedRootInvalid, "is no JSON"},
		"other version":  {strings.Replace(whole, "version=0.1", "version=9", 1), diagnostic.TrustedRootInvalid, "does not parse"},
		"no certificate": {strings.Replace(whole, `"rawBytes":"MII`, `"rawBytes":"AAA`, 1), diagnostic.TrustedRootInvalid, "does not parse"},
		"no authority":   {string(deployment.TrustedRoot(sigstoretest.Authorities)), diagnostic.TrustedRootInvalid, "no authority that issues certificates"},
		"too large":      {whole + strings.Repeat(" ", keyless.MaxTrustedRootBytes), diagnostic.LimitExceeded, "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := keyless.ParseTrustedRoot("root.json", []byte(test.data))
			requireCode(t, err, test.code, test.text)
			path := filepath.Join(t.TempDir(), "root.json")
			require.NoError(t, os.WriteFile(path, []byte(test.data), 0o600))
			_, err = keyless.ReadTrustedRoot(path)
			requireCode(t, err, test.code, test.text)
			found, _ := diagnostic.From(err)
			require.Equal(t, path, found[0].Position.File)
		})
	}
	_, err := keyless.ReadTrustedRoot(filepath.Join(t.TempDir(), "missing.json"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = keyless.ReadTrustedRoot(t.TempDir())
	require.ErrorContains(t, err, "is a folder")
	_, err = keyless.NewVerifier(nil, verify.Requirements{})
	require.ErrorContains(t, err, "the trusted root is missing")
}

func TestRequirements(t *testing.T) {
	t.Parallel()
	deployment := sigstoretest.New(t)
	for name, test := range map[string]struct {
		requirements verify.Requirements
		without      sigstoretest.Part
		text         string
	}{
		"no log":                 {verify.Requirements{}, sigstoretest.Logs, "names 0 transparency logs, and 1 are required"},
		"no log of certificates": {verify.Requirements{}, sigstoretest.CertificateLogs, "names 0 logs of certificates, and 1 are required"},
		"no timestamp authority": {verify.Requirements{InsecureNoTransparencyLog: true}, sigstoretest.Timestamps, "names 0 timestamp authorities, and 1 are required"},
		"negative":               {verify.Requirements{LogEntries: -1}, "", "negative"},
		"log and none":           {verify.Requirements{LogEntries: 1, InsecureNoTransparencyLog: true}, "", "at the same time"},
		"certificates and none":  {verify.Requirements{CertificateLogs: 1, InsecureNoCertificateLog: true}, "", "at the same time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, err := keyless.ParseTrustedRoot("root.json", deployment.TrustedRoot(test.without))
			require.NoError(t, err)
			_, err = keyless.NewVerifier(root, test.requirements)
			require.ErrorContains(t, err, test.text)
		})
	}
}

// A signature by sigstore's public deployment, which nobody here has made.
func TestPublicDeployment(t *testing.T) {
	t.Parallel()
	root, err := data.TrustedRoot(t, "public-good.json").MarshalJSON()
	require.NoError(t, err)
	bundle := data.Bundle(t, "sigstore.js@2.0.0-provenance.sigstore.json")
	content, err := bundle.MarshalJSON()
	require.NoError(t, err)
	envelope := bundle.GetDsseEnvelope()
	evidence := verify.Evidence{
		Bundle: content, Signature: envelope.Signatures[0].Sig,
		Message: append([]byte("DSSEv1 28 application/vnd.in-toto+json "), envelopeTail(envelope.Payload)...),
	}
	npm := verify.Identity{
		Issuer:  "https://token.actions.githubusercontent.com",
		Subject: "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main",
	}
	identity, err := verifier(t, root, verify.Requirements{}).VerifyIdentity(context.Background(), evidence, []verify.Identity{npm})
	require.NoError(t, err)
	require.Equal(t, npm, identity)

	_, err = verifier(t, sigstoretest.New(t).TrustedRoot(), verify.Requirements{}).VerifyIdentity(context.Background(), evidence, []verify.Identity{npm})
	requireCode(t, err, diagnostic.CertificateUntrusted, "sigstore")
}

func envelopeTail(payload []byte) []byte {
	return append([]byte(strconv.Itoa(len(payload))+" "), payload...)
}
