package retrying_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/retrying"
)

var configMaps = schema.GroupResource{Resource: "configmaps"}

// status returns an error of a server.
func status(code int32, reason metav1.StatusReason, message string, details *metav1.StatusDetails) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: message, Details: details}}
}

// transport returns an error of the way to a server, as net/http does.
func transport(err error) error {
	return &url.Error{Op: "Get", URL: "https://shop.example.com:6443/api/v1/namespaces/shop/configmaps/web", Err: err}
}

func dial(err error) error { return transport(&net.OpError{Op: "dial", Net: "tcp", Err: err}) }

type timeoutError struct{ error }

func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

var (
	refused     = dial(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	busy        = apierrors.NewTooManyRequests("busy", 7)
	unavailable = apierrors.NewServiceUnavailable("restarting")
	webhookDown = apierrors.NewInternalError(errors.New(`failed calling webhook "check.example.com": connection refused`))
	notFound    = apierrors.NewNotFound(configMaps, "web")
)

func TestWhatPassesIsRepeated(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		passes bool
	}{
		"429":                      {busy, true},
		"429 of no Status":         {apierrors.NewGenericServerResponse(http.StatusTooManyRequests, "get", configMaps, "web", "", 0, true), true},
		"500":                      {apierrors.NewInternalError(errors.New("etcdserver: leader changed")), true},
		"500 of an unknown field":  {status(http.StatusInternalServerError, "", "failed to create typed patch object (shop/web; /v1, Kind=ConfigMap): .dada: field not declared in schema", nil), false},
		"500 of a value":           {status(http.StatusInternalServerError, "", "failed to convert new object (shop/web; /v1, Kind=Secret) to proper version: illegal base64 data at input byte 3", nil), false},
		"502":                      {apierrors.NewGenericServerResponse(http.StatusBadGateway, "get", configMaps, "web", "", 0, true), true},
		"503":                      {unavailable, true},
		"504":                      {apierrors.NewTimeoutError("slow", 0), true},
		"server timeout":           {apierrors.NewServerTimeout(configMaps, "get", 0), true},
		"408":                      {status(http.StatusRequestTimeout, metav1.StatusReasonTimeout, "slow", nil), true},
		"quota changed":            {status(http.StatusConflict, metav1.StatusReasonConflict, "try again", &metav1.StatusDetails{Kind: "resourcequotas", Name: "q"}), true},
		"wrapped":                  {fmt.Errorf("asking the cluster what apps/v1 serves: %w", unavailable), true},
		"refused":                  {refused, true},
		"no route":                 {dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), true},
		"name not resolved":        {dial(&net.DNSError{Err: "server misbehaving", IsTemporary: true}), true},
		"reset":                    {transport(&net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}), true},
		"reset without operation":  {transport(syscall.ECONNRESET), true},
		"EOF":                      {transport(io.EOF), true},
		"answer cut off":           {fmt.Errorf("unexpected error when reading response body. Please retry. Original error: %w", io.ErrUnexpectedEOF), true},
		"timeout":                  {transport(timeoutError{errors.New("net/http: timeout awaiting response headers")}), true},
		"deadline of one request":  {transport(context.DeadlineExceeded), true},
		"connection lost":          {transport(errors.New("http2: client connection lost")), true},
		"GOAWAY":                   {transport(errors.New(`http2: server sent GOAWAY and closed the connection; LastStreamID=5, ErrCode=NO_ERROR, debug=""`)), true},
		"stream error":             {errors.New("stream error when reading response body, may be caused by closed connection. Please retry. Original error: stream error: stream ID 3; INTERNAL_ERROR"), true},
		"handshake of a restart":   {transport(errors.New("net/http: TLS handshake timeout")), true},
		"idle connection closed":   {transport(errors.New("http: server closed idle connection")), true},
		"400":                      {apierrors.NewBadRequest("no"), false},
		"403":                      {apierrors.NewForbidden(configMaps, "web", errors.New("no")), false},
		"403 after a start":        {apierrors.NewForbidden(configMaps, "web", errors.New("not yet ready to handle request")), true},
		"404":                      {notFound, false},
		"405":                      {apierrors.NewMethodNotSupported(configMaps, "get"), false},
		"409":                      {apierrors.NewConflict(configMaps, "web", errors.New("changed")), false},
		"409 of what exists":       {apierrors.NewAlreadyExists(configMaps, "web"), false},
		"410":                      {apierrors.NewResourceExpired("old"), false},
		"413":                      {apierrors.NewRequestEntityTooLargeError("big"), false},
		"422":                      {apierrors.NewInvalid(schema.GroupKind{Kind: "ConfigMap"}, "web", nil), false},
		"too large for etcd":       {apierrors.NewInternalError(errors.New("etcdserver: request is too large")), false},
		"unknown kind":             {&cluster.UnknownKindError{Kind: configMap}, false},
		"no such name":             {dial(&net.DNSError{Err: "no such host", IsNotFound: true}), false},
		"foreign certificate":      {transport(x509.UnknownAuthorityError{}), false},
		"refused certificate":      {transport(&net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}), false},
		"canceled":                 {transport(context.Canceled), false},
		"credential plugin":        {transport(errors.New("getting credentials: exec: executable login not found")), false},
		"anything else":            {errors.New("invalid character '<' looking for beginning of value"), false},
		"plain text of no meaning": {errors.New(""), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := 1
			if test.passes {
				want = 2
			}
			s := &scripted{t: t, script: failing(test.err, nil)}
			clock := &clock{}
			_, err := retrying.New(s, clock.options()).Get(t.Context(), web)
			require.Len(t, s.calls, want)
			require.Len(t, clock.waits, want-1)
			if test.passes {
				require.NoError(t, err)
			} else {
				require.Equal(t, test.err, err, "an error that nothing was repeated for stays as it is")
			}
		})
	}
}
