package registrytest

import (
	"crypto/subtle"
	"net/http"
)

// BasicAuth has a registry ask for a user name and a password.
func BasicAuth(handler http.Handler, user, password string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isUser(r, user, password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="registrytest"`)
			writeProblem(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required", "")
			return
		}
		handler.ServeHTTP(w, r)
	})
}

func isUser(r *http.Request, user, password string) bool {
	gotUser, gotPassword, ok := r.BasicAuth()
	return ok && equal(gotUser, user) && equal(gotPassword, password)
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
