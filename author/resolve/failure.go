package resolve

import (
	"fmt"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// unknownPackage is the failure of a dependency whose package is nowhere.
func (s *solver) unknownPackage(name string) Failure {
	failure := Failure{Code: diagnostic.DependencyNotFound, Field: "package"}
	var repositories []string
	ofKnown := false
	for _, repository := range s.request.Repositories {
		repositories = append(repositories, repository.name())
		ofKnown = ofKnown || strings.HasSuffix(name, "."+repository.name())
	}
	switch {
	case len(repositories) == 0:
		failure.Message = fmt.Sprintf("there is no package %q: the manifest names no repositories", name)
		failure.Hint = "name the repository that has the package in spec.repositories"
	case ofKnown:
		failure.Message = fmt.Sprintf("there is no package %q in its repository", name)
		failure.Hint = diagnostic.DidYouMean(name, s.index.packageNames())
	default:
		failure.Message = fmt.Sprintf("there is no package %q: no repository of the manifest has a name that it ends in", name)
		failure.Hint = "write <package>.<repository>; the repositories are " + strings.Join(unique(repositories), ", ")
		if hint := diagnostic.DidYouMean(name, s.index.packageNames()); hint != "" {
			failure.Hint = hint
		}
	}
	return failure
}

// unsatisfiable is the failure of a dependency for which no version is left.
func (g group) unsatisfiable(choice Choice) Failure {
	failure := Failure{Code: diagnostic.DependencyUnsatisfiable, Field: "range"}
	for _, exclusion := range choice.Excluded {
		if exclusion.Cause == ByConflict {
			failure.Code = diagnostic.DependencyConflict
		}
	}
	what := fmt.Sprintf("no version of %s can be chosen", choice.Package)
	if choice.Known == 0 {
		failure.Message = what + ": its entries have no versions"
		return failure
	}
	failure.brief = what
	failure.Message = what + ": " + strings.Join(summary(choice.Excluded, mostInMessage), "; ")
	failure.Hint = g.remedy(choice.Excluded)
	return failure
}

// mostInMessage is the number of runs of versions that a message tells apart.
const mostInMessage = 4

// remedy says what to change, by what excludes the newest version.
func (g group) remedy(excluded []Exclusion) string {
	newest := excluded[0]
	switch newest.Cause {
	case ByPlatform:
		return "narrow the platforms or their versions in spec.constraints, or choose another range"
	case ByConflict:
		return "have one of the repositories corrected, or choose a range without that version"
	case ByPreRelease:
		return fmt.Sprintf("a range asks for pre-releases where it names one, such as >=%s", newest.Version)
	case ByEntry:
		return "have the repository corrected"
	default:
		if len(g.members) > 1 {
			return "change the ranges so that a version is in all of them: they share one"
		}
		return fmt.Sprintf("the newest version is %s", newest.Version)
	}
}

func unique(texts []string) []string {
	var found []string
	seen := map[string]bool{}
	for _, text := range texts {
		if !seen[text] {
			seen[text] = true
			found = append(found, text)
		}
	}
	return found
}
