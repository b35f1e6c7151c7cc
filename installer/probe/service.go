package probe

// service is available at once, unless it has to get an address from outside.
func service(object map[string]any) Result {
	if textAt(object, "spec", "type") != "LoadBalancer" {
		return available(ReasonExists, "exists")
	}
	for _, ingress := range mapsAt(object, "status", "loadBalancer", "ingress") {
		for _, field := range []string{"ip", "hostname"} {
			if address := textAt(ingress, field); address != "" {
				return available(ReasonAvailable, "has the address "+word(address))
			}
		}
	}
	return progressing(ReasonPending, "waits for an address from a load balancer")
}

// disruptionBudget is available at once: the pods that it counts may come later.
// That its pods cannot be counted at all is worth saying.
func disruptionBudget(object map[string]any) Result {
	allowed, ok := conditionOf(object, "DisruptionAllowed")
	if ok && !allowed.outdated && allowed.status == "False" && allowed.reason == "SyncFailed" {
		return Result{
			Status: Available, Reason: allowed.reason, Since: allowed.since,
			Message: "exists, but its pods cannot be counted: " + allowed.text(),
		}
	}
	return available(ReasonExists, "exists")
}

// namespace is available unless its phase says otherwise; it has one from the start.
func namespace(object map[string]any) Result {
	switch phase := textAt(object, "status", "phase"); phase {
	case "", "Active":
		return available(ReasonAvailable, "is active")
	case "Terminating":
		return Result{Status: Terminating, Reason: ReasonDeleting, Message: "is being deleted"}
	default:
		return progressing(ReasonPending, "is "+word(phase))
	}
}
