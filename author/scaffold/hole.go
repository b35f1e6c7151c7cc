package scaffold

import (
	"fmt"
	"strings"

	"github.com/packstage/packstage/internal/yamldoc"
)

// hole is a token and what takes its place.
type hole struct {
	token, action string
	// block is an action that writes lines of its own below its key, at an indentation
	// that %d in the action stands for.
	block bool
	// line is an action that stands on a line of its own, at an indentation that %d
	// stands for.
	line bool
}

func (d *draft) hole(action string, block bool) string {
	token := fmt.Sprintf("%s%dhole", d.token, len(d.holes))
	d.holes = append(d.holes, hole{token: token, action: action, block: block})
	return token
}

// fill makes the holes of a substitution. It returns what is written in its place and
// what is read from that.
func (d *draft) fill(s Substitution) (written, read any) {
	current, _ := lookup(d.object.Content, s.Path...)
	switch current := current.(type) {
	case map[string]any, []any:
		expression := s.Parts[0].Expression
		if _, isKey := s.Path[len(s.Path)-1].(string); isKey {
			token := d.hole("{{- "+expression+" | toYAML | nindent %d }}", true)
			return verbatim(token), token
		}
		token := d.hole("{{ "+expression+" | toJson }}", false)
		return verbatim(token), token
	case string:
		return d.fillText(s, current)
	default:
		token := d.hole(joined(s.Parts), false)
		return verbatim(token), token
	}
}

func (d *draft) fillText(s Substitution, current string) (written, read any) {
	pieces := func() string { return d.pieces(s.Parts) }
	switch {
	case s.Form == FormBare:
		token := d.hole(joined(s.Parts), false)
		return verbatim(token), token
	case isBlock(current) && len(s.Parts) > 1:
		holes := len(d.holes)
		if text := pieces(); isBlock(text) {
			return text, text
		}
		d.holes = d.holes[:holes]
	case s.Form == FormQuoted:
		text := pieces()
		return verbatim(yamldoc.Quote(text)), text
	}
	token := d.hole("{{ "+textExpression(s.Parts)+" | toJson }}", false)
	return verbatim(token), token
}

// joined writes parts one after the other, as they are.
func joined(parts []Part) string {
	text := ""
	for _, part := range parts {
		piece := "{{ " + part.Expression + " }}"
		if part.Expression == "" {
			piece = escapeActions(part.Literal)
		}
		if part.When != "" {
			piece = "{{ if " + part.When + " }}" + piece + "{{ end }}"
		}
		if strings.HasPrefix(piece, "{{") {
			text = closedBraces(text)
		}
		text += piece
	}
	return text
}

// textExpression returns one expression that gives the text of all parts.
func textExpression(parts []Part) string {
	if len(parts) == 1 && parts[0].Expression != "" && parts[0].When == "" {
		return parts[0].Expression
	}
	if len(parts) == 1 && parts[0].When == "" {
		return quotedGo(parts[0].Literal)
	}
	var format, arguments strings.Builder
	for _, part := range parts {
		if part.When != "" {
			piece := textExpression([]Part{{Literal: part.Literal, Expression: part.Expression}})
			part.Expression = "ternary (" + piece + `) "" (not (not (` + part.When + ")))"
		}
		if part.Expression == "" {
			format.WriteString(strings.ReplaceAll(part.Literal, "%", "%%"))
			continue
		}
		format.WriteString("%v")
		if strings.ContainsAny(part.Expression, " |") && !strings.HasPrefix(part.Expression, "(") {
			arguments.WriteString(" (" + part.Expression + ")")
		} else {
			arguments.WriteString(" " + part.Expression)
		}
	}
	return "printf " + quotedGo(format.String()) + arguments.String()
}

// quotedGo writes a string constant of templates.
func quotedGo(text string) string {
	if !strings.ContainsAny(text, "`\r") && strings.ContainsAny(text, `"\`) && !strings.Contains(text, "{{") {
		return "`" + text + "`"
	}
	return fmt.Sprintf("%q", text)
}
