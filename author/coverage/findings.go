package coverage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// Findings returns what no case reached, as infos by position: of parts that lie
// within one another the outermost only, with the number of the others.
// Properties that nothing reads are left out; `packstage lint` reports them.
func (p *Profile) Findings() diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	for _, pkg := range p.Packages {
		var own diagnostic.Diagnostics
		for _, file := range pkg.Files {
			own = append(own, fileFindings(file)...)
		}
		branches := own
		for _, condition := range pkg.Conditions {
			// `if cel "…"` is a decision, too, which says the same.
			if condition.Origin != "function" || !slices.ContainsFunc(branches, func(d diagnostic.Diagnostic) bool {
				return d.Code == diagnostic.CoverageBranch && d.Position.File == condition.Position.File && d.Position.Line == condition.Position.Line
			}) {
				own = append(own, conditionFindings(condition)...)
			}
		}
		for _, property := range pkg.Properties {
			own = append(own, propertyFindings(property)...)
		}
		for i := range own {
			own[i].Severity, own[i].Component = diagnostic.Info, pkg.Component
		}
		found = append(found, own...)
	}
	return found.Sorted()
}

// Check returns an error finding where less than a percentage of all points was
// reached.
func (p *Profile) Check(minimum float64) diagnostic.Diagnostics {
	totals := p.Totals()
	if totals.Points.AtLeast(minimum) {
		return nil
	}
	return diagnostic.Diagnostics{{
		Code:    diagnostic.CoverageMinimum,
		Message: fmt.Sprintf("the cases reach %s of the package's points, %s; at least %g %% are asked for", percent(totals.Points), totals.Points, minimum),
		Hint:    "the coverage report says what no case reaches",
	}}
}

func fileFindings(file File) diagnostic.Diagnostics {
	if !file.Reached() {
		finding := diagnostic.Diagnostic{
			Code: diagnostic.CoverageFile, Position: diagnostic.Position{File: file.Path, Line: 1, Column: 1},
			Message: "no case reaches anything in this file",
			Hint:    "add a case that uses what it defines",
		}
		if file.Executions == 0 {
			finding.Hint = "no render gets so far: look at the cases that fail"
		}
		return diagnostic.Diagnostics{finding}
	}
	points := slices.Clone(file.Points)
	slices.SortStableFunc(points, func(a, b Point) int { return cmp.Or(a.Start-b.Start, b.End-a.End) })
	var found diagnostic.Diagnostics
	end, inside := 0, 0 // of the part that was reported last, and how much lies in it
	for _, point := range points {
		if point.Count > 0 {
			continue
		}
		if point.Start < end && point.End <= end {
			inside++
			found[len(found)-1].Hint = fmt.Sprintf("of %d more points inside, none is reached", inside)
			if inside == 1 {
				found[len(found)-1].Hint = "one more point inside is not reached either"
			}
			continue
		}
		found = append(found, pointFinding(file.Path, point))
		end, inside = point.End, 0
		if point.Kind == "action" {
			end = point.Start
		}
	}
	return found
}

func pointFinding(path string, point Point) diagnostic.Diagnostic {
	finding := diagnostic.Diagnostic{Position: diagnostic.Position{File: path, Line: point.Line, Column: point.Column}}
	decision := strings.TrimPrefix(point.Form, "else ")
	switch point.Kind {
	case "definition":
		finding.Code, finding.Message = diagnostic.CoverageDefinition, "no case uses this "+point.Form
	case "branch":
		finding.Code = diagnostic.CoverageBranch
		finding.Message = branchMessage(decision, point.Else)
		finding.Hint = branchHint(decision, point.Else)
	default:
		finding.Code, finding.Message = diagnostic.CoverageAction, "no case executes this action"
	}
	return finding
}

func branchMessage(decision string, elses bool) string {
	switch {
	case decision == "range" && elses:
		return "in no case does this loop have no round"
	case decision == "range":
		return "in no case does this loop have a round"
	case decision == "with" && elses:
		return "in no case does this `with` find nothing"
	case decision == "with":
		return "in no case does this `with` find something"
	case elses:
		return "in no case is this condition false"
	default:
		return "in no case is this condition true"
	}
}

func branchHint(decision string, elses bool) string {
	if decision == "range" && elses {
		return "add a case with an empty list or map"
	}
	return ""
}

func conditionFindings(condition Condition) diagnostic.Diagnostics {
	finding := diagnostic.Diagnostic{Code: diagnostic.CoverageCondition, Position: condition.Position}
	text := "`" + shorten(condition.Expression) + "`"
	if condition.Name != "" {
		text = fmt.Sprintf("%s of %q", text, condition.Name)
	}
	switch {
	case condition.True.Count+condition.False.Count == 0:
		finding.Message = "no case evaluates this condition: " + text
	case condition.Constant:
		return nil
	case condition.True.Count == 0:
		finding.Message = "in no case is this condition true: " + text
	case condition.False.Count == 0:
		finding.Message = "in no case is this condition false: " + text
	default:
		return nil
	}
	return diagnostic.Diagnostics{finding}
}

func propertyFindings(property Property) diagnostic.Diagnostics {
	finding := diagnostic.Diagnostic{Code: diagnostic.CoverageProperty, Position: property.Position, Field: property.Field}
	switch {
	case !property.Used:
		return nil
	case len(property.ReachedBy) == 0:
		finding.Message = fmt.Sprintf("no case reaches anything that reads %s", property.Path)
	case len(property.VariedBy) == 0:
		finding.Message = fmt.Sprintf("no case sets %s to anything but its default", property.Path)
	default:
		return nil
	}
	return diagnostic.Diagnostics{finding}
}

// shorten returns the beginning of an expression, on one line.
func shorten(expression string) string {
	const longest = 60
	expression = strings.Join(strings.Fields(expression), " ")
	if len(expression) <= longest {
		return expression
	}
	return strings.ToValidUTF8(expression[:longest], "") + "…"
}

// percent writes a share for people.
func percent(c Count) string { return fmt.Sprintf("%.1f %%", c.Percent()) }
