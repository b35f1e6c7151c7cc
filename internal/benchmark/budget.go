package main

// budget is what a stage may cost at most; a zero field is no budget.
type budget struct {
	// timeRatio and bytesRatio are multiples of the baseline.
	timeRatio, bytesRatio float64
	// milliseconds and kilobytes are absolute.
	milliseconds, kilobytes float64
}

// budgetOf returns the budget of a stage of a set.
func budgetOf(set, stage string) budget {
	switch stage {
	case "cold":
		switch set {
		case "nginx":
			return budget{timeRatio: 5, kilobytes: 400}
		case "medium":
			return budget{timeRatio: 0.8, bytesRatio: 1}
		case "large":
			return budget{timeRatio: 0.65, bytesRatio: 1}
		case "crds":
			return budget{timeRatio: 0.45, bytesRatio: 1}
		}
	case "warm":
		switch set {
		case "medium":
			return budget{timeRatio: 0.55}
		case "large":
			return budget{timeRatio: 0.5}
		case "crds":
			return budget{timeRatio: 0.2}
		}
	case "build":
		return budget{timeRatio: 1.15}
	case "push":
		return budget{timeRatio: 0.5}
	case "pull":
		return budget{timeRatio: 0.9}
	case startStage.name:
		return budget{milliseconds: 25}
	}
	return budget{}
}
