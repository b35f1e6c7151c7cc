package chart

import (
	"encoding/base64"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// explainText finds values of parameters inside of texts.
func (o *observation) explainText(seen []any) *node {
	texts := make([]string, len(seen))
	for i, value := range seen {
		text, ok := value.(string)
		if !ok {
			return nil
		}
		texts[i] = text
	}
	for i := range texts {
		parts := o.partsOf(texts[i], i)
		explained := true
		for j := range texts {
			explained = explained && o.written(parts, j) == texts[j]
		}
		if explained {
			return textOf(parts)
		}
	}
	return nil
}

// explainEncoded finds values of parameters inside of texts in base64, as Secrets have them.
func (o *observation) explainEncoded(seen []any) *node {
	decoded := make([]any, len(seen))
	for i, value := range seen {
		text, _ := value.(string)
		plain, err := base64.StdEncoding.DecodeString(text)
		if err != nil || !utf8.Valid(plain) {
			return nil
		}
		decoded[i] = string(plain)
	}
	if found := o.explainText(decoded); found != nil {
		return found.inBase64()
	}
	return nil
}

// partsOf cuts a text where values of one render stand in it; longer values first.
func (o *observation) partsOf(text string, render int) []part {
	parts := []part{{literal: text}}
	order := make([]int, len(o.parameters))
	for i := range order {
		order[i] = i
	}
	length := func(i int) int { value, _ := printed(o.values[render][i]); return len(value) }
	slices.SortStableFunc(order, func(a, b int) int { return length(b) - length(a) })
	for _, i := range order {
		value, ok := printed(o.values[render][i])
		if !ok || !o.parameters[i].varies() || o.isConstant(i) || len(value) < 2 {
			continue
		}
		var cut []part
		for _, piece := range parts {
			if piece.parameter != nil {
				cut = append(cut, piece)
				continue
			}
			for j, literal := range strings.Split(piece.literal, value) {
				if j > 0 {
					cut = append(cut, part{parameter: o.parameters[i]})
				}
				cut = append(cut, part{literal: literal})
			}
		}
		parts = cut
	}
	return parts
}

// isConstant reports whether a parameter has one value in all renders.
func (o *observation) isConstant(i int) bool {
	return all(o.values, func(values []any) bool { return reflect.DeepEqual(values[i], o.values[0][i]) })
}

// written is the text that the parts give in one render.
func (o *observation) written(parts []part, render int) string {
	var text strings.Builder
	for _, piece := range parts {
		if piece.parameter == nil {
			text.WriteString(piece.literal)
			continue
		}
		value, _ := printed(o.values[render][slices.Index(o.parameters, piece.parameter)])
		text.WriteString(value)
	}
	return text.String()
}

// isChecksum reports whether a place is the annotation of a pod that is to change when
// another object of the chart does.
func isChecksum(place []any, seen []any) bool {
	if len(place) < 3 || place[len(place)-2] != "annotations" || place[len(place)-3] != "metadata" || !slices.Contains(place, "template") {
		return false
	}
	return all(seen, func(value any) bool {
		text, _ := value.(string)
		return slices.Contains([]int{32, 40, 64, 128}, len(text)) && strings.Trim(text, "0123456789abcdef") == ""
	})
}
