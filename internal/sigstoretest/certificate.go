package sigstoretest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"net/url"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// issue gives somebody a certificate, and hands it to the log of certificates.
func (s *Sigstore) issue(signing Signing, key *ecdsa.PublicKey) *x509.Certificate {
	s.t.Helper()
	issuer, err := asn1.MarshalWithParams(signing.Issuer, "utf8")
	require.NoError(s.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(3), NotBefore: signing.issued(), NotAfter: signing.issued().Add(Lifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		// https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
		ExtraExtensions: []pkix.Extension{
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 1}, Value: []byte(signing.Issuer)},
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}, Value: issuer},
		},
	}
	if strings.Contains(signing.Subject, "://") {
		subject, err := url.Parse(signing.Subject)
		require.NoError(s.t, err)
		template.URIs = []*url.URL{subject}
	} else {
		template.EmailAddresses = []string{signing.Subject}
	}
	bare := s.certificate(template, s.intermediate, key, s.intermediateKey)
	if signing.NoCertificateLog {
		return bare
	}
	promises, err := asn1.Marshal(s.promise(bare, signing.issued()))
	require.NoError(s.t, err)
	template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: promises})
	return s.certificate(template, s.intermediate, key, s.intermediateKey)
}

// promise is the list of signed certificate timestamps of RFC 6962, section 3, about
// a certificate that does not have it yet.
func (s *Sigstore) promise(bare *x509.Certificate, at time.Time) []byte {
	s.t.Helper()
	issuer := sha256.Sum256(s.intermediate.RawSubjectPublicKeyInfo)
	milliseconds := binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli()))
	var signed bytes.Buffer
	signed.Write([]byte{0, 0})
	signed.Write(milliseconds)
	signed.Write([]byte{0, 1})
	signed.Write(issuer[:])
	size := len(bare.RawTBSCertificate)
	signed.Write([]byte{byte(size >> 16), byte(size >> 8), byte(size)})
	signed.Write(bare.RawTBSCertificate)
	signed.Write([]byte{0, 0})
	signature := sign(s.t, s.certificateLog, signed.Bytes())

	promise := append([]byte{0}, logID(s.t, s.certificateLog)...)
	promise = append(promise, milliseconds...)
	promise = append(promise, 0, 0, 4, 3) // no extensions; SHA-256, ECDSA
	promise = binary.BigEndian.AppendUint16(promise, uint16(len(signature)))
	promise = append(promise, signature...)
	list := binary.BigEndian.AppendUint16(nil, uint16(len(promise)+2))
	list = binary.BigEndian.AppendUint16(list, uint16(len(promise)))
	return append(list, promise...)
}
