package registry

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// maxPEMBytes bounds a file of certificates; a system's whole bundle has 300 KB.
const maxPEMBytes = 4 << 20

// TLS returns base with the settings for certificates, which are read from their
// files now. Nil is the zero configuration; base itself is not changed. Errors
// name the file and what is wrong with it, and hold nothing of a key.
func (s HostSettings) TLS(base *tls.Config) (*tls.Config, error) {
	if base == nil {
		base = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config := base.Clone()
	if s.SkipTLSVerify {
		config.InsecureSkipVerify = true
	}
	if s.CAFile != "" {
		authorities, err := readCertificates(s.CAFile)
		if err != nil {
			return nil, fmt.Errorf("certificate authorities: %w", err)
		}
		pool := x509.NewCertPool()
		if config.RootCAs != nil {
			pool = config.RootCAs.Clone()
		} else if system, err := x509.SystemCertPool(); err == nil {
			pool = system
		}
		for _, authority := range authorities {
			pool.AddCert(authority)
		}
		config.RootCAs = pool
	}
	if s.ClientCertificateFile == "" && s.ClientKeyFile == "" {
		return config, nil
	}
	own, err := s.clientCertificate()
	if err != nil {
		return nil, err
	}
	config.Certificates = []tls.Certificate{own}
	return config, nil
}

// concernTLS tells whether there is anything that matters to TLS alone.
func (s HostSettings) concernTLS() bool {
	return s.CAFile != "" || s.ClientCertificateFile != "" || s.ClientKeyFile != "" || s.SkipTLSVerify
}

// expectsTLS tells whether somebody said something about the certificates of a
// host, who expects it to have one.
func (c *Client) expectsTLS(settings HostSettings) bool {
	if common, ok := c.options.Transport.(*http.Transport); ok && common.TLSClientConfig != nil {
		common := common.TLSClientConfig
		if common.RootCAs != nil || common.InsecureSkipVerify || len(common.Certificates) > 0 || common.GetClientCertificate != nil {
			return true
		}
	}
	return settings.concernTLS()
}

// readCertificates reads the certificates of a PEM file, of which there is at
// least one.
func readCertificates(path string) ([]*x509.Certificate, error) {
	raw, err := readPEM(path)
	if err != nil {
		return nil, err
	}
	var found []*x509.Certificate
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: certificate %d does not parse: %w", path, len(found)+1, err)
		}
		found = append(found, certificate)
	}
	if len(found) > 0 {
		return found, nil
	}
	if _, err := x509.ParseCertificate(raw); err == nil {
		return nil, fmt.Errorf("%s holds a certificate in DER form; PEM is wanted (openssl x509 -inform der -in %[1]s)", path)
	}
	return nil, fmt.Errorf("%s holds no certificate in PEM form", path)
}

func readPEM(path string) ([]byte, error) {
	raw, err := readSmallFile(path, maxPEMBytes)
	if err == nil && len(raw) > maxPEMBytes {
		err = fmt.Errorf("%s has more than %d bytes", path, maxPEMBytes)
	}
	return raw, err
}

func (s HostSettings) clientCertificate() (tls.Certificate, error) {
	none := tls.Certificate{}
	switch {
	case s.ClientKeyFile == "":
		return none, fmt.Errorf("client certificate %s: the key for it is missing", s.ClientCertificateFile)
	case s.ClientCertificateFile == "":
		return none, fmt.Errorf("client key %s: the certificate for it is missing", s.ClientKeyFile)
	}
	if _, err := readCertificates(s.ClientCertificateFile); err != nil {
		return none, fmt.Errorf("client certificate: %w", err)
	}
	certificate, err := readPEM(s.ClientCertificateFile)
	if err != nil {
		return none, fmt.Errorf("client certificate: %w", err)
	}
	key, err := readPEM(s.ClientKeyFile)
	if err != nil {
		return none, fmt.Errorf("client key: %w", err)
	}
	if err := checkPrivateKey(key); err != nil {
		return none, fmt.Errorf("client key: %s %w", s.ClientKeyFile, err)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		if strings.Contains(err.Error(), "does not match") {
			return none, fmt.Errorf("client key: %s is not the key of the certificate in %s", s.ClientKeyFile, s.ClientCertificateFile)
		}
		// What the parser of keys says may quote the key.
		return none, fmt.Errorf("client key: %s and the certificate in %s cannot be used together", s.ClientKeyFile, s.ClientCertificateFile)
	}
	return pair, nil
}

// checkPrivateKey says what is wrong with the PEM of a key, in words that go
// behind the name of its file.
func checkPrivateKey(raw []byte) error {
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
			continue
		case block.Type == "ENCRYPTED PRIVATE KEY", block.Headers["DEK-Info"] != "":
			return errors.New("is encrypted; give one without a password (openssl pkey -in FILE)")
		}
		_, pkcs8 := x509.ParsePKCS8PrivateKey(block.Bytes)
		_, pkcs1 := x509.ParsePKCS1PrivateKey(block.Bytes)
		_, sec1 := x509.ParseECPrivateKey(block.Bytes)
		if pkcs8 != nil && pkcs1 != nil && sec1 != nil {
			return errors.New("holds a private key that does not parse")
		}
		return nil
	}
	return errors.New("holds no private key in PEM form")
}
