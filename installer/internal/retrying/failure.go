package retrying

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// failure says what an error means for a repetition.
type failure struct {
	// passes tells that a repetition may succeed.
	passes bool
	// perhapsDone tells that the server may have done what it was asked.
	perhapsDone bool
	// unreachable tells that there was no connection at all.
	unreachable bool
	// attempts is the most that are made, 0 for no bound.
	attempts int
}

var permanent = failure{}

// judge tells what an error means. That the context of the call has ended is for the
// caller to see.
func judge(err error) failure {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return judgeStatus(status.Status())
	}
	return judgeConnection(err)
}

func judgeStatus(status metav1.Status) failure {
	switch status.Code {
	case http.StatusTooManyRequests:
		return failure{passes: true}
	case http.StatusUnauthorized:
		// A token has expired; the client takes another one for the next request.
		return failure{passes: true, attempts: 2}
	case http.StatusForbidden:
		// Of a server that has just started and does not know yet what it has to check by.
		return failure{passes: strings.HasSuffix(status.Message, "not yet ready to handle request")}
	case http.StatusConflict:
		// A quota, which the server counts with the object, changed meanwhile.
		quota := status.Reason == metav1.StatusReasonConflict && status.Details != nil && status.Details.Kind == "resourcequotas"
		return failure{passes: quota}
	case http.StatusInternalServerError:
		switch {
		case strings.Contains(status.Message, "request is too large"):
			return permanent // for etcd; nothing makes it smaller
		case strings.HasPrefix(status.Message, "failed to create typed "), strings.HasPrefix(status.Message, "failed to convert new object "):
			return permanent // an object that does not fit its kind, which the server calls its own failure
		case strings.Contains(status.Message, "webhook"):
			return failure{passes: true, perhapsDone: true, attempts: webhookAttempts}
		}
		return failure{passes: true, perhapsDone: true}
	case http.StatusRequestTimeout, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return failure{passes: true, perhapsDone: true}
	}
	if status.Reason == metav1.StatusReasonTimeout || status.Reason == metav1.StatusReasonServerTimeout {
		return failure{passes: true, perhapsDone: true}
	}
	return permanent
}

func judgeConnection(err error) failure {
	var name *net.DNSError
	var operation *net.OpError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return permanent
	case errors.As(err, &name):
		// A name that does not exist is a mistake.
		return failure{passes: !name.IsNotFound, unreachable: true}
	case errors.As(err, &operation) && operation.Op == "dial", errors.Is(err, syscall.ECONNREFUSED):
		return failure{passes: true, unreachable: true}
	case errors.As(err, &operation) && (operation.Op == "read" || operation.Op == "write"):
		return failure{passes: true, perhapsDone: true}
	case errors.As(err, &timeout) && timeout.Timeout(), // context.DeadlineExceeded among them
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed),
		brokenConnection(err.Error()):
		return failure{passes: true, perhapsDone: true}
	}
	return permanent
}

// brokenConnection knows the errors of net/http that have no type that others can ask
// for.
func brokenConnection(text string) bool {
	for _, known := range []string{
		"http2: client connection lost", "http2: client connection force closed", "http2: client conn is closed",
		"http2: server sent GOAWAY", "http2: timeout awaiting response headers", "stream error: stream ID",
		"connection error: ", "http: server closed idle connection",
		"transport connection broken", "connection reset by peer", "TLS handshake timeout",
	} {
		if strings.Contains(text, known) {
			return true
		}
	}
	return false
}
