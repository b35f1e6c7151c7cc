package kubernetes

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/openapischema"
	"github.com/packstage/packstage/internal/schema"
)

// wrongType reports a value that is of another type than the schema says.
func (w *walk) wrongType(want string, value any) {
	found := w.add(diagnostic.ObjectInvalidField, "must be "+want+", not "+schema.Describe(value))
	switch value := value.(type) {
	case string:
		if want == "a string" || strings.HasPrefix(want, "a list") || want == "an object" {
			return
		}
		if _, err := strconv.ParseFloat(value, 64); err == nil && strings.Contains(want, "integer") || value == "true" || value == "false" {
			found.hint = `leave out the quotes; in a template, "| quote" writes them`
		}
	case int64, float64, bool:
		if want == "a string" {
			found.hint = `put it in quotes; in a template, "| quote" does that`
		}
	}
}

func (w *walk) invalid(message string, value any) *fault {
	if shown := w.shown(value); shown != "" {
		message += ", not " + shown
	}
	return w.add(diagnostic.ObjectInvalidField, message)
}

// scalar checks a value that is neither an object nor a list.
func (w *walk) scalar(node *openapischema.Node, value any) {
	switch {
	case node.Format == openapischema.IntOrString:
		if _, isText := value.(string); !isText {
			w.integer("an integer or a string", "int32", value)
		}
	case node.Format == openapischema.Quantity:
		w.quantity(value)
	case node.Type == "string":
		if text, ok := value.(string); ok {
			w.text(node, text)
		} else {
			w.wrongType("a string", value)
		}
	case node.Type == "integer":
		w.integer("an integer", node.Format, value)
	case node.Type == "number":
		if !isNumber(value) {
			w.wrongType("a number", value)
		}
	case node.Type == "boolean":
		if _, ok := value.(bool); !ok {
			w.wrongType("a boolean", value)
		}
	}
}

func isNumber(value any) bool {
	switch value.(type) {
	case int64, float64:
		return true
	}
	return false
}

// integer checks an integer. Floats that are whole count: JSON writes them
// without a fraction.
func (w *walk) integer(want, format string, value any) {
	var number int64
	switch value := value.(type) {
	case int64:
		number = value
	case float64:
		if value != math.Trunc(value) || math.Abs(value) >= 1<<63 {
			w.wrongType(want, value)
			return
		}
		number = int64(value)
	default:
		w.wrongType(want, value)
		return
	}
	if format == "int32" && (number < math.MinInt32 || number > math.MaxInt32) {
		found := w.invalid("must be an integer of 32 bits", value)
		found.hint = "from -2147483648 to 2147483647"
	}
}

// microTime is how Kubernetes writes a time with microseconds.
const microTime = "2006-01-02T15:04:05.000000Z07:00"

// text checks the format of a string, and whether it is one of those that there
// are.
func (w *walk) text(node *openapischema.Node, text string) {
	switch node.Format {
	case "byte":
		// The decoder of the API server skips line breaks, too.
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			found := w.add(diagnostic.ObjectInvalidField, "must be base64")
			found.hint = "b64enc encodes it in a template; a Secret takes plain text in stringData"
		}
	case "date-time":
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			found := w.invalid("must be a date and time", text)
			found.hint = "as in 2006-01-02T15:04:05Z"
		}
	case openapischema.MicroTime:
		if _, err := time.Parse(microTime, text); err != nil {
			found := w.invalid("must be a date and time with microseconds", text)
			found.hint = "as in 2006-01-02T15:04:05.000000Z"
		}
	}
	if len(node.Enum) == 0 || w.decodeOnly || text == "" || slices.Contains(node.Enum, text) {
		return
	}
	var quoted []string
	for _, member := range node.Enum {
		if member != "" {
			quoted = append(quoted, strconv.Quote(member))
		}
	}
	if len(quoted) > 12 {
		found := w.invalid("must be one of the values that Kubernetes has", text)
		found.hint = diagnostic.DidYouMean(text, node.Enum)
		return
	}
	found := w.invalid("must be "+alternatives(quoted), text)
	if nearest, ok := diagnostic.Suggest(text, node.Enum); ok {
		found.hint = `did you mean "` + nearest + `"?`
	}
}

func alternatives(texts []string) string {
	if len(texts) == 1 {
		return texts[0]
	}
	return strings.Join(texts[:len(texts)-1], ", ") + " or " + texts[len(texts)-1]
}

func (w *walk) quantity(value any) {
	var text string
	switch value := value.(type) {
	case string:
		text = strings.TrimSpace(value)
	case int64:
		text = strconv.FormatInt(value, 10)
	case float64:
		text = strconv.FormatFloat(value, 'g', -1, 64)
	default:
		w.wrongType("a quantity", value)
		return
	}
	if _, err := resource.ParseQuantity(text); err != nil {
		found := w.invalid("must be a quantity", value)
		found.hint = `a number with a unit behind it, as in "500m", "1.5" or "2Gi"`
	}
}
