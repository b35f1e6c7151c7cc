package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"io"
	"strings"

	"github.com/packstage/packstage/author/graph"
)

//go:embed assets
var assets embed.FS

// shell is what all pages have around their content.
type shell struct {
	title string
	// body is the file of the template, and scripts those of the program.
	body    string
	scripts []string
	// view is what the template gets, and data what the program gets.
	view, data any
}

func (s shell) write(w io.Writer) error {
	style, err := asset("page.css")
	if err != nil {
		return err
	}
	style += graph.Styles()
	program, err := s.program()
	if err != nil {
		return err
	}
	content, err := asset(s.body)
	if err != nil {
		return err
	}
	body, err := template.New(s.body).Parse(content)
	if err != nil {
		return fmt.Errorf("page %s: %w", s.body, err)
	}
	// The encoder writes <, > and & as escapes, and the separators that end a line in
	// a program, so that no value ends the element that it stands in.
	data, err := json.Marshal(s.data)
	if err != nil {
		return fmt.Errorf("page %s: %w", s.body, err)
	}
	var out bytes.Buffer
	out.WriteString("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
	fmt.Fprintf(&out, "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n", policy(style, program))
	out.WriteString("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
		"<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n" +
		"<link rel=\"icon\" href=\"data:,\">\n")
	fmt.Fprintf(&out, "<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n", html.EscapeString(s.title), style)
	if err := body.Execute(&out, s.view); err != nil {
		return fmt.Errorf("page %s: %w", s.body, err)
	}
	fmt.Fprintf(&out, "<script type=\"application/json\" id=\"data\">%s</script>\n<script>%s</script>\n</body>\n</html>\n", data, program)
	_, err = w.Write(bytes.ToValidUTF8(out.Bytes(), []byte("\ufffd")))
	return err
}

// program is all scripts in one function, so that nothing of them is global.
func (s shell) program() (string, error) {
	var out strings.Builder
	out.WriteString("(() => {\n\"use strict\";\n")
	for _, name := range s.scripts {
		text, err := asset(name)
		if err != nil {
			return "", err
		}
		out.WriteString(text + "\n")
	}
	out.WriteString("})();\n")
	return out.String(), nil
}

func asset(name string) (string, error) {
	content, err := assets.ReadFile("assets/" + name)
	return string(content), err
}

// policy allows one style and one program, and an empty icon.
func policy(style, program string) string {
	return "default-src 'none'; script-src " + digestSource(program) + "; style-src " + digestSource(style) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
}

func digestSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
