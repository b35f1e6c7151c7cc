package registry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// explain says in a person's words why a host was not reached, and what to do; it
// is empty where err says it well enough itself. The error stays the cause: the
// words go into its message only.
func explain(host string, err error) string {
	var (
		unknown  x509.UnknownAuthorityError
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		verified *tls.CertificateVerificationError
		alert    tls.AlertError
		lookup   *net.DNSError
	)
	if err == nil {
		return ""
	}
	if _, after, ok := strings.Cut(err.Error(), "token server "); ok {
		server, _, _ := strings.Cut(after, ": ")
		host = "the token server " + server
	}
	switch {
	case speaksPlainHTTP(err):
		return host + " answers with plain HTTP where HTTPS was spoken; if that is meant, allow it with --plain-http or \"insecure: plain-http\" in registries.yaml"
	case errors.As(err, &unknown):
		return "the certificate of " + host + " is signed by an authority that is not trusted; give the authority's certificate with --ca-file or as ca in registries.yaml"
	case errors.As(err, &name):
		return "the certificate of " + host + " is for " + certificateNames(name.Certificate) + ", not for " + name.Host +
			"; use a name of the certificate, or have one made that has this name"
	case errors.As(err, &invalid):
		return explainInvalid(host, invalid)
	case errors.As(err, &verified):
		return fmt.Sprintf("the certificate of %s cannot be verified: %v", host, verified.Err)
	case errors.As(err, &alert):
		return explainAlert(host, alert.Error())
	case strings.Contains(err.Error(), "remote error: tls: "):
		// The type of an alert in TCP's connections is not exported.
		return explainAlert(host, err.Error())
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return "there is no host with the name " + lookup.Name
	default:
		return ""
	}
}

func explainInvalid(host string, invalid x509.CertificateInvalidError) string {
	certificate := invalid.Cert
	switch {
	case invalid.Reason == x509.Expired && certificate != nil && strings.Contains(invalid.Detail, " is before "):
		return fmt.Sprintf("the certificate of %s is valid only from %s on; is the clock of this machine right?", host, day(certificate.NotBefore))
	case invalid.Reason == x509.Expired && certificate != nil:
		return fmt.Sprintf("the certificate of %s has expired on %s; its operator has to renew it", host, day(certificate.NotAfter))
	default:
		return fmt.Sprintf("the certificate of %s cannot be used: %v", host, invalid)
	}
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func certificateNames(certificate *x509.Certificate) string {
	if certificate == nil {
		return "another name"
	}
	names := append([]string(nil), certificate.DNSNames...)
	for _, address := range certificate.IPAddresses {
		names = append(names, address.String())
	}
	const most = 5
	switch {
	case len(names) == 0:
		return "no host at all"
	case len(names) > most:
		return strings.Join(names[:most], ", ") + " and others"
	default:
		return strings.Join(names, ", ")
	}
}

// explainAlert words what the other side has against this one (RFC 8446, section
// 6.2).
func explainAlert(host, text string) string {
	const wanted = "; give one with --client-certificate and --client-key or in registries.yaml"
	switch {
	case strings.Contains(text, "certificate required"):
		return host + " wants a client certificate" + wanted
	case strings.Contains(text, "bad certificate"), strings.Contains(text, "unknown certificate authority"), strings.Contains(text, "unknown certificate"):
		return host + " does not accept the client certificate, or wants one" + wanted
	case strings.Contains(text, "expired certificate"):
		return host + " refuses the client certificate: it has expired"
	case strings.Contains(text, "protocol version"):
		return host + " speaks none of the versions of TLS that are safe"
	default:
		return ""
	}
}
