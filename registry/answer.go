package registry

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxAnswerBytes bounds what is read of an answer that says no.
const maxAnswerBytes = 64 << 10

// answerError is an answer with a status that was not wanted.
type answerError struct {
	status     int
	retryAfter time.Duration
	// codes and messages are those of the registry (OCI distribution
	// specification, "Error Codes"); there are none in answers of proxies.
	codes, messages []string
	text            string // of a body of another form
}

// readAnswer reads what an answer says about itself.
func readAnswer(response *http.Response) *answerError {
	answer := &answerError{
		status:     response.StatusCode,
		retryAfter: parseRetryAfter(response.Header.Get("Retry-After"), time.Now()),
	}
	raw, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	var body struct {
		Errors []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Detail  any    `json:"detail"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(raw, &body); err != nil || len(body.Errors) == 0 {
		answer.text = strings.ToValidUTF8(string(raw), "")
		return answer
	}
	for _, one := range body.Errors {
		message := one.Code
		if one.Message != "" {
			message += ": " + one.Message
		}
		if detail, ok := one.Detail.(string); ok && detail != "" {
			message += " (" + detail + ")"
		}
		answer.codes = append(answer.codes, one.Code)
		answer.messages = append(answer.messages, message)
	}
	return answer
}

func (e *answerError) Error() string {
	said := strings.Join(e.messages, "; ")
	if said == "" {
		said = e.text
	}
	status := fmt.Sprintf("%d %s", e.status, http.StatusText(e.status))
	if said = strings.TrimSpace(said); said == "" {
		return "the answer is " + strings.TrimSpace(status)
	}
	return strings.TrimSpace(status) + ": " + said
}

// hide takes credentials out of what an answer says: proxies that explain
// themselves repeat the header of the request.
func (e *answerError) hide(shown string) {
	scheme, secret, _ := strings.Cut(shown, " ")
	e.hideSecret(secret)
	if strings.EqualFold(scheme, "basic") {
		if plain, err := base64.StdEncoding.DecodeString(secret); err == nil {
			_, password, _ := strings.Cut(string(plain), ":")
			e.hideSecret(password)
		}
	}
}

func (e *answerError) hideSecret(secret string) {
	if secret == "" {
		return
	}
	e.text = strings.ReplaceAll(e.text, secret, "…")
	for i := range e.messages {
		e.messages[i] = strings.ReplaceAll(e.messages[i], secret, "…")
	}
}

// is tells whether the registry gave one of the codes.
func (e *answerError) is(codes ...string) bool {
	return slices.ContainsFunc(e.codes, func(code string) bool { return slices.Contains(codes, code) })
}

// withoutAddress takes the address out of an error of net/http: what is in its
// query may be a secret, and the rest of it the caller says better.
func withoutAddress(err error) error {
	var address *url.Error
	if errors.As(err, &address) {
		return address.Err
	}
	return err
}
