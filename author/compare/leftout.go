package compare

import (
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/apigroup"
)

// podDefaults are what the API server puts where a field of a pod is left out, by
// the last two names of its path below the specification of the pod.
var podDefaults = map[string]any{
	"dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": int64(30),
	"securityContext": map[string]any{}, "enableServiceLinks": true,
	"hostNetwork": false, "hostPID": false, "hostIPC": false, "restartPolicy": "Always",
	"ports.protocol": "TCP", "fieldRef.apiVersion": "v1", "httpGet.path": "/", "httpGet.scheme": "HTTP", "hostPath.type": "",
	"configMap.defaultMode": int64(0o644), "secret.defaultMode": int64(0o644), "projected.defaultMode": int64(0o644),
	"downwardAPI.defaultMode": int64(0o644), "serviceAccountToken.expirationSeconds": int64(3600),
}

var containerDefaults = map[string]any{
	"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "resources": map[string]any{},
	"stdin": false, "stdinOnce": false, "tty": false,
}

var probeDefaults = map[string]any{
	"timeoutSeconds": int64(1), "periodSeconds": int64(10), "successThreshold": int64(1), "failureThreshold": int64(3),
}

// objectDefaults are those of objects, by kind and path.
var objectDefaults = map[string]any{
	"Service spec.type": "ClusterIP", "Service spec.sessionAffinity": "None", "Service spec.internalTrafficPolicy": "Cluster",
	"Service spec.ports.protocol":          "TCP",
	"Deployment spec.revisionHistoryLimit": int64(10), "Deployment spec.progressDeadlineSeconds": int64(600),
	"Deployment spec.strategy.type": "RollingUpdate", "Deployment spec.paused": false,
	"StatefulSet spec.revisionHistoryLimit": int64(10), "StatefulSet spec.updateStrategy.type": "RollingUpdate",
	"DaemonSet spec.revisionHistoryLimit": int64(10), "DaemonSet spec.updateStrategy.type": "RollingUpdate",
	"Job spec.backoffLimit": int64(6), "Job spec.suspend": false,
	"CronJob spec.concurrencyPolicy": "Allow", "CronJob spec.suspend": false,
	"CronJob spec.successfulJobsHistoryLimit": int64(3), "CronJob spec.failedJobsHistoryLimit": int64(1),
	"ConfigMap immutable": false, "Secret immutable": false,
	"PersistentVolumeClaim spec.volumeMode":                 "Filesystem",
	"StatefulSet spec.volumeClaimTemplates.spec.volumeMode": "Filesystem",
	"StatefulSet spec.volumeClaimTemplates.apiVersion":      "v1", "StatefulSet spec.volumeClaimTemplates.kind": "PersistentVolumeClaim",
}

// leftOutDefault returns what holds where a field of a built-in kind is left out, and
// whether that is known. The names are those on the path of the field.
func leftOutDefault(key objectKey, names []string) (any, bool) {
	if value, ok := objectDefaults[key.kind+" "+strings.Join(names, ".")]; ok && apigroup.BuiltIn(key.group) {
		return value, true
	}
	if below, ok := belowPod(key, names); ok {
		return podDefault(below)
	}
	return nil, false
}

// belowPod returns the part of a path that is below the specification of a pod.
func belowPod(key objectKey, names []string) ([]string, bool) {
	prefix := []string{"spec", "template", "spec"}
	switch key.group + "/" + key.kind {
	case "apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "apps/ReplicaSet", "batch/Job", "/ReplicationController":
	case "batch/CronJob":
		prefix = []string{"spec", "jobTemplate", "spec", "template", "spec"}
	case "/Pod":
		prefix = prefix[:1]
	default:
		return nil, false
	}
	if len(names) <= len(prefix) || !slices.Equal(names[:len(prefix)], prefix) {
		return nil, false
	}
	return names[len(prefix):], true
}

// podDefault is the default of a field below the specification of a pod.
func podDefault(names []string) (any, bool) {
	last := names[len(names)-1]
	if len(names) == 1 {
		value, ok := podDefaults[last]
		return value, ok
	}
	defaults := map[string]any(nil)
	switch parent := names[len(names)-2]; parent {
	case "containers", "initContainers":
		defaults = containerDefaults
	case "livenessProbe", "readinessProbe", "startupProbe":
		defaults = probeDefaults
	default:
		defaults, last = podDefaults, parent+"."+last
	}
	value, ok := defaults[last]
	return value, ok
}

// plainPod returns a value at a path below the specification of a pod without what
// holds where it is left out, so that pods that are written in other words are equal.
func plainPod(names []string, value any) any {
	switch value := value.(type) {
	case map[string]any:
		plain := make(map[string]any, len(value))
		for name, item := range value {
			below := append(names[:len(names):len(names)], name)
			item = plainPod(below, item)
			fallback, known := podDefault(below)
			if isEmptyList(item) || known && equal(item, fallback) || name == "imagePullPolicy" && item == pullPolicy(value) {
				continue
			}
			plain[name] = item
		}
		return plain
	case []any:
		plain := make([]any, 0, len(value))
		for _, item := range value {
			plain = append(plain, plainPod(names, item))
		}
		return plain
	case string:
		return plainAmount(names, value)
	default:
		return value
	}
}

// pullPolicy is that of a container which names none.
func pullPolicy(container map[string]any) string {
	image := textAt(container, "image")
	repository := repositoryOf(image)
	if image == repository || image == repository+":latest" {
		return "Always"
	}
	return "IfNotPresent"
}

// plainAmount writes equal amounts of resources in the same way.
func plainAmount(names []string, text string) any {
	if !slices.Contains(names, "requests") && !slices.Contains(names, "limits") {
		return text
	}
	if amount, ok := quantity(text); ok {
		return amount.RatString()
	}
	return text
}

func isEmptyList(value any) bool {
	list, ok := value.([]any)
	return ok && len(list) == 0
}

// plainTemplate is plainPod for the template of pods in a Job.
func plainTemplate(value any) any {
	template, ok := value.(map[string]any)
	if !ok {
		return value
	}
	plain := map[string]any{}
	for name, item := range template {
		if name == "spec" {
			item = plainPod(nil, item)
		}
		plain[name] = item
	}
	return plain
}

// plainClaims does the same for the claims of a StatefulSet. The API server sets
// their version and kind itself.
func plainClaims(value any) any {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return nil
	}
	claims := make([]any, 0, len(list))
	for _, item := range list {
		claim := map[string]any{}
		fields, _ := item.(map[string]any)
		for name, field := range fields {
			switch name {
			case "apiVersion", "kind", "status":
			case "spec":
				spec, _ := plainPod([]string{"spec"}, field).(map[string]any)
				if spec["volumeMode"] == "Filesystem" {
					delete(spec, "volumeMode")
				}
				claim[name] = spec
			default:
				claim[name] = field
			}
		}
		claims = append(claims, claim)
	}
	return claims
}

// plainSet is the same for lists of texts in any order, and for none.
func plainSet(value any) any {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return nil
	}
	return slices.SortedFunc(slices.Values(list), func(a, b any) int { return strings.Compare(canonical(a), canonical(b)) })
}
