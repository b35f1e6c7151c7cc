package scaffold

import "fmt"

// noticeAutoscalers points at numbers of pods that an autoscaler sets as well. Where one
// of the two is there under a condition, the source has thought of it.
func (m *maker) noticeAutoscalers() {
	for _, scaler := range m.objects {
		target := scaleTarget(scaler)
		if target == nil {
			continue
		}
		for _, o := range m.objects {
			_, says := lookup(o.Content, "spec", "replicas")
			says = says && scaler.Condition == "" && !o.isOptionalAt([]any{"spec", "replicas"})
			if says && o.namespace() == scaler.namespace() && o.kind.kind == target["kind"] && o.name() == target["name"] {
				m.decide(o.aboutField(TopicAttention, []any{"spec", "replicas"}, fmt.Sprintf("%s sets it, too", scaler.title()),
					"both would do so in turn: where there is an autoscaler, leave the field out"))
			}
		}
	}
}

// scaleTarget returns the reference to what an autoscaler scales, or nil.
func scaleTarget(o *object) map[string]any {
	switch o.kind {
	case groupKind{"autoscaling", "HorizontalPodAutoscaler"}, groupKind{"keda.sh", "ScaledObject"}:
	default:
		return nil
	}
	reference, _ := lookup(o.Content, "spec", "scaleTargetRef")
	target, _ := reference.(map[string]any)
	if target != nil && target["kind"] == nil {
		return map[string]any{"kind": "Deployment", "name": target["name"]} // what KEDA takes it for
	}
	return target
}
