package sigstoretest

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
)

// logOrigin is the name of the transparency log.
const logOrigin = "log.example.com"

// LogEntry is an entry of the transparency log.
type LogEntry struct {
	Kind, Version string
	Body          []byte
	Time          int64
	Index         int64
	Log           []byte
	// Promise is the log's signature over all of that.
	Promise []byte
	// Root, Hashes and Checkpoint prove that the entry is in the tree.
	Root       []byte
	Hashes     [][]byte
	Checkpoint string
}

// entry puts something into the log: the second leaf of a tree with two.
func (s *Sigstore) entry(kind string, body []byte, signing Signing) LogEntry {
	s.t.Helper()
	entry := LogEntry{Kind: kind, Version: "0.0.1", Body: body, Time: signing.logged().Unix(), Index: 1, Log: logID(s.t, s.log)}
	origin := logOrigin + " - 42"
	if signing.Log == 2 {
		// Version 2 gives no time, and its proof is all that there is.
		entry.Version, entry.Time, origin = "0.0.2", 0, logOrigin
	}
	if signing.Entry != nil {
		signing.Entry(&entry)
	}
	if signing.Log < 2 && !signing.NoPromise {
		entry.Promise = sign(s.t, s.log, entry.canonical())
	}
	other := sha256.Sum256([]byte("\x00another entry"))
	leaf := sha256.Sum256(append([]byte{0}, entry.Body...))
	root := sha256.Sum256(append(append([]byte{1}, other[:]...), leaf[:]...))
	entry.Root, entry.Hashes = root[:], [][]byte{other[:]}
	// https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md
	text := fmt.Sprintf("%s\n2\n%s\n", origin, base64.StdEncoding.EncodeToString(root[:]))
	signature := append(logID(s.t, s.log)[:4], sign(s.t, s.log, []byte(text))...)
	entry.Checkpoint = fmt.Sprintf("%s\n\u2014 %s %s\n", text, logOrigin, base64.StdEncoding.EncodeToString(signature))
	if signing.Signed != nil {
		signing.Signed(&entry)
	}
	return entry
}

// canonical is what the promise is made over: JSON with sorted names.
func (e *LogEntry) canonical() []byte {
	return fmt.Appendf(nil, `{"body":%q,"integratedTime":%d,"logID":%q,"logIndex":%d}`,
		base64.StdEncoding.EncodeToString(e.Body), e.Time, hex.EncodeToString(e.Log), e.Index)
}

func (e *LogEntry) bundled() map[string]any {
	type object = map[string]any
	index := strconv.FormatInt(e.Index, 10)
	entry := object{
		"logIndex": index, "logId": object{"keyId": e.Log}, "canonicalizedBody": e.Body,
		"kindVersion":    object{"kind": e.Kind, "version": e.Version},
		"inclusionProof": object{"logIndex": index, "treeSize": "2", "rootHash": e.Root, "hashes": e.Hashes, "checkpoint": object{"envelope": e.Checkpoint}},
	}
	if e.Time != 0 {
		entry["integratedTime"] = strconv.FormatInt(e.Time, 10)
	}
	if e.Promise != nil {
		entry["inclusionPromise"] = object{"signedEntryTimestamp": e.Promise}
	}
	return entry
}

func hashOf(data []byte) map[string]any {
	sum := sha256.Sum256(data)
	return map[string]any{"algorithm": "sha256", "value": hex.EncodeToString(sum[:])}
}

// bodyOf writes a body: JSON whose names Go sorts.
func bodyOf(kind, version string, spec map[string]any) []byte {
	data, err := json.Marshal(map[string]any{"apiVersion": version, "kind": kind, "spec": spec})
	if err != nil {
		panic(err) // maps of texts and bytes
	}
	return data
}

// bodyOfEnvelope: https://github.com/sigstore/rekor/blob/main/pkg/types/dsse
func bodyOfEnvelope(payload, signature []byte, certificate *x509.Certificate) []byte {
	return bodyOf("dsse", "0.0.1", map[string]any{
		"envelopeHash": hashOf(append(payload[:len(payload):len(payload)], signature...)), "payloadHash": hashOf(payload),
		"signatures": []map[string]any{{"signature": base64.StdEncoding.EncodeToString(signature), "verifier": inPEM(certificate)}},
	})
}

// bodyOfBytes: https://github.com/sigstore/rekor/blob/main/pkg/types/hashedrekord
func bodyOfBytes(message, signature []byte, certificate *x509.Certificate) []byte {
	return bodyOf("hashedrekord", "0.0.1", map[string]any{
		"data":      map[string]any{"hash": hashOf(message)},
		"signature": map[string]any{"content": signature, "publicKey": map[string]any{"content": inPEM(certificate)}},
	})
}

// bodyOfVersion2: https://github.com/sigstore/rekor-tiles/blob/main/docs/openapi
func bodyOfVersion2(message, signature []byte, certificate *x509.Certificate) []byte {
	sum := sha256.Sum256(message)
	return bodyOf("hashedrekord", "0.0.2", map[string]any{"hashedRekordV002": map[string]any{
		"data": map[string]any{"algorithm": "SHA2_256", "digest": sum[:]},
		"signature": map[string]any{
			"content":  signature,
			"verifier": map[string]any{"keyDetails": "PKIX_ECDSA_P256_SHA_256", "x509Certificate": map[string]any{"rawBytes": certificate.Raw}},
		},
	}})
}
