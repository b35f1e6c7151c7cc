package probe

// customResourceDefinition is available when the API server serves its kind.
func customResourceDefinition(object map[string]any) Result {
	accepted, named := conditionOf(object, "NamesAccepted")
	if named && !accepted.outdated && accepted.status == "False" {
		return Result{
			Status: Failed, Reason: reasonOr(accepted.reason, "NamesNotAccepted"), Since: accepted.since,
			Message: "its names are not accepted: " + accepted.text(),
		}
	}
	for _, kind := range []string{"NamesAccepted", "Established"} {
		if result, missing := unmet(object, kind, "True"); missing {
			return result
		}
	}
	established, _ := conditionOf(object, "Established")
	return Result{Status: Available, Reason: ReasonAvailable, Message: "is established", Since: established.since}
}

// apiService is available when the API server reaches what serves the group.
func apiService(object map[string]any) Result { return wantTrue(object, "Available") }
