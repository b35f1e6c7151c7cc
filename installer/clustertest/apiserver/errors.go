package apiserver

import (
	"errors"
	"net/http"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/packstage/packstage/installer/cluster"
)

// writeError answers with the Status that an error is. A path that is not served has
// none: that is how clients tell it from an object that is missing.
func writeError(w http.ResponseWriter, err error) {
	if unknown := new(*cluster.UnknownKindError); errors.Is(err, errNoSuchPath) || errors.As(err, unknown) {
		http.Error(w, errNoSuchPath.Error(), http.StatusNotFound)
		return
	}
	status := statusOf(err)
	status.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	if status.Details != nil && status.Details.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(status.Details.RetryAfterSeconds)))
	}
	code := int(status.Code)
	if code == 0 {
		code = http.StatusInternalServerError
	}
	writeJSON(w, code, status)
}

func statusOf(err error) metav1.Status {
	var known apierrors.APIStatus
	if errors.As(err, &known) {
		return known.Status()
	}
	return apierrors.NewInternalError(err).Status()
}
