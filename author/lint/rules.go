package lint

import "slices"

// Rules returns all rules, in the order of the documentation. The caller may change
// the slice.
func Rules() []Rule {
	return slices.Concat(
		orderRules(), probeRules(), selectorRules(), targetRules(), podRules(), imageRules(), secretRules(),
		permissionRules(), kubernetesRules(), nameRules(), scopeRules(), configRules(), templateRules(), yamlRules(),
		packageRules(), ignoreRules(),
	)
}

// ignoreRules are those about silencing itself; running lint finds what they are
// about.
func ignoreRules() []Rule {
	return []Rule{{
		Code: ignoreUnused, Severity: infoSeverity,
		Summary: "a comment or setting that silences nothing",
		Explanation: "What it silenced was mended, moved or never there. Left behind, it hides the next finding of its kind. " +
			"Remove it.",
		Example: "# packstage:ignore container-resources no longer true\napiVersion: v1\nkind: ConfigMap",
		Cure:    "apiVersion: v1\nkind: ConfigMap",
		Fixes:   "The line of a comment that stands alone and silences nothing is removed.",
	}, {
		Code: ignoreUnknown, Severity: warningSeverity,
		Summary:     "a comment or setting that names a rule that there is not",
		Explanation: "The code is misspelled, so nothing is silenced. `packstage lint --rules` lists the codes.",
		Example:     "# packstage:ignore container-resource",
		Cure:        "# packstage:ignore container-resources the limits come from a LimitRange",
	}}
}
